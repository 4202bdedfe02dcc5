"""The sentences that exports share: about cells, endings, what was cut. Pure."""

from codeact_tui.protocol.events import (
    Failed,
    KernelDied,
    KernelStarted,
    ModelChanged,
    Noted,
    SessionOpened,
    TurnFinished,
)
from codeact_tui.session.entries import ActionRecord, EntryEvent
from codeact_tui.session.refusing import said_to_user

__all__ = ["about_event", "about_record", "left_out", "provenance"]

_ENDINGS = {
    "ok": "ran",
    "error": "failed",
    "interrupted": "interrupted",
    "timeout": "stopped: it ran too long",
    "died": "the kernel died",
    "aborted": "did not run",
    "lost": "lost: codeact ended while it ran",
}
_WHO = {"model": "the model's", "user": "the user's own", "rerun": "run again by the user"}
_TURNS = {"interrupted": "The turn was interrupted.", "limit": "The turn stopped at the most actions.", "failed": ""}


def about_record(record: ActionRecord) -> str:
    """Say whose a cell is, who let it run, and how it ended, in a line."""
    again = f" (cell {record.rerun_of[1:]})" if record.rerun_of else ""
    parts = [f"{_WHO[record.origin]}{again}"]
    if record.edited:
        parts.append("edited by the user")
    if record.state == "rejected":
        parts.append(f"rejected: {record.reason}" if record.reason else "rejected")
    elif record.status is not None:
        parts.append(f"{_ENDINGS[record.status]}, {record.seconds:.2f} s")
        if record.approved_by not in {None, "user"}:
            parts.append(f"let by the policy “{record.approved_by}”")
    else:
        parts.append("not decided")
    parts += [said_to_user(refusal) for refusal in record.refusals]
    return " · ".join(parts)


def about_event(event: EntryEvent) -> str:
    """Say what else happened, where a reader wants to know; else nothing."""
    match event:
        case SessionOpened() if event.resumed:
            return "The session was closed and opened again: its variables were gone."
        case KernelStarted() if event.restarted:
            return "The kernel was started anew: its variables were gone."
        case KernelDied():
            return f"The kernel died: {event.how}."
        case ModelChanged():
            return f"From here the model is {event.model}."
        case TurnFinished():
            return _TURNS.get(event.reason, "")
        case Failed():
            return f"{event.message} {event.remedy}".strip()
        case Noted():
            return event.text
        case _:
            return ""


def left_out(skipped_bytes: int) -> str:
    """Say that the middle of an output is missing."""
    return f"[… {skipped_bytes:,} bytes left out …]"


def provenance(record: ActionRecord) -> dict[str, object]:
    """Give where a cell comes from, for machines."""
    facts: dict[str, object] = {
        "action": record.action,
        "origin": record.origin,
        "state": record.state,
        "status": record.status,
        "approved_by": record.approved_by,
        "rejected_by": record.rejected_by,
        "reason": record.reason,
        "rerun_of": record.rerun_of,
        "seconds": round(record.seconds, 3),
        "started_at": record.started_at,
        "kernel": record.epoch or None,
        "sha256": record.sha256,
    }
    if record.edited:
        facts["proposed"] = record.revisions[0].code
        facts["diff"] = record.revisions[-1].diff
    return {name: fact for name, fact in facts.items() if fact not in (None, "")}
