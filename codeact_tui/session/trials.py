"""What is tried in copies of the kernel, as the controller has it: dry runs and explorations, begun and ended."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from codeact_tui.effects.base import Analysis
from codeact_tui.errors import OpRefused
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import ActionApproved, ActionEdited, ActionRejected, Event, PromptSubmitted
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import (
    CommitDryRun,
    DiscardDryRun,
    DryRun,
    EndExploration,
    Explore,
    PickCandidate,
    RunCandidates,
)
from codeact_tui.session.dry_runs import DryRuns, Trying
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.exploring import Explorer
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.rehearsing import Rehearser
from codeact_tui.session.turns import Turns

__all__ = ["TrialOp", "Trials"]

TrialOp = DryRun | CommitDryRun | DiscardDryRun | RunCandidates | PickCandidate | EndExploration


@dataclass
class Trials:
    """One thing at a time is tried.

    Attributes:
        rehearser: Tries it.
        turns: Have the turn that goes on, begin one, and know how the model is asked for other ways.
        foreteller: Tells what code would do.
        spawn: Runs something in the background.
    """

    rehearser: Rehearser
    turns: Turns
    foreteller: Foreteller
    spawn: Callable[[Coroutine[Any, Any, None], str], None]
    _trying: Trying = field(init=False)
    _dry_runs: DryRuns = field(init=False)
    _explorer: Explorer = field(init=False)

    def __post_init__(self) -> None:
        it = self.rehearser
        self._trying = Trying(it.ledger, it.host, it, self._ran)
        self._dry_runs = DryRuns(self._trying)
        turns = self.turns
        self._explorer = Explorer(
            self._trying,
            turns.seat,
            lambda: turns.asker(quiet=True),
            turns.context,
            self.foreteller,
            self._person_decides,
            it.on_change,
        )

    @property
    def running(self) -> bool:
        """Something runs in a copy now."""
        return self._trying.running

    @property
    def asking(self) -> bool:
        """The model is asked for another way."""
        return self._explorer.asking

    @property
    def active(self) -> bool:
        """There is something to stop."""
        return self.running or self._explorer.action is not None

    async def take(self, op: TrialOp) -> None:
        """Do what is asked.

        Raises:
            OpRefused: It does not apply now.
            KernelError: The kernel is not there.
            StoreError: It can't be recorded.
        """
        match op:
            case DryRun():
                await self._dry_runs.run(op)
            case CommitDryRun():
                await self._dry_runs.commit(op)
            case DiscardDryRun():
                await self._dry_runs.discard(op)
            case RunCandidates() | PickCandidate() | EndExploration():
                await self._explorer.answer(op)

    def explore(self, op: Explore) -> None:
        """Explore the step that waits for an answer, or the first one of a new turn.

        Raises:
            OpRefused: It does not apply now.
        """
        self._explorer.check(op)

        def begin(record: ActionRecord) -> None:
            self.spawn(self._explorer.explore(op, record.action), "exploration")

        turn, prompt = self.turns.current, op.prompt.strip()
        unfinished = self.rehearser.ledger.transcript.unfinished()
        waiting = [record for record in unfinished if record.state == "waiting"]
        if turn is not None and waiting and not prompt:
            begin(waiting[-1])
        elif turn is not None:
            raise OpRefused("A turn is going on.", remedy="/explore 3, when a cell waits for your answer.")
        elif not prompt:
            raise OpRefused("There is no step to explore.", remedy="Say what for: /explore 3 plot the trend.")
        else:
            self.turns.begin(PromptSubmitted(prompt), explore=begin)

    async def stop(self) -> None:
        """Stop what is being tried; the action that it is about goes on waiting."""
        if self._explorer.action is not None:
            self._explorer.stop()
        else:
            await self.rehearser.interrupt()

    async def stop_and_wait(self) -> None:
        """Stop what is being tried, and wait until all is as it was."""
        if self.running:
            await self.stop()
            async with self.rehearser.host.turnstile:
                return

    def hear(self, event: Event) -> None:
        """Forget what was tried where it can't be committed any more."""
        if self._trying.outdated_by(event):
            self._trying.void()
            self.spawn(self._forget(), "forget what was tried")
        if isinstance(event, ActionApproved | ActionRejected | ActionEdited):
            self._leave(event.action)

    def _leave(self, action: ActionId) -> None:
        """An action was decided about, by an answer or by a commit."""
        if self._explorer.action == action and not self._trying.committing:
            self._explorer.stop("the cell was decided about otherwise")

    async def _forget(self) -> None:
        if self.running:
            await self.stop()
        else:
            await self._trying.drop()

    def _ran(self, _status: CellStatus) -> None:
        """What was tried was committed: the turn goes on with it."""
        turn = self.turns.current
        if turn is not None:
            turn.decide("ran")

    async def _person_decides(self, told: Analysis) -> bool:
        turn = self.turns.current
        return turn is None or await turn.asks(told)
