"""About going back."""

from codeact_tui.tui.actions import Action
from codeact_tui.tui.commands import travel
from codeact_tui.tui.situation import Situation

__all__ = ["TRAVEL"]


def _writable(now: Situation) -> bool:
    return now.connected and now.writable


TRAVEL: tuple[Action, ...] = (
    Action(
        "undo_cell",
        "Undo the last cell",
        "Take the last cell back: what it did to variables and files, and the conversation from it on.",
        "Kernel",
        travel.undo,
        slash=("undo",),
        applies=_writable,
    ),
    Action(
        "redo_cell",
        "Redo what was undone",
        "Take the last going back itself back, as long as nothing has run since.",
        "Kernel",
        travel.redo,
        slash=("redo",),
        applies=_writable,
    ),
    Action(
        "timeline",
        "Timeline: go back to a point",
        "Step through prompts, cells and checkpoints, see what going back would change, and go. Esc Esc opens it too.",
        "Kernel",
        travel.rewind,
        keys=("f10",),
        slash=("rewind", "timeline"),
        hint="timeline",
        argument="[number]",
        applies=_writable,
    ),
    Action(
        "fork",
        "Fork: go on in a new session",
        "A new session that shares all of this one so far, with its variables in a Python of its own; or from a cell.",
        "Session",
        travel.fork,
        slash=("fork",),
        argument="[number]",
        applies=lambda now: now.connected,
    ),
)
