"""A one-line field whose cursor stands still where nothing is to move."""

from textual import events
from textual.widgets import Input

from codeact_tui.tui.keys import take_key
from codeact_tui.tui.nodes import app_of

__all__ = ["Field"]


class Field(Input):
    """An input without a frame.

    Args:
        placeholder: What it is for, while it is empty.
        id: The widget's id.
    """

    def __init__(self, placeholder: str = "", *, id: str) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True)

    def on_mount(self) -> None:
        """Blink only where things may move."""
        self.cursor_blink = app_of(self).animation_level != "none"

    async def _on_key(self, event: events.Key) -> None:
        take_key(self, event)
