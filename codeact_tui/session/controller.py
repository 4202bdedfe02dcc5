"""The session controller: Ops in, Events out. Knows no front end."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from codeact_tui.config.schema import Config
from codeact_tui.effects.base import Analysis
from codeact_tui.errors import CodeActError, OpRefused, SnapshotError, StoreError
from codeact_tui.kernel.base import Kernel
from codeact_tui.model.base import ActionFormat
from codeact_tui.model.retry import RetryPolicy
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    Envelope,
    Failed,
    ForkMade,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    ModelChanged,
    Noted,
    PolicyChanged,
    PromptQueued,
    PromptSubmitted,
    Rewound,
    StateChanged,
    StoredEvent,
    TitleChanged,
    VariablesChanged,
    VariablesRestored,
)
from codeact_tui.protocol.ids import SessionId, code_sha256
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
from codeact_tui.session.approvals import check_approval, check_edit, check_waiting
from codeact_tui.session.asking import Asker
from codeact_tui.session.base import Listener
from codeact_tui.session.cells import CellRunner
from codeact_tui.session.context import ContextBuilder
from codeact_tui.session.diffs import unified
from codeact_tui.session.fallback import Fallback
from codeact_tui.session.file_travel import FileTravel
from codeact_tui.session.files import FileKeeper
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.forking import Branches, Forker, NoBranches
from codeact_tui.session.going import Going
from codeact_tui.session.happening import Recorder
from codeact_tui.session.inquiries import Inquiries
from codeact_tui.session.keeping import VariableKeeper
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.mentions import Mentions
from codeact_tui.session.model_seat import ModelSeat
from codeact_tui.session.notebook import Notebook
from codeact_tui.session.permission_book import NoBook, PermissionBook
from codeact_tui.session.permitting import PermissionOp, Permissions
from codeact_tui.session.rehearsal_files import RehearsalFiles, put_back_words
from codeact_tui.session.rehearsing import Rehearser
from codeact_tui.session.rerunning import Rerunner
from codeact_tui.session.states import may_follow
from codeact_tui.session.titles import clean_title, title_from
from codeact_tui.session.transcript import ActionRecord, Transcript
from codeact_tui.session.travelling import Traveller
from codeact_tui.session.trials import Trials
from codeact_tui.session.turn import Turn
from codeact_tui.session.user_cells import UserCells
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.variables import VariableStore

__all__ = ["SessionController", "SessionParts"]

_log = logging.getLogger(__name__)

_MAY_BE_STALE = (CellFinished, VariablesChanged, VariablesRestored, KernelStarted, KernelDied, KernelRecovered, Rewound)
"""After these other cells may be stale."""
_DEAF_S = 3.0
"""How long a cell may take to heed an interrupt before the user is told that it does not."""
_STILL_S = 5.0
_TRIED_STILL_S = 10.0
"""How long the end of a dry run may take, which puts files back."""
_DEAF = "The cell does not heed the interrupt. Interrupt again to end the kernel;"
_DEAF_LOST = "its variables will be lost."
_DEAF_BACK = "its variables will be as they were before this cell."
_DID_NOT_HEED = "ended, because the cell did not heed the interrupt"


@dataclass(frozen=True)
class SessionParts:
    """What a controller is made of."""

    ledger: Ledger
    kernel: Kernel
    seat: ModelSeat
    config: Config
    writable: bool = True
    variables: VariableStore | None = None
    """Where the variables are kept for the next time; None where they are not."""
    files: FileSnapshots | None = None
    """Keeps the workspace's files; None where that is not wanted."""
    book: PermissionBook = field(default_factory=NoBook)
    asks_hosts: bool = False
    """Somebody is there who can be asked about hosts."""
    rehearsal_files: RehearsalFiles | None = None
    """Keeps the workspace's files for dry runs; None where there are none."""
    branches: Branches = field(default_factory=NoBranches)
    """Makes the sessions that go on from a point of this one."""


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
        self._foreteller = Foreteller(parts.ledger.transcript, parts.kernel)
        self._config = parts.config
        self._host = KernelHost(parts.kernel, parts.ledger)
        self._mentions = Mentions(parts.kernel)
        self._files = FileKeeper(parts.ledger, parts.files)
        session = parts.config.session
        self._cells = CellRunner(
            self._host,
            self._ledger,
            parts.config.output,
            session.cell_seconds or None,
            self._update_state,
            Recorder(parts.kernel, self._foreteller.foretold, looks=session.record_files),
            self._files,
        )
        self._trials = Trials(
            self._rehearser(),
            parts.seat,
            lambda: self._asker(quiet=True),
            self._context,
            self._foreteller,
            lambda: self._turn,
            lambda prompt, explore: self._begin_turn(prompt, explore=explore),
            self._spawn,
        )
        self._permissions = Permissions(parts.ledger, parts.kernel, parts.book, lambda: self._cells.running)
        self._user_cells = UserCells(self._ledger, self._cells, self._host)
        self._notebook = Notebook(parts.ledger.transcript)
        self._rerunner = Rerunner(self._ledger, self._user_cells, self._notebook)
        self._keeper: VariableKeeper | None = None
        if parts.variables is not None and parts.writable:
            self._keeper = VariableKeeper(
                self._host, self._ledger, parts.variables, parts.config.resume, self._notebook, self._foreteller
            )
        fallback = Fallback(self._ledger, self._user_cells, self._keeper, self._foreteller)
        self._going = Going(self._ledger.tell)
        files = FileTravel(self._ledger, self._files)
        self._traveller = Traveller(self._ledger, self._host, files, fallback, self._going)
        self._unlisten = self._ledger.listen(self._hear)
        self._inquiries = Inquiries(self._ledger, self._host)
        self._contexts: dict[ActionFormat, ContextBuilder] = {}
        self._newest_turn: Turn | None = None
        self._queued: list[str] = []
        self._state: SessionState = "idle"
        self._ops: asyncio.Queue[Op] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()
        self._interrupts = 0
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
            await self._put_back()
            await self._permissions.prepare(asks=self._parts.asks_hosts)

    async def _put_back(self) -> None:
        if self._parts.rehearsal_files is None:
            return
        try:
            paths, kept = await self._parts.rehearsal_files.put_back_left()
        except (SnapshotError, OSError) as error:
            _log.warning("what a dry run left changed could not be put back: %s", error)
            words = "A dry run was going on when codeact ended, and its files could not be put back. The log says why."
            await self.note(words)
        else:
            await self.note(*put_back_words(paths, kept))

    def start(self) -> None:
        """Start the kernel and warm the model up, in the background."""
        if self.writable:
            self._host.start()
            if self._keeper is not None and self.transcript.actions:
                self._spawn(self._keeper.bring_back(), "bring the variables back")
            self._spawn(self._warm_up(), "warm up the model")
            self._files.warm_up()

    # -- taking Ops

    async def _take_ops(self) -> None:
        while not self._closed.is_set():
            op = await self._ops.get()
            try:
                await self._take(op)
            except StoreError as error:
                self._ledger.tell_uncommitted(Failed(type(error).__name__, error.message, error.remedy))
            except CodeActError as error:
                await self._fail(error)
            except Exception:
                _log.exception("%s could not be done", type(op).__name__)
                await self._fail(
                    CodeActError(f"{type(op).__name__} failed inside codeact.", remedy="The log says more.")
                )

    async def _take(self, op: Op) -> None:  # noqa: C901 - one case for each kind of Op
        match op:
            case Shutdown():
                await self._shut_down()
            case Interrupt():
                self._interrupt()
            case Fork():
                self._spawn(self._fork(op), "fork")
            case _ if not self.writable:
                raise OpRefused(
                    "This session is open in another codeact, so here it can only be looked at.",
                    remedy="Type /new for a session of your own.",
                )
            case SubmitPrompt():
                await self._submit(op)
            case Approve() | EditAction() | Reject():
                await self._answer_question(op)
            case ListVariables() | InspectVariable() | CompleteCode() | InspectCode():
                self._spawn(self._inquiries.answer(op), "ask the kernel")
            case AnswerInput():
                if not self._cells.answer(op.action, op.text):
                    raise OpRefused("No cell is waiting for an answer.")
            case Rerun() | RerunCells() | RunUserCode() | RestartKernel():
                await self._use_kernel(op)
            case Undo() | Redo() | Rewind() | PreviewRewind() | MarkCheckpoint():
                self._spawn(self._travel(op), "travel")
            case DryRun() | CommitDryRun() | DiscardDryRun() | RunCandidates() | PickCandidate() | EndExploration():
                self._spawn(self._trials.take(op), "dry run")
            case Explore():
                await self._trials.explore(op)
            case Continue() | SetPolicy() | SetModel() | RenameSession():
                await self._steer_session(op)
            case AddRules() | AnswerHost() | AllowRefused() | RemovePermission() | ListPermissions():
                await self._permit(op)
            case _:
                assert_never(op)

    async def _submit(self, op: SubmitPrompt) -> None:
        text = op.text.strip()
        if not text:
            raise OpRefused("The prompt is empty.")
        if self._turn is None:
            await self._begin_turn(PromptSubmitted(text))
        elif op.when == "steer":
            self._turn.steering.append(text)
            self._ledger.tell(PromptQueued(text))
        else:
            self._queued.append(text)
            self._ledger.tell(PromptQueued(text))

    async def _answer_question(self, op: Approve | EditAction | Reject) -> None:
        turn, transcript = self._turn, self.transcript
        match op:
            case Approve():
                record = check_approval(transcript, op)
                if turn is not None and op.scope != "once":
                    turn.allowance = op.scope
                await self._ledger.record(ActionApproved(record.action, record.revision, record.sha256, "user"))
                self._decide(turn, approved=True)
            case EditAction():
                record = check_edit(transcript, op)
                if op.code == record.code:
                    return
                revision, sha256 = record.revision + 1, code_sha256(op.code)
                diff = unified(record.revisions[0].code, op.code)
                told = await self._foreteller.foretell(op.code)
                await self._ledger.record(
                    ActionEdited(record.action, revision, op.code, sha256, diff),
                    ApprovalRequested(record.action, revision, sha256, told.effects, told.problem),
                )
            case Reject():
                record = check_waiting(transcript, op)
                await self._ledger.record(ActionRejected(record.action, op.reason.strip()))
                self._decide(turn, approved=False)

    def _rehearser(self) -> Rehearser:
        session, parts = self._config.session, self._parts
        return Rehearser(
            self._ledger,
            self._host,
            parts.rehearsal_files,
            self._config.output,
            session.cell_seconds or None,
            Recorder(parts.kernel, self._foreteller.foretell, looks=session.record_files),
            self._cells.network,
            self._update_state,
            self._files,
        )

    async def _permit(self, op: AddRules | PermissionOp) -> None:
        if isinstance(op, AddRules):
            await self._add_rules(op)
        else:
            await self._permissions.take(op)

    async def _add_rules(self, op: AddRules) -> None:
        """Keep rules, and run the action that waits if they cover it as it was shown."""
        record = None
        if op.action is not None:
            record = check_approval(self.transcript, Approve(op.action, op.revision, op.sha256))
        await self._permissions.add_rules(op)
        if record is None or record.request is None or record.state != "waiting":
            return
        told = Analysis(record.request.effects, record.request.problem)
        rules = await self._permissions.covering(told, self._foreteller.working)
        if rules and (record.state, record.revision, record.sha256) == ("waiting", op.revision, op.sha256):
            await self._ledger.record(ActionApproved(record.action, op.revision, op.sha256, "rule", rules))
            self._decide(self._turn, approved=True)
        elif record.state == "waiting":
            words = f"[{record.number}] does something that no rule covers, so it still waits for your answer."
            await self._ledger.record(Noted(words), record.request)

    def _decide(self, turn: Turn | None, *, approved: bool) -> None:
        if turn is not None:
            turn.decide("approved" if approved else "rejected")

    async def _use_kernel(self, op: Rerun | RerunCells | RunUserCode | RestartKernel) -> None:
        match op:
            case Rerun():
                self._spawn(self._user_cells.rerun(op), "rerun")
            case RerunCells():
                self._spawn(self._rerunner.run(op), "rerun")
            case RunUserCode():
                self._spawn(self._user_cells.run(op), "user cell")
            case RestartKernel():
                if self._turn is not None:
                    self._turn.stop()
                self._spawn(self._restart(op), "restart the kernel")

    async def _restart(self, op: RestartKernel) -> None:
        await self._trials.stop_and_wait()
        await self._user_cells.restart(rerun=op.rerun, cold=op.cold)

    async def _travel(self, op: Undo | Redo | Rewind | PreviewRewind | MarkCheckpoint) -> None:
        match op:
            case MarkCheckpoint():
                self._host.mark(op.checkpoint, marked=op.marked)
                return
            case PreviewRewind():
                await self._traveller.preview(op)
                return
            case _:
                pass
        await self._come_to_rest()
        match op:
            case Undo():
                await self._traveller.undo(op)
            case Redo():
                await self._traveller.redo(op)
            case Rewind():
                await self._traveller.rewind(op)

    async def _fork(self, op: Fork) -> None:
        """Make a session that goes on from a point of this one, with the variables of that point."""
        await self._come_to_rest()
        keeper = self._keeper
        checkpoint, there = self._traveller.source_of(op.point)

        async def bring(other: VariableStore) -> bool:
            return keeper is not None and await keeper.keep_for(other, checkpoint)

        forker = Forker(self.transcript, self.id, self._parts.branches)
        made = await forker.fork(op.point, bring if there else None)
        self._ledger.tell(ForkMade(made))

    async def _come_to_rest(self) -> None:
        """Stop the turn, before the session goes elsewhere.

        Raises:
            OpRefused: A cell is running.
        """
        if self._cells.running is not None or self._trials.running:
            raise OpRefused("A cell is running.", remedy="Stop it first: Esc.")
        if self._turn is not None:
            self._turn.stop()
            await self._wait_until_still(_STILL_S)

    async def _steer_session(self, op: Continue | SetPolicy | SetModel | RenameSession) -> None:
        match op:
            case Continue():
                if self._turn is not None:
                    raise OpRefused("The turn is still going on.")
                if self.transcript.turn == 0:
                    raise OpRefused("There is nothing to go on with yet.", remedy="Ask for something first.")
                await self._begin_turn()
            case SetPolicy():
                await self._ledger.record(PolicyChanged(op.policy))
            case SetModel():
                await self._parts.seat.change(op.name)
                await self._ledger.record(ModelChanged(op.name))
                self._spawn(self._warm_up(), "warm up the model")
            case RenameSession():
                await self._ledger.record(TitleChanged(clean_title(op.title)))

    # -- the turn

    @property
    def _turn(self) -> Turn | None:
        """The turn that goes on."""
        turn = self._newest_turn
        return None if turn is None or turn.over else turn

    async def _begin_turn(
        self, *opening: PromptSubmitted, explore: Callable[[ActionRecord], None] | None = None
    ) -> None:
        turn = Turn(
            self._ledger,
            self._parts.seat,
            self._asker(),
            self._context,
            self._cells,
            self._foreteller,
            self._mentions,
            self._permissions,
            self._config.session.max_actions,
            self._config.session.warm_up,
            self._update_state,
            explore=explore,
        )
        self._newest_turn = turn
        self._update_state()
        events: list[StoredEvent] = list(opening)
        if opening and (not self.transcript.title or self.transcript.borrowed_title):
            events.append(TitleChanged(title_from(opening[0].text)))
        self._spawn(self._run_turn(turn, events), "turn")

    async def _run_turn(self, turn: Turn, opening: list[StoredEvent]) -> None:
        try:
            await turn.run(*opening)
        finally:
            turn.over, left = True, turn.steering
            self._update_state()
        queued, self._queued = [*left, *self._queued], []
        if queued and not turn.stopped:
            self._ops.put_nowait(SubmitPrompt("\n\n".join(queued)))

    def _asker(self, *, quiet: bool = False) -> Asker:
        model = self._config.model
        return Asker(
            self._ledger,
            RetryPolicy(attempts=model.retries + 1),
            model.stall_seconds,
            model.temperature,
            model.max_tokens,
            quiet,
        )

    def _context(self, action_format: ActionFormat) -> ContextBuilder:
        if action_format not in self._contexts:
            limit = self._config.session.observation_chars
            self._contexts[action_format] = ContextBuilder(action_format, limit, self.transcript.veil)
        return self._contexts[action_format]

    # -- stopping

    def _interrupt(self) -> None:
        if self._going.stop():
            return
        if self._trials.active:
            self._spawn(self._trials.stop(), "interrupt")
            return
        if self._turn is not None:
            self._turn.stop()
        if self._cells.running is not None:
            self._interrupts += 1
            if self._interrupts == 1:
                self._spawn(self._interrupt_cell(), "interrupt")
            elif self._interrupts == 2:
                self._spawn(self._end_deaf_kernel(), "end a deaf kernel")

    async def _interrupt_cell(self) -> None:
        cell = self._cells.running
        await self._cells.interrupt()
        await asyncio.sleep(_DEAF_S)
        if cell is not None and self._cells.running == cell:
            lost = _DEAF_BACK if self._host.held() else _DEAF_LOST
            await self._ledger.record(Noted(f"{_DEAF} {lost}"))

    async def _end_deaf_kernel(self) -> None:
        """End it; where there is a checkpoint, have the variables back as they were before the cell."""
        if not await self._host.recover(_DID_NOT_HEED):
            await self._user_cells.restart(rerun=False)

    async def _shut_down(self) -> None:
        trying = self._trials.running or self._going.on
        self._interrupt()
        if self._turn is not None:
            self._turn.stop()
        if trying or self._turn is not None or self._cells.running is not None:
            await self._wait_until_still(_TRIED_STILL_S if trying else 1.0, "travel")
        self._unlisten()
        if self._keeper is not None:
            await self._keeper.keep_last()
        if self.writable:
            await self._host.shutdown()
        await self._files.close()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2.0)
        await self._parts.seat.close()
        if self._parts.rehearsal_files is not None:
            await self._parts.rehearsal_files.close()
        await self._ledger.journal.close()
        self._go("stopped")
        self._closed.set()

    async def _wait_until_still(self, timeout_s: float, *also: str) -> None:
        names = {"turn", "user cell", "rerun", "dry run", "exploration", *also}
        turn_tasks = [task for task in self._tasks if task.get_name() in names]
        if turn_tasks:
            await asyncio.wait(turn_tasks, timeout=timeout_s)

    def _hear(self, envelopes: Sequence[Envelope]) -> None:
        """See to it that what is stale is known: after a cell, and when the kernel has told what that did."""
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, VariablesChanged):
                self._rerunner.saw(event)
            if isinstance(event, _MAY_BE_STALE):
                self._spawn(self._rerunner.look(), "look for stale cells")
            self._trials.hear(event)

    # -- states, tasks, failures

    def _update_state(self) -> None:
        if self._state == "stopped":
            return
        self._permissions.hosts.cell_changed()
        if self._cells.running is not None or self._trials.running:
            self._go("running")
        elif self._trials.asking:
            self._go("thinking")
        elif self._turn is not None:
            self._go(self._turn.phase)
        else:
            self._go("idle")
        if self._cells.running is None:
            self._interrupts = 0

    def _go(self, state: SessionState) -> None:
        if state == self._state:
            return
        assert may_follow(self._state, state), f"{self._state} -> {state}"
        self._state = state
        self._ledger.tell(StateChanged(state))

    async def _warm_up(self) -> None:
        await self._parts.seat.get().model.warm_up()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(self._guarded(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError as error:
            self._ledger.tell_uncommitted(Failed(type(error).__name__, error.message, error.remedy))
        except CodeActError as error:
            await self._fail(error)
        except Exception:
            _log.exception("a task of the session failed")
            await self._fail(CodeActError("Something failed inside codeact.", remedy="The log says more."))

    async def _fail(self, error: CodeActError) -> None:
        failure = Failed(type(error).__name__, error.message, error.remedy)
        if not self.writable:
            self._ledger.tell_uncommitted(failure)
            return
        try:
            await self._ledger.record(failure)
        except StoreError:
            self._ledger.tell_uncommitted(failure)
