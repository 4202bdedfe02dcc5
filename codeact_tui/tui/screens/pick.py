"""One choice out of a few."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from codeact_tui.tui.prompting.fuzzy import best
from codeact_tui.tui.text import one_line, styled
from codeact_tui.tui.themes import palette

__all__ = ["PickScreen"]

_SHOWN = 200
_FILTER_FROM = 8
"""So many items get a field to filter them by."""


class PickScreen(ModalScreen[str | None]):
    """Gives the chosen item's name, or None.

    Args:
        title: What is chosen.
        items: Name and description of each.
        current: The one that holds now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    def __init__(self, title: str, items: Sequence[tuple[str, str]], current: str) -> None:
        super().__init__()
        self._title = title
        self._items = list(items)
        self._current = current
        self._filter = Input(placeholder="type to find", id="pick-filter", compact=True)
        self._list = OptionList(id="pick-list", markup=False, compact=True)
        self._names: list[str] = []

    def compose(self) -> ComposeResult:
        """A small box: title, filter where there is much to choose from, list."""
        with Vertical(id="pick-box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content("enter choose · esc back")
            yield self._filter
            yield self._list

    def on_mount(self) -> None:
        """Show all, the current one highlighted."""
        self._filter.display = len(self._items) >= _FILTER_FROM
        self._fill("")
        if self._current in self._names:
            self._list.highlighted = self._names.index(self._current)
        (self._filter if self._filter.display else self._list).focus()

    def _fill(self, query: str) -> None:
        found = best(query, self._items, lambda item: item[0], _SHOWN)
        self._names = [name for name, _ in found]
        self._list.clear_options()
        self._list.add_options([Option(self._row(name, words)) for name, words in found])
        self._list.highlighted = 0 if found else None

    def _row(self, name: str, words: str) -> Content:
        colors = palette(self)
        sign = styled("● " if name == self._current else "  ", colors.color("accent"))
        note = styled(f"  {one_line(words)}" if words else "", colors.color("muted"))
        return Content("").join([sign, Content(one_line(name)), note])

    @on(Input.Changed)
    def _filter_changed(self, event: Input.Changed) -> None:
        self._fill(event.value.strip())

    @on(Input.Submitted)
    def _submitted(self) -> None:
        at = self._list.highlighted
        if at is not None:
            self.dismiss(self._names[at])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._names[event.option_index])

    def action_move(self, by: int) -> None:
        """Move through the list while the filter has the focus."""
        if by > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()
