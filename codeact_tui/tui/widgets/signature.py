"""The line below the editor that says how the call goes on that is being written."""

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from codeact_tui.protocol.events import CodeInspected
from codeact_tui.tui.text import elide, joined, one_line, styled
from codeact_tui.tui.themes import palette

__all__ = ["SignatureLine"]

_DOC_LEAST = 16


class SignatureLine(Widget):
    """One line: the function, its parameters with the one at the cursor marked, and what it does, if there is room."""

    told: reactive[CodeInspected] = reactive(CodeInspected(0))

    def __init__(self) -> None:
        super().__init__(id="cell-signature")
        self.display = False

    def show(self, told: CodeInspected) -> None:
        """Show this; nothing takes the line away."""
        self.told = told
        self.display = bool(told.name) and (told.parameters is not None or bool(told.doc))

    def render(self) -> RenderResult:
        """Draw it, the parameter at the cursor always in sight."""
        told, colors, width = self.told, palette(self), self.size.width - 2
        muted = colors.color("muted")
        name = one_line(told.name.rpartition(".")[2])
        head = styled(f" {name}", colors.syntax.get("function", colors.color("foreground")))
        if told.parameters is not None:
            head = joined(
                [head, styled("(", muted), self._parameters(width - head.cell_length - 2), styled(")", muted)]
            )
        room = width - head.cell_length - 3
        doc = elide(one_line(told.doc), room) if room >= _DOC_LEAST and told.doc else ""
        return joined([head, styled(f"  {doc}", muted)]) if doc else head

    def _parameters(self, width: int) -> Content:
        """Choose those around the one at the cursor that there is room for."""
        colors, told = palette(self), self.told
        active = colors.color("accent")
        drawn = [
            styled(one_line(each), active).stylize("bold") if at == told.active else styled(one_line(each))
            for at, each in enumerate(told.parameters or ())
        ]
        first = last = max(0, told.active)
        used = drawn[first].cell_length if drawn else 0
        while drawn and (first > 0 or last < len(drawn) - 1):
            grows_right = last < len(drawn) - 1 and (first == 0 or last - told.active <= told.active - first)
            more = drawn[last + 1] if grows_right else drawn[first - 1]
            if used + more.cell_length + 2 > width - 6:
                break
            used += more.cell_length + 2
            first, last = (first, last + 1) if grows_right else (first - 1, last)
        shown = drawn[first : last + 1]
        cut = styled("…", colors.color("muted"))
        shown = [cut, *shown] if first > 0 else shown
        shown = [*shown, cut] if last < len(drawn) - 1 else shown
        return joined(shown, ", ")
