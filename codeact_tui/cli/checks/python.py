"""codeact itself, its Python, and the Python that runs the cells."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from codeact_tui import __version__
from codeact_tui.cli.checks.finding import Finding
from codeact_tui.config.schema import Config
from codeact_tui.errors import KernelStartFailed
from codeact_tui.kernel.find_python import PythonChoice, find_python

__all__ = ["check_python"]

_MALICIOUS_LITELLM = frozenset({"1.82.7", "1.82.8"})


def check_python(folder: Path, config: Config) -> Iterator[Finding]:
    """Say which versions run, and which Python the cells will have.

    Nothing of a project's environment is run: its files say enough. A Python that the settings name is asked.
    """
    yield Finding("codeact", "ok", f"{__version__}, in {Path(__file__).resolve().parents[2]}")
    yield Finding("python", "ok", f"{platform.python_version()}, {sys.executable}")
    yield _litellm()
    try:
        choice = find_python(folder, config.kernel.python)
    except KernelStartFailed as error:
        yield Finding("kernel", "missing", error.message, error.remedy)
        return
    versions = _versions(choice)
    about = f"{choice.python} ({choice.source})"
    yield Finding("kernel", "ok", ", ".join(part for part in (about, versions) if part))
    if choice.advice:
        yield Finding("kernel", "warning", choice.advice)


def _litellm() -> Finding:
    try:
        version = metadata.version("litellm")
    except metadata.PackageNotFoundError:
        remedy = "Install codeact again; without litellm only OpenAI-compatible servers and the demo can be used."
        return Finding("litellm", "missing", "not installed", remedy)
    if version in _MALICIOUS_LITELLM:
        remedy = "Do not start a chat. Remove it, change every key that this machine knew, and install another version."
        return Finding("litellm", "missing", f"{version} is a version that steals keys", remedy)
    return Finding("litellm", "ok", version)


def _versions(choice: PythonChoice) -> str:
    """Say what runs the cells, as far as files tell."""
    if choice.python == Path(sys.executable):
        return f"Python {platform.python_version()}, ipykernel {metadata.version('ipykernel')}"
    if choice.prefix is None:
        return ""
    parts: list[str] = []
    try:
        found = re.search(r"(?m)^version(?:_info)?\s*=\s*([\d.]+)", (choice.prefix / "pyvenv.cfg").read_text("utf-8"))
        parts += [f"Python {found[1]}"] if found else []
    except (OSError, UnicodeDecodeError):
        pass
    kernels = sorted(choice.prefix.glob("lib/python3*/site-packages/ipykernel-*.dist-info"))
    parts += [f"ipykernel {kernels[-1].name.split('-')[1].removesuffix('.dist')}"] if kernels else []
    return ", ".join(parts)
