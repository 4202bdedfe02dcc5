"""What applies now, read off the screen and its session."""

from typing import TYPE_CHECKING

from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.permission_words import offers_of
from codeact_tui.session.recovery import any_rerunnable
from codeact_tui.session.tried import DryRunRecord
from codeact_tui.tui.situation import Situation

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["open_dry_run", "situation_of"]


def open_dry_run(record: ActionRecord | None) -> DryRunRecord | None:
    """Give the dry run of an action that waits to be committed or discarded."""
    tried = record.tried if record is not None and record.state == "waiting" else None
    return tried if tried is not None and tried.open else None


def _committable(record: ActionRecord | None) -> bool:
    tried = open_dry_run(record)
    return tried is not None and tried.finished is not None and not tried.finished.problem


def situation_of(screen: "MainScreen") -> Situation:
    """Take the facts that keys, hints, palette and slash commands go by, at this moment."""
    live, shown, record = screen.live, screen.cell.shown, screen.record()
    host = screen.host.display and screen.link.writable
    tried = screen.transcript.tried
    trying = tried.going_on is not None or tried.exploration is not None
    question = (
        not host and not trying and live.waiting is not None and shown is not None and shown.action == live.waiting
    )
    return Situation(
        connected=screen.link.session is not None,
        writable=screen.link.writable,
        busy=live.busy,
        question=question and screen.link.writable,
        trying=trying,
        tried=question and screen.link.writable and open_dry_run(record) is not None,
        committable=_committable(record),
        host=host,
        restart_due=screen.transcript.waits_for_restart,
        refused=bool(offers_of(screen.transcript)),
        answerable=not screen.typing and (screen.guard.ready if question or host else screen.guard.quiet),
        past=shown is not None and record is not None and record.state in {"finished", "rejected"},
        cell=shown is not None,
        changed=screen.cell.compared is not None,
        editing=screen.cell.editor is not None,
        reasoning=screen.cell.reason is not None,
        answering=screen.answer.display,
        typing=screen.typing,
        prompt=screen.focused is screen.prompt,
        prompt_empty=screen.prompt.empty,
        completing=screen.prompt.completing,
        can_continue=live.can_continue,
        kernel_dead=live.kernel == "dead",
        kernel_up=live.kernel in {"idle", "busy"},
        missing_cells=bool(screen.transcript.missing),
        stale_cells=bool(live.stale),
        lost_cells=live.kernel in {"idle", "dead"} and any_rerunnable(screen.transcript),
    )
