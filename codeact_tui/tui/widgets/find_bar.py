"""The line in which one types what is to be found in the conversation."""

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from codeact_tui.tui.keys import take_key
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.widgets.conversation import Conversation

__all__ = ["FindBar"]

_HELP = "enter next · ↑ before · tab stay · esc back"
_HELP_CELLS = 80
"""Narrower than this there is no room for the help."""


class FindBar(Horizontal):
    """Finds while one types. Enter and ↓ go to the next match, Shift+Enter and ↑ to the one before.

    Tab leaves the view where it is, Escape brings back what was in sight before.

    Args:
        view: What is searched.
        closed: Called when it is closed; takes whether the view stays where it is.
    """

    DEFAULT_CSS = """
    FindBar {
        height: 1;
        background: $surface;
    }
    FindBar #find-sign { width: auto; padding: 0 1; color: $accent; }
    FindBar #find-count { width: auto; padding: 0 1; color: $text-muted; }
    FindBar #find-field { width: 1fr; background: $surface; }
    """

    def __init__(self, view: Conversation, closed: Callable[[bool], None]) -> None:
        super().__init__(id="find-bar")
        self._view = view
        self._when_closed = closed
        self._place = view.place()
        self.field = _FindField()
        self._count = Static("", id="find-count", markup=False)

    def compose(self) -> ComposeResult:
        """A sign, the field, and how many there are."""
        yield Static("find", id="find-sign", markup=False)
        yield self.field
        yield self._count

    def on_mount(self) -> None:
        """Take the letters."""
        self.field.focus()
        self._tell()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for it."""
        event.stop()
        self.run_worker(self._find(event.value), exclusive=True, group="find")

    async def _find(self, query: str) -> None:
        place = self._place[0][0]
        await self._view.finder.find(query, place)
        self._tell()
        if query.strip():
            await self._view.finder.find_stored(query, place)
            self._tell()

    def step(self, by: int) -> None:
        """Go to another match."""
        self._view.finder.step(by)
        self._tell()

    def close(self, *, stay: bool) -> None:
        """Look for nothing any more.

        Args:
            stay: Leave in sight what is in sight; else what was there before comes back.
        """
        self._view.finder.stop()
        if not stay:
            self._view.go_back(self._place)
        self._when_closed(stay)
        self.remove()

    def _tell(self) -> None:
        finder = self._view.finder
        if not self.field.value.strip():
            words = _HELP if self.app_width >= _HELP_CELLS else ""
        elif not finder.hits:
            words = "not found"
        else:
            hidden = "" if finder.shown() else " · in the whole output: tab, o"
            words = f"{finder.at + 1:,} of {len(finder.hits):,}{hidden}"
        self._count.update(Content(words))

    @property
    def app_width(self) -> int:
        """Cells that the terminal is wide."""
        return app_of(self).size.width


class _FindField(Input):
    """A field whose keys go to the bar first."""

    def __init__(self) -> None:
        super().__init__(placeholder="words in the whole session", id="find-field", compact=True)

    def on_mount(self) -> None:
        """Blink only where things may move."""
        self.cursor_blink = app_of(self).animation_level != "none"

    async def _on_key(self, event: events.Key) -> None:
        bar = self.parent
        assert isinstance(bar, FindBar)
        match event.key:
            case "enter" | "down" | "ctrl+n" | "ctrl+f":
                bar.step(1)
            case "shift+enter" | "up":
                bar.step(-1)
            case "escape":
                bar.close(stay=False)
            case "tab":
                bar.close(stay=True)
            case _:
                take_key(self, event)
                return
        event.stop()
        event.prevent_default()
