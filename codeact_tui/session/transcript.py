"""What was said and done: a fold of a session's stored events. Pure, and the single truth.

The screen, the messages to the model, search and export all read this. Entries keep their order; an action's entry
holds its record, which goes on changing as the action is edited, decided about and run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from codeact_tui.protocol.actions import Decider
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionEvent,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CandidateProposed,
    CellFinished,
    CellOutput,
    CellStarted,
    CheckpointTaken,
    DryRunStarted,
    Envelope,
    Event,
    ExplorationEnded,
    Failed,
    FilesKept,
    Forked,
    HostAnswered,
    HostAsked,
    InputAnswered,
    InputRequested,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    ModelChanged,
    ModelReplied,
    Noted,
    OutputTruncated,
    PolicyChanged,
    PromptSubmitted,
    ReplyProblem,
    RetryScheduled,
    Rewound,
    RulesAdded,
    RulesRemoved,
    SandboxGranted,
    SandboxRefused,
    SandboxRevoked,
    SessionOpened,
    TitleChanged,
    TurnFinished,
    TurnStarted,
    VariablesRestored,
)
from codeact_tui.protocol.ids import ActionId, SessionId, action_number
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.ops import Policy
from codeact_tui.protocol.outputs import DisplayData, UpdateDisplay
from codeact_tui.protocol.permissions import Grant, Rule
from codeact_tui.protocol.records import Happened
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.resuming import StaleCell
from codeact_tui.protocol.travel import CheckpointId
from codeact_tui.protocol.turns import Usage
from codeact_tui.protocol.variables import VariableMention
from codeact_tui.secrets.veil import Veil
from codeact_tui.session.file_history import FileHistory
from codeact_tui.session.lineage import CheckpointRecord, Lineage
from codeact_tui.session.outputs import OutputLog
from codeact_tui.session.tried import DryRunRecord, TriedEvent, TriedLog

__all__ = [
    "ActionEntry",
    "ActionRecord",
    "Entry",
    "EventEntry",
    "PromptEntry",
    "ReplyEntry",
    "Revision",
    "Transcript",
    "replay",
]

_Number = TypeVar("_Number", int, float)

ActionState = Literal["proposed", "waiting", "approved", "rejected", "running", "finished"]


@dataclass(frozen=True)
class Revision:
    """One version of an action's code."""

    code: str
    sha256: str
    diff: str = ""
    """Unified, against revision 0; of a rerun's revision 0, against what ran before."""
    at: float = 0.0
    """When it was written, in seconds since the epoch."""


@dataclass
class ActionRecord:
    """An action from its proposal to its last output."""

    action: ActionId
    revisions: list[Revision]
    origin: Literal["model", "user", "rerun"] = "model"
    rerun_of: ActionId | None = None
    hidden: bool = False
    state: ActionState = "proposed"
    approved_by: Decider | None = None
    by_rules: tuple[Rule, ...] = ()
    """By which rules it runs unasked."""
    rejected_by: Literal["user", "interrupt"] | None = None
    reason: str = ""
    """Of a rejection."""
    started_at: float | None = None
    status: CellStatus | None = None
    seconds: float = 0.0
    execution_count: int | None = None
    outputs: OutputLog = field(default_factory=OutputLog)
    inputs: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    """Question and answer; the answer to a password prompt is None."""
    asking: InputRequested | None = None
    """The question that is open now."""
    request: ApprovalRequested | None = None
    """What was foretold when it was last asked about."""
    refusals: tuple[Refusal, ...] = ()
    """What the sandbox did not let through, where that is what the cell failed by."""
    reached: tuple[Reached, ...] = ()
    """What it has reached on the network, and what was refused it."""
    happened: Happened = field(default_factory=Happened)
    """Which files changed while it ran, and which programs it started."""
    live: bool = False
    """Ran in the kernel that runs now, so that its variables may be there."""
    epoch: int = 0
    """In which of the session's kernels it ran, counted from 1."""
    taken_back: bool = False
    """What it did to the variables was undone."""
    varied_at: float = 0.0
    """When what it did to the variables was last undone, or brought back; Unix seconds."""
    undone: bool = False
    """It was taken back: it is no longer part of the conversation."""
    recovered: bool = False
    """The kernel died while it ran, and the variables are back as they were before it."""
    stale: StaleCell | None = None
    """Why it would come out differently now; None where it would not. Of the present: no event holds it."""
    tried: DryRunRecord | None = field(default=None, repr=False)
    """Its last dry run."""

    @property
    def number(self) -> int:
        """What the screen shows in brackets."""
        return action_number(self.action)

    @property
    def revision(self) -> int:
        """The newest revision's number."""
        return len(self.revisions) - 1

    @property
    def code(self) -> str:
        """The newest revision's code."""
        return self.revisions[-1].code

    @property
    def sha256(self) -> str:
        """The newest revision's hash."""
        return self.revisions[-1].sha256

    @property
    def edited(self) -> bool:
        """The user changed it before it ran."""
        return len(self.revisions) > 1


@dataclass
class PromptEntry:
    """The user said something."""

    text: str
    at: float
    steering: bool = False
    mentions: tuple[VariableMention, ...] = ()
    """The variables that it names, as they were then."""
    sequence: int = field(default=0, compare=False)
    """Of the event that made it."""
    undone: bool = field(default=False, compare=False)
    """It was taken back: it is no longer part of the conversation."""


@dataclass
class ReplyEntry:
    """The model said something; its action, if any, follows as an entry of its own."""

    reply: ModelReplied
    at: float
    sequence: int = field(default=0, compare=False)
    undone: bool = field(default=False, compare=False)


@dataclass
class ActionEntry:
    """Code that could run, did run, or did not."""

    record: ActionRecord
    at: float
    sequence: int = field(default=0, compare=False)
    undone: bool = field(default=False, compare=False)


EntryEvent = (
    SessionOpened
    | Noted
    | Failed
    | RetryScheduled
    | ReplyProblem
    | TurnFinished
    | KernelStarted
    | KernelDied
    | KernelRecovered
    | Rewound
    | ExplorationEnded
    | ModelChanged
    | PolicyChanged
    | VariablesRestored
    | Forked
)


@dataclass
class EventEntry:
    """Something else worth a line, as the event that told of it."""

    event: EntryEvent
    at: float
    sequence: int = field(default=0, compare=False)
    undone: bool = field(default=False, compare=False)


Entry = PromptEntry | ReplyEntry | ActionEntry | EventEntry


@dataclass
class Transcript:
    """Everything there is to know of a session. `apply` is the only way to change it."""

    session: SessionId = field(default=SessionId(""))
    title: str = ""
    folder: str = ""
    model: str = ""
    policy: Policy = "ask"
    created_at: float = 0.0
    updated_at: float = 0.0
    sequence: int = 0
    """Of the last event taken in."""
    entries: list[Entry] = field(default_factory=list[Entry])
    actions: dict[ActionId, ActionRecord] = field(default_factory=dict[ActionId, ActionRecord])
    turn: int = 0
    turn_open: bool = False
    turn_actions: int = 0
    """Actions proposed by the model in this turn."""
    rules: list[Rule] = field(default_factory=list[Rule])
    """What runs unasked in this session."""
    grants: list[Grant] = field(default_factory=list[Grant])
    """What the sandbox lets through in this session, beside the settings."""
    granted: list[Grant] = field(default_factory=list[Grant])
    """What was granted since the session was opened, for however long."""
    waits_for_restart: bool = False
    """Some of that needs a kernel that was started anew."""
    host: HostAsked | None = None
    """The question about a host that is open."""
    kernel: KernelStarted | None = None
    """The kernel that runs, or ran last."""
    epoch: int = 0
    """How many kernels the session has had."""
    usage: Usage = field(default_factory=Usage)
    """Totals. Cost stays None while no request's cost is known."""
    unpriced: int = 0
    """Requests whose cost is unknown."""
    missing: tuple[ActionId, ...] = ()
    """Cells that make variables which did not come back when the session was opened again."""
    fork: Forked | None = None
    """Where this session comes from, while none of its own cells has run and no variables have come back."""
    borrowed_title: bool = False
    """The title is still that of the session that this one is a fork of."""
    last_input_tokens: int | None = None
    """What the newest request held: how full the model's window is."""
    checkpoints: dict[CheckpointId, CheckpointRecord] = field(default_factory=dict[CheckpointId, CheckpointRecord])
    """All that were ever taken. Which of them are held, the kernel knows."""
    lineage: Lineage = field(default_factory=Lineage)
    """Which events are still part of the conversation, and what the variables come from."""
    tried: TriedLog = field(default_factory=TriedLog)
    """What was tried in copies of the kernel."""
    files: FileHistory = field(default_factory=FileHistory)
    """What was kept of the workspace's files."""
    veil: Veil = field(default_factory=Veil)
    """Hides what looks like a key in outputs from those who look on."""
    _displays: dict[str, dict[ActionId, None]] = field(default_factory=dict[str, dict[ActionId, None]])
    """Which cells show the display with an id."""

    def apply(self, envelope: Envelope) -> Entry | None:
        """Take in one event; give the entry that it made or changed."""
        if envelope.sequence:
            self.sequence = envelope.sequence
            self.updated_at = envelope.at
        return self._apply(envelope.event, envelope.at)

    def unfinished(self) -> list[ActionRecord]:
        """Give the actions that were neither decided about nor brought to an end."""
        return [record for record in self.actions.values() if record.state not in {"rejected", "finished"}]

    def ran(self) -> list[ActionRecord]:
        """Give the actions that ran in any kernel, in order."""
        return [record for record in self.actions.values() if record.state == "finished" and record.status != "aborted"]

    def _add(self, entry: Entry) -> Entry:
        entry.sequence = self.sequence
        self.entries.append(entry)
        return entry

    def _apply(self, event: Event, at: float) -> Entry | None:
        if isinstance(event, ActionEvent):
            return self._apply_to_action(event, at)
        match event:
            case PromptSubmitted():
                return self._add(PromptEntry(event.text, at, event.steering, event.mentions))
            case ModelReplied():
                self._count(event.usage)
                return self._add(ReplyEntry(event, at))
            case TurnStarted():
                self.turn, self.turn_open, self.turn_actions = event.turn, True, 0
                return None
            case TurnFinished():
                self.turn_open = False
                return self._add(EventEntry(event, at))
            case TitleChanged():
                self.title, self.borrowed_title = event.title, False
                return None
            case ActionProposed():
                return self._propose(event, at)
            case _ if isinstance(event, TriedEvent):
                return self._try(event, at)
            case _:
                return self._apply_to_session(event, at)

    def _apply_to_session(self, event: Event, at: float) -> Entry | None:
        match event:
            case SessionOpened():
                self.session, self.folder = event.session, event.folder
                self.model, self.policy = event.model, event.policy
                self.created_at = self.created_at or at
                self.host, self.granted = None, []
                self._forget_kernel()
            case ModelChanged():
                self.model = event.model
            case PolicyChanged():
                self.policy = event.policy
            case KernelStarted():
                self._forget_kernel()
                self.kernel = event
                self.epoch += 1
            case KernelDied():
                self._forget_kernel()
            case KernelRecovered():
                self._recover(event)
            case CheckpointTaken() | FilesKept():
                self._keep(event, at)
                return None
            case Rewound():
                self._rewind(event)
            case VariablesRestored():
                self.fork = None
                self.missing = tuple(offer.action for offer in event.offers)
                self.lineage.vary(self.sequence)
                self._bring_back(set(self.missing), event.cells)
            case Forked():
                self.fork, self.borrowed_title = event, True
            case Noted() | Failed() | RetryScheduled() | ReplyProblem():
                pass
            case _:
                self._permit(event)
                return None
        return self._add(EventEntry(event, at))

    def _keep(self, event: CheckpointTaken | FilesKept, at: float) -> None:
        if isinstance(event, FilesKept):
            self.files.kept(event, self.sequence)
            return
        live = frozenset(record.action for record in self.actions.values() if record.live)
        self.checkpoints[event.checkpoint] = CheckpointRecord(event, self.sequence, at, self.epoch, live)

    def _permit(self, event: Event) -> None:
        match event:
            case RulesAdded(scope="session"):
                self.rules = list(dict.fromkeys([*self.rules, *event.rules]))
            case RulesRemoved(scope="session"):
                self.rules = [rule for rule in self.rules if rule not in event.rules]
            case SandboxGranted():
                self.granted.append(event.grant)
                self.waits_for_restart = self.waits_for_restart or event.restart
                if event.scope == "session":
                    self.grants = list(dict.fromkeys([*self.grants, event.grant]))
            case SandboxRevoked():
                self.granted = [grant for grant in self.granted if grant != event.grant]
                if event.scope == "session":
                    self.grants = [grant for grant in self.grants if grant != event.grant]
            case HostAsked():
                self.host = event
            case HostAnswered():
                self.host = None
            case _:
                pass

    def _forget_kernel(self) -> None:
        if any(record.live for record in self.actions.values()):
            self.lineage.vary(self.sequence)
        self.missing = ()
        self.waits_for_restart = False
        for record in self.actions.values():
            record.live = False

    def _recover(self, event: KernelRecovered) -> None:
        died = self.actions.get(event.action) if event.action is not None else None
        if died is not None:
            died.recovered = True
        self.lineage.vary(self.sequence)
        self._revive(event.checkpoint)

    def _rewind(self, event: Rewound) -> None:
        if event.files is not None:
            self.files.went_back(event.files, self.sequence)
        if "conversation" in event.what:
            self.lineage.turn_back(event.point, self.sequence)
            for entry in self.entries:
                entry.undone = not self.lineage.holds(entry.sequence)
                if isinstance(entry, ActionEntry):
                    entry.record.undone = entry.undone
        if event.checkpoint is not None:
            self.lineage.vary(self.sequence)
            self._revive(event.checkpoint)
        elif event.way in {"disk", "replay"}:
            for entry in self.entries:
                if isinstance(entry, ActionEntry) and entry.sequence > event.point and entry.record.started_at:
                    entry.record.taken_back, entry.record.varied_at = True, self.updated_at

    def _revive(self, checkpoint: CheckpointId) -> None:
        """The variables are those of a checkpoint: of the cells that had run in its kernel until then, of no others."""
        known = self.checkpoints.get(checkpoint)
        for record in self.actions.values():
            live = known is not None and record.action in known.live
            if live != record.live:
                record.varied_at = self.updated_at
            record.taken_back = not live and (record.live or record.taken_back)
            record.live = live
            if live:
                record.epoch = self.epoch

    def _bring_back(self, missing: set[ActionId], cells: tuple[ActionId, ...] | None) -> None:
        """Count the cells of the kernel before, or these, among this one's: their variables are back, but for some."""
        ended = [record for record in self.ran() if record.status in {"ok", "error"} and not record.taken_back]
        last = max((record.epoch for record in ended), default=0)
        for record in ended:
            back = record.epoch == last if cells is None else record.action in cells
            if back and record.action not in missing:
                record.live, record.epoch = True, self.epoch

    def _propose(self, event: ActionProposed, at: float) -> Entry:
        record = ActionRecord(
            event.action,
            [Revision(event.code, event.sha256, event.diff, at)],
            origin=event.origin,
            rerun_of=event.rerun_of,
            hidden=event.hidden,
            outputs=OutputLog(veil=self.veil),
        )
        self.actions[event.action] = record
        if event.origin == "model":
            self.turn_actions += 1
        return self._add(ActionEntry(record, at))

    def _try(self, event: TriedEvent, at: float) -> Entry | None:
        action = self.tried.apply(event, lambda started: self._dry_run(started, at))
        if isinstance(event, CandidateProposed):
            self._count(Usage(event.input_tokens, event.output_tokens, None, event.cost_usd))
        if isinstance(event, ExplorationEnded):
            return self._add(EventEntry(event, at))
        record = self.actions.get(action) if action is not None else None
        if record is None:
            return None
        record.tried = self.tried.newest(record.action)
        return ActionEntry(record, at)

    def _dry_run(self, event: DryRunStarted, at: float) -> ActionRecord:
        """Make what keeps a dry run's code and outputs."""
        return ActionRecord(
            event.dry_run,
            [Revision(event.code, event.sha256, at=at)],
            state="running",
            started_at=at,
            outputs=OutputLog(veil=self.veil),
        )

    def _shown(self, action: ActionId) -> ActionRecord | None:
        """Give an action, or what keeps a dry run's outputs."""
        if action in self.tried.dry_runs:
            return self.tried.dry_runs[action].run
        return self.actions.get(action)

    def _apply_to_action(self, event: ActionEvent, at: float) -> Entry | None:
        record = self._shown(event.action)
        if record is None:
            return None
        match event:
            case CellOutput():
                self._put_out(record, event)
            case OutputTruncated():
                record.outputs.cut(
                    total_bytes=event.total_bytes,
                    skipped_bytes=event.skipped_bytes,
                    tail=event.tail,
                    blob=event.blob,
                )
            case InputRequested():
                record.asking = event
            case InputAnswered():
                question = record.asking.prompt if record.asking else ""
                record.inputs.append((question, event.text))
                record.asking = None
            case SandboxRefused():
                record.refusals = event.refusals
            case CellStarted():
                record.state, record.started_at = "running", at
                record.live, record.epoch = True, self.epoch
                self.fork = None
                self.files.started(event.action, self.sequence)
            case CellFinished():
                record.state, record.status, record.asking = "finished", event.status, None
                record.seconds, record.execution_count = event.seconds, event.execution_count
                record.reached, record.happened = event.reached, event.happened
                if event.status == "ok":
                    self.missing = tuple(each for each in self.missing if each != record.rerun_of)
            case _:
                _decide(record, event, at)
        return ActionEntry(record, at)

    def _put_out(self, record: ActionRecord, event: CellOutput) -> None:
        output = event.output
        if not isinstance(output, UpdateDisplay):
            record.outputs.add(output)
            if isinstance(output, DisplayData) and output.display_id is not None:
                self._displays.setdefault(output.display_id, {})[record.action] = None
            return
        for action in self._displays.get(output.display_id, ()):
            shown = self._shown(action)
            if shown is not None:
                shown.outputs.update(output)

    def _count(self, usage: Usage) -> None:
        self.last_input_tokens = usage.input_tokens if usage.input_tokens is not None else self.last_input_tokens
        self.unpriced += usage.cost_usd is None
        self.usage = Usage(
            input_tokens=_sum(self.usage.input_tokens, usage.input_tokens),
            output_tokens=_sum(self.usage.output_tokens, usage.output_tokens),
            cached_tokens=_sum(self.usage.cached_tokens, usage.cached_tokens),
            cost_usd=_sum(self.usage.cost_usd, usage.cost_usd),
        )


def replay(envelopes: Iterable[Envelope]) -> Transcript:
    """Fold events into a transcript."""
    transcript = Transcript()
    for envelope in envelopes:
        transcript.apply(envelope)
    return transcript


def _decide(
    record: ActionRecord, event: ActionEdited | ApprovalRequested | ActionApproved | ActionRejected, at: float
) -> None:
    match event:
        case ActionEdited():
            record.revisions.append(Revision(event.code, event.sha256, event.diff, at))
        case ApprovalRequested():
            record.state, record.request = "waiting", event
        case ActionApproved():
            record.state, record.approved_by = "approved", event.by
            record.by_rules = event.rules
        case ActionRejected():
            record.state, record.rejected_by, record.reason = "rejected", event.by, event.reason


def _sum(a: _Number | None, b: _Number | None) -> _Number | None:
    return b if a is None else a if b is None else a + b
