"""A one-line field whose cursor stands still where nothing is to move."""

from textual import events
from textual.binding import BindingsMap
from textual.widgets import Input

from codeact_tui.tui.keys import take_key
from codeact_tui.tui.nodes import app_of

__all__ = ["Field"]

_EDITING = BindingsMap(Input.BINDINGS).key_to_bindings
"""What a key does in any input; what it does in whatever scrolls is left to the screen."""


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
        if take_key(self, event) or event.is_printable:
            return
        for binding in _EDITING.get(event.key, ()):  # at once: what is typed next comes after it
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)
            return
