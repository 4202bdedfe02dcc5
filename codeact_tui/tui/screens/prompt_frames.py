"""A screen that draws as soon as something has changed.

Textual's own clock for drawing goes on ticking after a frame: what changes next waits for up to two ticks, 33 ms. A key
that is typed while a reply streams would be seen that much later.
"""

import asyncio
import time
from typing import cast

from textual.events import ScreenResume
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer

from codeact_tui.tui.nodes import app_of

__all__ = ["PromptFrames"]

_FRAME_S = 1 / 60
"""The least time from one frame to the next."""


class PromptFrames(Screen[None]):
    """Draws at once after a pause, and at most 60 times a second."""

    _frames: "_FrameClock | None" = None

    def _on_screen_resume(self, event: ScreenResume) -> None:
        """Keep the styles that the widgets were mounted with a moment ago. Textual's own handler comes after this."""
        if self.stack_updates == 0:
            event.refresh_styles = False

    def _screen_resized(self, size: Size) -> None:
        """Lay out anew for another size only: while it starts, a terminal tells the same one several times."""
        if size != self._size:
            super()._screen_resized(size)

    @property
    def _update_timer(self) -> Timer:
        if self._frames is None:
            self._frames = _FrameClock(self)
        return cast("Timer", self._frames)


class _FrameClock:
    """The part of a timer that a screen uses: to ask for a frame, and to ask for none."""

    def __init__(self, screen: PromptFrames) -> None:
        self._screen = screen
        self._due: asyncio.TimerHandle | None = None
        self._drawn_at_s = float("-inf")

    @property
    def asked(self) -> bool:
        """A frame is due."""
        return self._due is not None

    def resume(self) -> None:
        if self._due is None:
            wait_s = self._drawn_at_s + _FRAME_S - time.monotonic()
            # Not among the screen's messages: each of those asks for another frame where a dialog lies above it.
            self._due = asyncio.get_running_loop().call_later(max(0.0, wait_s), self._draw)

    def pause(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _draw(self) -> None:
        self._due = None
        app = app_of(self._screen)
        try:
            self._screen._on_timer_update()  # pyright: ignore[reportPrivateUsage]
        except Exception as error:
            app._handle_exception(error)  # pyright: ignore[reportPrivateUsage]
        self._drawn_at_s = time.monotonic()
