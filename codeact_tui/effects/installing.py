"""Package installation in command lines: `pip install x`, `python -m pip install x`, `sudo apt-get install -y x`."""

import posixpath
import re
import shlex
from collections.abc import Sequence

__all__ = ["installed_by", "installed_by_words", "is_installer", "packages_of"]

_INSTALLER = re.compile(
    r"pip[0-9.]*|pipx|uv|conda|mamba|micromamba|poetry|pdm|apt|apt-get|dnf|yum|apk|brew|npm|pnpm|yarn|cargo|gem"
)
_PYTHON = re.compile(r"python[0-9.]*")
_VERBS = frozenset({"install", "add"})
_BEFORE = frozenset({"sudo", "env", "exec", "time", "nice", "nohup", "command", "then", "do", "else"})
_PARTS = re.compile(r"\|\|?|&&?|;|\n")
_MOST_PARTS = 200


def installed_by(command: str) -> list[str]:
    """Give the packages that each part of a command line installs, as one text for each part."""
    found: list[str] = []
    for part in _PARTS.split(command)[:_MOST_PARTS]:
        try:
            words = shlex.split(part)
        except ValueError:
            words = part.split()
        packages = installed_by_words(words)
        if packages is not None:
            found.append(packages)
    return found


def installed_by_words(words: Sequence[str]) -> str | None:
    """Give what one command installs; None where it installs nothing."""
    rest = list(words)
    while rest and (rest[0] in _BEFORE or (rest[0].partition("=")[0].isidentifier() and "=" in rest[0])):
        rest = rest[1:]
    if not rest:
        return None
    name = posixpath.basename(rest[0])
    if (_PYTHON.fullmatch(name) or name == "…") and rest[1:3] == ["-m", "pip"]:
        return packages_of(rest[3:])
    return packages_of(rest[1:]) if is_installer(name) else None


def is_installer(name: str) -> bool:
    """Say whether a program of this name installs packages."""
    return _INSTALLER.fullmatch(name) is not None


def packages_of(words: Sequence[str]) -> str | None:
    """Give the packages behind `install`; None where that word is not there."""
    at = next((index for index, word in enumerate(words) if word in _VERBS), None)
    return None if at is None else " ".join(word for word in words[at + 1 :] if not word.startswith("-"))
