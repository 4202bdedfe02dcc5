"""What is done from the prompt, and what Escape and Ctrl+C mean where."""

import re
import time
from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from codeact_tui.protocol.ops import Interrupt, RunUserCode, SubmitPrompt
from codeact_tui.tui.commands.approval import close_editor
from codeact_tui.tui.commands.session import leave
from codeact_tui.tui.commands.view import copy_text

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["copy_or_interrupt", "newline", "open_editor", "queue", "send", "stop_or_clear", "undo"]

_SLASH = re.compile(r"/([\w-]+)(?:\s+(.*))?", re.DOTALL)
_TWICE_S = 2.0


def send(screen: "MainScreen", _argument: str) -> None:
    """Send what is in the prompt, or do what it says."""
    prompt = screen.prompt
    if (behind := prompt.catch_up()) is not None and behind.kind == "command":
        screen.suggestions.look(behind)
    if prompt.completing_python:
        prompt.close_completions()
    elif prompt.completing:
        complete = prompt.accept_completion()
        if complete is None or (complete.argument and not complete.argument.startswith("[")):
            return
    text = prompt.text.strip()
    if not text:
        return
    if found := _SLASH.fullmatch(text):
        _run_slash(screen, found[1].lower(), (found[2] or "").strip())
        return
    whole = prompt.take().strip()
    if whole.startswith("!!"):
        screen.send(RunUserCode(f"!{whole[2:].strip()}", hidden=True))
    elif whole.startswith("!"):
        screen.send(RunUserCode(whole[1:].strip()))
    else:
        screen.send(SubmitPrompt(whole))
    screen.conversation.scroll_end(animate=False)


def _run_slash(screen: "MainScreen", name: str, argument: str) -> None:
    """Do what a slash command says; the prompt keeps one that can't be done."""
    action = screen.registry.by_slash.get(name)
    if action is None:
        screen.chrome.say(f"There is no command /{name}. /help lists them all.", "warning")
    elif not action.applies(screen.situation()):
        screen.chrome.say(f"/{name} does not apply now.", "warning")
    else:
        screen.prompt.take()
        action.run(screen, argument)


def queue(screen: "MainScreen", _argument: str) -> None:
    """Keep the prompt for the next turn."""
    text = screen.prompt.text.strip()
    if text.startswith(("!", "/")):
        send(screen, "")
    elif text:
        screen.send(SubmitPrompt(screen.prompt.take().strip(), when="queue"))


def newline(screen: "MainScreen", _argument: str) -> None:
    """Begin a new line."""
    screen.prompt.type_text("\n")


def stop_or_clear(screen: "MainScreen", _argument: str) -> None:
    """Close what is open; else stop what runs; else clear the prompt."""
    screen.attention.drop()
    now = screen.situation()
    if screen.prompt.completing:
        screen.prompt.close_completions()
    elif now.editing:
        close_editor(screen)
    elif now.reasoning:
        screen.run_worker(_close_reason(screen), group="cell")
    elif screen.has_class("-maximised"):
        screen.remove_class("-maximised")
    elif now.busy:
        screen.send(Interrupt())
    elif screen.pinned is not None:
        screen.pinned = None
        screen.settle(())
        screen.prompt.focus()
    elif now.prompt:
        _clear_or_go_back(screen, prompt_empty=now.prompt_empty)
    else:
        screen.prompt.focus()


def _clear_or_go_back(screen: "MainScreen", *, prompt_empty: bool) -> None:
    """Empty the prompt; where it is empty, the second Esc in a row opens the timeline."""
    now = time.monotonic()
    twice, screen.escaped_at = now - screen.escaped_at < _TWICE_S, now
    if twice and prompt_empty and screen.transcript.entries:
        screen.action_do("timeline")
    else:
        clear(screen)


def clear(screen: "MainScreen") -> None:
    """Empty the prompt; the up arrow brings the text back."""
    if not screen.prompt.empty:
        screen.prompt.take()


async def _close_reason(screen: "MainScreen") -> None:
    await screen.cell.close_reason()
    screen.cell.body.focus()
    screen.settle(())


def copy_or_interrupt(screen: "MainScreen", _argument: str) -> None:
    """Copy what is selected; else stop what runs; pressed twice, quit."""
    selected = _selected(screen)
    if selected:
        copy_text(screen, selected)
        screen.clear_selection()
        return
    now = screen.clock()
    twice = now - screen.interrupted_at < _TWICE_S
    screen.interrupted_at = now
    if twice:
        leave(screen, "")
    elif screen.live.busy:
        screen.send(Interrupt())
        screen.chrome.say("Stopping. Ctrl+C again quits.")
    else:
        screen.chrome.say("Ctrl+C again quits.")


def _selected(screen: "MainScreen") -> str:
    focused = screen.focused
    if isinstance(focused, TextArea | Input) and focused.selected_text:
        return focused.selected_text
    return screen.get_selected_text() or ""


def undo(screen: "MainScreen", _argument: str) -> None:
    """Take back what was typed last into the prompt."""
    screen.prompt.undo()


def open_editor(screen: "MainScreen", _argument: str) -> None:
    """Hand the prompt, or the cell that is being edited, to the user's editor."""
    from codeact_tui.tui.editor import edit_outside

    async def edit() -> None:
        cell = screen.cell.editor
        if cell is not None:
            cell.text = await edit_outside(screen, cell.text, ".py")
        else:
            screen.prompt.put((await edit_outside(screen, screen.prompt.unfolded, ".md")).rstrip("\n"))

    screen.run_worker(edit(), group="editor", exclusive=True)
