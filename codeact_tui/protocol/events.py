"""What happened. Front ends draw these, the store keeps them, state is a fold of them.

Two unions: `StoredEvent` is committed before anyone sees it and is all that there is to know of a session;
`TransientEvent` is shown and forgotten, because a stored event later says the same whole (`ReplyDelta` and
`ModelReplied`) or because it tells of the present only (`KernelStateChanged`).

Each event stands in the file of what it is about (`cells.py`, `travel.py`). Whoever takes events takes them from here.
"""

from msgspec import Struct

from codeact_tui.protocol.actions import ActionApproved, ActionEdited, ActionProposed, ActionRejected, ApprovalRequested
from codeact_tui.protocol.cells import (
    CellFinished,
    CellOutput,
    CellProgressed,
    CellStarted,
    InputAnswered,
    InputRequested,
    OutputSkipped,
    OutputTruncated,
    SandboxRefused,
)
from codeact_tui.protocol.code_help import CodeCompleted, CodeInspected
from codeact_tui.protocol.dry_runs import (
    CandidateProposed,
    CandidatesReady,
    DryRunFinished,
    DryRunSettled,
    DryRunStarted,
    ExplorationEnded,
    ExplorationStarted,
)
from codeact_tui.protocol.forking import Forked, ForkMade
from codeact_tui.protocol.kernels import KernelDied, KernelStarted, KernelStateChanged
from codeact_tui.protocol.permissions import (
    HostAnswered,
    HostAsked,
    PermissionsListed,
    RulesAdded,
    RulesRemoved,
    SandboxGranted,
    SandboxRevoked,
)
from codeact_tui.protocol.resuming import CellsStale, VariablesRestored, VariablesReturning
from codeact_tui.protocol.sessions import (
    Failed,
    ModelChanged,
    Noted,
    PolicyChanged,
    SessionOpened,
    StateChanged,
    TitleChanged,
)
from codeact_tui.protocol.travel import CheckpointsHeld, CheckpointTaken, KernelRecovered, RewindPreviewed, Rewound
from codeact_tui.protocol.travel_files import FilesKept, TravelAsked, TravelGoesOn
from codeact_tui.protocol.turns import (
    ModelReplied,
    PromptQueued,
    PromptSubmitted,
    ReplyDelta,
    ReplyProblem,
    RetryScheduled,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.variable_news import VariableInspected, VariablesChanged, VariablesListed

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
    "CellsStale",
    "CheckpointTaken",
    "CheckpointsHeld",
    "CodeCompleted",
    "CodeInspected",
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
    "RetryScheduled",
    "RewindPreviewed",
    "Rewound",
    "RulesAdded",
    "RulesRemoved",
    "SandboxGranted",
    "SandboxRefused",
    "SandboxRevoked",
    "SessionOpened",
    "StateChanged",
    "StoredEvent",
    "TitleChanged",
    "TransientEvent",
    "TravelAsked",
    "TravelGoesOn",
    "TurnFinished",
    "TurnStarted",
    "VariableInspected",
    "VariablesChanged",
    "VariablesListed",
    "VariablesRestored",
    "VariablesReturning",
]


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
    | TravelGoesOn
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
