"""Who answers when an action needs a decision and there is no screen to ask on."""

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.ids import code_sha256
from codeact_tui.protocol.ops import Approve, EditAction, Op, Policy, Reject
from codeact_tui.session.entries import ActionRecord

__all__ = ["Approval", "Approver", "Decision", "Edit", "decision_ops", "settings_of"]


class Edit(Struct, frozen=True):
    """Run this instead of what was proposed. The model is told of the change."""

    code: str


Decision = bool | str | Edit
"""True runs the action, False rejects it, a text rejects it and tells the model why, `Edit` changes it and runs it."""

Approver = Callable[[ActionRecord], Decision | Awaitable[Decision]]
"""Decides about an action; may be a coroutine function."""

Approval = Literal["never", "safe", "sandbox", "all", "ask"] | Approver
"""never, safe, sandbox, all: what runs by itself; the turn ends at the first action that would need a person. ask: the
caller sends `Approve`, `EditAction` or `Reject` while it hears the events. A function: it is asked."""


def _policy_of(approval: Approval | None) -> Policy | None:
    """Give the policy that an approval stands for; None: the settings'."""
    match approval:
        case None:
            return None
        case "safe" | "sandbox" | "all":
            return approval
        case _:
            return "ask"


def settings_of(approval: Approval | None) -> dict[str, object]:
    """Give the settings that an approval stands for, by their names.

    Where nobody can be asked about a session's first actions, what was said of all counts for them too.
    """
    policy = _policy_of(approval)
    if policy is None:
        return {}
    warm_up: dict[str, object] = {} if policy == "ask" else {"session.warm_up": False}
    return {"session.policy": policy} | warm_up


def decision_ops(record: ActionRecord, decision: Decision) -> list[Op]:
    """Write a decision about an action as it stands now."""
    match decision:
        case Edit() if decision.code != record.code:
            edited = EditAction(record.action, record.revision, decision.code)
            return [edited, Approve(record.action, record.revision + 1, code_sha256(decision.code))]
        case True | Edit():
            return [Approve(record.action, record.revision, record.sha256)]
        case str():
            return [Reject(record.action, decision)]
        case False:
            return [Reject(record.action)]
