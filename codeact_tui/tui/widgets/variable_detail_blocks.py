"""What is known of one variable, as blocks: rows of a table, figures of an array, text, source."""

from collections.abc import Sequence

from rich.cells import cell_len

from codeact_tui.protocol.variables import VariableDetail, VariableTable
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.code import code_lines
from codeact_tui.tui.rendering.lines import Line, Piece, chop, flow
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean, one_line, padded

__all__ = ["TableBlock", "detail_blocks"]

_COLUMN_MAX = 32
_SOURCE_LINES = 100
_NUMBERS = ("int", "uint", "float", "decimal", "complex")


def detail_blocks(detail: VariableDetail, first_column: int) -> list[Block]:
    """Give the blocks above the tree.

    Args:
        detail: What is known.
        first_column: Which of a table's columns stands first, counted from 0.
    """
    blocks: list[Block] = []
    if detail.error:
        blocks.append(_FlowBlock(detail.error, "bad"))
    if detail.table is not None:
        blocks.append(TableBlock(detail.table, first_column))
    if detail.statistics:
        blocks.append(_FiguresBlock(detail.statistics))
    if detail.text:
        blocks.append(_FlowBlock(detail.text, "text"))
    if detail.source:
        lines = detail.source.split("\n")
        for at in range(0, len(lines), _SOURCE_LINES):
            blocks.append(_SourceBlock("\n".join(lines[at : at + _SOURCE_LINES])))
    return blocks


class _FlowBlock:
    """Text, broken where it has to be."""

    def __init__(self, text: str, purpose: str) -> None:
        self._text = clean(text)
        self._purpose = purpose

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        return 1 + self._text.count("\n") + len(self._text) // max(1, width)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        style = getattr(paint, self._purpose)
        if self._purpose == "bad":
            return flow([(self._text, style)], width)
        return [line for text in self._text.split("\n") for line in chop([(text, style)], width)]


class _SourceBlock:
    """A piece of source code."""

    def __init__(self, source: str) -> None:
        self._source = source

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        del width
        return 1 + self._source.count("\n")

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        return [line for row in code_lines(self._source, paint) for line in chop(row, width)]


class _FiguresBlock:
    """Labels and values."""

    def __init__(self, figures: Sequence[tuple[str, str]]) -> None:
        self._figures = [(one_line(label), one_line(value)) for label, value in figures]

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        del width
        return len(self._figures)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw them below each other."""
        label = min(max(cell_len(label) for label, _ in self._figures), max(1, width // 2))
        lines: list[Line] = []
        for name, value in self._figures:
            lines += flow([(value, paint.text)], width, [(padded(name, label) + "  ", paint.muted)])
        return lines


class TableBlock:
    """Rows under their columns' names and types; columns that do not fit are counted.

    Args:
        table: The rows that are there.
        first_column: Which column stands first, counted from 0.
    """

    def __init__(self, table: VariableTable, first_column: int) -> None:
        self._total = table.total_columns
        self._first = first_column
        self._index = [one_line(label) for label in table.index]
        self._columns = [
            [one_line(name), one_line(dtype), *(one_line(row[at]) for row in table.rows)]
            for at, (name, dtype) in enumerate(zip(table.columns, table.dtypes, strict=True))
        ]

    def estimate(self, width: int) -> int:
        """Give the height."""
        del width
        return len(self._index) + 3

    def columns_shown(self, width: int) -> int:
        """Say how many columns fit, at least one."""
        used, shown = self._index_width(), 0
        for column in self._columns[self._first :]:
            used += 2 + _width(column)
            if used > width and shown:
                break
            shown += 1
        return shown

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        last = self._first + self.columns_shown(width)
        index = self._index_width()
        lines: list[Line] = []
        for number in range(2 + len(self._index)):
            style = paint.heading if number == 0 else paint.muted if number == 1 else paint.text
            pieces: list[Piece] = [(padded(self._index[number - 2] if number > 1 else "", index), paint.muted)]
            for column in self._columns[self._first : last]:
                pieces += [("  ", paint.text), (_aligned(column, number), style)]
            lines.append(chop(pieces, width)[0])
        if self._first or last < self._total:
            lines.append(Line(((self._where(last), paint.muted),)))
        return lines

    def _index_width(self) -> int:
        return min(max((cell_len(label) for label in self._index), default=1), _COLUMN_MAX)

    def _where(self, last: int) -> str:
        missing = self._total - len(self._columns)
        unseen = f", {missing:,} more are not looked at" if missing > 0 else ""
        return f"columns {self._first + 1}-{last} of {len(self._columns)}, ← → for the others{unseen}"


def _width(column: Sequence[str]) -> int:
    return min(max(cell_len(text) for text in column), _COLUMN_MAX)


def _aligned(column: Sequence[str], number: int) -> str:
    """Cut or fill a value to its column's width, numbers to the right."""
    room, text = _width(column), column[number]
    if column[1].lower().startswith(_NUMBERS) and cell_len(text) < room:
        return " " * (room - cell_len(text)) + text
    return padded(text, room)
