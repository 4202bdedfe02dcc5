"""The files of a folder, for `@` completion: near ones first, within a bound of number and time."""

import os
import time
from collections import deque
from pathlib import Path

__all__ = ["list_files"]

_SKIPPED = frozenset(
    {
        "__pycache__",
        "build",
        "dist",
        "env",
        "node_modules",
        "site-packages",
        "target",
        "venv",
    }
)
_DEPTH_MAX = 8


def list_files(folder: Path, *, limit: int = 5000, seconds: float = 0.5) -> list[str]:
    """List files and folders below a folder, as paths relative to it, folders with a `/` at the end.

    Hidden ones, caches and installed packages are left out; links to folders are not followed. Reads the disk: not for
    the event loop.

    Args:
        folder: Where to look.
        limit: The most to give.
        seconds: The most time to take.
    """
    found: list[str] = []
    waiting = deque([("", 0)])
    ends_at = time.monotonic() + seconds
    while waiting and len(found) < limit and time.monotonic() < ends_at:
        below, depth = waiting.popleft()
        for name, is_folder in _names(folder / below):
            path = f"{below}{name}"
            if is_folder:
                found.append(f"{path}/")
                if depth < _DEPTH_MAX:
                    waiting.append((f"{path}/", depth + 1))
            else:
                found.append(path)
    return found[:limit]


def _names(folder: Path) -> list[tuple[str, bool]]:
    """Give the names in a folder that are worth offering, and whether each is a folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if not entry.name.startswith(".") and entry.name not in _SKIPPED and entry.name.isprintable()
            )
    except OSError:
        return []
