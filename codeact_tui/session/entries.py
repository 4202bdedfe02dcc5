"""What a transcript is made of: its entries in their order, and the records of its actions.

An action's entry holds its record, which goes on changing as the action is edited, decided about and run.
"""

from dataclasses import dataclass, field
from typing import Literal

from codeact_tui.protocol.actions import Decider
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionEvent,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    ExplorationEnded,
    Failed,
    Forked,
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
    ReplyProblem,
    RetryScheduled,
    Rewound,
    SandboxRefused,
    SessionOpened,
    TurnFinished,
    VariablesRestored,
)
from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.permissions import Rule
from codeact_tui.protocol.records import Happened
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.resuming import StaleCell
from codeact_tui.protocol.variables import VariableMention
from codeact_tui.session.outputs import OutputLog
from codeact_tui.session.tried import DryRunRecord

__all__ = [
    "ActionEntry",
    "ActionRecord",
    "ActionState",
    "Entry",
    "EntryEvent",
    "EventEntry",
    "PromptEntry",
    "ReplyEntry",
    "Revision",
]

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
    lacking: bool = False
    """Some variables that it made were not brought back from disk, and were not made again since."""
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

    def apply(self, event: ActionEvent, at: float) -> None:
        """Take in one event that is about this action, its outputs excepted."""
        match event:
            case OutputTruncated():
                self.outputs.cut(
                    total_bytes=event.total_bytes,
                    skipped_bytes=event.skipped_bytes,
                    tail=event.tail,
                    blob=event.blob,
                )
            case InputRequested():
                self.asking = event
            case InputAnswered():
                question = self.asking.prompt if self.asking else ""
                self.inputs.append((question, event.text))
                self.asking = None
            case SandboxRefused():
                self.refusals = event.refusals
            case CellStarted():
                self.state, self.started_at = "running", at
            case CellFinished():
                self.state, self.status, self.asking = "finished", event.status, None
                self.seconds, self.execution_count = event.seconds, event.execution_count
                self.reached, self.happened = event.reached, event.happened
            case ActionEdited() | ApprovalRequested() | ActionApproved() | ActionRejected():
                self._decide(event, at)
            case CellOutput():
                pass

    def _decide(self, event: ActionEdited | ApprovalRequested | ActionApproved | ActionRejected, at: float) -> None:
        match event:
            case ActionEdited():
                self.revisions.append(Revision(event.code, event.sha256, event.diff, at))
            case ApprovalRequested():
                self.state, self.request = "waiting", event
            case ActionApproved():
                self.state, self.approved_by, self.by_rules = "approved", event.by, event.rules
            case ActionRejected():
                self.state, self.rejected_by, self.reason = "rejected", event.by, event.reason

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
