"""Snapshots of the files of one workspace: the way in to this room.

How a session uses it::

    files = FileSnapshots(workspace, data_dir() / "files", own_key(data_dir()), session=str(session.id))
    before = await files.take("before [3]")      # 10,000 unchanged files: tens of ms; in a thread
    ...                                          # the cell runs
    after = await files.take("after [3]")
    changes = await files.changes(before.id, after.id)          # created, changed, deleted
    text = await files.text_change(before.id, after.id, path)   # a unified difference, asked for one path

To go back to `before`, name the cells that ran since, each with its snapshots before and after, in order. What changed
between the end of one and the beginning of the next, or since the last, the user did, and is never overwritten
silently::

    plan = await files.preview(before.id, [Span(before.id, after.id)])
    plan.changes      # what would happen to which path, and which of these are conflicts
    plan.kept         # changed by the user alone: stays as it is
    plan.unknown      # left out of a snapshot (ignored, too large, …): not touched
    done = await files.restore(plan, overwrite={"notes.md"})    # conflicts stay unless they are named here
    done.undo         # a snapshot of what was there: `preview(done.undo)` and `restore` undo the restore

`take` may be called at any time, also while a cell runs. `restore` is for when none does. Every call runs in a thread;
when its task is cancelled it stops between two files, and has then changed nothing. Snapshots of all the sessions in a
folder share their content. `drop` forgets snapshots, `collect` frees what they alone needed.
"""

import asyncio
import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from codeact_tui.errors import SnapshotError, SnapshotStopped, WorkspaceTooLarge
from codeact_tui.snapshots.comparing import Difference, PlannedChange
from codeact_tui.snapshots.kinds import Changes, LeftOut, Plan, Restored, Snapshot, Span, TextChange
from codeact_tui.snapshots.limits import Cancelled, Course, Pace, SnapshotLimits
from codeact_tui.snapshots.objects import Objects, translated
from codeact_tui.snapshots.scanning import Scanner
from codeact_tui.snapshots.walking import Walked, Walker
from codeact_tui.snapshots.work import Work, forget

__all__ = [
    "Cancelled",
    "Changes",
    "Course",
    "Difference",
    "FileSnapshots",
    "LeftOut",
    "Pace",
    "Plan",
    "PlannedChange",
    "Restored",
    "Snapshot",
    "SnapshotLimits",
    "Span",
    "TextChange",
    "Walked",
    "forget_session",
]

_T = TypeVar("_T")


class FileSnapshots:
    """Snapshots of the files of one workspace.

    Args:
        workspace: The folder; need not exist yet.
        folder: Of the stores of all workspaces, outside of any; made when it is first needed.
        key: Signs the snapshots.
        limits: How much is kept.
        session: Whose snapshots are taken here.
    """

    def __init__(
        self,
        workspace: Path,
        folder: Path,
        key: bytes,
        limits: SnapshotLimits = SnapshotLimits(),  # noqa: B008 - frozen
        *,
        session: str = "",
    ) -> None:
        self._workspace = os.path.realpath(workspace)
        self._folder = folder / _folder_name(self._workspace)
        self._is_home = _holds(self._workspace, os.path.expanduser("~"))  # noqa: PTH111 - never raises
        self._key, self._limits, self._session = key, limits, session
        self._one = threading.Lock()
        self._walker = Walker(self._workspace, self._folder, limits)
        self._objects: Objects | None = None
        self._scanner: Scanner | None = None

    async def walk(self, pace: Pace | None = None) -> Walked:
        """Look at which files there are, and when they were changed; also while others are being kept.

        Args:
            pace: How long that may take; None: as long as the limits say.

        Raises:
            WorkspaceTooLarge: There are more files than are kept, or can be looked through in time.
            SnapshotError: The workspace can't be read.
        """
        self._refuse_home()

        def walk(stop: threading.Event) -> Walked:
            with translated("Looking at the files"):
                return self._walker.walk(stop, pace)

        return await _in_thread(walk)

    async def take(self, note: str = "", pace: Pace | None = None, walked: Walked | None = None) -> Snapshot:
        """Keep the files as they are now.

        Args:
            note: What for.
            pace: How long that may take; None: as long as the limits say.
            walked: From `walk`: they are kept as they were then, as far as they still are; None: looks at them itself.

        Raises:
            WorkspaceTooLarge: There are more files than are kept, or can be looked through in time.
            SnapshotError: The disk is full, or something can't be read or written; nothing was lost.
        """
        self._refuse_home()
        return await self._in_thread("Keeping the files", lambda work, stop: work.take(note, stop, pace, walked))

    def _refuse_home(self) -> None:
        if self._is_home:
            raise WorkspaceTooLarge(
                "This folder is your home folder, or holds it; its files are not kept.",
                remedy="Work in a folder of its own.",
            )

    async def snapshots(self, *, everywhere: bool = False) -> list[Snapshot]:
        """List this session's snapshots, or those of all sessions in this workspace, oldest first."""
        return await self._in_thread(
            "Reading the snapshots", lambda work, _stop: work.listed(None if everywhere else self._session)
        )

    async def changes(self, before: str, after: str) -> Changes:
        """Say what is different between two snapshots.

        Raises:
            SnapshotNotFound: One is not kept.
            SnapshotDamaged: One is not what was kept.
        """
        return await self._in_thread("Comparing files", lambda work, _stop: work.changes(before, after))

    async def text_change(self, before: str, after: str, path: str) -> TextChange:
        """Compare a file's text in two snapshots.

        Args:
            before: A snapshot.
            after: Another one.
            path: As `Changes` or a `Plan` shows it.

        Raises:
            SnapshotNotFound: A snapshot is not kept.
            SnapshotDamaged: A snapshot is not what was kept.
        """
        return await self._in_thread("Comparing files", lambda work, _stop: work.text_change(before, after, path))

    async def preview(self, target: str, since: Sequence[Span] | None = None, course: Course | None = None) -> Plan:
        """Say what bringing a snapshot back would do.

        Args:
            target: The snapshot.
            since: The cells that ran since it was taken, in order, none or more: what changed between them, the user
                did. None: whatever changed, cells did.
            course: Told how far it is, and able to stop it.

        Raises:
            SnapshotStopped: It was stopped.
            SnapshotNotFound: One is not kept.
            SnapshotDamaged: One is not what was kept.
            SnapshotError: The present files can't be kept.
        """
        way = course or Course()
        return await self._in_thread("Looking at the files", lambda work, _: work.preview(target, since, way), way)

    async def restore(self, plan: Plan, *, overwrite: Collection[str] = (), course: Course | None = None) -> Restored:
        """Do what a plan says. What was changed after the preview stays, and is named.

        Args:
            plan: From `preview`.
            overwrite: The conflicts, by their paths as shown, that are to be brought back nevertheless.
            course: Told how far it is, and able to stop it until the first file is put in its place.

        Raises:
            SnapshotStopped: It was stopped; nothing was changed.
            SnapshotDamaged: The snapshot itself is not what was kept; nothing was changed.
            SnapshotError: There is no room to write the files aside, or a folder can't be written; nothing was changed.
        """
        way = course or Course()
        return await self._in_thread(
            "Bringing files back", lambda work, _: work.restore(plan, frozenset(overwrite), way), way
        )

    async def unfinished(self) -> tuple[str, str] | None:
        """Give (undo, target) of a restore that was killed halfway; None when there is none.

        It is forgotten by this call. `preview` either of them to go on or back.
        """
        return await self._in_thread("Reading the snapshots", lambda work, _stop: work.unfinished())

    async def drop(self, ids: Iterable[str]) -> None:
        """Forget snapshots; their content stays until `collect`."""
        await self._in_thread("Forgetting snapshots", lambda work, _stop: work.drop(list(ids)))

    async def collect(self) -> int:
        """Free what no snapshot needs, and drop the oldest until the store is no larger than allowed.

        Returns:
            How many bytes that freed.
        """
        return await self._in_thread("Making room", lambda work, stop: work.collect(stop))

    async def close(self) -> None:
        """Let go of the store."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._one:
            objects, self._objects, self._scanner = self._objects, None, None
            if objects is not None:
                objects.close()

    async def _in_thread(
        self, doing: str, do: Callable[[Work, threading.Event], _T], course: Course | None = None
    ) -> _T:
        return await _in_thread(lambda stop: self._locked(doing, do, stop), course)

    def _locked(self, doing: str, do: Callable[[Work, threading.Event], _T], stop: threading.Event) -> _T:
        with self._one, translated(doing):
            if self._objects is None or self._scanner is None:
                self._objects = Objects(self._folder)
                self._scanner = Scanner(self._workspace, self._objects, self._limits)
            work = Work(
                self._workspace, self._objects, self._walker, self._scanner, self._key, self._limits, self._session
            )
            return do(work, stop)


async def _in_thread(do: Callable[[threading.Event], _T], course: Course | None = None) -> _T:
    """Do something in a thread; cancelled, tell it to stop, and wait until it has.

    Raises:
        SnapshotStopped: It was stopped by its course.
    """
    stop = course.halt if course is not None else threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(do, stop))
    try:
        return await asyncio.shield(task)
    except Cancelled:
        raise SnapshotStopped("Stopped: nothing was changed.") from None
    except asyncio.CancelledError:
        stop.set()
        with contextlib.suppress(SnapshotError, Cancelled):
            await task
        raise


def _holds(folder: str, path: str) -> bool:
    """Say whether a path is a folder, or lies in it."""
    return os.path.commonpath([folder, os.path.realpath(path)]) == folder


def forget_session(folder: Path, session: str, heir: str = "") -> None:
    """Forget all snapshots of a session, in whichever workspace, and free what they alone needed. It blocks.

    Args:
        folder: Of the stores of all workspaces.
        session: Whose they are.
        heir: Another session, whose they are from now on: they are not forgotten then.

    Raises:
        SnapshotError: A store can't be read or written; the others were seen to.
    """
    failed: SnapshotError | None = None
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            with translated("Forgetting snapshots"), contextlib.closing(Objects(each)) as objects:
                forget(objects, session, heir)
        except SnapshotError as error:
            failed = error
    if failed is not None:
        raise failed


def _folder_name(workspace: str) -> str:
    """Name a workspace's store: a digest of its path, behind what a person can recognise."""
    readable = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in os.path.basename(workspace))  # noqa: PTH119
    return f"{readable[:40] or 'root'}-{hashlib.sha256(os.fsencode(workspace)).hexdigest()[:16]}"
