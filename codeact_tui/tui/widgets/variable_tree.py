"""A tree of steps into an object that asks for what lies deeper only when it is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from codeact_tui.protocol.variables import VariableNode
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.lines import Line, Piece, fit
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.text import clean, one_line

__all__ = ["Path", "TreeRow", "TreeView"]

Path = tuple[str | int, ...]

_INDENT_MAX = 12
"""Levels that are indented; deeper ones stand below each other."""


@dataclass(eq=False)
class TreeRow:
    """One step, at its depth; a row that stands for more of its kind has no node."""

    node: VariableNode | None
    depth: int
    view: "TreeView"
    note: str = ""
    parent: Path = ()
    """Of a row without a node: whose steps there are more of."""
    start: int = 0
    """Of a row without a node: how many of them are shown already."""
    opened: bool = False
    children: list["TreeRow"] = field(default_factory=list["TreeRow"])

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it: sign, step, type, value."""
        indent = "  " * min(self.depth, _INDENT_MAX)
        if self.node is None:
            pieces: list[Piece] = [(indent, paint.text), (clean(self.note), paint.muted)]
        else:
            node = self.node
            sign = "▾ " if self.opened else "▸ " if node.expandable else "» " if node.opens else "  "
            pieces = [
                (indent + sign, paint.accent),
                (one_line(node.label), paint.text),
                (f"  {one_line(node.type_name)}  ", paint.muted),
                (one_line(node.summary), paint.text),
            ]
        chosen = self.view.chosen is self
        mark: Piece = ("▌", paint.accent) if chosen else (" ", paint.text)
        return [Line((mark, *fit(pieces, width - 1)), 1, "\n", paint.cursor if chosen else None)]


class TreeView(BlockScroll):
    """Blocks, and a tree below them whose rows can be chosen and opened with the keyboard and the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Step above", show=False),
        Binding("down,j", "step(1)", "Step below", show=False),
        Binding("enter,space", "open_row", "Open or close; a table, array or picture (») by itself", show=False),
        Binding("right,l", "sideways(1)", "Open", show=False),
        Binding("left,h", "sideways(-1)", "Close", show=False),
    ]

    class StepsRequested(Message):
        """The steps below a path are asked for, from `start` on."""

        def __init__(self, path: Path, start: int) -> None:
            super().__init__()
            self.path = path
            self.start = start

    class ViewRequested(Message):
        """What lies on a path has a view of its own, which is asked for."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._head: list[Block] = []
        self._roots: list[TreeRow] = []
        self.chosen: TreeRow | None = None
        """The row under the cursor."""

    def fill(self, head: Sequence[Block], nodes: Sequence[VariableNode], total: int) -> None:
        """Show this.

        Args:
            head: What stands above the tree.
            nodes: The first steps.
            total: How many there are.
        """
        self._head = list(head)
        self._roots = self._rows(nodes, (), 0, 0, total)
        self.chosen = self._roots[0] if self._roots else None
        self.set_blocks([*self._head, *self._roots], at_end=False)

    def add(self, path: Path, start: int, nodes: Sequence[VariableNode], total: int, error: str = "") -> None:
        """Put what was asked for in its place; does nothing when that is gone.

        Args:
            path: The steps to the object; none for the root.
            start: How many of its steps came before.
            nodes: The ones that came now.
            total: How many it has.
            error: Why there is nothing.
        """
        row = self._find(path)
        siblings = self._roots if not path else row.children if row is not None else None
        if siblings is None:
            return
        depth = row.depth + 1 if row is not None else 0
        del siblings[start:]
        if error or (not nodes and not start):
            siblings.append(TreeRow(None, depth, self, note=one_line(error) or "nothing inside"))
        siblings.extend(self._rows(nodes, path, depth, start, total))
        if self.chosen is not None and self.chosen.node is None and self.chosen not in siblings and siblings:
            self.chosen = siblings[min(start, len(siblings) - 1)]
        self._redraw()

    def action_step(self, direction: int) -> None:
        """Choose the row above or below; without a tree, scroll."""
        rows = self._open_rows(self._roots)
        if not rows:
            self.scroll_relative(y=direction, animate=False)
            return
        at = rows.index(self.chosen) + direction if self.chosen in rows else 0
        if at < 0:
            self.scroll_relative(y=-1, animate=False)
        self._choose(rows[max(0, min(at, len(rows) - 1))])

    def action_open_row(self) -> None:
        """Open the row that is chosen, or close it; a row that stands for more asks for it."""
        row = self.chosen
        if row is None:
            return
        if row.node is None:
            if row.start:
                self.post_message(self.StepsRequested(row.parent, row.start))
        elif row.node.opens:
            self.post_message(self.ViewRequested(row.node.path))
        elif row.node.expandable:
            row.opened = not row.opened
            if row.opened and not row.children:
                self.post_message(self.StepsRequested(row.node.path, 0))
            self._redraw()

    def action_sideways(self, direction: int) -> None:
        """Open the chosen row or close it."""
        row = self.chosen
        if row is not None and row.opened == (direction < 0):
            self.action_open_row()

    def on_click(self, event: events.Click) -> None:
        """Choose the row and open it."""
        index = self.block_at(event.y)
        block = self.blocks[index] if index is not None else None
        if event.chain == 1 and isinstance(block, TreeRow) and self.text_selection is None:
            self._choose(block)
            self.action_open_row()

    def _rows(self, nodes: Sequence[VariableNode], parent: Path, depth: int, start: int, total: int) -> list[TreeRow]:
        rows = [TreeRow(node, depth, self) for node in nodes]
        shown = start + len(rows)
        if rows and total > shown:
            rows.append(TreeRow(None, depth, self, f"  … {total - shown:,} more", parent, shown))
        return rows

    def _find(self, path: Path) -> TreeRow | None:
        rows = self._roots if path else []
        while rows:
            for row in rows:
                if row.node is not None and row.node.path == path:
                    return row
            rows = [child for row in rows for child in row.children]
        return None

    def _open_rows(self, rows: list[TreeRow]) -> list[TreeRow]:
        shown: list[TreeRow] = []
        for row in rows:
            shown.append(row)
            if row.opened:
                shown += self._open_rows(row.children)
        return shown

    def _choose(self, row: TreeRow) -> None:
        before, self.chosen = self.chosen, row
        for each in (before, row):
            if each is not None and each in self.blocks:
                self.touch(self.blocks.index(each))
        self.flush()
        self.show_block(self.blocks.index(row))

    def _redraw(self) -> None:
        rows = self._open_rows(self._roots)
        self.stay()
        self.replace_blocks([*self._head, *rows], same=len(self._head))
        if self.chosen in rows:
            self.show_block(len(self._head) + rows.index(self.chosen))
