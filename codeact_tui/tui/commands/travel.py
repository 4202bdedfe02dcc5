"""Going back, and forth again."""

from typing import TYPE_CHECKING

from codeact_tui.protocol.ops import Redo, Undo
from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["redo", "rewind", "undo"]


def undo(screen: "MainScreen", _argument: str) -> None:
    """Take the last cell back."""
    screen.send(Undo())


def redo(screen: "MainScreen", _argument: str) -> None:
    """Take the last going back itself back."""
    screen.send(Redo())


def rewind(screen: "MainScreen", argument: str) -> None:
    """Open the timeline, at the cell of this number or at the last point, and go where the user chooses."""

    async def choose() -> None:
        from codeact_tui.tui.screens.travel import TravelScreen

        number = int(argument) if argument.strip().isdecimal() else 0
        screen.travel = TravelScreen(screen.transcript, screen.live, screen.send, number)
        journey = await app_of(screen).push_screen_wait(screen.travel)
        screen.travel = None
        if journey is None:
            return
        screen.send(journey.op)
        if journey.prompt and screen.situation().prompt_empty:
            screen.prompt.put(journey.prompt)
        screen.prompt.focus()

    screen.run_worker(choose(), group="pick", exclusive=True)
