"""A table of any length: its head and index stay, its rows are drawn as they are fetched."""

from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from codeact_tui.protocol.variables import TablePart, VariableTable
from codeact_tui.tui.clipboard import copy_outside
from codeact_tui.tui.later import Later, later
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.rendering.lines import Piece, fit
from codeact_tui.tui.rendering.paint import Paint, paint_of
from codeact_tui.tui.rendering.text import one_line, padded
from codeact_tui.tui.widgets.frame_foot import foot_line
from codeact_tui.tui.widgets.frame_tiles import UNKNOWN_HEAD, FrameTiles, Head, Sort

__all__ = ["FrameView"]

_HEAD_LINES = 2
_FOOT_LINES = 1
_GAP = 2
_LEAST = 4
"""Cells of a column's beginning that are worth showing at the right edge."""
_POLL_S = 0.15
_ITALIC = Style(italic=True)
_REVERSE = Style(reverse=True)


class FrameView(ScrollView, can_focus=True):
    """Scrolls over the rows of a table, and by columns; a cursor is on one cell.

    Scrolling never waits: a row that is not here yet is drawn as dots.

    Args:
        ask: Asks for a part of the table from a row on; `take` gets the answer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Row above", show=False),
        Binding("down,j", "move(1, 0)", "Row below", show=False),
        Binding("left", "move(0, -1)", "Column to the left", show=False),
        Binding("right", "move(0, 1)", "Column to the right", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
        Binding("ctrl+left", "turn(-1)", "Columns before those in sight", show=False),
        Binding("ctrl+right", "turn(1)", "Columns after those in sight", show=False),
        Binding("home", "to_column(0)", "First column", show=False),
        Binding("end", "to_column(-1)", "Last column", show=False),
        Binding("ctrl+home,g", "to_row(0)", "First row", show=False),
        Binding("ctrl+end,G", "to_row(-1)", "Last row", show=False),
        Binding("s", "sort", "Sort by this column; again: the other way; again: as it was", show=False),
        Binding("h", "figures", "Histogram and figures of this column, or no longer", show=False),
        Binding("y", "copy", "Copy the cell's text", show=False),
        Binding("r", "reload", "Look again", show=False),
    ]

    DEFAULT_CSS = """
    FrameView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
    }
    """

    class ColumnChosen(Message):
        """The cursor is in another column now."""

    class FiguresToggled(Message):
        """The figures of the cursor's column are wanted, or no longer."""

    class Reloaded(Message):
        """Everything is fetched anew."""

    def __init__(self, ask: Callable[[int, TablePart], None], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tiles = FrameTiles(ask)
        self.row = 0
        self.column = 0
        self._first = 0
        self._paint: Paint | None = None
        self._poll: Later | None = None
        self._note = ""

    # -- what owners use

    def take(self, start: int, part: TablePart, table: VariableTable) -> None:
        """Show an answer."""
        tiles = self.tiles
        before = tiles.total_rows, tiles.total_columns
        in_sight = self.column in self.columns_in_sight
        if not tiles.take(start, part, table):
            return
        if before != (tiles.total_rows, tiles.total_columns):
            self._fit()
        elif in_sight:
            self._show_column()  # columns may have become wider, now that what is in them is known
        if tiles.sorting and self._poll is None:
            self._poll = later(self, _POLL_S, self._ask_again)
        self._see()
        self.refresh()

    def fail(self, problem: str) -> None:
        """Say that there is no answer."""
        self.tiles.fail(problem)
        self.refresh()

    @property
    def column_words(self) -> tuple[str, str]:
        """Name and type of the cursor's column."""
        head = self.tiles.head(self.column) or UNKNOWN_HEAD
        return one_line(head.name), one_line(head.dtype)

    @property
    def rows_in_sight(self) -> range:
        """The rows that are drawn now."""
        top = self.scroll_offset.y
        return range(top, max(top, min(self.tiles.total_rows, top + self._room)))

    @property
    def columns_in_sight(self) -> range:
        """The columns that are drawn now, the last perhaps in part."""
        return range(self._first, self._first + max(1, len(self._columns())))

    # -- keys

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor."""
        self._go(self.row + rows, self.column + columns)

    def action_page(self, direction: int) -> None:
        """Move the cursor, and what is in sight, by a page."""
        step = direction * max(1, self._room - 1)
        self.scroll_to(y=self.scroll_offset.y + step, animate=False)
        self._go(self.row + step, self.column)

    def action_turn(self, direction: int) -> None:
        """Move by as many columns as are in sight."""
        whole = max(1, sum(width == head.width for _, head, _, width in self._columns()))
        last = max(0, self.tiles.total_columns - 1)
        self._first = max(0, min(last, self._first + direction * whole))
        self._go(self.row, self._first)

    def action_to_column(self, column: int) -> None:
        """Go to the first column or the last."""
        self._go(self.row, column if column >= 0 else self.tiles.total_columns - 1)

    def action_to_row(self, row: int) -> None:
        """Go to the first row or the last."""
        self._go(row if row >= 0 else self.tiles.total_rows - 1, self.column)

    def action_sort(self) -> None:
        """Sort by the cursor's column: upwards, then downwards, then as it was."""
        self.sort_by(self.column)

    def action_figures(self) -> None:
        """Ask for the figures of the column, or put them away."""
        self.post_message(self.FiguresToggled())

    def action_copy(self) -> None:
        """Put the text of the cursor's cell on the clipboard."""
        cell = self.tiles.cell(self.row, self.column)
        if cell is not None:
            app_of(self).copy_to_clipboard(cell[0])
            self.run_worker(copy_outside(cell[0]), group="clipboard")
            self._note = "Copied."
            self.refresh()

    def action_reload(self) -> None:
        """Fetch everything anew."""
        self.tiles.reload()
        self.post_message(self.Reloaded())
        self.refresh()

    def sort_by(self, column: int) -> None:
        """Sort by a column; one that it is sorted by already turns round, and then goes back to how it was."""
        now = self.tiles.sort
        if now is None or now.column != column:
            self.tiles.order(Sort(column))
        else:
            self.tiles.order(None if now.descending else Sort(column, descending=True))
        self._go(0, column)
        self.refresh()

    # -- mouse

    def on_click(self, event: events.Click) -> None:
        """Choose the cell; on the head, sort by the column."""
        column = next((at for x, _, at, width in self._columns() if x <= event.x < x + width + _GAP), self.column)
        if event.y < _HEAD_LINES:
            if event.x >= self._columns_start():
                self.sort_by(column)
            return
        row = self.scroll_offset.y + event.y - _HEAD_LINES
        if event.y < self.size.height - _FOOT_LINES and row < self.tiles.total_rows:
            self._go(row, column)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """With Shift or Ctrl, go through the columns."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """With Shift or Ctrl, go through the columns."""
        self._wheel(event, -1)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Go through the columns."""
        self._sideways(event, 1)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Go through the columns."""
        self._sideways(event, -1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        if event.shift or event.ctrl:
            self._sideways(event, direction)

    def _sideways(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        event.prevent_default()
        self._first = max(0, min(self.tiles.total_columns - 1, self._first + direction))
        self._see()
        self.refresh()

    # -- Textual's side

    def on_mount(self) -> None:
        """Draw anew when the theme changes."""
        app_of(self).theme_changed_signal.subscribe(self, self._on_theme)

    def _on_theme(self, _theme: object) -> None:
        self._paint = None
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """See what fits now."""
        self._fit()
        self._see()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Fetch what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._see()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        if self._paint is None:
            self._paint = paint_of(self)
        paint, width, base = self._paint, self._width, self.rich_style
        fill: Style | None = None
        if y < _HEAD_LINES:
            pieces, fill = self._head_line(y, paint), paint.block
        elif y >= self.size.height - _FOOT_LINES:
            pieces, fill = foot_line(self.tiles, self.row, self.column, self._note, width, paint), paint.block
        elif (row := self.scroll_offset.y + y - _HEAD_LINES) < self.tiles.total_rows:
            pieces = self._row_line(row, paint)
            fill = paint.cursor if row == self.row else None
        else:
            pieces = []
        under = base + fill if fill is not None else base
        strip = Strip([Segment(text, under + style) for text, style in fit(pieces, width)])
        return strip.adjust_cell_length(width, under)

    # -- drawing

    def _head_line(self, number: int, paint: Paint) -> list[Piece]:
        name = one_line(self.tiles.index_name)
        index = padded(name if number == 0 else "", self._index_width())
        pieces: list[Piece] = [(index, paint.muted), (" │", paint.faint)]
        sort = self.tiles.sort
        for _, head, column, width in self._columns():
            if number:
                text, style = one_line(head.dtype), paint.muted
            else:
                sign = "" if sort is None or sort.column != column else " ▼" if sort.descending else " ▲"
                text = padded(one_line(head.name), width - len(sign)).rstrip() + sign
                style = paint.heading if column == self.column else paint.text
            pieces += [(" " * (_GAP - 1) if column == self._first else " " * _GAP, style)]
            pieces += [(_fitted(text, width, head.right and width == head.width), style)]
        return pieces

    def _row_line(self, row: int, paint: Paint) -> list[Piece]:
        label = self.tiles.label(row)
        index = _fitted(one_line(label) if label is not None else "·", self._index_width(), _is_number(label))
        pieces: list[Piece] = [(index, paint.muted), (" │", paint.faint)]
        for _, head, column, width in self._columns():
            cell = self.tiles.cell(row, column)
            if cell is None:
                text, style = "·", paint.faint
            else:
                text, style = cell[0], paint.muted + _ITALIC if cell[1] else paint.text
            if row == self.row and column == self.column and self.has_focus:
                style = paint.accent + _REVERSE
            pieces.append((" " * (_GAP - 1) if column == self._first else " " * _GAP, paint.text))
            pieces.append((_fitted(text, width, head.right and width == head.width), style))
        return pieces

    def _index_width(self) -> int:
        return max(1, min(self.tiles.index_width, self._width // 3))

    def _columns_start(self) -> int:
        return self._index_width() + 2 + _GAP - 1

    def _columns(self) -> list[tuple[int, Head, int, int]]:
        """Give the columns in sight: where each begins, its head, its place, and how many cells it has here."""
        x, found = self._columns_start(), list[tuple[int, Head, int, int]]()
        for column in range(self._first, self.tiles.total_columns):
            head = self.tiles.head(column) or UNKNOWN_HEAD
            width = min(head.width, self._width - x)
            if width < min(_LEAST, head.width) and found:
                break
            found.append((x, head, column, max(1, width)))
            x += width + _GAP
            if x >= self._width:
                break
        return found

    # -- moving

    @property
    def _width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    @property
    def _room(self) -> int:
        return max(1, self.size.height - _HEAD_LINES - _FOOT_LINES)

    def _fit(self) -> None:
        """Let the scrollbar know how much there is, and keep the cursor in the table."""
        self.virtual_size = Size(self._width, self.tiles.total_rows + _HEAD_LINES + _FOOT_LINES)
        self._go(self.row, self.column)

    def _go(self, row: int, column: int) -> None:
        before = self.column
        self.row = max(0, min(row, self.tiles.total_rows - 1))
        self.column = max(0, min(column, self.tiles.total_columns - 1))
        top = self.scroll_offset.y
        if self.row < top or self.row >= top + self._room:
            above = self.row < top
            self.scroll_to(y=self.row if above else self.row - self._room + 1, animate=False)
        self._show_column()
        if self.column != before:
            self.post_message(self.ColumnChosen())
        self.tiles.problem = self._note = ""
        self._see()
        self.refresh()

    def _show_column(self) -> None:
        """Bring the cursor's column in sight, as a whole where there is room for it."""
        self._first = max(0, min(self._first, self.column))
        while self._first < self.column:
            here = next((found for found in self._columns() if found[2] == self.column), None)
            if here is not None and here[3] >= here[1].width:
                return
            self._first = self._first + 1 if self.column - self._first < self._width else self.column

    def _see(self) -> None:
        if self.size.height and self.is_attached:
            self.tiles.see(self.rows_in_sight, self.columns_in_sight)

    def _ask_again(self) -> None:
        self._poll = None
        self.tiles.again()
        self.refresh()


@lru_cache(maxsize=8192)
def _fitted(text: str, width: int, right: bool) -> str:
    """Give a value in so many cells, what stands right at the right edge."""
    shown = one_line(text)
    if right and (free := width - cell_len(shown)) > 0:
        return " " * free + shown
    return padded(shown, width)


def _is_number(label: str | None) -> bool:
    return label is not None and label.lstrip("-").isdecimal()
