"""Calling back later, for certain.

Textual's `set_timer` forgets a callback when the loop gets to it later than its whole delay: a short timer is lost
whenever another thread holds the interpreter for some milliseconds.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from textual.message_pump import MessagePump

__all__ = ["Later", "later"]


class Later(Protocol):
    """What `later` gives."""

    def cancel(self) -> None:
        """Do not call back after all."""
        ...


def later(pump: MessagePump, seconds: float, callback: Callable[[], None]) -> Later:
    """Call back among the messages of a widget or screen, from whatever task this is called.

    Args:
        pump: The widget or screen; when it is gone by then, nothing is called.
        seconds: The least that passes until then.
        callback: Takes nothing.
    """
    return asyncio.get_running_loop().call_later(seconds, pump.call_later, callback)
