"""Who decides about an action, and whether a decision is about what was shown. Pure functions."""

from typing import Literal

from codeact_tui.errors import OpRefused
from codeact_tui.protocol.ops import Approve, EditAction, Policy, Reject
from codeact_tui.session.transcript import ActionRecord, Transcript

__all__ = ["check_approval", "check_edit", "check_waiting", "decider"]


def decider(policy: Policy, *, turn_allowed: bool) -> Literal["user", "turn", "all"]:
    """Say who decides about the next action.

    Args:
        policy: What the session is set to.
        turn_allowed: The user has allowed the rest of this turn.
    """
    if policy == "all":
        return "all"
    return "turn" if turn_allowed or policy == "turn" else "user"


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
