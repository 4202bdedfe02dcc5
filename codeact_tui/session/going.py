"""Tells how far a going back is when it takes a while, and stops it as long as nothing was changed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from codeact_tui.errors import SnapshotStopped
from codeact_tui.protocol.travel_files import TravelGoesOn
from codeact_tui.snapshots.files import Cancelled, Course

__all__ = ["Going", "settle"]

_FIRST_S = 0.12
"""What is done sooner needs no words."""
_EVERY_S = 0.2


class Going:
    """Follows one going back after the other.

    Args:
        tell: Takes what there is to tell.
    """

    def __init__(self, tell: Callable[[TravelGoesOn], None]) -> None:
        self._tell = tell
        self._course: Course | None = None
        self._told: TravelGoesOn | None = None

    @property
    def on(self) -> bool:
        """One goes on."""
        return self._course is not None

    def stop(self) -> bool:
        """Stop it; say whether there was one that can be stopped still."""
        return self._course is not None and self._course.stop()

    @contextlib.asynccontextmanager
    async def follow(self) -> AsyncGenerator[Course]:
        """Follow one, as long as this is open."""
        course = self._course = Course()
        watching = asyncio.create_task(self._watch(course), name="follow a going back")
        try:
            yield course
        finally:
            watching.cancel()
            self._course = None
            if self._told is not None:
                self._told = None
                self._tell(TravelGoesOn("done", stoppable=False))

    async def _watch(self, course: Course) -> None:
        await asyncio.sleep(_FIRST_S)
        while True:
            done = min(course.done_bytes, course.total_bytes)
            now = TravelGoesOn(course.step, done, course.total_bytes, course.stoppable)
            if now != self._told:
                self._told = now
                self._tell(now)
            await asyncio.sleep(_EVERY_S)


def settle(course: Course) -> None:
    """The files are as they are to be: from here on it can't be stopped.

    Raises:
        SnapshotStopped: It was stopped before anything was changed.
    """
    if not course.stoppable:
        course.step = "variables"
        return
    try:
        course.settle()
    except Cancelled:
        raise SnapshotStopped("Stopped: nothing was changed.") from None
    course.step = "variables"
