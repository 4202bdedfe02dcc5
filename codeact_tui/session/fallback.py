"""Where variables come from when the checkpoint that held them is gone: from disk, or from running the cells again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from codeact_tui.errors import SnapshotError
from codeact_tui.protocol.events import KernelRecovered, KernelStarted, Noted, Rewound, VariablesRestored
from codeact_tui.protocol.resuming import RerunOffer
from codeact_tui.protocol.travel_files import VariableWay
from codeact_tui.session.entries import ActionEntry, ActionRecord, EventEntry
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.keeping import VariableKeeper
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.points import Point
from codeact_tui.session.transcript import Transcript
from codeact_tui.session.user_cells import UserCells

__all__ = ["Fallback", "cells_at", "is_of_point"]

_OFFERED = 50


@dataclass(frozen=True)
class Fallback:
    """Makes the variables of a point another way, in a fresh kernel.

    Attributes:
        ledger: Where events go.
        cells: Runs cells again.
        keeper: Keeps variables on disk; None where nobody does.
        foreteller: Tells what cells would do.
    """

    ledger: Ledger
    cells: UserCells
    keeper: VariableKeeper | None
    foreteller: Foreteller

    async def ways(self, point: Point) -> tuple[VariableWay, ...]:
        """Say which ways there are; the best first."""
        ways: list[VariableWay] = ["disk"] if await self._is_on_disk(point) else []
        if point.kind != "rewind" and cells_at(self.ledger.transcript, point):
            ways.append("replay")
        return (*ways, "leave")

    async def offers(self, point: Point) -> tuple[RerunOffer, ...]:
        """Say which cells would run again, and what each would do."""
        records = cells_at(self.ledger.transcript, point)[:_OFFERED]
        return tuple(
            [RerunOffer(record.action, (await self.foreteller.foretell(record.code)).effects) for record in records]
        )

    @property
    def loses(self) -> bool:
        """There are variables now that a fresh kernel would not have."""
        return any(record.live for record in self.ledger.transcript.actions.values())

    async def go(self, way: VariableWay, records: Sequence[ActionRecord]) -> None:
        """Make the variables.

        Args:
            way: How.
            records: The cells that made them, in order.
        """
        if way == "leave":
            return
        await self.cells.host.restart(keep=True)  # so that what was there before can be had back
        if way == "disk" and self.keeper is not None:
            await self.keeper.bring_back(records)
        elif way == "replay":
            async with self.cells.series:
                await self._replay(records)

    async def _replay(self, records: Sequence[ActionRecord]) -> None:
        for number, record in enumerate(records):
            if (await self.cells.again(record))[1] != "ok":
                left = len(records) - number - 1
                rest = f"; {left} cell{'s were' if left != 1 else ' was'} not rerun" if left else ""
                await self.ledger.record(Noted(f"Stopped at [{record.number}]{rest}."))
                return
        cells = f"{len(records)} cell{'s were' if len(records) != 1 else ' was'}"
        await self.ledger.record(
            Noted(
                f"{cells} rerun on a fresh kernel. The variables are theirs, and as before only where the cells don't "
                "depend on time, chance, the network or files that have changed."
            )
        )

    async def _is_on_disk(self, point: Point) -> bool:
        if self.keeper is None:
            return False
        try:
            taken_at = await asyncio.to_thread(self.keeper.store.taken_at)
        except SnapshotError:
            return False
        return taken_at is not None and is_of_point(self.ledger.transcript, point, taken_at)


def cells_at(transcript: Transcript, point: Point) -> list[ActionRecord]:
    """Give the cells that made the variables of a point, in order; those that did not end well are left out."""
    after = (each for each in transcript.checkpoints.values() if each.sequence > point.sequence)
    taken = next(after, None)
    if taken is not None and not transcript.lineage.broken(point.sequence, taken.sequence):
        found = [transcript.actions[action] for action in transcript.actions if action in taken.live]
    else:
        ran = [each for each in transcript.entries if isinstance(each, ActionEntry) and each.sequence <= point.sequence]
        found = [each.record for each in ran if not each.record.taken_back]
        last = max((record.epoch for record in found), default=0)
        found = [record for record in found if record.epoch == last]
    return [record for record in found if record.state == "finished" and record.status == "ok"]


def is_of_point(transcript: Transcript, point: Point, taken_at: float) -> bool:
    """Say whether variables that were kept at a time are those of a point: nothing has changed them in between."""
    breaks: list[tuple[bool, bool]] = []
    fresh = False
    for entry in transcript.entries:
        after_point, after_time = entry.sequence > point.sequence, entry.at > taken_at
        match entry:
            case ActionEntry() if entry.record.started_at is not None:
                breaks.append((after_point, entry.record.started_at > taken_at))
                fresh = False
            case EventEntry(event=VariablesRestored(missing=(), problem="")) if fresh:
                breaks.pop()
                fresh = False
            case EventEntry(event=KernelStarted()):
                breaks.append((after_point, after_time))
                fresh = True
            case EventEntry(event=Rewound(checkpoint=str()) | KernelRecovered() | VariablesRestored()):
                breaks.append((after_point, after_time))
                fresh = False
            case _:
                pass
    return all(after_point == after_time for after_point, after_time in breaks)
