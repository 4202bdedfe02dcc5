"""A look at the workspace: which files there are and when they were changed. Reads the disk, bounded, opens no file."""

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter

from msgspec import Struct

from codeact_tui.protocol.records import ChangeKind

__all__ = ["ENTRIES_MAX", "SECONDS_MAX", "Look", "changes", "look_around", "look_at"]

ENTRIES_MAX = 30_000
SECONDS_MAX = 0.15

_IGNORED = frozenset(
    {
        *(".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"),
        *(".pytest_cache", ".tox", ".nox", ".ipynb_checkpoints", ".cache", ".DS_Store"),
    }
)
_ENVIRONMENT = "pyvenv.cfg"
_RUN_BY_GIT = (".git", ".git/hooks")
"""Of a repository's own folder these are looked at, their files alone: what lies there is run outside the sandbox."""
_GIT_FILES = frozenset({"config"})

Sign = tuple[int, int, int, int, int]
"""(mode, inode, size, mtime_ns, ctime_ns): the time of change can't be set by a cell, that of modification can."""

_sign: "attrgetter[Sign]" = attrgetter("st_mode", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")


class Look(Struct, frozen=True):
    """What lay in the folders that were looked at whole; paths are from the workspace's folder."""

    folders: dict[str, dict[str, Sign]]
    """By folder, the files in it by their name."""
    cut: bool = False
    """There was more than could be looked at."""


def look_at(
    workspace: str,
    *,
    entries_max: int = ENTRIES_MAX,
    seconds_max: float = SECONDS_MAX,
    clock: Callable[[], float] = time.monotonic,
) -> Look:
    """Look at the files of a folder and of those in it, the nearest first. Symbolic links are not followed.

    Repositories' own folders, environments, caches and `node_modules` are left out.

    Args:
        workspace: The folder.
        entries_max: Look at no more.
        seconds_max: Take no longer.
        clock: Gives seconds.
    """
    return _look(workspace, {}, [""], entries_max, clock() + seconds_max, clock)


def look_around(
    workspace: str,
    seen: Mapping[str, dict[str, Sign]],
    left: Sequence[str],
    *,
    entries_max: int = ENTRIES_MAX,
    seconds_max: float = SECONDS_MAX,
    clock: Callable[[], float] = time.monotonic,
) -> Look:
    """Make a look of what has been seen already, and look at the folders that were left out then; else as `look_at`.

    Args:
        workspace: The folder.
        seen: By folder, the files in it by their name; folders before those in them.
        left: Folders that are to be looked at as well.
        entries_max: Look at no more of these.
        seconds_max: Take no longer.
        clock: Gives seconds.
    """
    folders: dict[str, dict[str, Sign]] = {}
    for folder, files in seen.items():
        if (not folder or _counts(folder, folders)) and _ENVIRONMENT not in files:
            folders[folder] = files if _IGNORED.isdisjoint(files) else _without_ignored(files)
    waiting = [folder for folder in left if _counts(folder, folders)]
    return _look(workspace, folders, waiting, entries_max, clock() + seconds_max, clock)


def _counts(folder: str, folders: Mapping[str, object]) -> bool:
    above, _slash, name = folder.rpartition("/")
    return above in folders and name not in _IGNORED


def _without_ignored(files: dict[str, Sign]) -> dict[str, Sign]:
    return {name: sign for name, sign in files.items() if name not in _IGNORED}


def _look(
    workspace: str,
    folders: dict[str, dict[str, Sign]],
    waiting: list[str],
    entries_max: int,
    deadline: float,
    clock: Callable[[], float],
) -> Look:
    """Look at the folders that wait, and at those in them, and add them."""
    count = 0
    for folder in waiting:
        files: dict[str, Sign] = {}
        below: list[str] = []
        for name, status in _entries(os.path.join(workspace, folder)):  # noqa: PTH118 - ten thousands of these stay quick
            count += 1
            if count > entries_max or (not count & 0xFF and clock() > deadline):
                return Look(folders | _git(workspace), cut=True)
            if name == _ENVIRONMENT:
                break
            if stat.S_ISDIR(status.st_mode):
                if name not in _IGNORED:
                    below.append(f"{folder}/{name}" if folder else name)
            elif name not in _IGNORED:
                files[name] = _sign(status)
        else:
            folders[folder] = files
            waiting += below
    return Look(folders | _git(workspace))


def changes(before: Look, after: Look) -> Iterator[tuple[str, ChangeKind]]:
    """Say what became of files between two looks, as far as both have seen their folders; by path."""
    found: dict[str, ChangeKind] = {}
    for folder in before.folders.keys() | after.folders.keys():
        old, new = _files(before, folder), _files(after, folder)
        if old is new or old is None or new is None:
            continue
        prefix = f"{folder}/" if folder else ""
        for name in old.keys() | new.keys():
            if old.get(name) != new.get(name):
                kind = "created" if name not in old else "deleted" if name not in new else "modified"
                found[prefix + name] = kind
    yield from sorted(found.items())


def _files(look: Look, folder: str) -> dict[str, Sign] | None:
    """Give the files of a folder; none where there was no such folder, None where that is not known."""
    found = look.folders.get(folder)
    return found if found is not None or look.cut else {}


def _entries(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    yield entry.name, entry.stat(follow_symlinks=False)
                except OSError:  # gone meanwhile
                    continue
    except OSError:
        return


def _git(workspace: str) -> dict[str, dict[str, Sign]]:
    return {
        folder: {
            name: _sign(status)
            for name, status in _entries(os.path.join(workspace, folder))  # noqa: PTH118 - as above
            if not stat.S_ISDIR(status.st_mode) and (folder != ".git" or name in _GIT_FILES)
        }
        for folder in _RUN_BY_GIT
    }
