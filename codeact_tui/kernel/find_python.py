"""Which Python runs the cells: the one that was asked for, else the project's own, else codeact's.

A project's environment is taken by looking at its files; nothing in it is run to find out.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from codeact_tui.beneath import read_beneath
from codeact_tui.errors import KernelStartFailed

__all__ = ["PythonChoice", "find_python"]

_OLDEST_PYTHON = (3, 9)
_OLDEST_IPYKERNEL = (6, 29)
_PROBE = (
    "import json, sys; from importlib.metadata import version; "
    "print(json.dumps([sys.version_info[:2], version('ipykernel'), sys.prefix, sys.prefix != sys.base_prefix]))"
)
_PROBE_S = 20.0
_SETTINGS_BYTES = 1 << 16
_OWN = "codeact's own"


class PythonChoice(Struct, frozen=True):
    """An interpreter, and why that one."""

    python: Path
    source: str
    """`--python`, `VIRTUAL_ENV`, `.venv`, a kernelspec's name, `codeact's own`."""
    prefix: Path | None = None
    """The virtual environment's folder, where it is one."""
    advice: str = ""
    """A sentence for the user: that a project's environment was passed over, and how to mend it."""


def find_python(folder: Path, wanted: str = "", *, environment: Mapping[str, str] | None = None) -> PythonChoice:
    """Choose the interpreter. Blocks: it reads files, and runs the interpreter that `wanted` names.

    Args:
        folder: The project's folder.
        wanted: A path to an interpreter or an environment, or a kernelspec's name; empty to choose.
        environment: This process's; None for `os.environ`.

    Raises:
        KernelStartFailed: What is wanted is not there, or can't run a kernel.
    """
    environment = os.environ if environment is None else environment
    if wanted:
        return _wanted(wanted, folder, environment)
    advice = ""
    for prefix, source in _project_environments(folder, environment):
        problem = _leads_out(prefix) if source == ".venv" else ""
        problem = problem or _problem(prefix)
        if not problem:
            return PythonChoice(prefix / "bin" / "python", source, prefix)
        advice = advice or problem
    prefix = Path(sys.prefix) if sys.prefix != sys.base_prefix else None
    return PythonChoice(Path(sys.executable), _OWN, prefix, advice)


# -- the project's own


def _project_environments(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    active = environment.get("VIRTUAL_ENV", "")
    if active:
        yield Path(active), "VIRTUAL_ENV"
    conda = environment.get("CONDA_PREFIX", "")
    if conda and environment.get("CONDA_DEFAULT_ENV") != "base":
        yield Path(conda), "CONDA_PREFIX"
    home = Path(environment.get("HOME") or "/").absolute()
    for place in (folder, *folder.parents):
        if (place / ".venv" / "pyvenv.cfg").is_file():
            yield place / ".venv", ".venv"
            return
        if place == home or (place / ".git").exists():
            return


def _problem(prefix: Path) -> str:
    """Say why an environment can't run the cells; nothing if it can."""
    python = prefix / "bin" / "python"
    if not os.access(python, os.X_OK):
        return f"{prefix} has no bin/python, so codeact's own Python is used."
    versions: list[tuple[int, ...]] = []
    for packages in _site_packages(prefix):
        found = re.search(r"python(\d+)\.(\d+)$", str(packages.parent))
        if found and (int(found[1]), int(found[2])) < _OLDEST_PYTHON:
            return f"{prefix} has Python {found[1]}.{found[2]}, older than 3.9, so codeact's own is used."
        versions += [_version(info.name) for info in packages.glob("ipykernel-*.dist-info")]
    if not versions:
        install = f"{python} -m pip install ipykernel"
        return f"{prefix} has no ipykernel, so codeact's own Python is used. To use it: {install}"
    if max(versions) < _OLDEST_IPYKERNEL:
        install = f"{python} -m pip install --upgrade ipykernel"
        return f"{prefix} has an ipykernel older than 6.29, so codeact's own Python is used. To use it: {install}"
    return ""


def _leads_out(prefix: Path) -> str:
    """Say why an environment in the project's folder is not one of its own: cells could have put a link there."""
    try:
        if prefix.resolve().is_relative_to(prefix.parent.resolve()):
            return ""
    except (OSError, RuntimeError):
        pass
    return f"{prefix} is a link to elsewhere, so codeact's own Python is used. To use it: --python {prefix}"


def _site_packages(prefix: Path) -> Iterator[Path]:
    yield from prefix.glob("lib/python3*/site-packages")
    try:
        settings = read_beneath(prefix, "pyvenv.cfg", _SETTINGS_BYTES).decode("utf-8", "replace")
    except OSError:
        return
    if not re.search(r"^include-system-site-packages\s*=\s*true", settings, re.MULTILINE | re.IGNORECASE):
        return
    home = re.search(r"^home\s*=\s*(.+?)\s*$", settings, re.MULTILINE)
    if home:
        yield from Path(home[1]).parent.glob("lib/python3*/site-packages")
        yield from Path(home[1]).parent.glob("lib/python3/dist-packages")


def _version(name: str) -> tuple[int, ...]:
    """Read `ipykernel-6.29.5.dist-info`."""
    return tuple(int(number) for number in re.findall(r"\d+", name.split("-")[1])[:2])


# -- asked for


def _wanted(wanted: str, folder: Path, environment: Mapping[str, str]) -> PythonChoice:
    path = folder / Path(wanted).expanduser()
    if path.is_dir():
        path = path / "bin" / "python"
    if path.is_file():
        return _probed(path, "--python")
    spec = _kernelspec(wanted, environment) if "/" not in wanted else None
    if spec is not None:
        return _probed(spec, wanted)
    on_path = shutil.which(wanted, path=environment.get("PATH")) if "/" not in wanted else None
    if on_path is not None:
        return _probed(Path(on_path), "--python")
    raise KernelStartFailed(
        f"There is no Python and no kernelspec called {wanted}.",
        remedy="Give a path to a Python that has ipykernel, or one of the names that `jupyter kernelspec list` shows.",
    )


def _probed(python: Path, source: str) -> PythonChoice:
    """Ask an interpreter that the user has named what it is."""
    try:
        done = subprocess.run(
            [str(python), "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_S,
            cwd="/",
            check=False,
            stdin=subprocess.DEVNULL,
        )
        version, ipykernel, prefix, is_virtual = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KernelStartFailed(f"{python} can't be run: {error}.") from error
    except ValueError:
        raise KernelStartFailed(
            f"{python} has no ipykernel.", remedy=f"Install it: {python} -m pip install ipykernel"
        ) from None
    if tuple(version) < _OLDEST_PYTHON:
        raise KernelStartFailed(f"{python} is Python {version[0]}.{version[1]}.", remedy="Use Python 3.9 or later.")
    if _version(f"ipykernel-{ipykernel}") < _OLDEST_IPYKERNEL:
        raise KernelStartFailed(
            f"{python} has ipykernel {ipykernel}, and 6.29 is needed.",
            remedy=f"Upgrade it: {python} -m pip install --upgrade ipykernel",
        )
    return PythonChoice(python, source, Path(prefix) if is_virtual else None)


def _kernelspec(name: str, environment: Mapping[str, str]) -> Path | None:
    """Give the interpreter of a kernelspec.

    Raises:
        KernelStartFailed: It is not a Python kernel of the usual kind.
    """
    for folder in _kernelspec_folders(environment):
        path = folder / "kernels" / name.lower() / "kernel.json"
        if path.is_file():
            return _interpreter(path, name, environment)
    return None


def _interpreter(path: Path, name: str, environment: Mapping[str, str]) -> Path:
    try:
        arguments = _arguments(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise KernelStartFailed(f"The kernelspec {path} can't be read: {error}.") from error
    if not arguments or not any(argument.startswith("ipykernel") for argument in arguments):
        raise KernelStartFailed(
            f"The kernelspec {name} does not start ipykernel.", remedy="Name one that does, or a path to a Python."
        )
    python = Path(arguments[0])
    if python.is_absolute():
        return python
    beside = path.parents[4] / "bin" / arguments[0]  # PREFIX/share/jupyter/kernels/NAME/kernel.json
    found = shutil.which(arguments[0], path=environment.get("PATH"))
    return beside if beside.is_file() else Path(found or sys.executable)


def _arguments(spec: object) -> list[str]:
    if not isinstance(spec, dict):
        return []
    fields = cast("dict[str, Any]", spec)
    arguments: object = fields.get("argv")
    if fields.get("language") != "python" or not isinstance(arguments, list):
        return []
    return [str(argument) for argument in cast("list[object]", arguments)]


def _kernelspec_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """Give the folders in which Jupyter looks for kernelspecs, in its order."""
    yield from (Path(entry) for entry in environment.get("JUPYTER_PATH", "").split(":") if entry)
    home = Path(environment.get("HOME") or "/")
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    users = home / "Library" / "Jupyter" if sys.platform == "darwin" else data / "jupyter"
    yield Path(environment.get("JUPYTER_DATA_DIR") or users)
    yield Path(sys.prefix) / "share" / "jupyter"
    yield Path("/usr/local/share/jupyter")
    yield Path("/usr/share/jupyter")
