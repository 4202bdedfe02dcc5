"""Looking at a cell: what was changed in it, and the versions it went through."""

from typing import TYPE_CHECKING

from codeact_tui.session.revisions import versions
from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["changes", "history"]


def changes(screen: "MainScreen", _argument: str) -> None:
    """Show the difference, or the code again."""
    screen.chrome.choose_tab("cell")
    screen.cell.toggle_diff()


def history(screen: "MainScreen", _argument: str) -> None:
    """List the versions; the one that is chosen is shown in the cell's pane."""
    from codeact_tui.tui.screens.cell_history import CellHistoryScreen

    shown = screen.cell.shown
    if shown is None:
        return

    async def look() -> None:
        found = versions(screen.transcript, shown.action)
        chosen = await app_of(screen).push_screen_wait(CellHistoryScreen(found, shown.action, shown.revision))
        if chosen is not None:
            screen.pinned = None if chosen == screen.live.waiting else chosen
            screen.settle(())

    screen.run_worker(look(), group="pick", exclusive=True)
