"""Keeps the files of the workspace before and after each cell, beside what else happens then."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

from codeact_tui.errors import CodeActError, SnapshotError, WorkspaceTooLarge
from codeact_tui.protocol.events import Noted, StoredEvent
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.travel_files import FilesKept
from codeact_tui.session.ledger import Ledger
from codeact_tui.snapshots.entries import LeftReason
from codeact_tui.snapshots.files import Course, FileSnapshots, LeftOut, Pace, Snapshot, Walked

__all__ = ["FileKeeper"]

_log = logging.getLogger(__name__)

_BEFORE_S = 1.0
"""So long a cell may wait for what has not been read yet: it is left out then, and the next time has it."""
_BEFORE_MORE_S = 2.0
"""And so much longer for the whole to be looked through."""
_LEISURE_S = 120.0
_QUIT_S = 1.0
_LOOK_S = 0.05
_NAMED = 3
_COLLECT_BYTES = 1 << 30
"""When so much was added, what is no longer needed is looked for."""
_WHY: dict[LeftReason, str] = {"too many bytes": "the folder is too large", "no room": "no room on the disk"}
_CUT_OFF = "codeact ended while it brought files back: some are as before, others as after. Go back again to finish it."


@dataclass
class FileKeeper:
    """Keeps the files of a session's workspace. What can't be kept is told once, and no cell fails by it.

    Attributes:
        ledger: Where events go.
        files: Keeps them; None where that is not wanted.
        problem: Why they are not kept; empty where they are.
    """

    ledger: Ledger
    files: FileSnapshots | None
    problem: str = ""
    _pace: Pace | None = None
    _after: "asyncio.Task[None] | None" = None
    _added_bytes: int = 0
    _told: set[str] = field(default_factory=set[str])

    @property
    def keeps(self) -> bool:
        """The files are kept."""
        return self.files is not None and not self.problem

    def warm_up(self) -> None:
        """Read the files for the first time, in the background, so that the first cell need not wait for it."""
        if self.keeps:
            self._later(self._warm_up)

    async def walk(self) -> Walked | None:
        """Look at the files, for what is kept of them next and whoever else wants to know; None where that fails."""
        if self.files is None or self.problem:
            return None
        try:
            return await self.files.walk(Pace(_BEFORE_S, _BEFORE_MORE_S))
        except WorkspaceTooLarge as error:
            self.problem = error.sentence
        except SnapshotError as error:
            _log.warning("the files could not be looked at: %s", error)
        return None

    async def before(self, action: ActionId, walked: Walked | None = None) -> list[StoredEvent]:
        """Keep the files before a cell; it must not begin before this is done.

        Args:
            action: The cell.
            walked: What has just been seen of them.

        Returns:
            What is to be recorded, before the cell's start.
        """
        files = self.files
        if files is None:
            return []
        if self.problem:
            return self._tell_problem(self.problem)
        await self._hurry(_BEFORE_S, _BEFORE_MORE_S)
        taken = await self._take(files, f"before [{action[1:]}]", Pace(_BEFORE_S, _BEFORE_MORE_S), walked)
        if isinstance(taken, str):
            return self._tell_problem(taken)
        return [*self._tell_left(taken.left_out), FilesKept(taken.id, action, "before")]

    def after(self, action: ActionId, walked: Walked | None = None) -> None:
        """Keep the files as a cell has left them, in the background.

        Args:
            action: The cell.
            walked: What has just been seen of them.
        """
        if self.keeps and self.ledger.transcript.files.unfinished() == action:
            self._later(lambda: self._keep_after(action, walked, sure=True))

    async def settle(self, course: Course | None = None) -> None:
        """Wait until what is being kept is, or until a course is stopped that waits for it."""
        while self._after is not None and not self._after.done():
            await asyncio.wait([self._after], timeout=None if course is None else _LOOK_S)
            if course is not None and course.halt.is_set():
                return

    async def finish(self, course: Course) -> None:
        """Keep the files now where they could not be kept after the last cell: what changed since may be the user's."""
        await self.settle(course)
        action = self.ledger.transcript.files.unfinished()
        if self.keeps and action is not None and not course.halt.is_set():
            await self._keep_after(action, None, sure=False)

    async def close(self) -> None:
        """Let go of the files; what is being kept has a moment left for it."""
        await self._hurry(_QUIT_S, _QUIT_S)
        if self.files is not None:
            await self.files.close()

    async def _warm_up(self) -> None:
        files, open_cell = self.files, self.ledger.transcript.files.unfinished()
        assert files is not None
        if open_cell is not None:
            await self._keep_after(open_cell, None, sure=False)
        else:
            taken = await self._take(files, "warm-up", self._leisure())
            if isinstance(taken, str):
                return
            await files.drop([taken.id])
        if await files.unfinished() is not None:
            await self.ledger.record(Noted(_CUT_OFF))
        await files.collect()

    async def _keep_after(self, action: ActionId, walked: Walked | None, *, sure: bool) -> None:
        files = self.files
        assert files is not None
        taken = await self._take(files, f"after [{action[1:]}]", self._leisure(), walked)
        if isinstance(taken, str):
            if taken not in self._told:
                self._told.add(taken)
                await self.ledger.record(Noted(taken))
            return
        await self.ledger.record(FilesKept(taken.id, action, "after", sure))
        self._added_bytes += taken.new_bytes
        if self._added_bytes > _COLLECT_BYTES:
            self._added_bytes = 0
            await files.collect()

    async def _take(self, files: FileSnapshots, note: str, pace: Pace, walked: Walked | None = None) -> Snapshot | str:
        """Take a snapshot, or say why there is none."""
        try:
            return await files.take(note, pace, walked)
        except WorkspaceTooLarge as error:
            self.problem = error.sentence
            return error.sentence
        except SnapshotError as error:
            _log.warning("the files could not be kept: %s", error)
            return error.sentence

    def _leisure(self) -> Pace:
        self._pace = Pace(_LEISURE_S)
        return self._pace

    def _tell_problem(self, sentence: str) -> list[StoredEvent]:
        if sentence in self._told:
            return []
        self._told.add(sentence)
        return [Noted(f"{sentence} /undo leaves them as they are.")]

    def _tell_left(self, left: Sequence[LeftOut]) -> list[StoredEvent]:
        """Name what is not kept, unless it was named before."""
        new = [each for each in left if each.reason != "not a file" and each.path not in self._told]
        if not new:
            return []
        self._told.update(each.path for each in new)
        more = f" and {len(new) - _NAMED} more" if len(new) > _NAMED else ""
        named = ", ".join(_named(each) for each in new[:_NAMED])
        return [Noted(f"Not kept: {named}{more}. /undo leaves such files as they are.")]

    async def _hurry(self, seconds: float, more_s: float) -> None:
        if self._after is not None and not self._after.done():
            if self._pace is not None:
                self._pace.hurry(seconds, more_s)
            await asyncio.wait([self._after])

    def _later(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self._after = asyncio.create_task(self._in_turn(self._after, work), name="keep the files")

    async def _in_turn(
        self, previous: "asyncio.Task[None] | None", work: Callable[[], Coroutine[None, None, None]]
    ) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        try:
            await work()
        except CodeActError as error:
            _log.warning("the files could not be seen to: %s", error)


def _named(left: LeftOut) -> str:
    why = _WHY.get(left.reason, left.reason)
    size = f", {left.size_bytes / 1_000_000:,.0f} MB" if left.size_bytes > 1_000_000 else ""
    return f"{left.path} ({why}{size})"
