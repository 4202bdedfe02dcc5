"""One rate limit for all that ask at the same time, in whichever thread or loop."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

__all__ = ["Pace"]


class Pace:
    """Spaces requests evenly, and holds all of them back when a provider asks one to wait.

    Args:
        requests_per_minute: The most that are begun in a minute; 0 for no limit.
        clock: Gives seconds; never goes back.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        requests_per_minute: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._between_s = 60.0 / requests_per_minute if requests_per_minute > 0 else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_at = float("-inf")
        self._held_until = float("-inf")

    async def turn(self) -> None:
        """Wait until a request may begin."""
        at = self._reserve()
        while (wait_s := max(at, self._held()) - self._clock()) > 0:
            await self._sleep(wait_s)

    def hold(self, seconds: float) -> None:
        """Let no request begin for so long."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)

    def _reserve(self) -> float:
        with self._lock:
            at = max(self._next_at, self._clock())
            self._next_at = at + self._between_s
            return at

    def _held(self) -> float:
        with self._lock:
            return self._held_until
