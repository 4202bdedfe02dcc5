"""A time limit that does not run while it is paused."""

import asyncio
from collections.abc import Callable

__all__ = ["Stopwatch"]


class Stopwatch:
    """Calls back once when it has run for its time.

    Args:
        seconds: How long; None for ever.
        on_expiry: Called on the event loop.
    """

    def __init__(self, seconds: float | None, on_expiry: Callable[[], None]) -> None:
        self._left_s = seconds
        self._on_expiry = on_expiry
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def start(self) -> None:
        """Run, or run on; does nothing while it runs."""
        if self._left_s is not None and self._timer is None and not self._stopped:
            self._timer = asyncio.get_running_loop().call_later(self._left_s, self._expire)

    def pause(self) -> None:
        """Stand still until it is started again."""
        if self._timer is not None and self._left_s is not None:
            self._left_s = max(0.0, self._timer.when() - asyncio.get_running_loop().time())
            self._timer.cancel()
            self._timer = None

    def stop(self) -> None:
        """Never call back any more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._stopped = True
        self._on_expiry()
