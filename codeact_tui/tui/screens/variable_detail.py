"""Looks into one variable: rows of a table, figures of an array, steps into an object, source, text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from codeact_tui.protocol.events import VariableInspected
from codeact_tui.protocol.variables import VariableDetail, VariableNode, VariableTable
from codeact_tui.tui.rendering.blocks import Block, LinesBlock
from codeact_tui.tui.rendering.code import code_lines
from codeact_tui.tui.rendering.lines import Line, Piece, chop, flow
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.text import clean, human_bytes, one_line, padded
from codeact_tui.tui.widgets.variables import VariablesPane, variable_shape

__all__ = ["VariableDetailScreen"]

Path = tuple[str | int, ...]

_COLUMN_MAX = 24


@dataclass
class TreeRow:
    """One step into an object, at its depth; opened rows have their own below."""

    node: VariableNode
    depth: int
    view: "DetailView"
    opened: bool = False
    children: list["TreeRow"] = field(default_factory=list["TreeRow"])
    more: int = 0

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it: sign, step, type, value."""
        node = self.node
        sign = ("▾ " if self.opened else "▸ ") if node.expandable else "  "
        pieces: list[Piece] = [
            ("  " * self.depth + sign, paint.accent),
            (one_line(node.label), paint.text),
            (f"  {one_line(node.type_name)}  ", paint.muted),
            (one_line(node.summary), paint.text),
        ]
        line = chop(pieces, width)[0]
        if self.view.chosen is self:
            return [Line(tuple((text, style + paint.cursor) for text, style in line.pieces), fill=paint.cursor)]
        return [line]


class DetailView(BlockScroll):
    """Scrolls over the detail; rows of a tree can be chosen and opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("enter,space,right", "open_row", show=False),
        Binding("left", "close_row", show=False),
    ]

    def __init__(self, name: str) -> None:
        super().__init__(id="detail")
        self._name = name
        self.roots: list[TreeRow] = []
        self.head: list[Block] = []
        self.chosen: TreeRow | None = None

    def fill(self, head: list[Block], roots: list[TreeRow]) -> None:
        """Show this."""
        self.head, self.roots = head, roots
        self.chosen = roots[0] if roots else None
        self.redraw(at_top=True)

    def redraw(self, *, at_top: bool = False) -> None:
        """Draw the rows that are open."""
        blocks = [*self.head, *self._open_rows(self.roots)]
        if at_top:
            self.set_blocks(blocks, at_end=False)
        else:
            self.replace_blocks(blocks, same=len(self.head))

    def row(self, path: Path) -> TreeRow | None:
        """Find the row of a path."""
        rows = self.roots
        while rows:
            for row in rows:
                if row.node.path == path:
                    return row
            rows = [child for row in rows for child in row.children]
        return None

    def action_step(self, direction: int) -> None:
        """Choose the row above or below; without a tree, scroll."""
        rows = self._open_rows(self.roots)
        if not rows:
            self.scroll_relative(y=direction, animate=False)
            return
        at = rows.index(self.chosen) + direction if self.chosen in rows else 0
        self._choose(rows[max(0, min(at, len(rows) - 1))])

    def action_open_row(self) -> None:
        """Open the row that is chosen, or close it."""
        row = self.chosen
        if row is None or not row.node.expandable:
            return
        row.opened = not row.opened
        if row.opened and not row.children:
            self.post_message(VariablesPane.InspectRequested(self._name, row.node.path))
        self.redraw()

    def action_close_row(self) -> None:
        """Close the row that is chosen."""
        if self.chosen is not None and self.chosen.opened:
            self.chosen.opened = False
            self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Choose the row and open it."""
        index = self.block_at(event.y)
        block = self._blocks[index] if index is not None else None
        if isinstance(block, TreeRow):
            self._choose(block)
            self.action_open_row()

    def _choose(self, row: TreeRow) -> None:
        before, self.chosen = self.chosen, row
        for each in (before, row):
            if each is not None and each in self._blocks:
                self.touch(self._blocks.index(each))
        self.flush()
        self.show_block(self._blocks.index(row))

    def _open_rows(self, rows: list[TreeRow]) -> list[TreeRow]:
        shown: list[TreeRow] = []
        for row in rows:
            shown.append(row)
            if row.opened:
                shown += self._open_rows(row.children)
        return shown


class VariableDetailScreen(ModalScreen[None]):
    """Shows the detail of one variable, and asks on.

    Args:
        name: The variable.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Back", show=False),
        Binding("pagedown,n", "page(1)", "Next rows", show=False, priority=True),
        Binding("pageup,p", "page(-1)", "Rows before", show=False, priority=True),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._view = DetailView(name)
        self._box = Vertical(self._view, id="detail-box")
        self._start = 0
        self._table: VariableTable | None = None

    def compose(self) -> ComposeResult:
        """A large box with the detail in it."""
        self._box.border_title = Content(one_line(self._name))
        self._box.border_subtitle = Content("esc back")
        yield self._box

    def on_mount(self) -> None:
        """Have the keyboard."""
        self._view.focus()

    def show(self, event: VariableInspected) -> None:
        """Show an answer: the variable itself, other rows of it, or what lies on a path into it."""
        if event.name != self._name:
            return
        if event.path:
            self._show_children(event)
            return
        self._start, self._table = event.start, event.detail.table
        self._box.border_title = Content(self._title(event.detail))
        self._box.border_subtitle = Content(self._hints(event.detail))
        self._view.fill(self._head(event.detail), self._rows(event.detail.nodes, 0))

    def action_page(self, direction: int) -> None:
        """Ask for the next rows of a table, or the ones before; scroll what is no table."""
        table = self._table
        if table is None:
            self._view.scroll_relative(y=direction * self._view.size.height, animate=False)
            return
        start = self._start + direction * max(1, len(table.rows))
        if 0 <= start < table.total_rows or (direction < 0 and self._start > 0):
            self.post_message(VariablesPane.InspectRequested(self._name, (), max(0, start)))

    def _show_children(self, event: VariableInspected) -> None:
        row = self._view.row(event.path)
        if row is None:
            return
        row.children = self._rows(event.detail.nodes, row.depth + 1)
        left = event.detail.total_nodes - len(event.detail.nodes)
        if left > 0:
            row.children.append(self._note(f"… {left:,} more", row.depth + 1))
        if event.detail.error:
            row.children = [self._note(event.detail.error, row.depth + 1)]
        self._view.redraw()

    def _rows(self, nodes: Sequence[VariableNode], depth: int) -> list[TreeRow]:
        return [TreeRow(node, depth, self._view) for node in nodes]

    def _note(self, text: str, depth: int) -> TreeRow:
        return TreeRow(VariableNode(text, "", "", ("", depth)), depth, self._view)

    def _title(self, detail: VariableDetail) -> str:
        variable = detail.variable
        size = "" if variable.size_bytes is None else human_bytes(variable.size_bytes)
        parts = (one_line(variable.name), one_line(variable.type_name), variable_shape(variable), size)
        return " · ".join(part for part in parts if part)

    def _hints(self, detail: VariableDetail) -> str:
        table = detail.table
        if table is not None:
            last = self._start + len(table.rows)
            return f"rows {self._start + 1:,}-{last:,} of {table.total_rows:,} · n next · p before · esc back"
        return "enter opens · esc back" if detail.nodes else "esc back"

    def _head(self, detail: VariableDetail) -> list[Block]:
        paint = self._view.paint
        width = max(20, self.size.width * 92 // 100 - 5)
        blocks: list[Block] = []
        if detail.error:
            blocks.append(LinesBlock(flow([(clean(detail.error), paint.bad)], width)))
        if detail.table is not None:
            blocks.append(LinesBlock(_table_lines(detail.table, width, paint)))
        if detail.statistics:
            label = max(len(name) for name, _ in detail.statistics)
            rows = [
                Line(((padded(name, label + 2), paint.muted), (one_line(value), paint.text)))
                for name, value in detail.statistics
            ]
            blocks.append(LinesBlock(rows))
        if detail.text:
            lines = [line for text in clean(detail.text).split("\n") for line in chop([(text, paint.text)], width)]
            blocks.append(LinesBlock(lines))
        if detail.source:
            lines = [line for row in code_lines(detail.source, paint) for line in chop(row, width)]
            blocks.append(LinesBlock(lines))
        return blocks


def _table_lines(table: VariableTable, width: int, paint: Paint) -> list[Line]:
    """Draw rows under their columns' names and types; numbers stand right; columns that do not fit are counted."""
    index = max([len(one_line(each)) for each in table.index] + [1])
    columns = [
        [one_line(name), one_line(dtype), *(one_line(row[at]) for row in table.rows)]
        for at, (name, dtype) in enumerate(zip(table.columns, table.dtypes, strict=True))
    ]
    index = min(index, _COLUMN_MAX)
    widths = [min(max(map(len, column)), _COLUMN_MAX) for column in columns]
    shown, used = 0, index
    while shown < len(columns) and used + 2 + widths[shown] <= width:
        used += 2 + widths[shown]
        shown += 1
    lines: list[Line] = []
    for number in range(2 + len(table.rows)):
        style = paint.heading if number == 0 else paint.muted if number == 1 else paint.text
        first = "" if number < 2 else one_line(table.index[number - 2])
        pieces: list[Piece] = [(padded(first, index), paint.muted)]
        for column, room, dtype in zip(columns[:shown], widths, table.dtypes, strict=False):
            pieces += [("  ", paint.text), (_aligned(column[number], room, dtype), style)]
        lines.append(Line(tuple(pieces)))
    if shown < table.total_columns:
        lines.append(Line(((f"… {table.total_columns - shown} more columns", paint.muted),)))
    return lines


def _aligned(text: str, room: int, dtype: str) -> str:
    cut = padded(text, room)
    number = any(dtype.lower().startswith(kind) for kind in ("int", "uint", "float", "decimal", "complex"))
    return cut.rstrip().rjust(room) if number and len(cut.rstrip()) <= room else cut
