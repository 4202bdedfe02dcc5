"""The line in which one types which variables are to be shown."""

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from codeact_tui.tui.keys import take_key
from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["FilterLine"]

_HELP = "type:frame · >1mb · enter keeps · esc clears"
_HELP_CELLS = 76
"""Narrower than this there is no room for the help."""


class FilterLine(Horizontal):
    """Filters while one types. Enter and Tab keep the filter and go to the list; Escape takes it away.

    Args:
        pane: The list.
    """

    DEFAULT_CSS = """
    FilterLine {
        height: 1;
        background: $surface;
    }
    FilterLine #filter-sign { width: 3; padding: 0 1; color: $accent; }
    FilterLine #filter-count { width: auto; padding: 0 1; color: $text-muted; }
    FilterLine #filter-field { width: 1fr; background: $surface; background-tint: transparent; }
    FilterLine #filter-field:focus { background-tint: transparent; }
    """

    def __init__(self, pane: "VariablesPane") -> None:
        super().__init__(id="variable-filter")
        self._pane = pane
        self.field = _FilterField()
        self._count = Static("", id="filter-count", markup=False)

    def compose(self) -> ComposeResult:
        """A sign, the field, and how many fit."""
        yield Static(Content("/"), id="filter-sign", markup=False)
        yield self.field
        yield self._count

    def on_mount(self) -> None:
        """Take the letters."""
        self.field.focus()
        self.tell()

    def on_descendant_focus(self) -> None:
        """The letters come by themselves from now on."""
        self._pane.filter_focused()

    def on_resize(self) -> None:
        """There may be room for the help now, or none any more."""
        self.tell()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        event.stop()
        self._pane.filter(event.value)

    def step(self, by: int) -> None:
        """Choose another row of the list."""
        self._pane.action_step(by)

    def keep(self) -> None:
        """Go to the list; without words there is nothing to keep."""
        if not self._pane.list.filter.active:
            self.close()
        self._pane.focus()

    def clear(self) -> None:
        """Show everything again, and go to the list."""
        self.close()
        self._pane.filter("")
        self._pane.focus()

    def close(self) -> None:
        """Take the line away."""
        self._pane.filter_closed()
        self.display = False
        self.remove()

    def tell(self) -> None:
        """Say how many fit."""
        shown = self._pane.list
        if shown.filter.active:
            words = f"{shown.fitting:,} of {shown.known:,}"
        else:
            words = _HELP if self.size.width >= _HELP_CELLS else ""
        if str(self._count.content) != words:
            self._count.update(Content(words))


class _FilterField(Input):
    """A field whose keys go to the line first."""

    def __init__(self) -> None:
        super().__init__(placeholder="name or type", id="filter-field", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Blink only where things may move."""
        self.cursor_blink = app_of(self).animation_level != "none"

    async def _on_key(self, event: events.Key) -> None:
        line = self.parent
        assert isinstance(line, FilterLine)
        match event.key:
            case "down":
                line.step(1)
            case "up":
                line.step(-1)
            case "enter" | "tab":
                line.keep()
            case "escape":
                line.clear()
            case _:
                take_key(self, event)
                return
        event.stop()
        event.prevent_default()
