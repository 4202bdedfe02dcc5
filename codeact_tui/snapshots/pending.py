"""What has to be put back should codeact be killed: a note beside the snapshots, held locked while it is needed.

The lock goes with the process, however that ends; so who finds a note that is not locked knows that its writer is
gone, and puts the files back. The note's own time says when its writer was last alive: what was changed much later, a
cell that ended with it did not change; what was changed at about that moment is copied before it is put back.
"""

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from codeact_tui.errors import SnapshotNotFound
from codeact_tui.paths import ensure_private
from codeact_tui.snapshots.comparing import PlannedChange
from codeact_tui.snapshots.entries import shown_path
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.found import keep_found

__all__ = ["Pending", "PendingRestore", "PutBack"]

_BEAT_S = 0.25
_GRACE_S = 3.0
"""So long after its writer's last sign of life may a cell still have written, and may somebody else have."""
_FOUND = "found"
_MOST = 100
_NOTE_BYTES = 1 << 16


class _Note(Struct, frozen=True):
    workspace: str
    snapshot: str


class PutBack(Struct, frozen=True):
    """What was done about a note that was found."""

    paths: tuple[str, ...] = ()
    """Put back."""
    kept: tuple[str, ...] = ()
    """Changed later, by someone else: they stay. And what could not be put back."""
    copied: tuple[str, ...] = ()
    """Put back, and changed at about the moment of the end, perhaps by someone else: copied before."""
    copies: tuple[str, ...] = ()
    """The folders of the copies."""

    def __add__(self, other: "PutBack") -> "PutBack":
        """Both together."""
        return PutBack(
            self.paths + other.paths, self.kept + other.kept, self.copied + other.copied, self.copies + other.copies
        )


class Pending:
    """A note that is held. Its maker's sign of life, several times a second.

    Args:
        path: Of the note.
        descriptor: Of the same, locked.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor
        self._beating = asyncio.create_task(_beat(path), name="sign of life")

    def done(self, *, put_back: bool = True) -> None:
        """End it.

        Args:
            put_back: The files are put back, or are to stay; else the next to open the workspace puts them back.
        """
        self._beating.cancel()
        if put_back:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


class PendingRestore:
    """The notes of one workspace.

    Args:
        folder: Of the notes of all workspaces; made when it is first needed.
        workspace: The workspace.
    """

    def __init__(self, folder: Path, workspace: Path) -> None:
        self._folder = folder
        self._workspace = os.path.realpath(workspace)
        self._number = 0

    async def begin(self, snapshot: str) -> "Pending":
        """Have the files put back to this snapshot should codeact end before `Pending.done`, however it does.

        Raises:
            OSError: That can't be noted.
        """
        self._number += 1
        path = ensure_private(self._folder) / f"{os.getpid()}-{id(self)}-{self._number}.json"
        return Pending(path, await asyncio.to_thread(_write, path, _Note(self._workspace, snapshot)))

    async def put_back(self, files: FileSnapshots) -> PutBack | None:
        """Put back what one who was killed has left changed; None where there is nothing of the kind.

        Args:
            files: The workspace's.

        Raises:
            SnapshotError: It can't be put back now; the note stays.
            OSError: The same.
        """
        found: PutBack | None = None
        for path in sorted(self._folder.glob("*.json"))[:_MOST] if sys.platform != "win32" else ():
            descriptor = _take_over(path)
            if descriptor is None:
                continue
            try:
                note, alive_at = _read(descriptor)
                if note is None:
                    path.unlink(missing_ok=True)
                elif note.workspace == self._workspace:
                    done = await self._restore(files, note.snapshot, alive_at)
                    path.unlink(missing_ok=True)
                    found = (found or PutBack()) + done
            finally:
                os.close(descriptor)
        return found

    async def _restore(self, files: FileSnapshots, snapshot: str, alive_at: float) -> PutBack:
        await files.unfinished()
        try:
            plan = await files.preview(snapshot)
        except SnapshotNotFound:
            return PutBack()
        at = {change.path: _changed_at(self._workspace, change) for change in plan.changes}
        doubtful = [path for path, changed in at.items() if alive_at < changed <= alive_at + _GRACE_S]
        folder, copied = await asyncio.to_thread(keep_found, self._workspace, doubtful, self._folder / _FOUND)
        stays = {path for path, changed in at.items() if changed > alive_at and path not in copied}
        wanted = tuple(change for change in plan.changes if change.path not in stays)
        done = await files.restore(msgspec.structs.replace(plan, changes=wanted))
        return PutBack(
            tuple(shown_path(each.path) for each in done.done if not _is_folder(each)),
            (*map(shown_path, sorted(stays)), *done.kept, *(path for path, _why in done.failed)),
            tuple(map(shown_path, sorted(copied))),
            () if folder is None else (str(folder),),
        )


def _changed_at(workspace: str, change: PlannedChange) -> float:
    """Say when a path was changed; of a folder, that does not count, nor of what is not there."""
    if change.now is None or change.now.kind == "folder":
        return 0.0
    try:
        return os.lstat(os.path.join(workspace, change.path)).st_ctime  # noqa: PTH118 - paths as bytes keep them
    except OSError:
        return 0.0


def _is_folder(change: PlannedChange) -> bool:
    return all(entry is None or entry.kind == "folder" for entry in (change.now, change.then))


def _write(path: Path, note: _Note) -> int:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        if not _lock(descriptor):
            raise OSError(f"{path.name} is locked")
        os.write(descriptor, msgspec.json.encode(note))
        os.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _take_over(path: Path) -> int | None:
    """Lock a note whose writer is gone; None where it is not, or the note."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    if _lock(descriptor) and path.exists():
        return descriptor
    os.close(descriptor)
    return None


def _read(descriptor: int) -> tuple[_Note | None, float]:
    alive_at = os.fstat(descriptor).st_mtime
    try:
        return msgspec.convert(json.loads(os.read(descriptor, _NOTE_BYTES)), _Note), alive_at
    except (ValueError, msgspec.ValidationError):
        return None, alive_at


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _beat(path: Path) -> None:
    while True:
        await asyncio.sleep(_BEAT_S)
        with contextlib.suppress(OSError):
            os.utime(path)
