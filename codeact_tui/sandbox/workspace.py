"""Looks into the workspace for what must not be changed and what must not be read. Reads the disk."""

import fnmatch
import os
from collections.abc import Iterator, Sequence

__all__ = ["hidden_files", "protected_paths"]

_ENTRIES = 50_000
"""More are not looked at: `hidden_files` says so."""
_SKIPPED = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv", ".mypy_cache", ".ruff_cache"})


def protected_paths(workspace: str, names: Sequence[str]) -> list[str]:
    """Give what there is of these names in the workspace's folder, symbolic links not followed."""
    paths = (os.path.join(workspace, name) for name in names)  # noqa: PTH118 - millions of these stay quick
    return [path for path in paths if os.path.lexists(path) and not os.path.islink(path)]  # noqa: PTH114


def hidden_files(workspace: str, patterns: Sequence[str]) -> tuple[list[str], bool]:
    """Find the files whose names match.

    Returns:
        Their paths, and whether everything was looked at.
    """
    found: list[str] = []
    for looked_at, entry in enumerate(_walk(workspace)):
        if looked_at == _ENTRIES:
            return found, False
        if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in patterns):
            found.append(entry.path)
    return found, True


def _walk(folder: str) -> Iterator["os.DirEntry[str]"]:
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in _SKIPPED:
                            waiting.append(entry.path)
                    else:
                        yield entry
        except OSError:
            continue
