"""Which variables there are, what became of them, and which are shown in which order. Draws nothing."""

from typing import TYPE_CHECKING

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.widgets.variable_changes import VariableChanges
from codeact_tui.tui.widgets.variable_columns import Column, fitting_columns
from codeact_tui.tui.widgets.variable_filter import Filter
from codeact_tui.tui.widgets.variable_groups import Group, GroupRow, grouped
from codeact_tui.tui.widgets.variable_order import Order, arranged, largest_first
from codeact_tui.tui.widgets.variable_row import Mark, TextRow, VariableRow

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["ShownRow", "VariableList"]

ShownRow = VariableRow | GroupRow | TextRow

_GONE_MAX = 20
_EMPTY = ("What cells define shows up here.", "enter opens one, / filters, s sorts, g groups.")
_NOTHING_FITS = "Nothing fits. esc shows all again."


class VariableList:
    """Keeps a row for each variable, the same one until the variable changes.

    Args:
        pane: Where the rows are drawn.
    """

    def __init__(self, pane: "VariablesPane") -> None:
        self._pane = pane
        self._rows: dict[str, VariableRow] = {}
        self._gone: list[VariableRow] = []
        self._marks: dict[str, Mark] = {}
        self._ordered: list[VariableRow] | None = None
        """All rows in their order, while that is known."""
        self._columns: dict[int, list[tuple[Column, int]]] = {}
        self._cut = False
        self._total = 0
        self._pinned: set[str] = set()
        self._folded: set[Group] = set()
        self.changes = VariableChanges()
        self.all = False
        """Modules, functions, classes and private names are here too."""
        self.order: Order = "newest"
        self.descending = False
        self.grouped = False
        self.filter = Filter()
        self.fitting = 0
        """How many variables the filter lets through."""

    # -- what there is

    @property
    def known(self) -> int:
        """Of how many variables something is known."""
        return len(self._rows)

    @property
    def missing(self) -> int:
        """How many variables nothing is known of."""
        return max(0, self._total - len(self._rows))

    @property
    def empty(self) -> bool:
        """There is nothing, and nothing went."""
        return not self._rows and not self._gone

    @property
    def variables(self) -> list[Variable]:
        """All that is known, newest first."""
        return [row.variable for row in self._rows.values()]

    @property
    def touched(self) -> frozenset[str]:
        """The names that the last cell made or changed."""
        return frozenset(self._marks)

    @property
    def news(self) -> str:
        """What the last cell did, in a few words; empty when nothing."""
        new, changed = (sum(mark == kind for mark in self._marks.values()) for kind in ("new", "changed"))
        said = [(new, "new"), (changed, "changed"), (len(self._gone), "gone")]
        return " · ".join(f"{count} {word}" for count, word in said if count)

    def row(self, name: str) -> VariableRow | None:
        """Give a variable's row, shown or not."""
        return self._rows.get(name)

    def is_pinned(self, name: str) -> bool:
        """Say whether the variable stays on top."""
        return name in self._pinned

    def take(self, event: VariablesChanged) -> None:
        """Take in what a cell did."""
        self.changes.take(event)
        self._marks = {variable.name: "new" for variable in event.added}
        self._marks |= {variable.name: "changed" for variable in event.changed}
        self._gone = [self._rows.pop(name) for name in event.removed if name in self._rows][:_GONE_MAX]
        for variable in event.changed:
            self._rows[variable.name] = VariableRow(variable, self._pane)
        fresh = {variable.name: VariableRow(variable, self._pane) for variable in event.added}
        self._rows = fresh | {name: row for name, row in self._rows.items() if name not in fresh}
        self._total, self._cut = event.total, event.cut
        self._mark()

    def replace(self, event: VariablesListed) -> None:
        """Take in the whole list."""
        self.changes.learn(event.variables)
        known, self._rows = self._rows, {}
        for variable in event.variables:
            row = known.get(variable.name)
            same = row is not None and row.variable == variable
            self._rows[variable.name] = row if row is not None and same else VariableRow(variable, self._pane)
        self._marks = {name: mark for name, mark in self._marks.items() if name in self._rows}
        self._gone = []
        self.all, self._total, self._cut = event.all, event.total, event.cut
        self._mark()

    def clear(self) -> None:
        """Forget all but how it is shown."""
        self._rows, self._marks, self._gone = {}, {}, []
        self._total, self._cut, self.all = 0, False, False
        self._pinned.clear()
        self.changes.clear()
        self._mark()

    def _mark(self) -> None:
        for name, row in self._rows.items():
            row.mark = self._marks.get(name, "")
        for row in self._gone:
            row.mark = "gone"
        self._ordered = None
        self._columns.clear()

    # -- how it is shown

    def columns(self, width: int) -> list[tuple[Column, int]]:
        """Give the columns that fit, each with its width in cells; a filter does not move them."""
        if width not in self._columns:
            rows = [*self._rows.values(), *self._gone]
            self._columns = {width: fitting_columns([row.widths for row in rows], width)}
        return self._columns[width]

    def sort(self, order: Order, descending: bool | None = None) -> None:
        """Sort by this.

        Args:
            order: By what.
            descending: Which way round; None: as it is of most use.
        """
        self.order = order
        self.descending = largest_first(order) if descending is None else descending
        self._ordered = None

    def pin(self, name: str) -> None:
        """Keep a variable on top, or no longer."""
        self._pinned ^= {name}
        self._ordered = None

    def fold(self, group: Group) -> None:
        """Fold a group, or unfold it."""
        self._folded.symmetric_difference_update((group,))

    def shown(self) -> list[ShownRow]:
        """Give what is shown, from the top down: heads, rows, and what there is to say."""
        if self._ordered is None:
            order = arranged(self.variables, self.order, self.descending, self._marks, self._pinned)
            self._ordered = [self._rows[variable.name] for variable in order]
        fits = self.filter.fits
        rows = [row for row in self._ordered if fits(row)] if self.filter.active else self._ordered
        gone = [row for row in self._gone if fits(row)]
        self.fitting = len(rows)
        together = grouped(rows, gone, self._folded, self._pane) if self.grouped else [*rows, *gone]
        return [*together, *map(TextRow, self._notes(nothing=not rows and not gone))]

    def _notes(self, *, nothing: bool) -> list[str]:
        """Say what is not in the list: what it is for, that nothing fits, that there is more."""
        if self.empty:
            return list(_EMPTY)
        notes = [_NOTHING_FITS] if nothing else []
        if self._cut or self.missing:
            notes.append(f"… {self.missing:,} more; /vars looks again")
        return notes
