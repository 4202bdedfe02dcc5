"""What happened to an action before it ran: proposed, edited, decided."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.permissions import Rule

__all__ = [
    "ActionApproved",
    "ActionEdited",
    "ActionProposed",
    "ActionRejected",
    "ApprovalRequested",
    "Decider",
]

Decider = Literal["user", "turn", "careful", "rule", "safe", "sandbox", "all"]
"""Who let an action run: a person, the rest of the turn that a person allowed, rules, or the policy of that name."""


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
    early: bool = False
    """It is only asked about since it is one of the session's first actions; later ones like it run unasked."""


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
