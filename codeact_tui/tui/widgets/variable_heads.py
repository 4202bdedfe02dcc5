"""The heads over the columns of the variables: they stay while the list scrolls, and sort it when they are clicked."""

from typing import TYPE_CHECKING

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from codeact_tui.tui.text import joined, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.variable_columns import GAP, GUTTER, Column

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["VariableHeads"]

_MARGIN = 2
"""Cells between the last head and what is said of an order that has no column."""


class VariableHeads(Widget):
    """One line over the list.

    Args:
        pane: The list, which tells the columns and is sorted.
    """

    def __init__(self, pane: "VariablesPane") -> None:
        super().__init__(id="variable-heads")
        self._pane = pane
        self.display = False

    def render(self) -> RenderResult:
        """Draw the name of each column where it begins, an arrow at the one that is sorted by."""
        colors, pane = palette(self), self._pane
        quiet, loud = colors.color("muted"), colors.color("accent")
        parts = [Content(" " * GUTTER)]
        used = GUTTER
        for column, start, room in self._places():
            sorted_by = column == pane.list.order
            words = self._head(column, room) if sorted_by else column
            words = words.rjust(room) if column == "size" else words.ljust(room)
            parts += [Content(" " * (start - used)), styled(words, loud if sorted_by else quiet)]
            used = start + len(words)
        line = joined(parts)
        return line if self._shows(pane.list.order) else self._with_order(line)

    def _head(self, column: Column, room: int) -> str:
        """Give the name with its arrow, which may stand in the gap where there is no other room."""
        words = f"{column} {self._arrow}"
        return words if len(words) <= room else words.replace(" ", "")

    def _with_order(self, line: Content) -> Content:
        """Say at the right what is sorted by, where that is no column."""
        pane = self._pane
        if pane.list.order == "newest" and not pane.list.descending:
            return line
        words = "oldest first" if pane.list.order == "newest" else f"{pane.list.order} {self._arrow}"
        room = self._width - len(words)
        column, start, _ = next(reversed(self._places()), ("name", GUTTER, 0))
        if room < start + len(column) + _MARGIN:
            line = line[:start]  # there is no room for both: the value needs no head
        if room < len(line.plain.rstrip()) + _MARGIN:
            return line
        return joined(
            [line[:room], Content(" " * (room - len(line.plain))), styled(words, palette(self).color("accent"))]
        )

    @property
    def _arrow(self) -> str:
        """Which way round the list is sorted."""
        return "↓" if self._pane.list.descending else "↑"

    @property
    def _width(self) -> int:
        return self._pane.scrollable_content_region.width

    def _places(self) -> list[tuple[Column, int, int]]:
        """Give each column with the cell that it begins at and its width, as far as there is room for its head."""
        found: list[tuple[Column, int, int]] = []
        start = GUTTER
        for column, room in self._pane.list.columns(self._width):
            if start + len(column) > self._width:
                break
            found.append((column, start, min(room, self._width - start)))
            start += room + GAP
        return found

    def _shows(self, order: str) -> bool:
        return any(column == order for column, _, _ in self._places())

    def on_click(self, event: events.Click) -> None:
        """Sort by the column under the mouse; again, the other way round; once more, by the newest."""
        event.stop()
        for column, start, room in self._places():
            if start <= event.x < start + room + GAP:
                self._pane.sort_by(column)
                self._pane.focus()
                return
