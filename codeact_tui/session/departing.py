"""What leads away from where the session is: back, forth again, and on in another session.

Nothing may go on meanwhile: the turn is ended first, and a cell that runs has to be stopped by the user.
"""

from dataclasses import dataclass

from codeact_tui.errors import OpRefused
from codeact_tui.protocol.events import ForkMade
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Fork, MarkCheckpoint, PreviewRewind, Redo, Rewind, Undo
from codeact_tui.session.forking import Branches, Forker
from codeact_tui.session.keeping import VariableKeeper
from codeact_tui.session.tasks import AT_WORK, Tasks
from codeact_tui.session.travelling import Traveller
from codeact_tui.session.trials import Trials
from codeact_tui.session.turns import Turns
from codeact_tui.snapshots.variables import VariableStore

__all__ = ["Departures"]

_STILL_S = 5.0


@dataclass(frozen=True)
class Departures:
    """Brings the session to rest, then goes.

    Attributes:
        traveller: Goes back and forth; it has the record and the kernel.
        turns: Have the turn that is ended first.
        trials: Nothing may be tried meanwhile.
        tasks: Are waited for.
        branches: Makes the sessions that go on from a point of this one.
        keeper: Keeps the variables for them; None where none are kept.
    """

    traveller: Traveller
    turns: Turns
    trials: Trials
    tasks: Tasks
    branches: Branches
    keeper: VariableKeeper | None

    async def travel(self, op: Undo | Redo | Rewind | PreviewRewind | MarkCheckpoint) -> None:
        """Go back or forth, or do what prepares it.

        Raises:
            OpRefused: It does not apply now.
        """
        match op:
            case MarkCheckpoint():
                self.traveller.host.mark(op.checkpoint, marked=op.marked)
            case PreviewRewind():
                await self.traveller.preview(op)
            case Undo():
                await self._come_to_rest()
                await self.traveller.undo(op)
            case Redo():
                await self._come_to_rest()
                await self.traveller.redo(op)
            case Rewind():
                await self._come_to_rest()
                await self.traveller.rewind(op)

    async def fork(self, op: Fork, session: SessionId) -> None:
        """Make a session that goes on from a point of this one, with the variables of that point.

        Raises:
            OpRefused: It does not apply now.
            StoreError: It can't be written.
        """
        await self._come_to_rest()
        keeper, ledger = self.keeper, self.traveller.ledger
        checkpoint, there = self.traveller.source_of(op.point)

        async def bring(other: VariableStore) -> bool:
            return keeper is not None and await keeper.keep_for(other, checkpoint)

        forker = Forker(ledger.transcript, session, self.branches)
        made = await forker.fork(op.point, bring if there else None)
        ledger.tell(ForkMade(made))

    async def _come_to_rest(self) -> None:
        """Stop the turn, before the session goes elsewhere.

        Raises:
            OpRefused: A cell is running.
        """
        if self.turns.cells.running is not None or self.trials.running:
            raise OpRefused("A cell is running.", remedy="Stop it first: Esc.")
        if self.turns.current is not None:
            self.turns.stop()
            await self.tasks.wait(_STILL_S, *AT_WORK)
