"""The rows of a table that a cell has displayed, to scroll in all directions: what its display brought along."""

from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from codeact_tui.protocol.variables import TablePart, VariableTable
from codeact_tui.tui.widgets.frame_tiles import FIRST_TILE
from codeact_tui.tui.widgets.frame_view import FrameView

__all__ = ["ShownTableScreen"]

_NO_ORDER = "Only the rows that were displayed are here: sort the variable, or in a cell."


class ShownTableScreen(ModalScreen[None]):
    """Scrolls over the rows of a displayed table.

    Args:
        title: What stands on the frame.
        table: The rows that are there; of a long table its first and its last.
    """

    CSS_PATH = "shown_table.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss(None)", "Back", show=False)]

    def __init__(self, title: str, table: VariableTable) -> None:
        super().__init__()
        self._title = title
        self._table = table
        self._view = FrameView(self._ask, id="shown-rows")
        self._box = Vertical(self._view, id="shown-box")

    def compose(self) -> ComposeResult:
        """A large box with the rows in it."""
        table = self._table
        shown, total = len(table.rows), table.total_rows
        rows = f"{total:,} rows" if shown == total else f"first and last rows, {shown} of {total:,}"
        self._box.border_title = Content(f"{self._title} · {rows}")
        self._box.border_subtitle = Content("y copies a cell · esc back")
        yield self._box

    def on_mount(self) -> None:
        """Have the keyboard, and the first rows."""
        self._view.focus()
        self._ask(0, FIRST_TILE)

    def _ask(self, start: int, part: TablePart) -> None:
        self.call_later(self._view.take, start, part, self._window(start, part))

    def _window(self, start: int, part: TablePart) -> VariableTable:
        """Give a part of what is there."""
        table, first = self._table, part.first_column
        columns = slice(first, first + part.columns)
        rows = range(start, min(start + part.rows, len(table.rows)))
        width = len(table.columns[columns])
        missing = {divmod(place, max(1, len(table.columns))) for place in table.missing}
        return msgspec.structs.replace(
            table,
            columns=table.columns[columns],
            dtypes=table.dtypes[columns],
            index=tuple(table.index[row] for row in rows),
            rows=tuple(table.rows[row][columns] for row in rows),
            total_rows=len(table.rows),
            total_columns=len(table.columns),
            missing=tuple(
                (row - start) * width + column - first
                for row in rows
                for column in range(first, first + width)
                if (row, column) in missing
            ),
            sorting=False,
            problem=_NO_ORDER if part.sort is not None else "",
        )
