"""The wheel holds what is needed at run time, and works where only it is installed."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from codeact_tui import __version__
from codeact_tui.config.example import example_toml

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("wheel")


def run(*command: str, cwd: Path, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel in it and nothing else; dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("installed")
    has_pip = importlib.util.find_spec("pip") is not None
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"] if has_pip else ["uv", "pip"]
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel), cwd=folder)
    return folder


def from_wheel(installed: Path, home: Path, code: str) -> str:
    """Run code that can only find the installed codeact, in a folder of its own."""
    home.mkdir(exist_ok=True)
    paths = [str(installed), *(path for path in sys.path if path.endswith("site-packages"))]
    start = f"import sys; sys.path[:0] = {paths!r}\n{code}"
    environ = {"CODEACT_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(home)}
    return run(sys.executable, "-I", "-S", "-c", start, cwd=home, environ=environ)


def test_the_wheel_holds_every_module_and_every_file_that_ships(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.read("codeact_tui/config.example.toml").decode() == example_toml()
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "codeact_tui").rglob("*.py")}
    assert modules <= names
    others = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "codeact_tui").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert others <= names
    themes = {f"codeact_tui/themes/{path.name}" for path in (ROOT / "themes").glob("*.toml")}
    assert {"codeact_tui/themes/dark.toml", "codeact_tui/themes/light.toml"} <= themes <= names
    assert {"codeact_tui/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/")) or "__pycache__" in name]


def test_the_wheel_says_who_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        [entry_points] = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
        assert f"Version: {__version__}\n" in archive.read(metadata).decode()
        assert "codeact = codeact_tui.__main__:main" in archive.read(entry_points).decode()
        assert [name for name in archive.namelist() if name.endswith("LICENSE")]


def test_the_installed_wheel_finds_what_ships_with_it(installed: Path, tmp_path: Path) -> None:
    shown = from_wheel(
        installed,
        tmp_path / "home",
        "from codeact_tui.config.resources import example_config_text, shipped_themes_dir, theme_dirs\n"
        "print(shipped_themes_dir()); print(sorted(path.name for path in theme_dirs()[1].glob('*.toml')))\n"
        "assert example_config_text()",
    ).splitlines()
    assert shown[0] == str(installed / "codeact_tui" / "themes")
    assert "'dark.toml'" in shown[1]


def test_the_installed_wheel_runs(installed: Path, tmp_path: Path) -> None:
    command = "import runpy; sys.argv[1:] = {!r}; runpy.run_module('codeact_tui', run_name='__main__', alter_sys=True)"
    home = tmp_path / "home"
    assert from_wheel(installed, home, command.format(["--version"])) == f"codeact {__version__}\n"
    assert from_wheel(installed, home, command.format(["config", "init"]))
    assert (home / "config" / "config.toml").read_text("utf-8") == example_toml()
    script = next((installed / "bin").glob("codeact")).read_text("utf-8")
    assert "from codeact_tui.__main__ import main" in script
