"""A data frame among a cell's output, as the kernel wrote it: a real table, cut to the columns that fit."""

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len
from rich.style import Style

from codeact_tui.protocol.variables import VariableTable
from codeact_tui.tui.rendering.lines import Line, Piece, fit
from codeact_tui.tui.rendering.output_part import OutputPart
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line, padded

__all__ = ["TABLE", "TableBody", "read_table", "table_part"]

TABLE = "application/vnd.codeact.table+json"
"""A window of a data frame's rows: `VariableTable` as JSON."""

_MAX_CHARS = 512 * 1024
_COLUMN_MAX = 28
_GAP = "  "
_ITALIC = Style(italic=True)
_RIGHT = ("int", "uint", "float", "decimal", "complex", "Int", "UInt", "Float", "Decimal")


def table_part(text: str) -> OutputPart | None:
    """Show a table; nothing where the data is none."""
    table = read_table(text)
    return OutputPart("display", _plain(table), TableBody(table)) if table is not None else None


def read_table(text: str) -> VariableTable | None:
    """Read a table's rows; None where the data is none."""
    if len(text) > _MAX_CHARS:
        return None
    try:
        table = msgspec.json.decode(text, type=VariableTable)
    except (msgspec.DecodeError, RecursionError):
        return None
    width = len(table.columns)
    fits = len(table.dtypes) == width and len(table.index) == len(table.rows)
    if not fits or any(len(row) != width for row in table.rows):
        return None
    return table


class TableBody:
    """Draws a table.

    Args:
        table: Its rows, all as long as there are columns.
    """

    def __init__(self, table: VariableTable) -> None:
        self.table = table
        self._missing = frozenset(table.missing)
        self._cells = [[one_line(cell, 200) for cell in row] for row in table.rows]
        self._index = [one_line(cell, 200) for cell in table.index]
        self._heads = [one_line(name, 200) for name in table.columns]
        self._dtypes = [one_line(name, 40) for name in table.dtypes]

    def estimate(self, width: int) -> int:
        """Give the height."""
        del width
        return len(self.table.rows) + 4

    def draw(self, width: int, paint: Paint, rows_max: int) -> list[Line]:
        """Draw head, types, rows, and how much there is beside them."""
        shown = self._rows_shown(rows_max - 4)
        index_width = min(_COLUMN_MAX, width // 2, max((cell_len(self._index[row]) for row in shown), default=0))
        widths = self._widths(shown, width - index_width)
        lead = " " * index_width
        lines = [
            self._row(lead, self._heads, widths, [paint.text + paint.heading] * len(widths), paint),
            self._row(lead, self._dtypes, widths, [paint.muted] * len(widths), paint),
        ]
        before = -1
        for row in shown:
            if row != before + 1:
                lines.append(Line(((padded("…", max(1, index_width)), paint.muted),)))
            before = row
            styles = [self._style(row, column, paint) for column in range(len(widths))]
            lines.append(self._row(padded(self._index[row], index_width), self._cells[row], widths, styles, paint))
        lines.append(Line(tuple(fit([(self._words(len(shown), len(widths)), paint.muted)], width))))
        return lines

    def _rows_shown(self, room: int) -> list[int]:
        """Choose the rows: all, or the first and the last."""
        count = len(self._cells)
        if count <= max(4, room):
            return list(range(count))
        tail = max(1, room // 3)
        return [*range(max(2, room - tail)), *range(count - tail, count)]

    def _widths(self, shown: Sequence[int], room: int) -> list[int]:
        """Give the widths of the columns that fit."""
        widths: list[int] = []
        for column, head in enumerate(self._heads):
            texts = [head, self._dtypes[column], *(self._cells[row][column] for row in shown)]
            cells = max(1, min(_COLUMN_MAX, max(cell_len(text) for text in texts)))
            if len(_GAP) + cells > room:
                if not widths:
                    widths.append(max(1, room - len(_GAP)))
                break
            widths.append(cells)
            room -= len(_GAP) + cells
        return widths

    def _row(
        self, lead: str, cells: Sequence[str], widths: Sequence[int], styles: Sequence[Style], paint: Paint
    ) -> Line:
        pieces: list[Piece] = [(lead, paint.muted)]
        for column, (cells_wide, style) in enumerate(zip(widths, styles, strict=True)):
            text = padded(cells[column], cells_wide)
            if self._dtypes[column].startswith(_RIGHT):
                text = text.rstrip(" ")
                text = " " * (cells_wide - cell_len(text)) + text
            pieces += [(_GAP, paint.text), (text, style)]
        return Line(tuple(piece for piece in pieces if piece[0]))

    def _style(self, row: int, column: int, paint: Paint) -> Style:
        return paint.muted + _ITALIC if row * len(self._heads) + column in self._missing else paint.text

    def _words(self, rows: int, columns: int) -> str:
        table = self.table
        size = f"{table.total_rows:,} rows × {table.total_columns:,} columns"
        left_out = [f"{rows:,} rows"] if rows < table.total_rows else []
        left_out += [f"{columns:,} columns"] if columns < table.total_columns else []
        return f"{size} · {' and '.join(left_out)} shown, enter scrolls" if left_out else size


def _plain(table: VariableTable) -> list[str]:
    """Write the table as tab-separated text, as spreadsheets take it."""
    rows = [("", *table.columns), *((index, *row) for index, row in zip(table.index, table.rows, strict=True))]
    return ["\t".join(one_line(cell, 2000) for cell in row) for row in rows]
