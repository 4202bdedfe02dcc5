"""Looks into one variable: the rows of a table, a picture, figures of an array, steps into an object, source, text."""

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import ModalScreen

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.events import VariableInspected
from codeact_tui.protocol.ops import InspectVariable
from codeact_tui.protocol.variables import TablePart, VariableDetail
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.rendering.text import one_line
from codeact_tui.tui.widgets.column_figures import ColumnFigures
from codeact_tui.tui.widgets.frame_tiles import FIRST_TILE
from codeact_tui.tui.widgets.frame_view import FrameView
from codeact_tui.tui.widgets.variable_detail_blocks import detail_blocks
from codeact_tui.tui.widgets.variable_tree import Path, TreeView

__all__ = ["VariableDetailScreen"]

_WIDE = 100


class VariableDetailScreen(ModalScreen[None]):
    """Shows the detail of one variable, and asks for what is needed of it.

    Args:
        name: The variable.
        ask: Asks the kernel; `show` gets the answers.
        path: The steps to what is looked into; none for the variable itself.
    """

    CSS_PATH = "variable_detail.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back", show=False),
        Binding("t", "turn", "The rows of an array, or its figures", show=False),
    ]

    def __init__(self, name: str, ask: Callable[[InspectVariable], None], path: Path = ()) -> None:
        super().__init__()
        self._variable = name
        self.path = path
        """The steps to what is looked into."""
        self._ask = ask
        self._tree = TreeView(id="detail")
        self._frame = FrameView(self._ask_rows, id="detail-rows")
        self._figures = ColumnFigures(self._ask_figures, id="detail-figures")
        self._side = Container(self._figures, id="detail-side")
        self._body = Container(self._frame, self._side, self._tree, id="detail-body")
        self._box = Vertical(self._body, id="detail-box")
        self._detail: VariableDetail | None = None
        self._deeper: VariableDetailScreen | None = None

    def compose(self) -> ComposeResult:
        """A large box with the detail in it."""
        self._box.border_title = Content(one_line(self._variable))
        self._box.border_subtitle = Content("esc back")
        self._frame.display = self._side.display = False
        yield self._box

    def on_mount(self) -> None:
        """Have the keyboard, and ask."""
        self._tree.focus()
        self._ask(InspectVariable(self._variable, self.path, 0, FIRST_TILE))

    def on_resize(self, event: events.Resize) -> None:
        """Put the figures beside the table where there is room, else below it; fit a picture into what there is."""
        self.set_class(event.size.width < _WIDE, "-narrow")
        if self._detail is not None and self._detail.picture is not None:
            self.call_after_refresh(self._fill)

    def show(self, event: VariableInspected) -> None:
        """Show an answer: what is looked into, a part of it, or what lies on a path into it."""
        depth = len(self.path)
        if event.name != self._variable or event.path[:depth] != self.path:
            return
        deeper = self._deeper
        if deeper is not None and deeper.is_attached and event.path[: len(deeper.path)] == deeper.path:
            deeper.show(event)
            return
        detail = event.detail
        if event.part.figures is not None:
            if event.path == self.path:
                self._figures.take(event.part.figures, detail)
        elif event.path != self.path or (event.start and detail.table is None and not self._frame.display):
            self._tree.add(event.path, event.start, detail.nodes, detail.total_nodes, detail.error)
        elif detail.table is not None:
            self._show_rows(event)
        elif self._frame.display and detail.error:
            self._frame.fail(detail.error)
        else:
            self._show_detail(detail)

    def action_back(self) -> None:
        """Put the figures away, else go back."""
        if self._side.display:
            self._toggle_figures()
        else:
            self.dismiss(None)

    def action_turn(self) -> None:
        """Show the rows of an array, or its figures again."""
        if self._detail is None or not self._detail.has_rows:
            return
        if self._frame.display:
            self._show_detail(self._detail)
        else:
            self._frame.tiles.as_table = True
            self._ask(InspectVariable(self._variable, self.path, 0, self._frame.tiles.first_part()))

    # -- what is shown

    def _show_rows(self, event: VariableInspected) -> None:
        table = event.detail.table
        assert table is not None
        if not self._frame.display:
            self._tree.display, self._frame.display = False, True
            self._frame.focus()
        self._frame.take(event.start, event.part, table)
        self._frame_words(event.detail)

    def _show_detail(self, detail: VariableDetail) -> None:
        if not self._tree.display:
            self._frame.display = self._side.display = False
            self._tree.display = True
            self._tree.focus()
        self._detail = detail
        self._frame_words(detail)
        self._fill()

    def _fill(self) -> None:
        detail = self._detail
        if detail is not None:
            blocks = detail_blocks(detail, self._tree.size.height)
            self._tree.fill(blocks, detail.nodes, detail.total_nodes)

    def _frame_words(self, detail: VariableDetail) -> None:
        variable = detail.variable
        size = "" if variable.size_bytes is None else human_bytes(variable.size_bytes)
        shape = " × ".join(f"{length:,}" for length in variable.shape or ())
        parts = (one_line(variable.name), one_line(variable.type_name), shape, size)
        self._box.border_title = Content(" · ".join(part for part in parts if part))
        self._box.border_subtitle = Content(self._hints(detail))

    def _hints(self, detail: VariableDetail) -> str:
        if self._frame.display:
            turn = "t figures · " if self._detail is not None else ""
            return f"s sort · h histogram · {turn}esc back"
        opens = "enter opens · " if any(node.expandable or node.opens for node in detail.nodes) else ""
        return f"{opens}{'t rows · ' if detail.has_rows else ''}esc back"

    # -- what is asked for

    def _ask_rows(self, start: int, part: TablePart) -> None:
        self._ask(InspectVariable(self._variable, self.path, start, part))

    def _ask_figures(self, column: int) -> None:
        self._ask(InspectVariable(self._variable, self.path, 0, TablePart(figures=column)))

    @on(TreeView.StepsRequested)
    def _ask_on(self, message: TreeView.StepsRequested) -> None:
        message.stop()
        self._ask(InspectVariable(self._variable, message.path, message.start))

    @on(TreeView.ViewRequested)
    def _open_deeper(self, message: TreeView.ViewRequested) -> None:
        message.stop()
        self._deeper = VariableDetailScreen(self._variable, self._ask, message.path)
        app_of(self).push_screen(self._deeper)

    @on(FrameView.FiguresToggled)
    def _toggle_figures(self) -> None:
        self._side.display = not self._side.display
        self._follow_column()

    @on(FrameView.ColumnChosen)
    def _follow_column(self) -> None:
        if self._side.display:
            self._figures.choose(self._frame.column, *self._frame.column_words)

    @on(FrameView.Reloaded)
    def _reloaded(self) -> None:
        self._figures.forget()
        self._follow_column()
