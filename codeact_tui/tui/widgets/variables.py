"""The variables of the kernel: what there is, what is new, what changed, what went."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.lines import Line, Piece, fit
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.text import human_bytes, one_line, padded
from codeact_tui.tui.widgets.variable_order import ORDERS, Order, arranged

__all__ = ["VariablesPane", "variable_shape"]

Mark = Literal["new", "changed", "gone", ""]

_SIGNS: dict[Mark, str] = {"new": "+", "changed": "~", "gone": "−", "": " "}
_PIN = "•"
_NAME_MAX = 24
_TYPE_MAX = 18
_SHAPE_MAX = 14
_SIZE = 8
_GONE_MAX = 20


class VariableRow:
    """One variable, on one line.

    Args:
        variable: What is known of it.
        mark: What the last cell did to it.
        pane: Tells the columns' widths and which row is chosen.
    """

    def __init__(self, variable: Variable, mark: Mark, pane: "VariablesPane") -> None:
        self.variable = variable
        self.mark: Mark = mark
        self._pane = pane

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it: sign, name, type, shape, size and value, as many columns as fit."""
        variable, gone = self.variable, self.mark == "gone"
        sign = {"new": paint.good, "changed": paint.accent, "gone": paint.bad, "": paint.text}[self.mark]
        columns = self._pane.columns(width)
        pieces: list[Piece] = [
            (_SIGNS[self.mark], sign),
            (_PIN if self._pane.is_pinned(variable.name) else " ", paint.accent),
        ]
        size = "" if variable.size_bytes is None or gone else human_bytes(variable.size_bytes)
        cells = {
            "name": (one_line(variable.name), paint.muted if gone else paint.text),
            "type": (_kind(variable), paint.muted),
            "shape": ("" if gone else variable_shape(variable), paint.text),
            "size": (size, paint.muted),
            "value": ("gone" if gone else one_line(variable.summary), paint.muted if gone else paint.text),
        }
        for column, room in columns:
            text, style = cells[column]
            pieces.append((text.rjust(room) if column == "size" else padded(text, room), style))
            pieces.append(("  ", paint.text))
        chosen = self._pane.chosen is self
        mark: Piece = ("▌", paint.accent) if chosen else (" ", paint.text)
        return [Line((mark, *fit(pieces[:-1], width - 1)), 1, "\n", paint.cursor if chosen else None)]


class TextRow:
    """A line that is no variable."""

    def __init__(self, text: str) -> None:
        self._text = text

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        return [Line(((padded(" " + self._text, width).rstrip(), paint.muted),))]


class VariablesPane(BlockScroll):
    """A list of the variables, newest first. Enter looks into one; `a` shows hidden kinds too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Variable above", show=False),
        Binding("down,j", "step(1)", "Variable below", show=False),
        Binding("enter,space", "inspect", "Look inside", show=False),
        Binding("v", "toggle_all", "All kinds", show=False),
        Binding("s", "sort", "Sort by the next column", show=False),
        Binding("S", "turn_order", "Sort the other way", show=False),
        Binding("p", "pin", "Keep on top, or no longer", show=False),
    ]

    class InspectRequested(Message):
        """The user wants to look into a variable, or on a path into it."""

        def __init__(self, name: str, path: tuple[str | int, ...] = (), start: int = 0) -> None:
            super().__init__()
            self.name = name
            self.path = path
            self.start = start

    class ListRequested(Message):
        """The user wants the list anew, with all kinds or without."""

        def __init__(self, all: bool) -> None:
            super().__init__()
            self.all = all

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._variables: dict[str, Variable] = {}
        self._marks: dict[str, Mark] = {}
        self._gone: list[Variable] = []
        self._all = False
        self._cut = False
        self._total = 0
        self._order: Order = "newest"
        self._descending = False
        self._pinned: set[str] = set()
        self._columns: dict[int, list[tuple[str, int]]] = {}
        self.chosen: VariableRow | None = None
        """The row under the cursor."""

    @property
    def count(self) -> int:
        """How many variables there are."""
        return self._total

    @property
    def news(self) -> str:
        """What the last cell did, in a few words; empty when nothing."""
        new, changed = (sum(mark == kind for mark in self._marks.values()) for kind in ("new", "changed"))
        said = [(new, "new"), (changed, "changed"), (len(self._gone), "gone")]
        return " · ".join(f"{count} {word}" for count, word in said if count)

    def changed(self, event: VariablesChanged) -> None:
        """Take in what a cell did."""
        self._marks = {variable.name: "new" for variable in event.added}
        self._marks |= {variable.name: "changed" for variable in event.changed}
        self._gone = [self._variables.pop(name) for name in event.removed if name in self._variables][:_GONE_MAX]
        for variable in event.changed:
            self._variables[variable.name] = variable
        fresh = {variable.name: variable for variable in event.added}
        self._variables = fresh | {name: known for name, known in self._variables.items() if name not in fresh}
        self._total, self._cut = event.total, event.cut
        self._draw_rows()

    def listed(self, event: VariablesListed) -> None:
        """Take in the whole list."""
        self._variables = {variable.name: variable for variable in event.variables}
        self._marks = {name: mark for name, mark in self._marks.items() if name in self._variables}
        self._gone = []
        self._all, self._total, self._cut = event.all, event.total, event.cut
        self._draw_rows()

    def clear(self) -> None:
        """Forget all: the kernel is another one."""
        self._variables, self._marks, self._gone = {}, {}, []
        self._total, self._cut, self._all = 0, False, False
        self._pinned.clear()
        self._draw_rows()

    def columns(self, width: int) -> list[tuple[str, int]]:
        """Give the columns that fit, each with its width in cells."""
        if width not in self._columns:
            self._columns = {width: self._fit_columns(width)}
        return self._columns[width]

    def _fit_columns(self, width: int) -> list[tuple[str, int]]:
        shown = [*self._variables.values(), *self._gone]
        name = max((min(cell_len(one_line(each.name)), _NAME_MAX) for each in shown), default=4)
        kind = max((min(cell_len(_kind(each)), _TYPE_MAX) for each in shown), default=4)
        shape = max((min(len(variable_shape(each)), _SHAPE_MAX) for each in self._variables.values()), default=0)
        columns = [("name", name), ("type", kind)]
        room = width - 3 - name - 2 - kind - 2
        if shape and room >= shape + 2 + 12:
            columns.append(("shape", shape))
            room -= shape + 2
        if room >= _SIZE + 2 + 20:
            columns.append(("size", _SIZE))
            room -= _SIZE + 2
        if room >= 4:
            columns.append(("value", room))
        return columns

    def action_step(self, direction: int) -> None:
        """Choose the row above or below."""
        rows = [block for block in self.blocks if isinstance(block, VariableRow) and block.mark != "gone"]
        if not rows:
            return
        at = rows.index(self.chosen) + direction if self.chosen in rows else 0
        self._choose(rows[max(0, min(at, len(rows) - 1))])

    def action_inspect(self) -> None:
        """Look into the row that is chosen."""
        if self.chosen is None:
            self.action_step(1)
        if self.chosen is not None:
            self.post_message(self.InspectRequested(self.chosen.variable.name))

    def action_toggle_all(self) -> None:
        """Show modules, functions, classes and private names too, or not."""
        self.post_message(self.ListRequested(not self._all))

    def is_pinned(self, name: str) -> bool:
        """Say whether the variable stays on top."""
        return name in self._pinned

    def action_sort(self) -> None:
        """Sort by the next of newest, name, type and size; the largest first."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._descending = self._order == "size"
        self._draw_rows()

    def action_turn_order(self) -> None:
        """Sort the other way round."""
        self._descending = not self._descending
        self._draw_rows()

    def action_pin(self) -> None:
        """Keep the chosen variable on top, or no longer."""
        if self.chosen is not None:
            self._pinned ^= {self.chosen.variable.name}
            self._draw_rows()

    def on_focus(self) -> None:
        """Have something chosen, so that the focus can be seen."""
        if self.chosen is None:
            self.action_step(1)

    def on_click(self, event: events.Click) -> None:
        """Choose the row; a second click looks into it."""
        index = self.block_at(event.y)
        block = self.blocks[index] if index is not None else None
        if isinstance(block, VariableRow) and block.mark != "gone":
            again = block is self.chosen
            self._choose(block)
            if again:
                self.action_inspect()

    def _choose(self, row: VariableRow) -> None:
        before, self.chosen = self.chosen, row
        for each in (before, row):
            if each is not None and each in self.blocks:
                self.touch(self.blocks.index(each))
        self.flush()
        self.show_block(self.blocks.index(row))

    def _draw_rows(self) -> None:
        self._columns.clear()
        name = self.chosen.variable.name if self.chosen is not None else None
        order = arranged(self._variables.values(), self._order, self._descending, self._marks, self._pinned)
        rows = [VariableRow(variable, self._marks.get(variable.name, ""), self) for variable in order]
        first = rows[0] if rows and self.has_focus else None
        self.chosen = next((row for row in rows if row.variable.name == name), first)
        gone = [VariableRow(variable, "gone", self) for variable in self._gone]
        notes = (
            []
            if rows or gone
            else [
                TextRow("What cells define shows up here."),
                TextRow("enter opens one, s sorts, p keeps one on top."),
            ]
        )
        if rows and (self._order != "newest" or self._descending):
            arrow = "↓" if self._descending else "↑"
            notes.append(TextRow(f"{arrow} by {self._order}; s sorts on, S turns"))
        missing = self._total - len(rows)
        if self._cut or missing > 0:
            notes.append(TextRow(f"… {max(missing, 0):,} more; /vars looks again"))
        self.set_blocks([*rows, *gone, *notes], at_end=False)
        if self.chosen is not None and self.has_focus:
            self.show_block(rows.index(self.chosen))


def _kind(variable: Variable) -> str:
    return one_line(variable.type_name).rpartition(".")[2]


def variable_shape(variable: Variable) -> str:
    """Write a shape as people do: `1200×5`."""
    return "×".join(f"{length:,}" if length < 10_000_000 else f"{length:.2g}" for length in variable.shape or ())
