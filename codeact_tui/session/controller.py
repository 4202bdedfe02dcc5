"""The session controller: Ops in, Events out. Knows no front end."""

import asyncio
from collections.abc import Callable, Sequence
from typing import assert_never

from codeact_tui.errors import OpRefused
from codeact_tui.protocol.events import (
    CellFinished,
    Envelope,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    ModelChanged,
    Noted,
    PolicyChanged,
    Rewound,
    StateChanged,
    TitleChanged,
    VariablesChanged,
    VariablesRestored,
)
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import (
    AddRules,
    AllowRefused,
    AnswerHost,
    AnswerInput,
    Approve,
    CommitDryRun,
    CompleteCode,
    Continue,
    DiscardDryRun,
    DryRun,
    EditAction,
    EndExploration,
    Explore,
    Fork,
    InspectCode,
    InspectVariable,
    Interrupt,
    ListPermissions,
    ListVariables,
    MarkCheckpoint,
    Op,
    PickCandidate,
    PreviewRewind,
    Redo,
    Reject,
    RemovePermission,
    RenameSession,
    Rerun,
    RerunCells,
    RestartKernel,
    Rewind,
    RunCandidates,
    RunUserCode,
    SetModel,
    SetPolicy,
    Shutdown,
    SubmitPrompt,
    Undo,
)
from codeact_tui.protocol.sessions import SessionState
from codeact_tui.session.base import Listener
from codeact_tui.session.crew import SessionParts, assemble
from codeact_tui.session.permitting import PermissionOp
from codeact_tui.session.states import may_follow
from codeact_tui.session.tasks import AT_WORK, Tasks
from codeact_tui.session.titles import clean_title
from codeact_tui.session.transcript import Transcript

__all__ = ["SessionController"]

_MAY_BE_STALE = (CellFinished, VariablesChanged, VariablesRestored, KernelStarted, KernelDied, KernelRecovered, Rewound)
"""After these other cells may be stale."""
_STILL_S = 1.0
_TRIED_STILL_S = 10.0
"""How long the end of a dry run may take, which puts files back."""
_ENDED_S = 2.0


class SessionController:
    """A session: its turn loop, its kernel, its record. Implements `session.base.Session`.

    One task takes the Ops in their order; a turn and each cell of the user's run as tasks of their own, so that every
    Op is taken at once in every state.

    Args:
        parts: What it is made of.
    """

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts
        self._ledger = parts.ledger
        self._ops: asyncio.Queue[Op] = asyncio.Queue()
        self._closed = asyncio.Event()
        self._state: SessionState = "idle"
        self._tasks = Tasks(parts.ledger, writable=parts.writable)
        self._crew = assemble(parts, self._tasks, self.send, self._update_state)
        self._unlisten = self._ledger.listen(self._hear)
        self._taker = asyncio.create_task(self._take_ops(), name="session ops")

    # -- what a front end sees

    @property
    def id(self) -> SessionId:
        """The session's id."""
        return self._ledger.journal.session

    @property
    def writable(self) -> bool:
        """False where the session is open in another process."""
        return self._parts.writable

    @property
    def transcript(self) -> Transcript:
        """All that was said and done so far."""
        return self._ledger.transcript

    @property
    def state(self) -> SessionState:
        """What the session does now."""
        return self._state

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; the function returned ends it."""
        return self._ledger.listen(listener)

    def send(self, op: Op) -> None:
        """Ask for something; what comes of it comes as events."""
        if isinstance(op, Interrupt):
            self._interrupt()
        else:
            self._ops.put_nowait(op)

    async def read_blob(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        """Give a part of what was put aside."""
        return await self._ledger.journal.read_blob(name, start=start, length=length)

    async def close(self) -> None:
        """Shut down and wait for its end."""
        if not self._closed.is_set():
            self.send(Shutdown())
            await self._closed.wait()

    async def note(self, *sentences: str) -> None:
        """Record sentences for the user.

        Raises:
            StoreError: They can't be written.
        """
        await self._ledger.record(*(Noted(sentence) for sentence in sentences))

    async def prepare(self) -> None:
        """Have at hand what is allowed here, and put files back that a dry run left changed; before `start`."""
        if self.writable:
            if self._parts.rehearsal_files is not None:
                await self.note(*await self._parts.rehearsal_files.put_back_left())
            await self._crew.permissions.prepare(asks=self._parts.asks_hosts)

    def start(self) -> None:
        """Start the kernel and warm the model up, in the background."""
        if self.writable:
            self._crew.host.start()
            if self._crew.keeper is not None and self.transcript.actions:
                self._tasks.spawn(self._crew.keeper.bring_back(), "bring the variables back")
            self._tasks.spawn(self._warm_up(), "warm up the model")
            self._crew.files.warm_up()

    # -- taking Ops

    async def _take_ops(self) -> None:
        while not self._closed.is_set():
            op = await self._ops.get()
            await self._tasks.guard(self._take(op), type(op).__name__)

    async def _take(self, op: Op) -> None:  # noqa: C901 - one case for each kind of Op
        match op:
            case Shutdown():
                await self._shut_down()
            case Interrupt():
                self._interrupt()
            case Fork():
                self._tasks.spawn(self._crew.departures.fork(op, self.id), "fork")
            case _ if not self.writable:
                raise OpRefused(
                    "This session is open in another codeact, so here it can only be looked at.",
                    remedy="Type /new for a session of your own.",
                )
            case SubmitPrompt():
                self._crew.turns.submit(op)
            case Approve() | EditAction() | Reject():
                await self._crew.answers.take(op)
            case ListVariables() | InspectVariable() | CompleteCode() | InspectCode():
                self._tasks.spawn(self._crew.inquiries.answer(op), "ask the kernel")
            case AnswerInput():
                if not self._crew.cells.answer(op.action, op.text):
                    raise OpRefused("No cell is waiting for an answer.")
            case Rerun() | RerunCells() | RunUserCode() | RestartKernel():
                await self._use_kernel(op)
            case Undo() | Redo() | Rewind() | PreviewRewind() | MarkCheckpoint():
                self._tasks.spawn(self._crew.departures.travel(op), "travel")
            case DryRun() | CommitDryRun() | DiscardDryRun() | RunCandidates() | PickCandidate() | EndExploration():
                self._tasks.spawn(self._crew.trials.take(op), "dry run")
            case Explore():
                self._crew.trials.explore(op)
            case Continue() | SetPolicy() | SetModel() | RenameSession():
                await self._steer_session(op)
            case AddRules() | AnswerHost() | AllowRefused() | RemovePermission() | ListPermissions():
                await self._permit(op)
            case _:
                assert_never(op)

    async def _permit(self, op: AddRules | PermissionOp) -> None:
        if isinstance(op, AddRules):
            await self._crew.answers.add_rules(op)
        else:
            await self._crew.permissions.take(op)

    async def _use_kernel(self, op: Rerun | RerunCells | RunUserCode | RestartKernel) -> None:
        match op:
            case Rerun():
                self._tasks.spawn(self._crew.user_cells.rerun(op), "rerun")
            case RerunCells():
                self._tasks.spawn(self._crew.rerunner.run(op), "rerun")
            case RunUserCode():
                self._tasks.spawn(self._crew.user_cells.run(op), "user cell")
            case RestartKernel():
                self._crew.turns.stop()
                self._tasks.spawn(self._restart(op), "restart the kernel")

    async def _restart(self, op: RestartKernel) -> None:
        await self._crew.trials.stop_and_wait()
        await self._crew.user_cells.restart(rerun=op.rerun, cold=op.cold)

    async def _steer_session(self, op: Continue | SetPolicy | SetModel | RenameSession) -> None:
        match op:
            case Continue():
                self._crew.turns.go_on()
            case SetPolicy():
                await self._ledger.record(PolicyChanged(op.policy))
            case SetModel():
                await self._parts.seat.change(op.name)
                await self._ledger.record(ModelChanged(op.name))
                self._tasks.spawn(self._warm_up(), "warm up the model")
            case RenameSession():
                await self._ledger.record(TitleChanged(clean_title(op.title)))

    # -- stopping

    def _interrupt(self) -> None:
        if self._crew.going.stop():
            return
        if self._crew.trials.active:
            self._tasks.spawn(self._crew.trials.stop(), "interrupt")
            return
        self._crew.turns.stop()
        self._crew.interrupts.interrupt()

    async def _shut_down(self) -> None:
        trying = self._crew.trials.running or self._crew.going.on
        self._interrupt()
        self._crew.turns.stop()
        if trying or self._crew.turns.current is not None or self._crew.cells.running is not None:
            await self._tasks.wait(_TRIED_STILL_S if trying else _STILL_S, "travel", *AT_WORK)
        self._unlisten()
        guard = self._tasks.guard  # what fails keeps nothing else from being closed
        if self._crew.keeper is not None:
            await guard(self._crew.keeper.keep_last(), "Keeping the variables")
        if self.writable:
            await guard(self._crew.host.shutdown(), "Ending the kernel")
        await guard(self._crew.files.close(), "Closing the kept files")
        await self._tasks.end(_ENDED_S)
        await guard(self._parts.seat.close(), "Leaving the model")
        if self._parts.rehearsal_files is not None:
            await guard(self._parts.rehearsal_files.close(), "Closing the kept files")
        await guard(self._ledger.journal.close(), "Closing the session")
        self._go("stopped")
        self._closed.set()

    def _hear(self, envelopes: Sequence[Envelope]) -> None:
        """See to it that what is stale is known: after a cell, and when the kernel has told what that did."""
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, VariablesChanged):
                self._crew.rerunner.saw(event)
            if isinstance(event, _MAY_BE_STALE):
                self._tasks.spawn(self._crew.rerunner.look(), "look for stale cells")
            self._crew.trials.hear(event)

    # -- states

    def _update_state(self) -> None:
        if self._state == "stopped":
            return
        self._crew.permissions.hosts.cell_changed()
        if self._crew.cells.running is not None or self._crew.trials.running:
            self._go("running")
        elif self._crew.trials.asking:
            self._go("thinking")
        elif (turn := self._crew.turns.current) is not None:
            self._go(turn.phase)
        else:
            self._go("idle")
        if self._crew.cells.running is None:
            self._crew.interrupts.reset()

    def _go(self, state: SessionState) -> None:
        if state == self._state:
            return
        assert may_follow(self._state, state), f"{self._state} -> {state}"
        self._state = state
        self._ledger.tell(StateChanged(state))

    async def _warm_up(self) -> None:
        await self._parts.seat.get().model.warm_up()
