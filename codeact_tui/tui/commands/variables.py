"""What can be done in the list of variables by name or by mouse: the keys do the same there."""

from typing import TYPE_CHECKING

from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["compare", "filter_variables", "group", "inspect", "mention", "pin", "sort"]


def filter_variables(screen: "MainScreen", _argument: str) -> None:
    """Ask for what the variables are filtered by."""
    _show(screen)
    screen.variables.action_filter()


def group(screen: "MainScreen", _argument: str) -> None:
    """Group the variables by kind, or no longer."""
    _show(screen)
    screen.variables.action_group()


def sort(screen: "MainScreen", _argument: str) -> None:
    """Sort the variables by the next column."""
    _show(screen)
    screen.variables.action_sort()


def pin(screen: "MainScreen", _argument: str) -> None:
    """Keep the chosen variable on top, or no longer."""
    _show(screen)
    screen.variables.action_pin()


def compare(screen: "MainScreen", _argument: str) -> None:
    """Show the chosen variable before and after the cell that changed it."""
    _show(screen)
    screen.variables.action_compare()


def mention(screen: "MainScreen", _argument: str) -> None:
    """Put the chosen variable into the prompt."""
    screen.chrome.choose_tab("variables")
    screen.variables.action_mention()


def inspect(screen: "MainScreen", name: str) -> None:
    """Open what a variable holds."""
    from codeact_tui.tui.screens.variable_detail import VariableDetailScreen

    screen.detail = VariableDetailScreen(name, screen.send)
    app_of(screen).push_screen(screen.detail)


def _show(screen: "MainScreen") -> None:
    screen.chrome.choose_tab("variables")
    screen.variables.focus()
