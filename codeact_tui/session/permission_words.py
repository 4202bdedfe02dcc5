"""What is said of grants: when one is given, taken back, offered and listed. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from codeact_tui.effects.rules import rule_words
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.permissions import (
    Grant,
    GrantSetting,
    HostAnswer,
    HostAnswered,
    HostAsked,
    Permission,
    PermissionScope,
)
from codeact_tui.protocol.refusals import Refusal, RefusalSetting
from codeact_tui.protocol.visible import visible
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.transcript import Transcript

__all__ = [
    "Offer",
    "answered_words",
    "asked_words",
    "grant_of",
    "grant_words",
    "granted_words",
    "offers_of",
    "permission_lines",
    "permission_words",
    "revoked_words",
    "scope_words",
    "waits_for_grant",
]


class Offer(Struct, frozen=True):
    """Something that was refused and could be granted."""

    action: ActionId
    number: int
    """Of the cell that was refused it."""
    what: str
    """What it tried: `writing /data/x`."""
    grant: Grant


_SCOPES: dict[PermissionScope, str] = {
    "session": "in this session",
    "project": "in this project",
    "user": "in every project, by your config.toml",
}
_CHARS = 400
_GRANTABLE: dict[RefusalSetting, GrantSetting] = {
    "readable": "readable",
    "writable": "writable",
    "workspace": "workspace",
    "network": "network",
}
_ANSWERED: dict[HostAnswer, str] = {
    "once": "The cell may reach {}, this once.",
    "session": "Cells may reach {} in this session.",
    "project": "Cells may reach {} in this project.",
    "refuse": "The cell was refused {}.",
    "never": "Cells are refused {} unasked in this project.",
}


def grant_of(refusal: Refusal) -> Grant | None:
    """Give the grant that would let through what was refused; None where none is offered."""
    setting = _GRANTABLE.get(refusal.setting)
    return Grant(setting, refusal.value) if setting is not None and refusal.grant else None


def offers_of(transcript: Transcript) -> list[Offer]:
    """Give what the last cell that ended was refused and could be granted, and is not yet."""
    last = next((each for each in reversed(transcript.actions.values()) if each.state == "finished"), None)
    if last is None or not last.refusals or last.epoch < transcript.epoch:
        return []
    found = ((refusal, grant_of(refusal)) for refusal in last.refusals)
    return [
        Offer(last.action, last.number, refusal.what, grant)
        for refusal, grant in found
        if grant is not None and grant not in transcript.granted
    ]


def waits_for_grant(transcript: Transcript) -> ActionRecord | None:
    """Give the last cell that ended, if it was refused what was granted since and needs a fresh kernel."""
    last = next((each for each in reversed(transcript.actions.values()) if each.state == "finished"), None)
    if last is None or not transcript.waits_for_restart or last.epoch < transcript.epoch:
        return None
    return last if any(grant_of(refusal) in transcript.granted for refusal in last.refusals) else None


def grant_words(grant: Grant) -> str:
    """Say what a grant lets cells do: `reach api.example.org`."""
    value = visible(grant.value).replace("\n", " ").replace("\t", " ")[:_CHARS]
    match grant.setting:
        case "readable":
            return f"read {value}"
        case "writable":
            return f"write {value}"
        case "workspace":
            return "write in the project's folder"
        case "network":
            return f"reach {value}"
        case "never":
            return f"never reach {value}"


def scope_words(scope: PermissionScope) -> str:
    """Say for how long."""
    return _SCOPES[scope]


def permission_words(permission: Permission) -> str:
    """Say what is allowed, without the place: `reading ./data runs unasked`, `cells may reach api.example.org`."""
    item = permission.item
    if isinstance(item, Grant):
        return f"cells {'' if item.setting == 'never' else 'may '}{grant_words(item)}"
    return f"{rule_words(item)} runs unasked"


def permission_lines(permissions: Sequence[Permission]) -> list[str]:
    """List what is allowed, a numbered line for each; one line when there is nothing."""
    if not permissions:
        return ["Nothing is allowed for longer than once. `a` at an action offers a rule."]
    return [
        f"{number}. {permission_words(each)} {scope_words(each.scope)}"
        for number, each in enumerate(permissions, start=1)
    ]


def asked_words(event: HostAsked) -> str:
    """Say which host a cell wants to reach; nothing in it can be seen as something else."""
    usual = {443: " (https)", 80: " (http)"}.get(event.port, "")
    other = ". Its name is not written in Latin letters, and may look like another" if "xn--" in event.host else ""
    return f"[{event.action[1:]}] wants to reach {visible(event.host)} at port {event.port}{usual}{other}"


def answered_words(event: HostAnswered) -> str:
    """Say how the question about a host was closed."""
    host = f"{visible(event.host)}:{event.port}"
    if event.by == "end":
        return f"The cell ended before it was said whether it may reach {host}."
    if event.by == "time":
        return f"Nobody answered, so {host} was refused."
    return _ANSWERED[event.answer].format(host)


def granted_words(grant: Grant, scope: PermissionScope, *, restart: bool) -> str:
    """Say that a grant was given."""
    if grant.setting == "never":
        return f"Cells are refused {visible(grant.value)} unasked {_SCOPES[scope]}."
    later = "; it needs a fresh kernel: /restart" if restart else ""
    return f"Cells may {grant_words(grant)} {_SCOPES[scope]}{later}."


def revoked_words(grant: Grant, scope: PermissionScope, *, restart: bool) -> str:
    """Say that a grant was taken back."""
    later = "; the kernel that runs has it until /restart" if restart else ""
    return f"No longer {_SCOPES[scope]}: cells {'' if grant.setting == 'never' else 'may '}{grant_words(grant)}{later}."
