"""What happened. Front ends draw these, the store keeps them, state is a fold of them.

Two unions: `StoredEvent` is committed before anyone sees it and is all that there is to know of a session;
`TransientEvent` is shown and forgotten, because a stored event later says the same whole (`ReplyDelta` and
`ModelReplied`) or because it tells of the present only (`KernelStateChanged`).
"""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.dry_runs import (
    CandidateProposed,
    CandidatesReady,
    DryRunFinished,
    DryRunSettled,
    DryRunStarted,
    ExplorationEnded,
    ExplorationStarted,
)
from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.forking import Forked, ForkMade
from codeact_tui.protocol.ids import ActionId, SessionId
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.ops import Policy
from codeact_tui.protocol.outputs import Output
from codeact_tui.protocol.permissions import (
    HostAnswered,
    HostAsked,
    PermissionsListed,
    Rule,
    RulesAdded,
    RulesRemoved,
    SandboxGranted,
    SandboxRevoked,
)
from codeact_tui.protocol.records import Happened
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.resuming import CellsStale, VariablesRestored, VariablesReturning
from codeact_tui.protocol.travel import CheckpointsHeld, CheckpointTaken, KernelRecovered, RewindPreviewed, Rewound
from codeact_tui.protocol.travel_files import FilesKept, TravelAsked
from codeact_tui.protocol.variables import FIRST_PART, TablePart, Variable, VariableDetail, VariableMention

__all__ = [
    "ActionApproved",
    "ActionEdited",
    "ActionEvent",
    "ActionProposed",
    "ActionRejected",
    "ApprovalRequested",
    "CandidateProposed",
    "CandidatesReady",
    "CellFinished",
    "CellOutput",
    "CellProgressed",
    "CellStarted",
    "CellStatus",
    "CellsStale",
    "CheckpointTaken",
    "CheckpointsHeld",
    "CodeCompleted",
    "CodeInspected",
    "Decider",
    "DryRunFinished",
    "DryRunSettled",
    "DryRunStarted",
    "Envelope",
    "Event",
    "ExplorationEnded",
    "ExplorationStarted",
    "Failed",
    "FilesKept",
    "ForkMade",
    "Forked",
    "HostAnswered",
    "HostAsked",
    "InputAnswered",
    "InputRequested",
    "KernelDied",
    "KernelRecovered",
    "KernelStarted",
    "KernelState",
    "KernelStateChanged",
    "ModelChanged",
    "ModelReplied",
    "Noted",
    "OutputSkipped",
    "OutputTruncated",
    "PermissionsListed",
    "PolicyChanged",
    "PromptQueued",
    "PromptSubmitted",
    "ReplyDelta",
    "ReplyProblem",
    "ReplyProblemKind",
    "RetryScheduled",
    "RewindPreviewed",
    "Rewound",
    "RulesAdded",
    "RulesRemoved",
    "SandboxGranted",
    "SandboxRefused",
    "SandboxRevoked",
    "SessionOpened",
    "SessionState",
    "StateChanged",
    "StoredEvent",
    "TitleChanged",
    "TransientEvent",
    "TravelAsked",
    "TurnEnd",
    "TurnFinished",
    "TurnStarted",
    "Usage",
    "VariableInspected",
    "VariablesChanged",
    "VariablesListed",
    "VariablesRestored",
    "VariablesReturning",
]

SessionState = Literal["idle", "thinking", "waiting", "running", "stopped"]
"""stopped: the session is closed. Nothing more comes."""

KernelState = Literal["none", "starting", "idle", "busy", "restarting", "dead"]

Decider = Literal["user", "turn", "careful", "rule", "safe", "sandbox", "all"]
"""Who let an action run: a person, the rest of the turn that a person allowed, rules, or the policy of that name."""

CellStatus = Literal["ok", "error", "interrupted", "timeout", "died", "aborted", "lost"]
"""aborted: never ran, because the cell before it failed. lost: running when codeact was killed; not rerun by itself."""

TurnEnd = Literal["answer", "interrupted", "limit", "failed", "empty"]

ReplyProblemKind = Literal[
    "several_blocks", "unclosed_block", "cut_off", "empty_block", "tag_in_string", "empty_reply", "bad_tool_call"
]


class Usage(Struct, frozen=True):
    """What a request used; None is "unknown", never 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


# -- the session


class SessionOpened(Struct, frozen=True, tag="session_opened"):
    """The session was made, or opened again."""

    session: SessionId
    folder: str
    model: str
    policy: Policy
    version: str
    """Of codeact."""
    resumed: bool = False


class TitleChanged(Struct, frozen=True, tag="title_changed"):
    """The session has a title: from its first prompt, or the user's."""

    title: str


class PolicyChanged(Struct, frozen=True, tag="policy_changed"):
    """Who decides about actions from now on."""

    policy: Policy


class ModelChanged(Struct, frozen=True, tag="model_changed"):
    """Which model is asked from now on."""

    model: str


class Noted(Struct, frozen=True, tag="noted"):
    """A sentence for the user that is no failure."""

    text: str


class Failed(Struct, frozen=True, tag="failed"):
    """Something could not be done; the session goes on."""

    error: str
    """The error's class name, for tests and for front ends that act on it."""
    message: str
    remedy: str = ""


class StateChanged(Struct, frozen=True, tag="state_changed"):
    """The controller went to another state. Transient."""

    state: SessionState


# -- a turn


class PromptSubmitted(Struct, frozen=True, tag="prompt_submitted"):
    """The user said this to the model."""

    text: str
    steering: bool = False
    """Said while a turn ran, for the model to see with the next observation."""
    mentions: tuple[VariableMention, ...] = ()
    """The variables that `@name` in the text names; the model is told of them."""


class PromptQueued(Struct, frozen=True, tag="prompt_queued"):
    """A prompt waits for the turn's end; `PromptSubmitted` follows when its time has come. Transient."""

    text: str


class TurnStarted(Struct, frozen=True, tag="turn_started"):
    """The model is about to be asked; turns count from 1."""

    turn: int


class ReplyDelta(Struct, frozen=True, tag="reply_delta"):
    """A piece of the reply as it streams. Transient: `ModelReplied` holds the whole."""

    kind: Literal["text", "code", "reasoning"]
    text: str


class RetryScheduled(Struct, frozen=True, tag="retry_scheduled"):
    """The request failed and is tried again; what streamed of it is void."""

    reason: str
    attempt: int
    """The one that failed, counted from 1."""
    attempts: int
    """How many there are at most."""
    delay_s: float


class ModelReplied(Struct, frozen=True, tag="model_replied"):
    """The whole reply, or what there was of it when it was interrupted."""

    text: str
    """The words, without the action."""
    code: str | None = None
    """The action's code; None when the reply was an answer."""
    raw: str = ""
    """As the model wrote it, up to the end of the action: what the model is shown as its own words."""
    tool_call: str | None = None
    """The id of the native tool call that carried the code."""
    reasoning: str = ""
    finish: str = "stop"
    """The provider's finish reason, or "interrupted"."""
    model: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0


class ReplyProblem(Struct, frozen=True, tag="reply_problem"):
    """The reply was not of the agreed form; says what was made of it. The model is told too."""

    kind: ReplyProblemKind
    message: str
    """For the user."""
    to_model: str = ""
    """For the model, as an observation; empty when it needs not know."""


class TurnFinished(Struct, frozen=True, tag="turn_finished"):
    """The turn is over. At "limit" the user is asked whether to go on."""

    turn: int
    reason: TurnEnd
    actions: int = 0


# -- an action


class ActionProposed(Struct, frozen=True, tag="action_proposed"):
    """There is code that could run."""

    action: ActionId
    code: str
    sha256: str
    origin: Literal["model", "user", "rerun"] = "model"
    rerun_of: ActionId | None = None
    hidden: bool = False
    """The model is not shown it."""
    diff: str = ""
    """Of a rerun that was edited: unified, against the code that ran before."""


class ActionEdited(Struct, frozen=True, tag="action_edited"):
    """The user changed the code before it ran."""

    action: ActionId
    revision: int
    """The new one; the proposal's is 0."""
    code: str
    sha256: str
    diff: str
    """Unified, against what was proposed (revision 0)."""


class ApprovalRequested(Struct, frozen=True, tag="approval_requested"):
    """The action waits for a person."""

    action: ActionId
    revision: int
    sha256: str
    effects: tuple[Effect, ...] = ()
    """What the code would do, as far as it tells, in the order of its lines."""
    problem: str = ""
    """Why the code could not be read for that; empty when it could."""


class ActionApproved(Struct, frozen=True, tag="action_approved"):
    """The code may run: this action, this revision, this hash, nothing else."""

    action: ActionId
    revision: int
    sha256: str
    by: Decider
    rules: tuple[Rule, ...] = ()
    """By which rules, where it was by rules."""


class ActionRejected(Struct, frozen=True, tag="action_rejected"):
    """The code will not run."""

    action: ActionId
    reason: str = ""
    by: Literal["user", "interrupt"] = "user"


# -- a cell: an action that runs


class CellStarted(Struct, frozen=True, tag="cell_started"):
    """Committed before the code is sent. Without a `CellFinished` the cell was running when codeact ended."""

    action: ActionId
    revision: int
    sha256: str


class CellOutput(Struct, frozen=True, tag="cell_output"):
    """Something the cell put out; neighbouring stream text comes joined."""

    action: ActionId
    output: Output


class OutputSkipped(Struct, frozen=True, tag="output_skipped"):
    """The cell has put out more than is shown; the last of it, for the eye. Transient."""

    action: ActionId
    total_bytes: int
    tail: str


class OutputTruncated(Struct, frozen=True, tag="output_truncated"):
    """At the cell's end: stream text past the head was kept aside."""

    action: ActionId
    total_bytes: int
    """Of all the cell's stream text, in UTF-8."""
    skipped_bytes: int
    """Between the head, which came as `CellOutput`, and the tail."""
    tail: str
    blob: str | None = None
    """Names the whole text in the store; None when it could not be kept."""


class InputRequested(Struct, frozen=True, tag="input_requested"):
    """The cell waits in `input()` or `getpass`."""

    action: ActionId
    prompt: str
    password: bool = False


class InputAnswered(Struct, frozen=True, tag="input_answered"):
    """The user answered; what was typed into a password prompt is not kept."""

    action: ActionId
    text: str | None = None


class SandboxRefused(Struct, frozen=True, tag="sandbox_refused"):
    """The cell has failed by what the sandbox does not let through. Committed with the cell's end, right before it."""

    action: ActionId
    refusals: tuple[Refusal, ...]


class CellFinished(Struct, frozen=True, tag="cell_finished"):
    """The kernel has replied and gone idle, or never will."""

    action: ActionId
    status: CellStatus
    seconds: float = 0.0
    execution_count: int | None = None
    reached: tuple[Reached, ...] = ()
    """Through the sandbox's proxy, since the cell before it ended: which hosts, and which were refused."""
    happened: Happened = Happened()
    """Which files changed while it ran, and which programs it started."""


# -- the kernel


class KernelStarted(Struct, frozen=True, tag="kernel_started"):
    """A fresh kernel is ready: no variable of an earlier one lives on."""

    python: str
    """The interpreter's path."""
    version: str
    """`3.12.1`."""
    source: str = ""
    """Why this one: `.venv`, `VIRTUAL_ENV`, `--python`, a kernelspec's name, `codeact's own`."""
    restarted: bool = False
    seconds: float = 0.0
    sandbox: str = "none"
    """What confines it: `bubblewrap`, `seatbelt`, `landlock`, `container`; or nothing does: `limits`, `none`."""

    @property
    def confined(self) -> bool:
        """It runs in a sandbox: limits and a closed network alone are none."""
        return self.sandbox not in {"limits", "none"}


class KernelDied(Struct, frozen=True, tag="kernel_died"):
    """The process ended by itself; says how (`segmentation fault`, `exit code 3`, `killed`)."""

    how: str


class KernelStateChanged(Struct, frozen=True, tag="kernel_state_changed"):
    """Transient."""

    state: KernelState


class VariablesChanged(Struct, frozen=True, tag="variables_changed"):
    """What a cell did to the variables. Transient: the kernel is the truth of them."""

    action: ActionId | None = None
    added: tuple[Variable, ...] = ()
    changed: tuple[Variable, ...] = ()
    removed: tuple[str, ...] = ()
    total: int = 0
    """How many there are, hidden ones not counted."""
    cut: bool = False
    """There were too many to look at all of them in time."""


class VariablesListed(Struct, frozen=True, tag="variables_listed"):
    """Answers `ListVariables`. Transient."""

    variables: tuple[Variable, ...]
    total: int = 0
    cut: bool = False
    all: bool = False


class VariableInspected(Struct, frozen=True, tag="variable_inspected"):
    """Answers `InspectVariable`. Transient."""

    name: str
    detail: VariableDetail
    path: tuple[str | int, ...] = ()
    start: int = 0
    part: TablePart = FIRST_PART


class CodeCompleted(Struct, frozen=True, tag="code_completed"):
    """Answers `CompleteCode`: what may replace code[start:end]. Transient."""

    request: int
    matches: tuple[str, ...]
    start: int
    end: int
    kinds: tuple[str, ...] = ()
    """What each match is, in a word: `function`, `column`, a type's name. As long as `matches`, or empty."""
    problem: str = ""
    """Why there is nothing: a sentence for the user."""


class CodeInspected(Struct, frozen=True, tag="code_inspected"):
    """Answers `InspectCode`: the call that the cursor is in, or the name under it. Transient."""

    request: int
    name: str = ""
    """As it is written in the code; empty where nothing is known."""
    kind: str = ""
    parameters: tuple[str, ...] | None = None
    """With their defaults; None for what can't be called, or does not tell."""
    active: int = -1
    """Which parameter the cursor is at; -1 for none."""
    doc: str = ""
    """One sentence."""


class CellProgressed(Struct, frozen=True, tag="cell_progressed"):
    """Where the running cell is, and how much memory the kernel holds. Transient."""

    action: ActionId | None
    """The cell that runs; None when none does."""
    line: int = 0
    """Counted from 1; 0 where it is not known."""
    memory_bytes: int = 0
    """Of the kernel's process and its children; 0 where it is not known."""


ActionEvent = (
    ActionEdited
    | ApprovalRequested
    | ActionApproved
    | ActionRejected
    | CellStarted
    | CellOutput
    | OutputTruncated
    | InputRequested
    | InputAnswered
    | SandboxRefused
    | CellFinished
)
"""What happens to one action after it was proposed."""

StoredEvent = (
    SessionOpened
    | TitleChanged
    | PolicyChanged
    | ModelChanged
    | Noted
    | Failed
    | PromptSubmitted
    | TurnStarted
    | RetryScheduled
    | ModelReplied
    | ReplyProblem
    | TurnFinished
    | ActionProposed
    | ActionEvent
    | KernelStarted
    | KernelDied
    | KernelRecovered
    | CheckpointTaken
    | FilesKept
    | Rewound
    | DryRunStarted
    | DryRunFinished
    | DryRunSettled
    | ExplorationStarted
    | CandidateProposed
    | CandidatesReady
    | ExplorationEnded
    | VariablesRestored
    | Forked
    | RulesAdded
    | RulesRemoved
    | HostAsked
    | HostAnswered
    | SandboxGranted
    | SandboxRevoked
)

TransientEvent = (
    StateChanged
    | PromptQueued
    | ReplyDelta
    | OutputSkipped
    | KernelStateChanged
    | VariablesChanged
    | VariablesListed
    | VariableInspected
    | CodeCompleted
    | CodeInspected
    | CellProgressed
    | CheckpointsHeld
    | RewindPreviewed
    | TravelAsked
    | CellsStale
    | VariablesReturning
    | PermissionsListed
    | ForkMade
)

Event = StoredEvent | TransientEvent


class Envelope(Struct, frozen=True):
    """An event with its place and time."""

    event: Event
    sequence: int
    """Its place in the session, from 1 with no gaps; 0 for a transient event."""
    at: float
    """Seconds since the epoch."""
