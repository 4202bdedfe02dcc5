"""Going about in the conversation: finding words, from prompt to prompt, to a cell by its number."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["find", "go_to_cell", "next_prompt", "previous_prompt"]


def find(screen: "MainScreen", argument: str) -> None:
    """Look for words in the whole session."""
    screen.conversation_pane.find(argument)


def previous_prompt(screen: "MainScreen", _argument: str) -> None:
    """Go up to the prompt above what is in sight."""
    screen.conversation.step_prompt(-1)


def next_prompt(screen: "MainScreen", _argument: str) -> None:
    """Go down to the next prompt, or to the end."""
    screen.conversation.step_prompt(1)


def go_to_cell(screen: "MainScreen", argument: str) -> None:
    """Choose a cell by its number."""
    number = argument.strip(" []")
    if not number.isdecimal():
        screen.chrome.say("/cell takes the number of a cell, as in /cell 3.", "warning")
    elif not screen.conversation.go_to_cell(int(number)):
        screen.chrome.say(f"There is no cell [{number}] in this session.", "warning")
    else:
        screen.conversation.focus()
