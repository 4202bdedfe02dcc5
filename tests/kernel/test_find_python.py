import json
import sys
from pathlib import Path

import pytest

from codeact_tui.errors import KernelStartFailed
from codeact_tui.kernel.find_python import PythonChoice, find_python


def make_environment(prefix: Path, ipykernel: str | None = "6.29.5", python: str = "3.12") -> Path:
    packages = prefix / "lib" / f"python{python}" / "site-packages"
    packages.mkdir(parents=True)
    if ipykernel:
        (packages / f"ipykernel-{ipykernel}.dist-info").mkdir()
    (prefix / "bin").mkdir()
    script = prefix / "bin" / "python"
    script.write_text("#!/bin/sh\ntouch ran\nexit 1\n")
    script.chmod(0o755)
    (prefix / "pyvenv.cfg").write_text("home = /nowhere/bin\ninclude-system-site-packages = false\n")
    return prefix


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a folder in it, below a home."""
    folder = tmp_path / "home" / "repo" / "sub"
    folder.mkdir(parents=True)
    (tmp_path / "home" / "repo" / ".git").mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}


def own(advice: str = "") -> PythonChoice:
    prefix = Path(sys.prefix) if sys.prefix != sys.base_prefix else None
    return PythonChoice(Path(sys.executable), "codeact's own", prefix, advice)


def test_without_anything_it_is_codeacts_own(project: Path, home: dict[str, str]) -> None:
    assert find_python(project, environment=home) == own()


def test_the_projects_environment_is_found_from_a_folder_within(project: Path, home: dict[str, str]) -> None:
    prefix = make_environment(project.parent / ".venv")
    assert find_python(project, environment=home) == PythonChoice(prefix / "bin" / "python", ".venv", prefix)
    assert not (Path.cwd() / "ran").exists()


def test_the_active_environment_comes_before_the_projects(project: Path, home: dict[str, str], tmp_path: Path) -> None:
    make_environment(project / ".venv")
    active = make_environment(tmp_path / "active")
    found = find_python(project, environment={**home, "VIRTUAL_ENV": str(active)})
    assert found == PythonChoice(active / "bin" / "python", "VIRTUAL_ENV", active)


@pytest.mark.parametrize("beyond", ["home/.venv", ".venv"])
def test_the_search_ends_at_the_repository(project: Path, home: dict[str, str], tmp_path: Path, beyond: str) -> None:
    make_environment(tmp_path / beyond)
    assert find_python(project, environment=home) == own()


def test_without_a_repository_the_search_ends_at_home(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "a" / "b"
    folder.mkdir(parents=True)
    make_environment(tmp_path / ".venv")
    environment = {"HOME": str(tmp_path / "home")}
    assert find_python(folder, environment=environment) == own()
    prefix = make_environment(tmp_path / "home" / ".venv")
    assert find_python(folder, environment=environment).prefix == prefix


@pytest.mark.parametrize(
    ("ipykernel", "python", "advice"),
    [
        (
            None,
            "3.12",
            "has no ipykernel, so codeact's own Python is used. To use it: {python} -m pip install ipykernel",
        ),
        ("6.28.0", "3.12", "has an ipykernel older than 6.29, so codeact's own Python is used."),
        ("6.29.5", "3.8", "has Python 3.8, older than 3.9, so codeact's own is used."),
    ],
)
def test_an_environment_that_can_not_be_used_is_named_with_the_remedy(
    project: Path, home: dict[str, str], ipykernel: str | None, python: str, advice: str
) -> None:
    prefix = make_environment(project / ".venv", ipykernel, python)
    found = find_python(project, environment=home)
    assert found.source == "codeact's own"
    assert advice.format(python=prefix / "bin" / "python") in found.advice
    assert str(prefix) in found.advice


def test_an_environment_that_sees_the_systems_packages_may_have_it_from_there(
    project: Path, home: dict[str, str], tmp_path: Path
) -> None:
    system = make_environment(tmp_path / "system")
    prefix = make_environment(project / ".venv", None)
    (prefix / "pyvenv.cfg").write_text(f"home = {system / 'bin'}\ninclude-system-site-packages = true\n")
    assert find_python(project, environment=home).source == ".venv"


def test_a_path_that_is_asked_for_is_asked_what_it_is(project: Path, home: dict[str, str]) -> None:
    found = find_python(project, sys.executable, environment=home)
    assert (found.python, found.source) == (Path(sys.executable), "--python")
    by_folder = find_python(project, sys.prefix, environment=home)
    assert by_folder.python == Path(sys.prefix) / "bin" / "python"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "has no ipykernel"),
        ("""echo '[[3, 8], "6.29.5", "/x", false]'""", "is Python 3.8"),
        ("""echo '[[3, 12], "6.20", "/x", false]'""", "has ipykernel 6.20, and 6.29 is needed"),
    ],
)
def test_a_path_that_can_not_run_a_kernel_is_refused(
    project: Path, home: dict[str, str], tmp_path: Path, script: str, message: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    with pytest.raises(KernelStartFailed, match=message) as refused:
        find_python(project, str(python), environment=home)
    assert refused.value.remedy


def test_what_is_not_there_is_refused(project: Path, home: dict[str, str]) -> None:
    with pytest.raises(KernelStartFailed, match="no Python and no kernelspec called nosuch"):
        find_python(project, "nosuch", environment=home)


def write_spec(prefix: Path, name: str, **spec: object) -> None:
    folder = prefix / "kernels" / name
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))


def test_a_kernelspec_is_found_by_its_name(project: Path, home: dict[str, str]) -> None:
    write_spec(
        Path(home["HOME"]) / ".local" / "share" / "jupyter",
        "analysis",
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        language="python",
    )
    found = find_python(project, "analysis", environment=home)
    assert (found.python, found.source) == (Path(sys.executable), "analysis")


def test_a_kernelspec_that_names_no_path_means_the_python_beside_it(
    project: Path, home: dict[str, str], tmp_path: Path
) -> None:
    beside = tmp_path / "pipx" / "bin" / "python"
    beside.parent.mkdir(parents=True)
    beside.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    beside.chmod(0o755)
    data = tmp_path / "pipx" / "share" / "jupyter"
    write_spec(data, "python3", argv=["python", "-m", "ipykernel_launcher"], language="python")
    found = find_python(project, "python3", environment={**home, "JUPYTER_PATH": str(data)})
    assert found.python == beside


@pytest.mark.parametrize(
    "spec",
    [
        {"argv": ["R", "--slave"], "language": "R"},
        {"argv": ["/usr/bin/python3", "-m", "xeus"], "language": "python"},
        {"argv": "python", "language": "python"},
        {},
    ],
)
def test_a_kernelspec_of_another_kind_is_refused(project: Path, home: dict[str, str], spec: dict[str, object]) -> None:
    write_spec(Path(home["HOME"]) / "data", "other", **spec)
    with pytest.raises(KernelStartFailed, match="other does not start ipykernel"):
        find_python(project, "other", environment={**home, "JUPYTER_PATH": str(Path(home["HOME"]) / "data")})
