"""Keys in fields: what the registry has a use for is done at once and in the order of typing.

A key that bubbles up to a binding is handled by another task than the letters before and after it, which then may come
out in another order: a quickly typed `one`, Enter, `two` could be sent as `onet`.
"""

from typing import Protocol, runtime_checkable

from textual import events
from textual.widget import Widget

from codeact_tui.tui.nodes import app_of

__all__ = ["TakesKeys", "take_key"]


@runtime_checkable
class TakesKeys(Protocol):
    """A screen with a registry of actions."""

    def press(self, key: str) -> bool:
        """Do what the key stands for now; say whether it stands for anything."""
        ...


def take_key(field: Widget, event: events.Key) -> bool:
    """Let the screen have a key before the field; say whether it took it."""
    screen = app_of(field).screen
    if event.is_printable or not isinstance(screen, TakesKeys) or not screen.press(event.key):
        return False
    event.stop()
    event.prevent_default()
    return True
