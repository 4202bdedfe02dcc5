"""Telling a user who looks elsewhere that codeact waits: by the window's title, and a bell or a notification."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.terminal_words import KEEP_TITLE, RESTORE_TITLE, notification, title

if TYPE_CHECKING:
    from textual.signal import Signal

    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["Summons"]

_ASKS = "codeact waits for you"
_DONE = "codeact is done"


class Summons:
    """Speaks to the terminal's window. One thing that is waited for is told of once.

    Args:
        screen: The screen that it serves.
        environ: Says which terminal this is.
    """

    def __init__(self, screen: "MainScreen", environ: Mapping[str, str] = os.environ) -> None:
        self._screen = screen
        self._environ = environ
        self._told: object = None
        self._title = ""
        self._worked = False
        self.write: Callable[[str], None] = self._to_terminal

    def attach(self) -> None:
        """Have the window's title for as long as the screen is up, and hear when the window is left."""
        screen, app = self._screen, app_of(self._screen)
        self.begin()
        for name, callback in (("app_suspend_signal", self._on_suspend), ("app_resume_signal", self._on_resume)):
            cast("Signal[object]", getattr(app, name)).subscribe(screen, callback, immediate=True)
        screen.watch(app, "app_focus", screen.attention.window_focus, init=False)

    def _on_suspend(self, _app: object) -> None:
        self.end()

    def _on_resume(self, _app: object) -> None:
        self.begin()
        # The terminal shows nothing of what was drawn before; Textual itself draws only what changes from now on.
        self._screen.call_later(app_of(self._screen).refresh, repaint=True, layout=True)

    def begin(self) -> None:
        """Put the terminal's own title aside."""
        self.write(KEEP_TITLE)
        self.refresh(None)

    def end(self) -> None:
        """Give the terminal its own title back."""
        if self._title:
            self._title = ""
            self.write(RESTORE_TITLE)

    def refresh(self, question: object) -> None:
        """Bring the title in line, and tell of what is waited for while the window has no focus.

        Args:
            question: What is asked now, by its identity; None when nothing is.
        """
        screen = self._screen
        away = not app_of(screen).app_focus
        busy = screen.live.busy
        done = self._worked and not busy and question is None
        waits = question if question is not None else ("done", screen.transcript.turn) if done else None
        self._worked = busy or (done and away)
        words = (_ASKS if question is not None else _DONE) if waits is not None and away else ""
        self._set_title(words)
        if words and waits != self._told:
            self._notify(words)
        self._told = waits if away or waits is None else self._told

    def _set_title(self, words: str) -> None:
        about = self._screen.transcript.title
        text = f"● {words} · {about}" if words else f"codeact · {about}" if about else "codeact"
        if text != self._title:
            self._title = text
            self.write(title(text))

    def _notify(self, words: str) -> None:
        about = self._screen.transcript.title
        match self._screen.interface.notify:
            case "desktop":
                self.write(notification(f"{words}: {about}" if about else words, self._environ))
            case "bell":
                self.write("\x07")
            case "off":
                pass

    def _to_terminal(self, sequence: str) -> None:
        driver = app_of(self._screen)._driver  # pyright: ignore[reportPrivateUsage]
        if driver is not None:
            driver.write(sequence)
            driver.flush()
