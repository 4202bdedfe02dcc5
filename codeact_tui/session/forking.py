"""Makes a session that goes on from a point of another one: its history, its packages, its variables."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from codeact_tui.errors import CodeActError, KernelError, OpRefused, SnapshotError
from codeact_tui.protocol.events import (
    KernelDied,
    KernelRecovered,
    KernelStarted,
    Rewound,
    VariablesRestored,
)
from codeact_tui.protocol.forking import Forked
from codeact_tui.protocol.ids import SessionId
from codeact_tui.session.entries import ActionEntry, EventEntry
from codeact_tui.session.points import point_at
from codeact_tui.session.transcript import Transcript
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.base import Journal

__all__ = ["Branch", "Branches", "Brings", "Forker", "NoBranches"]

_log = logging.getLogger(__name__)

_NOT_KEPT = "The variables of that point are not kept."
_OFF = "Variables are not kept on disk (resume.variables), so none is here."
_CHANGES_VARIABLES = (KernelStarted, KernelDied, KernelRecovered, Rewound, VariablesRestored)

Brings = Callable[[VariableStore], Awaitable[bool]]
"""Has the variables of the point written into the fork's store; says whether it could."""


@dataclass(frozen=True)
class Branch:
    """A fork that was made and is empty but for what it shares.

    Attributes:
        journal: Its own, held.
        variables: Where its variables are kept; None where none are.
        parents: Where the other session's are.
    """

    journal: Journal
    variables: VariableStore | None = None
    parents: VariableStore | None = None


class Branches(Protocol):
    """The port to whoever can make sessions."""

    async def make(self, session: SessionId, until: int) -> Branch:
        """Make a session that shares another's events up to one, with a copy of what its cells have installed.

        Raises:
            StoreError: It can't be made.
        """
        ...

    async def discard(self, session: SessionId) -> None:
        """Remove one that came to nothing. Never raises."""
        ...


class NoBranches:
    """Where no sessions can be made."""

    async def make(self, session: SessionId, until: int) -> Branch:
        """Refuse."""
        raise OpRefused("No other session can be made here.")

    async def discard(self, session: SessionId) -> None:
        """There is nothing."""


@dataclass(frozen=True)
class Forker:
    """Makes forks of one session.

    Attributes:
        transcript: What was said and done in it.
        session: Its id.
        branches: Makes sessions.
    """

    transcript: Transcript
    session: SessionId
    branches: Branches

    async def fork(self, point: int | None, bring: Brings | None = None) -> SessionId:
        """Make a session that goes on from a point.

        Args:
            point: The last event that is shared; None for all.
            bring: Brings the variables over, where a kernel or a checkpoint has them.

        Returns:
            Its id; it is closed.

        Raises:
            OpRefused: There is no such point.
            StoreError: It can't be written.
        """
        transcript = self.transcript
        until = transcript.sequence if point is None else _until(transcript, point)
        if until < 1 or (not transcript.turn and not transcript.actions):
            raise OpRefused("Nothing was said yet that could be gone on from.", remedy="/new begins another session.")
        branch = await self.branches.make(self.session, until)
        try:
            problem = await self._bring_variables(branch, until, bring)
            later = until < transcript.sequence and _happened_after(transcript, until)
            await branch.journal.append([Forked(self.session, transcript.title, until, later, problem)])
        except BaseException:
            await branch.journal.close()
            await self.branches.discard(branch.journal.session)
            raise
        await branch.journal.close()
        return branch.journal.session

    async def _bring_variables(self, branch: Branch, until: int, bring: Brings | None) -> str:
        """Have the variables of the point kept for the fork; where there are none that are right, say why."""
        if not any(entry.sequence <= until for entry in _cells(self.transcript)):
            return ""
        if branch.variables is None:
            return _OFF
        try:
            if bring is not None and await bring(branch.variables):
                return ""
            if await asyncio.to_thread(self._copy_kept, branch, until):
                return ""
        except (SnapshotError, KernelError, msgspec.DecodeError) as error:
            _log.warning("the variables could not be brought into a fork: %s", error)
            return error.message if isinstance(error, CodeActError) else _NOT_KEPT
        return _NOT_KEPT

    def _copy_kept(self, branch: Branch, until: int) -> bool:
        """Take what was kept of the other session the last time, if it is of this point."""
        if branch.variables is None or branch.parents is None:
            return False
        found = branch.parents.newest()
        if found is None or _changed(self.transcript, until, found[1].taken_at):
            return False
        branch.parents.copy_to(branch.variables)
        return True


def _until(transcript: Transcript, point: int) -> int:
    """Give the last event that counts at a point.

    A cell may have been sent while others were still to run: then it is the last one before it began.

    Raises:
        OpRefused: There is no such point.
    """
    found = point_at(transcript, point)
    if found is None:
        raise OpRefused("There is no such point to go on from.")
    before = (entry.record for entry in _cells(transcript) if entry.sequence <= point)
    if found.action is None or not any((each.started_at or 0.0) + each.seconds > found.at for each in before):
        return point
    taken = (each.sequence for each in transcript.checkpoints.values() if each.event.action == found.action)
    return max(point, next(taken, point + 1) - 1)


def _cells(transcript: Transcript) -> list[ActionEntry]:
    return [each for each in transcript.entries if isinstance(each, ActionEntry) and each.record.started_at is not None]


def _happened_after(transcript: Transcript, until: int) -> bool:
    return any(entry.sequence > until for entry in _cells(transcript))


def _changed(transcript: Transcript, until: int, taken_at: float) -> bool:
    """Say whether the variables became others between a point and a later time."""
    for entry in transcript.entries:
        if entry.sequence <= until:
            continue
        if isinstance(entry, ActionEntry) and (entry.record.started_at or taken_at) < taken_at:
            return True
        if isinstance(entry, EventEntry) and isinstance(entry.event, _CHANGES_VARIABLES) and entry.at < taken_at:
            return True
    return False
