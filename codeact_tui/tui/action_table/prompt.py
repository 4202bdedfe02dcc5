"""In the prompt."""

from codeact_tui.tui.actions import Action
from codeact_tui.tui.commands import prompt

__all__ = ["PROMPT"]

PROMPT: tuple[Action, ...] = (
    Action(
        "send",
        "Send",
        "Send the prompt; while a turn runs, the model sees it with the next result.",
        "Prompt",
        prompt.send,
        keys=("enter",),
        hint="send",
        applies=lambda now: now.prompt and not now.prompt_empty,
        palette=False,
    ),
    Action(
        "queue",
        "Queue",
        "While a turn runs: keep the prompt for the next turn.",
        "Prompt",
        prompt.queue,
        keys=("alt+enter",),
        hint="queue",
        applies=lambda now: now.prompt and now.busy and not now.prompt_empty,
        palette=False,
    ),
    Action(
        "newline",
        "New line",
        "Begin a new line in the prompt.",
        "Prompt",
        prompt.newline,
        keys=("ctrl+j", "shift+enter", "alt+enter"),
        hint="newline",
        applies=lambda now: now.prompt,
        palette=False,
    ),
    Action(
        "editor",
        "Open the editor",
        "Write the prompt, or the cell that is being edited, in your own editor.",
        "Prompt",
        prompt.open_editor,
        keys=("ctrl+g",),
        applies=lambda now: now.prompt or now.editing,
    ),
    Action(
        "undo",
        "Undo",
        "Take back what was typed last.",
        "Prompt",
        prompt.undo,
        keys=("ctrl+underscore",),
        applies=lambda now: now.prompt,
        palette=False,
    ),
    Action(
        "interrupt",
        "Copy, stop or quit",
        "Copy the selection; without one stop what runs; pressed twice, quit.",
        "Prompt",
        prompt.copy_or_interrupt,
        keys=("ctrl+c",),
        palette=False,
    ),
)
