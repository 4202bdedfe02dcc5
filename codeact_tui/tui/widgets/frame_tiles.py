"""The parts of a table that have been fetched, and which one to fetch next. Pure."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from codeact_tui.protocol.variables import TablePart, VariableTable

__all__ = ["FIRST_TILE", "TILE_COLUMNS", "TILE_ROWS", "UNKNOWN_HEAD", "FrameTiles", "Head", "Sort"]

TILE_ROWS = 200
TILE_COLUMNS = 16
_KEPT = 48
_HEADS = 4096
_WIDTH_MAX = 32
_INDEX_MAX = 24
_RIGHT = ("int", "uint", "float", "decimal", "complex", "double", "halffloat", "timedelta", "duration")

FIRST_TILE = TablePart(rows=TILE_ROWS, columns=TILE_COLUMNS)
"""What is asked for first; of what is no table, all that there is to tell."""


class Sort(NamedTuple):
    """In which order the rows stand."""

    column: int
    descending: bool = False


class Head(NamedTuple):
    """What stands above a column."""

    name: str
    dtype: str
    width: int
    """The widest that has been seen, in cells, up to a bound."""

    @property
    def right(self) -> bool:
        """Its values stand to the right, as numbers do."""
        return self.dtype.lower().startswith(_RIGHT)


UNKNOWN_HEAD = Head("…", "", 8)
"""Of a column that has not been seen."""

_Tile = tuple[int, int]
"""Which of the blocks of rows, and which of the blocks of columns."""


@dataclass(frozen=True)
class _Kept:
    table: VariableTable
    missing: frozenset[int]


class FrameTiles:
    """Keeps what has been fetched, and asks for one part at a time: what is in sight, then what is beside it.

    What has left the sight before its turn came is not asked for. A new order starts anew; until its first part is
    here, the old one is shown.

    Args:
        ask: Asks for a part from a row on; `take` gets the answer.
    """

    def __init__(self, ask: Callable[[int, TablePart], None]) -> None:
        self._ask = ask
        self.as_table = False
        """Ask for the rows of an array."""
        self.total_rows = 0
        self.total_columns = 0
        self.index_name = ""
        self.index_width = 1
        self.sort: Sort | None = None
        self.sorting = False
        """The order is being found: `again` is to be called after a moment."""
        self.problem = ""
        self._heads: dict[int, Head] = {}
        self._kept: OrderedDict[_Tile, _Kept] = OrderedDict()
        self._before: OrderedDict[_Tile, _Kept] = OrderedDict()
        self._waiting: tuple[int, TablePart] | None = None
        self._sight: tuple[range, range] = range(0), range(0)
        self._down = True

    @property
    def is_in_order(self) -> bool:
        """What is shown stands in the order that was asked for last."""
        return bool(self._kept) and not self.sorting

    def head(self, column: int) -> Head | None:
        """Give a column's head, if it has been seen."""
        return self._heads.get(column)

    def label(self, row: int) -> str | None:
        """Give a row's label; None while it is not here."""
        columns = self._sight[1]
        block = columns.start // TILE_COLUMNS if columns else 0
        found = self._find(row // TILE_ROWS, block)
        at = row % TILE_ROWS
        return None if found is None or at >= len(found.table.index) else found.table.index[at]

    def cell(self, row: int, column: int) -> tuple[str, bool] | None:
        """Give a cell's text and whether it is missing; None while it is not here."""
        found = self._find(row // TILE_ROWS, column // TILE_COLUMNS)
        at, place = row % TILE_ROWS, column % TILE_COLUMNS
        if found is None or at >= len(found.table.rows) or place >= len(found.table.columns):
            return None
        return found.table.rows[at][place], at * len(found.table.columns) + place in found.missing

    def first_part(self) -> TablePart:
        """Give what is asked for to begin with."""
        return self._part(0)

    def see(self, rows: range, columns: range) -> None:
        """Say what is in sight now."""
        if rows.start != self._sight[0].start:
            self._down = rows.start > self._sight[0].start
        self._sight = rows, columns
        self._next()

    def order(self, sort: Sort | None) -> None:
        """Show the rows in another order."""
        if sort == self.sort:
            return
        self.sort, self.problem = sort, ""
        self._before, self._kept = self._kept or self._before, OrderedDict()
        self._waiting, self.sorting = None, False
        self._next()

    def reload(self) -> None:
        """Fetch everything anew; until it is here, what was here is shown."""
        self._before, self._kept = self._kept, OrderedDict()
        self._waiting, self.sorting, self.problem = None, False, ""
        self._next()

    def again(self) -> None:
        """Ask anew while the rows are being sorted."""
        if self.sorting and self._waiting is None:
            self.sorting = False
            self._next()

    def take(self, start: int, part: TablePart, table: VariableTable) -> bool:
        """Take an answer; False for one to a question that nobody has any more."""
        asked = (start, part)
        if asked == self._waiting:
            self._waiting = None
        elif part != self._part(part.first_column // TILE_COLUMNS):
            return False
        if table.sorting:
            self.sorting = True
            return True
        self.sorting = False
        changed = (table.total_rows, table.total_columns) != (self.total_rows, self.total_columns)
        if changed:
            self._kept.clear()
            self._heads.clear()
            self.total_rows, self.total_columns = table.total_rows, table.total_columns
        self._before.clear()
        if table.problem:
            self._refuse(table)
        self._keep(start, part, table)
        self._next()
        return True

    def fail(self, problem: str) -> None:
        """Take it that there is no answer."""
        self._waiting, self.sorting, self.problem = None, False, problem

    def _refuse(self, table: VariableTable) -> None:
        """Leave the rows as they are: there is no such order."""
        self.problem, self.sort = table.problem, None

    def _keep(self, start: int, part: TablePart, table: VariableTable) -> None:
        tile = start // TILE_ROWS, part.first_column // TILE_COLUMNS
        self._kept[tile] = _Kept(table, frozenset(table.missing))
        self._kept.move_to_end(tile)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.index_name = table.index_name
        self._measure(part.first_column, table)

    def _measure(self, first: int, table: VariableTable) -> None:
        """Widen the columns to what is in them now; they never become narrower, so that nothing moves to and fro."""
        if len(self._heads) > _HEADS:
            self._heads.clear()
        numbered = all(label.isdecimal() for label in table.index)
        labels = [*table.index, str(max(0, self.total_rows - 1)) if numbered else "", table.index_name]
        self.index_width = max(self.index_width, min(_INDEX_MAX, _widest(labels)))
        for place, (name, dtype) in enumerate(zip(table.columns, table.dtypes, strict=True)):
            before = self._heads.get(first + place)
            seen = max(before.width if before is not None else 1, cell_len(name) + 2, cell_len(dtype))
            width = min(_WIDTH_MAX, max(seen, _widest(row[place] for row in table.rows)))
            self._heads[first + place] = Head(name, dtype, width)

    def _find(self, rows: int, columns: int) -> _Kept | None:
        tile = rows, columns
        return self._kept.get(tile) or self._before.get(tile)

    def _part(self, block: int) -> TablePart:
        sort = self.sort
        return TablePart(
            rows=TILE_ROWS,
            first_column=block * TILE_COLUMNS,
            columns=TILE_COLUMNS,
            sort=None if sort is None else sort.column,
            descending=sort is not None and sort.descending,
            as_table=self.as_table,
        )

    def _next(self) -> None:
        if self._waiting is not None or self.sorting:
            return
        for rows, columns in self._wanted():
            if (rows, columns) in self._kept:
                self._kept.move_to_end((rows, columns))
            else:
                self._waiting = rows * TILE_ROWS, self._part(columns)
                self._ask(*self._waiting)
                return

    def _wanted(self) -> Iterable[_Tile]:
        """Give the parts in sight, then those beside them, the side first that the view moves to."""
        rows, columns = self._sight
        if not rows or not columns:
            return
        last_row, last_column = (max(0, self.total_rows - 1)), max(0, self.total_columns - 1)
        row_blocks = range(rows.start // TILE_ROWS, min(rows[-1], last_row) // TILE_ROWS + 1)
        column_blocks = range(columns.start // TILE_COLUMNS, min(columns[-1], last_column) // TILE_COLUMNS + 1)
        yield from ((row, column) for row in row_blocks for column in column_blocks)
        below, above = row_blocks.stop, row_blocks.start - 1
        for beside in (below, above) if self._down else (above, below):
            if 0 <= beside <= last_row // TILE_ROWS:
                yield from ((beside, column) for column in column_blocks)
        for beside in (column_blocks.stop, column_blocks.start - 1):
            if 0 <= beside <= last_column // TILE_COLUMNS:
                yield from ((row, beside) for row in row_blocks)


def _widest(texts: Iterable[str]) -> int:
    return max((len(text) if text.isascii() else cell_len(text) for text in texts), default=0)
