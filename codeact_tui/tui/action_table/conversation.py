"""In the conversation: stop, go on, fold, copy."""

from codeact_tui.tui.actions import Action
from codeact_tui.tui.commands import finding, prompt, session, view

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
        "Copy the last answer, the chosen cell's code or output, or the whole session, to the clipboard.",
        "Conversation",
        view.copy,
        slash=("copy",),
        argument="[answer|cell|output|all]",
        applies=lambda now: now.connected,
    ),
    Action(
        "find",
        "Find in the session",
        "Look for words in everything that was said, run and put out, folded or not.",
        "Conversation",
        finding.find,
        keys=("ctrl+f",),
        slash=("find",),
        argument="[words]",
        applies=lambda now: now.connected,
    ),
    Action(
        "previous_prompt",
        "Go to the prompt above",
        "Bring the prompt above what is in sight to the upper edge.",
        "Conversation",
        finding.previous_prompt,
        keys=("alt+up",),
    ),
    Action(
        "next_prompt",
        "Go to the prompt below",
        "Bring the next prompt to the upper edge; after the last one go to the end.",
        "Conversation",
        finding.next_prompt,
        keys=("alt+down",),
    ),
    Action(
        "go_to_cell",
        "Go to a cell by its number",
        "Choose a cell and bring it in sight: /cell 3.",
        "Conversation",
        finding.go_to_cell,
        slash=("cell",),
        argument="number",
        applies=lambda now: now.connected,
        palette=False,
    ),
)
