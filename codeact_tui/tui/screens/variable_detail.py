"""Looks into one variable: rows of a table, figures of an array, steps into an object, source, text."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from codeact_tui.protocol.events import VariableInspected
from codeact_tui.protocol.variables import VariableDetail
from codeact_tui.tui.rendering.text import human_bytes, one_line
from codeact_tui.tui.widgets.variable_detail_blocks import TableBlock, detail_blocks
from codeact_tui.tui.widgets.variable_tree import TreeView
from codeact_tui.tui.widgets.variables import VariablesPane, variable_shape

__all__ = ["VariableDetailScreen"]


class VariableDetailScreen(ModalScreen[None]):
    """Shows the detail of one variable, and asks on by `VariablesPane.InspectRequested`.

    Args:
        name: The variable.
    """

    CSS_PATH = "variable_detail.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Back", show=False),
        Binding("n", "rows(1)", "Next rows", show=False),
        Binding("p", "rows(-1)", "Rows before", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False, priority=True),
        Binding("pageup", "page(-1)", "Page up", show=False, priority=True),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._view = TreeView(id="detail")
        self._box = Vertical(self._view, id="detail-box")
        self._start = 0
        self._first_column = 0
        self._detail: VariableDetail | None = None

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
        detail = event.detail
        if event.path or (event.start and detail.table is None):
            self._view.add(event.path, event.start, detail.nodes, detail.total_nodes, detail.error)
            return
        self._detail, self._start = detail, event.start
        self._draw()

    def action_page(self, direction: int) -> None:
        """Scroll a page; where there is nothing more to scroll, turn to the table's next rows, or the ones before."""
        view = self._view
        edge = view.max_scroll_y if direction > 0 else 0
        if view.scroll_offset.y == edge:
            self.action_rows(direction)
        else:
            view.scroll_relative(y=direction * view.size.height, animate=False)

    def action_rows(self, direction: int) -> None:
        """Ask for the table's next rows, or the ones before."""
        table = self._detail.table if self._detail is not None else None
        if table is None:
            return
        start = max(0, self._start + direction * max(1, len(table.rows)))
        if start != self._start and start < table.total_rows:
            self.post_message(VariablesPane.InspectRequested(self._name, (), start))

    @on(TreeView.StepsRequested)
    def _ask_on(self, message: TreeView.StepsRequested) -> None:
        message.stop()
        self.post_message(VariablesPane.InspectRequested(self._name, message.path, message.start))

    @on(TreeView.Sideways)
    def _turn_columns(self, message: TreeView.Sideways) -> None:
        """Show the columns to the right of those in sight, or to the left."""
        message.stop()
        table = self._detail.table if self._detail is not None else None
        if table is None:
            return
        shown = TableBlock(table, self._first_column).columns_shown(self._view.size.width - 1)
        first = self._first_column + message.direction * shown
        if first < len(table.columns) and self._first_column + message.direction >= 0:
            self._first_column = max(0, first)
            self._draw()

    def _draw(self) -> None:
        detail = self._detail
        if detail is not None:
            self._box.border_title = Content(self._title(detail))
            self._box.border_subtitle = Content(self._hints(detail))
            self._view.fill(detail_blocks(detail, self._first_column), detail.nodes, detail.total_nodes)

    def _title(self, detail: VariableDetail) -> str:
        variable = detail.variable
        size = "" if variable.size_bytes is None else human_bytes(variable.size_bytes)
        parts = (one_line(variable.name), one_line(variable.type_name), variable_shape(variable), size)
        return " · ".join(part for part in parts if part)

    def _hints(self, detail: VariableDetail) -> str:
        table = detail.table
        if table is not None:
            last = self._start + len(table.rows)
            rows = f"rows {self._start + 1:,}-{last:,} of {table.total_rows:,}"
            return f"{rows} · n next · p before · esc back" if len(table.rows) < table.total_rows else "esc back"
        return "enter opens · esc back" if detail.nodes else "esc back"
