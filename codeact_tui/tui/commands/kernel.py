"""The kernel and its variables."""

from typing import TYPE_CHECKING

from codeact_tui.protocol.ops import ListVariables, RestartKernel

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["list_variables", "rerun_cells", "restart"]


def restart(screen: "MainScreen", _argument: str) -> None:
    """Start the kernel anew."""
    screen.variables.clear()
    screen.send(RestartKernel())


def rerun_cells(screen: "MainScreen", _argument: str) -> None:
    """Start the kernel anew and run the approved cells again."""
    screen.variables.clear()
    screen.send(RestartKernel(rerun=True))


def list_variables(screen: "MainScreen", argument: str) -> None:
    """Ask for the variables, and go to them."""
    screen.send(ListVariables(all=argument.strip() == "all"))
    screen.chrome.choose_tab("variables")
    screen.variables.focus()
