"""What kernels import is compiled once, where codeact's own environment can be written; nothing of it is run."""

import fcntl
import logging
import os
import py_compile
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from codeact_tui.kernel import bytecode, jupyter
from codeact_tui.kernel.bytecode import BytecodeKeeper, compile_all, is_wanted
from codeact_tui.kernel.jupyter import JupyterKernel
from tests.kernel.helpers import Listener, eventually

OWN = Path(sys.prefix) if sys.prefix != sys.base_prefix else None


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for all that is compiled."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "module.py").write_text("raise SystemExit('was run')\n")
    monkeypatch.setattr(bytecode, "_OWN", (folder,))
    monkeypatch.setattr(bytecode, "_SAMPLES", {})
    monkeypatch.setattr(bytecode, "_DISTRIBUTIONS", ())
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return folder / "module.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def refuse(_path: Path, _mode: int) -> bool:
    return False


@pytest.mark.parametrize("mode", py_compile.PycInvalidationMode)
def test_what_is_compiled_is_not_compiled_again_until_it_changes(
    module: Path, project: Path, mode: py_compile.PycInvalidationMode
) -> None:
    assert is_wanted(OWN, project)
    py_compile.compile(str(module), invalidation_mode=mode)
    assert not is_wanted(OWN, project)
    module.write_text("longer = 'than it was before'\n")
    assert is_wanted(OWN, project) == (mode is py_compile.PycInvalidationMode.TIMESTAMP)
    Path(cache_from_source(str(module))).write_bytes(b"of another Python")
    assert is_wanted(OWN, project)


def test_nothing_is_touched_that_is_not_codeacts_own_or_not_wanted(
    module: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_wanted(project / ".venv", project)
    assert not is_wanted(OWN, module.parent.parent)
    assert not is_wanted(OWN, module.parent)
    (project / "linked").symlink_to(module.parent)
    assert not is_wanted(OWN, project / "linked")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        assert not is_wanted(OWN, project)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "pycache_prefix", "/somewhere")
        assert not is_wanted(OWN, project)
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", refuse)
        assert not is_wanted(OWN, project)
    assert is_wanted(OWN, project)


def test_compiling_runs_nothing_and_one_that_is_no_python_does_not_keep_the_others_from_it(module: Path) -> None:
    assert compile_all()
    assert Path(cache_from_source(str(module))).exists()
    (module.parent / "broken.py").write_text("def (:\n")
    (module.parent / "last.py").write_text("x = 1\n")
    assert not compile_all()
    assert Path(cache_from_source(str(module.parent / "last.py"))).exists()


def test_what_a_kernel_imports_is_among_it_but_for_what_happens_to_be_there_too() -> None:
    code = (
        "import sys, sysconfig, ipykernel.kernelapp; place = sysconfig.get_path('purelib')\n"
        "print(*(m.__file__ for m in list(sys.modules.values())"
        " if (getattr(m, '__file__', None) or '').startswith(place) and m.__file__.endswith('.py')), sep='\\n')"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    imported = set(printed.splitlines())
    compiled = {str(source) for name in bytecode.closure() for source in bytecode.sources(name)}
    assert len(imported) > 200
    assert len(imported & compiled) > 0.95 * len(imported)
    assert not [path for path in compiled if "/tests/" in path]


def test_only_one_does_it_at_a_time() -> None:
    with Path(bytecode.__file__).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        subprocess.run([sys.executable, "-P", "-m", "codeact_tui.kernel.bytecode"], check=True, timeout=300)


async def test_the_child_is_ended_with_us(module: Path, project: Path, tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    keeper = BytecodeKeeper([sys.executable, "-c", code])
    await keeper.stop()
    keeper.begin(OWN, project)
    keeper.begin(OWN, project)
    await eventually(lambda: started.exists() and started.read_text())
    await keeper.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "ended with 3"),
        (["/nonexistent/python"], "could not be compiled: "),
    ],
)
async def test_a_failure_is_a_line_in_the_log(
    command: list[str], said: str, module: Path, project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    BytecodeKeeper(command).begin(OWN, project)
    await eventually(lambda: said in caplog.text)


@pytest.mark.kernel
async def test_it_begins_when_a_kernel_is_ready_and_ends_with_it(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    class Keeper(BytecodeKeeper):
        def begin(self, prefix: Path | None, folder: Path) -> None:
            told.append((prefix, folder))

        async def stop(self) -> None:
            told.append("stopped")

    monkeypatch.setattr(jupyter, "BytecodeKeeper", Keeper)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    kernel = JupyterKernel(tmp_path)
    await kernel.start(listener)
    assert told == [(OWN, tmp_path)]
    await kernel.shutdown()
    assert told == [(OWN, tmp_path), "stopped"]
