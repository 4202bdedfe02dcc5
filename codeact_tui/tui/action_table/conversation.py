"""In the conversation: stop, go on, fold, copy."""

from codeact_tui.tui.actions import Action
from codeact_tui.tui.commands import prompt, session, view

__all__ = ["CONVERSATION"]

CONVERSATION: tuple[Action, ...] = (
    Action(
        "stop",
        "Stop, or clear the prompt",
        "Stop what runs; close what is open; else clear the prompt.",
        "Conversation",
        prompt.stop_or_clear,
        keys=("escape",),
        hint="stop",
    ),
    Action(
        "continue",
        "Go on with the turn",
        "Go on with a turn that reached its limit, was interrupted or failed.",
        "Conversation",
        session.go_on,
        keys=("c",),
        slash=("continue",),
        hint="go on",
        applies=lambda now: now.can_continue and now.writable,
        answer=True,
    ),
    Action(
        "fold",
        "Fold or unfold",
        "Fold or unfold the cell that is chosen in the conversation, or long pastes in the prompt.",
        "Conversation",
        view.fold,
        keys=("ctrl+o",),
    ),
    Action(
        "copy",
        "Copy the last answer",
        "Copy the last answer, or the chosen cell's code or output, to the clipboard.",
        "Conversation",
        view.copy,
        slash=("copy",),
        argument="[answer|cell|output]",
        applies=lambda now: now.connected,
    ),
)
