"""Which files a snapshot leaves out: `.gitignore` as git reads it, and what everyone's tools make again. Pure.

Source: gitignore(5), "Pattern Format".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = ["ALWAYS_IGNORED", "NO_RULES", "Rules", "translate"]

ALWAYS_IGNORED = frozenset(
    {
        *(".git", ".hg", ".svn", ".jj", ".venv", "node_modules", "__pycache__", ".codeact"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".hypothesis", ".ipynb_checkpoints"),
    }
)
"""Names that are left out everywhere: other tools' own, and what they make again."""

_STAR = "*"
_DEEP = 3
"""So many `**` a pattern may have."""
_LINES = 2_000
_LINE_CHARS = 1_000


@dataclass(frozen=True)
class _Pattern:
    matches: re.Pattern[str]
    negated: bool
    folders_only: bool
    base: str
    """The folder that it counts from: empty for the workspace, else with a slash at its end."""
    by_name: bool
    """Matched against the name alone, at any depth."""

    def decides(self, path: str, name: str, is_folder: bool) -> bool:
        if self.folders_only and not is_folder:
            return False
        return self.matches.match(name if self.by_name else path[len(self.base) :]) is not None


@dataclass(frozen=True)
class Rules:
    """The rules that hold in a folder: its own and those of the folders above, the last that matches decides."""

    patterns: tuple[_Pattern, ...] = ()
    key: tuple[tuple[str, str], ...] = field(default=())
    """Where the patterns came from: equal keys, equal rules."""

    def ignores(self, path: str, name: str, *, is_folder: bool) -> bool:
        """Say whether a path of the workspace is left out; what lies in an ignored folder is never asked about."""
        for pattern in reversed(self.patterns):
            if pattern.decides(path, name, is_folder):
                return not pattern.negated
        return False

    def with_text(self, text: str, base: str) -> "Rules":
        """Add what a `.gitignore` says, read in the folder `base`."""
        found = [_read_line(line, base) for line in text.splitlines()[:_LINES] if len(line) <= _LINE_CHARS]
        patterns = tuple(pattern for pattern in found if pattern is not None)
        if not patterns:
            return self
        return Rules((*self.patterns, *patterns), (*self.key, (base, text)))

    def with_patterns(self, patterns: Sequence[str]) -> "Rules":
        """Add patterns that count from the workspace."""
        return self.with_text("\n".join(patterns), "")


NO_RULES = Rules()


def _read_line(line: str, base: str) -> _Pattern | None:
    line = _without_trailing_spaces(line)
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    line = line[1:] if line.startswith(("\\#", "\\!")) else line
    folders_only = line.endswith("/")
    line = line.removesuffix("/")
    if not line:
        return None
    by_name = "/" not in line
    try:
        matches = translate(line.removeprefix("/"))
    except re.error:
        return None
    return _Pattern(matches, negated, folders_only, base, by_name)


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" \t\r")
    if stripped.endswith("\\") and len(stripped) < len(line):
        return f"{stripped} "
    return stripped


@lru_cache(maxsize=4096)
def translate(pattern: str) -> re.Pattern[str]:
    """Turn a pattern into an expression that matches a whole path, in a time that no pattern can make long.

    Raises:
        re.error: It can't be read, or has more `**` than anyone needs.
    """
    if pattern.count("**") > _DEEP:
        raise re.error("too many **")
    pieces: list[str] = [""]
    at = 0
    while at < len(pattern):
        if pattern[at] == "*":
            piece, at = _translate_stars(pattern, at)
            if piece != _STAR:
                pieces[-1] += piece
            elif len(pieces) == 1 or pieces[-1]:
                pieces.append("")
        else:
            piece, at = _translate_one(pattern, at)
            pieces[-1] += piece
    first, *rest = pieces
    # The shortest match of a star and of what follows is as good as any, but for the last: so none is taken back.
    written = (
        first + "".join(f"(?>[^/]*?{piece})" for piece in rest[:-1]) + "".join(f"[^/]*{each}" for each in rest[-1:])
    )
    return re.compile(rf"(?s:{written})\Z")


def _translate_one(pattern: str, at: int) -> tuple[str, int]:
    sign = pattern[at]
    if sign == "?":
        return "[^/]", at + 1
    if sign == "[":
        return _translate_class(pattern, at)
    if sign == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    return re.escape(sign), at + 1


def _translate_stars(pattern: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(pattern) and pattern[end] == "*":
        end += 1
    alone = end - at == 2 and (at == 0 or pattern[at - 1] == "/")
    if alone and end == len(pattern):
        return ".*", end
    if alone and pattern[end] == "/":
        return "(?:[^/]+/)*", end + 1
    return _STAR, end


def _translate_class(pattern: str, at: int) -> tuple[str, int]:
    end = at + 1
    if end < len(pattern) and pattern[end] in "!^":
        end += 1
    if end < len(pattern) and pattern[end] == "]":
        end += 1
    while end < len(pattern) and pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    if end >= len(pattern):
        return re.escape("["), at + 1
    inside = pattern[at + 1 : end]
    negated = inside[0] in "!^"
    inside = (inside[1:] if negated else inside).replace("[", r"\[").replace("&&", r"&\&").replace("~~", r"~\~")
    return f"(?!/)[{'^' if negated else ''}{inside.replace('||', '|')}]", end + 1
