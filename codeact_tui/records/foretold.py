"""Compares what happened with what was foretold of it. Pure."""

import posixpath
import shlex
from fnmatch import fnmatchcase

from codeact_tui.protocol.effects import Effect, EffectKind
from codeact_tui.protocol.records import ChangeKind

__all__ = ["Foretold"]

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "env"})
_HIDING: frozenset[EffectKind] = frozenset({"process", "install", "dynamic", "unknown"})
"""What may do more than the code tells."""


class Foretold:
    """What was told of a cell from its code.

    Args:
        effects: What it would do.
        problem: Why it could not be read; empty when it could.
    """

    def __init__(self, effects: tuple[Effect, ...], problem: str = "") -> None:
        self._effects = effects
        self._readable = not problem

    def file(self, path: str, kind: ChangeKind) -> bool | None:
        """Say whether a change of a file was foretold; None where the code did not tell enough to say.

        Args:
            path: From the workspace's folder.
            kind: What became of it.
        """
        wanted: EffectKind = "delete" if kind == "deleted" else "write"
        targets = self._targets(wanted)
        if any(_covers(target, path) for target in targets):
            return True
        return False if self._tells_all and "" not in targets else None

    def program(self, name: str) -> bool | None:
        """Say whether the start of a program was foretold; None where the code did not tell enough to say."""
        commands = [*self._targets("process"), *self._targets("install")]
        if any(_names(command, name) for command in commands) or (commands and name in _SHELLS):
            return True
        return False if self._tells_all else None

    @property
    def starts_programs(self) -> bool:
        """The code says that it starts some."""
        return any(effect.kind in {"process", "install"} for effect in self._effects)

    @property
    def _tells_all(self) -> bool:
        return self._readable and not any(effect.kind in _HIDING for effect in self._effects)

    def _targets(self, kind: EffectKind) -> list[str]:
        return [effect.target for effect in self._effects if effect.kind == kind]


def _covers(target: str, path: str) -> bool:
    """Say whether a target in the code is a file or a folder that it lies in; where the cell runs is not known."""
    parts = [part for part in posixpath.normpath(target).split("/") if part not in {"", ".", ".."}]
    if not target or not parts:
        return bool(target) and posixpath.normpath(target) == "."
    end = "/".join(parts)
    if any(sign in end for sign in "*?["):
        pattern = end.replace("**/", "*")
        return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}") or path == end
    above = path
    while above:
        if f"/{above}".endswith(f"/{end}") or f"/{end}".endswith(f"/{above}"):
            return True
        above = above.rpartition("/")[0]
    return False


def _names(command: str, name: str) -> bool:
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return any(posixpath.basename(word.strip(";|&()")) == name for word in words)
