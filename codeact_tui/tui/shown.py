"""Which action the panes show, told from what was said and done and from what goes on. Pure."""

from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.live import Live

__all__ = ["record_in_cell", "record_in_output"]


def record_in_cell(transcript: Transcript, live: Live, pinned: ActionId | None) -> ActionRecord | None:
    """Give the action that belongs in the cell pane: the chosen one, the one that waits or runs, or the last."""
    actions = transcript.actions
    for action in (pinned, live.waiting, live.running):
        if action is not None and action in actions:
            return actions[action]
    return next((each for each in reversed(actions.values()) if not each.undone), None)


def record_in_output(transcript: Transcript, in_cell: ActionRecord | None) -> ActionRecord | None:
    """Give the action whose output is shown: the one in the cell pane if it has run, else the last that has."""
    if in_cell is not None and in_cell.state in {"running", "finished"}:
        return in_cell
    if in_cell is not None and in_cell.state == "waiting" and in_cell.tried is not None:
        return in_cell.tried.run
    return next((each for each in reversed(transcript.actions.values()) if _has_run(each)), None)


def _has_run(record: ActionRecord) -> bool:
    return record.state in {"running", "finished"} and not record.undone
