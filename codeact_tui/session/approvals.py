"""Who decides about an action, and whether a decision is about what was shown. Pure functions."""

import posixpath
from typing import Literal

from codeact_tui.effects.base import Analysis
from codeact_tui.errors import OpRefused
from codeact_tui.protocol.actions import Decider
from codeact_tui.protocol.effects import EffectKind
from codeact_tui.protocol.ops import Approve, EditAction, Policy, Reject
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.transcript import Transcript

__all__ = ["Allowance", "check_approval", "check_edit", "check_waiting", "decider", "is_harmless"]


Allowance = Literal["", "turn", "careful"]
"""What the user has allowed for the rest of the turn."""

_WARM_UP_ACTIONS = 3
_STOPS: tuple[EffectKind, ...] = ("write", "delete", "network", "process", "install", "dynamic", "lookalike", "unknown")


def decider(
    policy: Policy, allowance: Allowance, told: Analysis, *, folder: str, confined: bool, earlier_actions: int | None
) -> Decider:
    """Say who decides about the next action.

    Args:
        policy: What the session is set to.
        allowance: What the user has allowed for the rest of this turn.
        told: What the action would do, as far as its code tells.
        folder: The workspace: an absolute path.
        confined: The kernel runs in a sandbox.
        earlier_actions: How many actions the session had before; None where the first ones count as all others.
    """
    if policy == "all":
        return "all"
    if policy == "turn" or allowance == "turn":
        return "turn"
    if allowance == "careful" and not told.problem and not told.has(*_STOPS):
        return "careful"
    cold = earlier_actions is not None and earlier_actions < _WARM_UP_ACTIONS
    if policy == "sandbox" and confined and not cold:
        return "sandbox"
    if is_harmless(told, folder) and (policy == "sandbox" or (policy == "safe" and not cold)):
        return "safe"
    return "user"


def is_harmless(told: Analysis, folder: str) -> bool:
    """Say whether an action only computes, and reads files that lie in the workspace."""
    return not told.problem and all(
        effect.kind == "read" and effect.target and _lies_in(effect.target, folder) for effect in told.effects
    )


def _lies_in(path: str, folder: str) -> bool:
    whole = posixpath.normpath(posixpath.join(folder, path))
    return not path.startswith("~") and (whole == folder or whole.startswith(folder.rstrip("/") + "/"))


def check_waiting(transcript: Transcript, op: Approve | EditAction | Reject) -> ActionRecord:
    """Give the action that an answer is about.

    Raises:
        OpRefused: It is unknown, or not waiting for an answer.
    """
    record = transcript.actions.get(op.action)
    if record is None:
        raise OpRefused(f"There is no action {op.action}.")
    if record.state != "waiting":
        raise OpRefused(f"Action [{record.number}] is not waiting for an answer; it is {record.state}.")
    return record


def check_approval(transcript: Transcript, op: Approve) -> ActionRecord:
    """Give the action that an approval is about: what was approved is what runs.

    Raises:
        OpRefused: It is not waiting, or revision or hash are not those of the code as it stands.
    """
    record = check_waiting(transcript, op)
    if (op.revision, op.sha256) != (record.revision, record.sha256):
        raise OpRefused(
            f"Action [{record.number}] has changed since it was shown; nothing was run.",
            remedy="Look at the code as it is now and approve that.",
        )
    return record


def check_edit(transcript: Transcript, op: EditAction) -> ActionRecord:
    """Give the action that an edit is about.

    Raises:
        OpRefused: It is not waiting, another revision was edited, or nothing is left of the code.
    """
    record = check_waiting(transcript, op)
    if op.revision != record.revision:
        raise OpRefused(f"Action [{record.number}] has changed since you began to edit; your edit was not taken.")
    if not op.code.strip():
        raise OpRefused("An empty cell can't be run.", remedy="Reject the action instead.")
    return record
