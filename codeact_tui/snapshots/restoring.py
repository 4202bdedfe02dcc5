"""Brings files back: everything is written aside and checked before anything is touched. Reads and writes the disk.

What is to come back is first written into a folder in the workspace, and its hash is checked: what is not as it was
kept does not come back, and is named. When the disk fills, that folder goes and nothing has changed. Then what is in
the way goes, and each file is put in its place by a rename, so that no half-written file can ever be seen, nor a file
that is elsewhere be written through a link.
"""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from codeact_tui.beneath import open_folder, open_inside, open_root, parent_of
from codeact_tui.errors import SnapshotDamaged
from codeact_tui.snapshots.comparing import PlannedChange
from codeact_tui.snapshots.entries import Entry
from codeact_tui.snapshots.limits import Course
from codeact_tui.snapshots.objects import Objects
from codeact_tui.snapshots.streams import CHUNK_BYTES
from codeact_tui.snapshots.walking import STAGING

__all__ = ["Brought", "remove_leftovers", "restore_changes"]

_DAMAGED = "what was kept of it is damaged"


@dataclass(frozen=True)
class Brought:
    """What came of it."""

    failed: dict[str, str] = field(default_factory=dict[str, str])
    """The paths that could not be brought back, and why."""
    files: dict[str, tuple[int, int, int]] = field(default_factory=dict[str, tuple[int, int, int]])
    """Inode, size and time of modification in nanoseconds of the files that were written, as they were written."""


def restore_changes(workspace: str, objects: Objects, changes: Iterable[PlannedChange], course: Course) -> Brought:
    """Bring paths back as planned.

    Args:
        workspace: The folder.
        objects: Where the content is.
        changes: What is to be done; nothing else is touched.
        course: Told how far it is; stops it until the first is put in its place.

    Raises:
        Cancelled: It was stopped; nothing was changed.
        OSError: It could not be written aside; nothing was changed.
    """
    wanted = list(changes)
    staging = f"{STAGING}{secrets.token_hex(8)}"
    with open_root(workspace) as root:
        os.mkdir(staging, 0o700, dir_fd=root)
        try:
            with open_inside(root, staging, directory=True) as aside:
                brought = _stage(aside, objects, wanted, course)
                course.settle()
                course.step = "placing"
                _put_in_place(root, aside, wanted, brought.failed)
                return brought
        finally:
            shutil.rmtree(Path(workspace, staging), ignore_errors=True)


def remove_leftovers(workspace: str) -> None:
    """Remove what a restore that was killed left in the workspace."""
    with contextlib.suppress(OSError):
        for name in os.listdir(workspace):  # noqa: PTH208
            if name.startswith(STAGING):
                shutil.rmtree(Path(workspace, name), ignore_errors=True)


def _stage(aside: int, objects: Objects, changes: list[PlannedChange], course: Course) -> Brought:
    """Write what is to come back aside; whose content is not what was kept has failed, and all beneath it."""
    brought = Brought()
    files = [(number, change.path, change.then) for number, change in enumerate(changes)]
    files = [(number, path, then) for number, path, then in files if then is not None and then.kind == "file"]
    course.step, course.total_bytes = "writing", sum(then.size for _number, _path, then in files)
    done_bytes = 0
    for number, path, then in files:
        course.check()
        try:
            brought.files[path] = _write(aside, str(number), then, objects, course)
        except SnapshotDamaged:
            brought.failed[path] = _DAMAGED
        done_bytes += then.size
        course.done_bytes = done_bytes
    if failed := set(brought.failed):
        beneath = (each.path for each in changes if any(above in failed for above in _above(each.path)))
        brought.failed.update(dict.fromkeys(beneath, _DAMAGED))
    return brought


def _write(aside: int, name: str, entry: Entry, objects: Objects, course: Course) -> tuple[int, int, int]:
    """Write a file; give its inode, size and time of modification."""

    def check() -> None:
        course.check()
        course.done_bytes += CHUNK_BYTES

    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=aside)
    with cast("BinaryIO", os.fdopen(descriptor, "w+b")) as target:
        objects.copy_to(entry.content, target, check)
        target.flush()
        os.fchmod(descriptor, entry.mode)
        found = os.fstat(descriptor)
    return found.st_ino, found.st_size, found.st_mtime_ns


def _above(path: str) -> Iterator[str]:
    """Give the folders that a path lies in."""
    while path := parent_of(path)[0]:
        yield path


def _put_in_place(root: int, aside: int, changes: list[PlannedChange], failed: dict[str, str]) -> None:
    for change in sorted(changes, key=lambda each: each.path.count("/"), reverse=True):
        if change.now is not None and change.path not in failed and _is_in_the_way(change.now, change.then):
            _try(root, failed, change, lambda each=change: _remove(root, each))
    numbered = sorted(enumerate(changes), key=lambda each: each[1].path.count("/"))
    for number, change in numbered:
        if change.then is not None and change.path not in failed:
            _try(root, failed, change, lambda each=change, name=str(number): _place(root, aside, name, each))
    for _number, change in reversed(numbered):
        if change.then is not None and change.then.kind == "folder" and change.path not in failed:
            _try(root, failed, change, lambda each=change: _set_mode(root, each))


def _is_in_the_way(now: Entry, then: Entry | None) -> bool:
    """Say whether what is there has to go first; a rename takes the place of a file or link by itself."""
    if then is None:
        return True
    return (now.kind == "folder") != (then.kind == "folder")


def _remove(root: int, change: PlannedChange) -> None:
    folder, name = parent_of(change.path)
    with contextlib.suppress(FileNotFoundError), open_folder(root, folder) as parent:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            os.rmdir(name, dir_fd=parent)
        else:
            os.unlink(name, dir_fd=parent)


def _place(root: int, aside: int, name_aside: str, change: PlannedChange) -> None:
    folder, name = parent_of(change.path)
    _make_folders(root, folder)
    entry = change.then
    assert entry is not None
    with open_folder(root, folder) as parent:
        match entry.kind:
            case "folder":
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=parent)
            case "link":
                os.symlink(os.fsdecode(entry.content), f"{name_aside}.link", dir_fd=aside)
                os.rename(f"{name_aside}.link", name, src_dir_fd=aside, dst_dir_fd=parent)
            case "file":
                os.rename(name_aside, name, src_dir_fd=aside, dst_dir_fd=parent)
            case "left":
                pass


def _make_folders(root: int, folder: str) -> None:
    """Make the folders on the way to a path, where there is nothing."""
    reached = ""
    for name in folder.split("/") if folder else ():
        with open_folder(root, reached) as parent, contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o777, dir_fd=parent)
        reached = f"{reached}/{name}" if reached else name


def _set_mode(root: int, change: PlannedChange) -> None:
    assert change.then is not None
    with open_folder(root, change.path) as folder:
        os.fchmod(folder, change.then.mode)


@contextlib.contextmanager
def _writable(root: int, path: str) -> Generator[None]:
    """Let the folder of a path be written to for a moment, where it is the user's own."""
    with open_folder(root, path) as folder:
        mode = stat.S_IMODE(os.fstat(folder).st_mode)
        os.fchmod(folder, mode | 0o700)
        try:
            yield
        finally:
            os.fchmod(folder, mode)


def _try(root: int, failed: dict[str, str], change: PlannedChange, do: Callable[[], None]) -> None:
    try:
        try:
            do()
        except PermissionError:
            with _writable(root, parent_of(change.path)[0]):
                do()
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            failed[change.path] = "the folder holds files that are not in any snapshot"
        else:
            failed[change.path] = error.strerror or str(error)
