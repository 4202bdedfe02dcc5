"""Goes back, and forth again: to a point of the session, what the user wants of it, and nothing lost by it."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from codeact_tui.errors import KernelError, OpRefused
from codeact_tui.kernel.base import NamespaceListing
from codeact_tui.protocol.events import Failed
from codeact_tui.protocol.travel import (
    EVERYTHING,
    CheckpointId,
    PreviewRewind,
    Rewind,
    RewindPreviewed,
    Rewound,
    TravelPart,
    VariableDifference,
)
from codeact_tui.protocol.variables import Variable
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.lineage import CheckpointRecord
from codeact_tui.session.points import Point, cells_after, keeper_of, last_cell, last_rewind, point_at
from codeact_tui.session.transcript import ActionEntry

__all__ = ["Traveller", "differences"]

_GONE = "The variables of that point are not kept any more"
_NEVER = "No checkpoint was taken there"
_SHOWN = 200


@dataclass(frozen=True)
class Traveller:
    """Takes a session back. The caller sees to it that no turn and no cell goes on.

    Attributes:
        ledger: Where events go.
        host: The kernel.
    """

    ledger: Ledger
    host: KernelHost

    async def undo(self) -> None:
        """Take the last cell back.

        Raises:
            OpRefused: There is none.
        """
        cell = last_cell(self.ledger.transcript)
        if cell is None:
            raise OpRefused("There is no cell to take back.")
        await self.rewind(Rewind(cell.sequence, EVERYTHING))

    async def redo(self) -> None:
        """Take the last going back itself back.

        Raises:
            OpRefused: Nothing was taken back, or something has happened since.
        """
        last = last_rewind(self.ledger.transcript)
        if last is None:
            raise OpRefused("There is nothing to redo: a going back can be undone until something else happens.")
        point, event = last
        keeper, problem = self._keeper(point)
        if problem and event.checkpoint is not None:
            raise OpRefused(f"{problem}.")
        await self._go(point.sequence, event.what, keeper, undoes=True)

    async def rewind(self, op: Rewind) -> None:
        """Go back to a point.

        Raises:
            OpRefused: There is no such point, or its variables are not held any more and are wanted.
        """
        point = point_at(self.ledger.transcript, op.point)
        if point is None or not op.what:
            raise OpRefused("There is no such point to go back to.")
        keeper, problem = self._keeper(point)
        if "variables" in op.what and problem:
            raise OpRefused(f"{problem}.", remedy="The conversation can be taken back alone: /rewind.")
        await self._go(op.point, op.what, keeper if "variables" in op.what else None)

    async def preview(self, op: PreviewRewind) -> None:
        """Say what going back to a point would change.

        Raises:
            OpRefused: There is no such point.
        """
        transcript = self.ledger.transcript
        point = point_at(transcript, op.point)
        if point is None:
            raise OpRefused("There is no such point to go back to.")
        keeper, problem = self._keeper(point)
        told = RewindPreviewed(op.point, cells_after(transcript, op.point), op.base, problem=problem)
        if keeper is not None:
            event = keeper.event
            told = msgspec.structs.replace(
                told,
                checkpoint=event.checkpoint,
                grade=event.grade,
                reasons=event.reasons,
                variables=await self._differences(event.checkpoint, op.base),
            )
        self.ledger.tell(told)

    def source_of(self, point: int | None) -> tuple[CheckpointId | None, bool]:
        """Say where the variables of a point are: in a checkpoint, or in the kernel of now; False where in neither."""
        found = point_at(self.ledger.transcript, point) if point is not None else None
        if found is None:
            return None, True
        keeper, problem = self._keeper(found)
        return (keeper.event.checkpoint if keeper is not None else None), not problem

    async def _differences(self, checkpoint: CheckpointId, base: int | None) -> tuple[VariableDifference, ...]:
        here, there = await self._variables(base), self.host.variables_at(checkpoint)
        return () if here is None or there is None else tuple(differences(here, there))[:_SHOWN]

    async def _variables(self, base: int | None) -> NamespaceListing | None:
        """Give the variables at a point, or now; None where they are not known."""
        if base is None:
            return None if self.host.state in {"none", "dead"} else await self.host.kernel.variables()
        point = point_at(self.ledger.transcript, base)
        keeper = keeper_of(self.ledger.transcript, point, self.host.held()) if point is not None else None
        return self.host.variables_at(keeper.event.checkpoint) if keeper is not None else None

    def _keeper(self, point: Point) -> tuple[CheckpointRecord | None, str]:
        """Give the checkpoint with the variables of a point; where there is none, say why, if one is needed."""
        transcript = self.ledger.transcript
        keeper = keeper_of(transcript, point, self.host.held())
        if keeper is not None:
            return keeper, ""
        if point.kind != "rewind" and not self._ran_since(point.sequence):
            return None, ""
        taken = bool(point.saved) or any(each.sequence > point.sequence for each in transcript.checkpoints.values())
        return None, _GONE if taken else _NEVER

    def _ran_since(self, sequence: int) -> bool:
        """A cell has run since, also one that was taken back, or the variables were replaced."""
        transcript = self.ledger.transcript
        cells = (each for each in transcript.entries if isinstance(each, ActionEntry) and each.record.started_at)
        return transcript.lineage.broken(sequence, transcript.sequence) or any(
            each.sequence > sequence for each in cells
        )

    async def _go(
        self, point: int, what: tuple[TravelPart, ...], keeper: CheckpointRecord | None, *, undoes: bool = False
    ) -> None:
        transcript = self.ledger.transcript
        cells = cells_after(transcript, point)
        async with self.host.turnstile:
            saved = await self.host.checkpoint(None) if keeper is not None else None
            if saved is not None:
                await self.ledger.record(saved)
            if keeper is not None:
                try:
                    await self.host.wake(keeper.event.checkpoint)
                except KernelError as error:
                    await self.ledger.record(Failed(type(error).__name__, error.message, error.remedy))
                    return
            checkpoint = keeper.event.checkpoint if keeper is not None else None
            kept = saved.checkpoint if saved is not None else None
            await self.ledger.record(Rewound(point, what, checkpoint, kept, cells, undoes))


def differences(now: NamespaceListing, then: NamespaceListing) -> Iterable[VariableDifference]:
    """Compare the variables of now with those of another time, by name: what going there changes."""
    here, there = _by_name(now), _by_name(then)
    for name in sorted({*here, *there}):
        before, after = here.get(name), there.get(name)
        if before is None:
            yield VariableDifference(name, "appears", None, after)
        elif after is None:
            if not then.cut:
                yield VariableDifference(name, "disappears", before, None)
        elif before != after:
            yield VariableDifference(name, "changes", before, after)


def _by_name(listing: NamespaceListing) -> dict[str, Variable]:
    return {variable.name: variable for variable in listing.variables}
