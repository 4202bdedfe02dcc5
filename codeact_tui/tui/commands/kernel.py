"""The kernel and its variables."""

from typing import TYPE_CHECKING

from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.ops import ListVariables, RerunCells, RestartKernel

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["list_variables", "rerun_cells", "rerun_missing", "rerun_stale", "restart", "run_all"]


def restart(screen: "MainScreen", argument: str) -> None:
    """Start the kernel anew; `cold`: by a process of its own."""
    screen.variables.clear()
    screen.send(RestartKernel(cold=argument.strip() in {"cold", "--cold"}))


def rerun_cells(screen: "MainScreen", _argument: str) -> None:
    """Start the kernel anew and run the approved cells again."""
    screen.variables.clear()
    screen.send(RestartKernel(rerun=True))


def rerun_missing(screen: "MainScreen", _argument: str) -> None:
    """Run the cells again that make the variables that did not come back."""
    screen.send(RerunCells("missing"))


def rerun_stale(screen: "MainScreen", _argument: str) -> None:
    """Run the cells again that would come out differently."""
    screen.send(RerunCells("stale"))


def run_all(screen: "MainScreen", argument: str) -> None:
    """Run all cells on a fresh kernel, and compare; from a cell on when its number is given."""
    number = argument.strip().strip("[]")
    start = action_id(int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else None
    if number and start is None:
        screen.notify("Say from which cell: /run-all 3", severity="warning")
        return
    screen.variables.clear()
    screen.send(RerunCells("all", start))


def list_variables(screen: "MainScreen", argument: str) -> None:
    """Ask for the variables, and go to them."""
    screen.send(ListVariables(all=argument.strip() == "all"))
    screen.chrome.choose_tab("variables")
    screen.variables.focus()
