"""An application that looks into real values: what the kernel would answer comes from the same code as there."""

from collections.abc import Callable, Mapping

import msgspec
from textual.pilot import Pilot
from textual.widgets import Static

from codeact_tui.kernel.inside.details import detail
from codeact_tui.kernel.inside.sorting import Orders
from codeact_tui.kernel.replies import read_detail
from codeact_tui.protocol.events import VariableInspected
from codeact_tui.protocol.ops import InspectVariable
from codeact_tui.protocol.variables import VariableDetail
from codeact_tui.tui.pictures.gallery import Gallery
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.variable_detail import VariableDetailScreen
from codeact_tui.tui.widgets.column_figures import ColumnFigures
from codeact_tui.tui.widgets.frame_view import FrameView
from tests.tui.widgets.frame import Frame

__all__ = ["Looking", "lines", "settled", "until"]


class Looking(Frame):
    """Opens a variable.

    Args:
        namespace: Names and values.
    """

    def __init__(self, namespace: Mapping[str, object], *, theme: str = "dark") -> None:
        super().__init__(Static(), theme=theme)
        self.namespace = dict(namespace)
        self.asked: list[InspectVariable] = []
        self.held: list[InspectVariable] = []
        self.holding = False
        """Keep questions instead of answering them."""
        self.orders = Orders()
        self.detail: VariableDetailScreen
        self.pictures = Gallery(self.run_worker, self.draw_pictures)

    def draw_pictures(self) -> None:
        self.detail.query_one(BlockScroll).draw_anew()

    def look(self, op: InspectVariable) -> VariableDetail:
        part = msgspec.to_builtins(op.part)
        found = detail(self.namespace, op.name, list(op.path), op.start, part, self.orders)
        return read_detail(msgspec.json.encode(found))

    def ask(self, op: InspectVariable) -> None:
        self.asked.append(op)
        if self.holding:
            self.held.append(op)
        else:
            self.call_later(self.answer, op)

    def answer(self, op: InspectVariable) -> None:
        self.detail.show(VariableInspected(op.name, self.look(op), op.path, op.start, op.part))

    def tell(self, found: VariableDetail) -> None:
        """Show a detail as if the kernel had told it."""
        self.detail.show(VariableInspected(found.variable.name, found))

    async def open(self, pilot: Pilot[None], name: str) -> FrameView:
        self.detail = VariableDetailScreen(name, self.ask)
        await self.push_screen(self.detail)
        await settled(pilot)
        return self.frame

    @property
    def frame(self) -> FrameView:
        return self.detail.query_one(FrameView)

    @property
    def steps(self) -> BlockScroll:
        return self.detail.query_one("#detail", BlockScroll)

    @property
    def figures(self) -> ColumnFigures:
        return self.detail.query_one(ColumnFigures)


async def settled(pilot: Pilot[None]) -> None:
    for _ in range(6):
        await pilot.pause()


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Wait for something to become true; the test's own time limit ends it otherwise."""
    while not true():
        await pilot.pause()


def lines(view: FrameView | BlockScroll) -> list[str]:
    if isinstance(view, BlockScroll):
        view.flush()
    shown = [view.render_line(y).text.rstrip() for y in range(view.size.height)]
    while shown and not shown[-1]:
        shown.pop()
    return shown
