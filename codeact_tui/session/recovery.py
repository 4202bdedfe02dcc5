"""What a session that was not closed properly needs before it goes on. Pure."""

from codeact_tui.protocol.dry_runs import DryRunFinished, DryRunSettled, ExplorationEnded
from codeact_tui.protocol.events import (
    ActionRejected,
    CellFinished,
    Noted,
    StoredEvent,
    TurnFinished,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.transcript import Transcript

__all__ = ["any_rerunnable", "closing_events", "rerunnable"]


def closing_events(transcript: Transcript) -> list[StoredEvent]:
    """Give the events that bring everything left open to an end.

    A cell that was running is marked `lost`: nobody knows how far it came, and it is never rerun by itself. An action
    that nobody decided about is rejected by interrupt.
    """
    events: list[StoredEvent] = []
    for record in transcript.unfinished():
        if record.state == "running":
            events.append(CellFinished(record.action, "lost"))
            events.append(Noted(f"[{record.number}] was running when codeact ended; how far it came is not known."))
        else:
            events.append(ActionRejected(record.action, by="interrupt"))
    events += _closing_tried(transcript)
    if transcript.turn_open:
        events.append(TurnFinished(transcript.turn, "interrupted", transcript.turn_actions))
    return events


def _closing_tried(transcript: Transcript) -> list[StoredEvent]:
    """Nothing of what was tried can be committed any more."""
    events: list[StoredEvent] = []
    for record in transcript.tried.dry_runs.values():
        if record.finished is None:
            events.append(DryRunFinished(record.started.dry_run, "lost", problem="codeact was closed meanwhile"))
        if record.outcome is None:
            events.append(DryRunSettled(record.started.dry_run, "discarded"))
    if transcript.tried.exploration is not None:
        name = transcript.tried.exploration.started.exploration
        events.append(ExplorationEnded(name, why="codeact was closed meanwhile"))
    return events


def rerunnable(transcript: Transcript) -> list[ActionRecord]:
    """Give the cells that made the variables of the last kernel that had any and is gone, in order.

    Those are the cells that ended well in it. What ran in the kernel of now, or has run again in it, is left out.
    """
    again = _run_again(transcript)
    gone = [each for each in transcript.ran() if _ended_well(each) and not each.live and each.action not in again]
    last = max((record.epoch for record in gone), default=0)
    return [record for record in gone if record.epoch == last]


def any_rerunnable(transcript: Transcript) -> bool:
    """Say whether `rerunnable` gives any; quick also in a long session, as this is asked for at each key.

    The first cell that ended well, and was not taken back, tells: the others ran in its kernel or in a later one.
    """
    ended_well = (each for each in transcript.actions.values() if _ended_well(each))
    first = next(ended_well, None)
    return first is not None and not first.live and bool(rerunnable(transcript))


def _run_again(transcript: Transcript) -> set[ActionId]:
    """Give the cells whose newest rerun, or a rerun of that, ran in the kernel of now."""
    again: set[ActionId] = set()
    for record in reversed(transcript.actions.values()):
        if record.rerun_of is not None and (record.live or record.action in again):
            again.add(record.rerun_of)
    return again


def _ended_well(record: ActionRecord) -> bool:
    return record.state == "finished" and record.status == "ok" and not record.taken_back
