"""The figures of one column of a table, and how its values are spread."""

from collections.abc import Callable

from codeact_tui.protocol.variables import VariableDetail
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.widgets.variable_detail_blocks import column_blocks

__all__ = ["ColumnFigures"]

_KEPT = 100


class ColumnFigures(BlockScroll, can_focus=False):
    """Shows one column; asks for its figures once, and for one column at a time.

    Args:
        ask: Asks for a column's figures; `take` gets them.
    """

    def __init__(self, ask: Callable[[int], None], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ask = ask
        self._known: dict[int, VariableDetail] = {}
        self._waiting: int | None = None
        self._column = 0
        self._words = "", ""

    def is_known(self, column: int) -> bool:
        """Say whether a column's figures are here."""
        return column in self._known

    def choose(self, column: int, name: str, dtype: str) -> None:
        """Show a column, when its figures are there."""
        self._column, self._words = column, (name, dtype)
        self._next()
        self._draw()

    def take(self, column: int, detail: VariableDetail) -> None:
        """Take the figures of a column."""
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[column] = detail
        if column == self._waiting:
            self._waiting = None
            self._next()
        if column == self._column:
            self._draw()

    def forget(self) -> None:
        """Ask anew for all columns."""
        self._known.clear()
        self._waiting = None

    def _next(self) -> None:
        if self._waiting is None and self._column not in self._known:
            self._waiting = self._column
            self._ask(self._column)

    def _draw(self) -> None:
        self.set_blocks(column_blocks(*self._words, self._known.get(self._column)), at_end=False)
