"""What was said and done: a fold of a session's stored events. Pure, and the single truth.

The screen, the messages to the model, search and export all read this.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from codeact_tui.protocol.events import (
    ActionEvent,
    ActionProposed,
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
    KernelDied,
    KernelRecovered,
    KernelStarted,
    ModelChanged,
    ModelReplied,
    Noted,
    PolicyChanged,
    PromptSubmitted,
    ReplyProblem,
    RetryScheduled,
    Rewound,
    RulesAdded,
    RulesRemoved,
    SandboxGranted,
    SandboxRevoked,
    SessionOpened,
    TitleChanged,
    TurnFinished,
    TurnStarted,
    VariablesRestored,
)
from codeact_tui.protocol.ids import ActionId, SessionId
from codeact_tui.protocol.ops import Policy
from codeact_tui.protocol.outputs import DisplayData, UpdateDisplay
from codeact_tui.protocol.permissions import Grant, Rule
from codeact_tui.protocol.travel import CheckpointId
from codeact_tui.protocol.turns import Usage
from codeact_tui.secrets.veil import Veil
from codeact_tui.session.entries import ActionEntry, ActionRecord, Entry, EventEntry, PromptEntry, ReplyEntry, Revision
from codeact_tui.session.file_history import FileHistory
from codeact_tui.session.lineage import CheckpointRecord, Lineage
from codeact_tui.session.liveness import bring_back, revive, take_back
from codeact_tui.session.outputs import OutputLog
from codeact_tui.session.tried import TriedEvent, TriedLog

__all__ = ["Transcript", "replay"]

_Number = TypeVar("_Number", int, float)


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
                bring_back(self.ran(), set(self.missing), event.cells, self.epoch)
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
            later = (each for each in self.entries if isinstance(each, ActionEntry) and each.sequence > event.point)
            take_back((each.record for each in later), self.updated_at)

    def _revive(self, checkpoint: CheckpointId) -> None:
        """The variables are those of a checkpoint: of the cells that had run in its kernel until then, of no others."""
        known = self.checkpoints.get(checkpoint)
        live = known.live if known is not None else frozenset[ActionId]()
        revive(self.actions.values(), live, self.epoch, self.updated_at)

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
            case CellStarted():
                record.live, record.epoch = True, self.epoch
                self.fork = None
                self.files.started(event.action, self.sequence)
            case CellFinished(status="ok"):
                self.missing = tuple(each for each in self.missing if each != record.rerun_of)
                if record.rerun_of is not None and (again := self.actions.get(record.rerun_of)) is not None:
                    again.lacking = False
            case _:
                pass
        record.apply(event, at)
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


def _sum(a: _Number | None, b: _Number | None) -> _Number | None:
    return b if a is None else a if b is None else a + b
