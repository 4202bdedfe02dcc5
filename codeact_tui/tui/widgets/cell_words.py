"""What a cell's title says: which cell, whose, in what state. Pure."""

from codeact_tui.protocol.amounts import human_bytes, human_seconds
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import CellProgressed
from codeact_tui.protocol.ids import action_number
from codeact_tui.session.entries import ActionRecord, ActionState
from codeact_tui.session.revisions import Version
from codeact_tui.tui.text import clock_words

__all__ = ["TRIED", "cell_heading", "cell_state", "running_state", "version_state"]

_STATES: dict[str, tuple[str, str, str]] = {
    "proposed": ("○", "proposed", "muted"),
    "waiting": ("●", "waiting for you", "warning"),
    "approved": ("○", "about to run", "muted"),
    "rejected": ("–", "rejected", "muted"),
    "running": ("▶", "running", "accent"),
    "ok": ("✓", "ran", "success"),
    "error": ("✗", "failed", "error"),
    "interrupted": ("■", "interrupted", "warning"),
    "timeout": ("■", "out of time", "warning"),
    "died": ("✗", "Python died", "error"),
    "aborted": ("–", "did not run", "muted"),
    "lost": ("?", "lost", "warning"),
}


TRIED = "◇", "dry run, yours to decide", "accent"
"""Of an action whose dry run can be committed or discarded."""


def cell_state(record: ActionRecord) -> tuple[str, str, str]:
    """Give sign, words and colour of an action's state; after it ran, how long it took."""
    if record.stale and record.state == "finished" and record.status == "ok":
        return "≈", f"stale, ran {human_seconds(record.seconds)}", "warning"
    if record.state == "rejected" and record.rejected_by == "interrupt":
        return "■", "stopped", "warning"
    return _state(record.state, record.status, record.seconds)


def version_state(version: Version) -> tuple[str, str, str]:
    """Give sign, words and colour of how one version of a cell fared."""
    return _state(version.state, version.status, version.seconds)


def _state(state: ActionState, status: CellStatus | None, seconds: float) -> tuple[str, str, str]:
    sign, words, color = _STATES[(status or "ok") if state == "finished" else state]
    if state == "finished" and status in {"ok", "error", "interrupted", "timeout"}:
        words = f"{words} {human_seconds(seconds)}"
    return sign, words, color


def cell_heading(record: ActionRecord) -> str:
    """Name an action, and say whose it is."""
    origin = " yours" if record.origin == "user" else ""
    again = f" [{action_number(record.rerun_of)}] again" if record.rerun_of else ""
    edited = ", edited" if record.edited else ""
    return f"cell [{record.number}]{origin}{again}{edited}"


def running_state(seconds: float, progress: CellProgressed, *, dry: bool = False) -> tuple[str, str, str]:
    """Give sign, words and colour of a cell that runs, or runs dry: for how long, where, and with how much memory."""
    sign, _, color = TRIED if dry else _STATES["running"]
    words = [f"{'dry run' if dry else 'running'} {clock_words(seconds)}"]
    if progress.action is not None and progress.line:
        words.append(f"line {progress.line}")
    if progress.action is not None and progress.memory_bytes:
        words.append(human_bytes(progress.memory_bytes))
    return sign, " · ".join(words), color
