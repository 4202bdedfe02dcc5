"""The difference between two versions of a cell: old and new lines with their numbers, signs and colours."""

from rich.segment import Segment
from textual.style import Style

from codeact_tui.tui.code_lines import Row, shown_lines
from codeact_tui.tui.diff_rows import DiffLine, diff_lines
from codeact_tui.tui.python_syntax import PythonSyntax, Span
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.code_view import CodeView

__all__ = ["DiffView"]

_SIGNS = {"same": (" ", "muted"), "added": ("+", "success"), "removed": ("-", "error"), "gap": ("⋯", "muted")}


class DiffView(CodeView):
    """A read-only view of what became of some code. The whole of it can be selected and copied as a diff."""

    def __init__(self, *, id: str | None = None) -> None:
        self._diff: list[DiffLine] = []
        self._syntax_of_new = PythonSyntax()
        self._side_lines: tuple[list[str], list[str]] = ([], [])
        self._pair: tuple[str, str] | None = None
        super().__init__(id=id)

    def show_change(self, old: str, new: str) -> None:
        """Show what is not the same in two pieces of code."""
        if (old, new) == self._pair:
            return
        self._pair = (old, new)
        before, after = self._side_lines = shown_lines(old), shown_lines(new)
        self._diff = diff_lines(before, after)
        self._syntax_of_new.update(after)
        self._code = ""
        text = [self._line_text(line) for line in self._diff]
        self.show("\n".join(text) if text else "Nothing has changed.")
        self.scroll_to(y=0, animate=False)

    def _line_text(self, line: DiffLine) -> str:
        if line.kind == "gap":
            return f"{line.old} lines are the same"
        return self._side_lines[0][line.old] if line.kind == "removed" else self._side_lines[1][line.new]

    @property
    def _gutter(self) -> int:
        longest = max(len(self._side_lines[0]), len(self._side_lines[1]))
        return max(2, len(str(longest))) + 4

    def _gutter_of(self, row: Row) -> list[Segment]:
        digits, colors = self._gutter - 4, palette(self)
        base = self.visual_style
        muted = (base + colors.color("muted")).rich_style
        if row.line >= len(self._diff):
            return [Segment(" " * self._gutter, muted)]
        line = self._diff[row.line]
        sign, color = _SIGNS[line.kind]
        number = "" if line.kind == "gap" else str((line.old if line.kind == "removed" else line.new) + 1)
        label = f" {number if row.start == 0 else '↳':>{digits}} "
        return [Segment(label, muted), Segment(f"{sign} ", (base + colors.color(color)).rich_style)]

    def _line_spans(self, line: int) -> list[Span]:
        if line >= len(self._diff):
            return []
        shown = self._diff[line]
        if shown.kind == "gap":
            return [(0, len(self._line_text(shown)), "comment")]
        if shown.kind == "removed":
            return []
        return self._syntax_of_new.spans(shown.new, shown.new + 1)[shown.new]

    def _plain_style(self, line: int) -> Style:
        if line < len(self._diff) and self._diff[line].kind == "removed":
            return palette(self).color("error")
        return super()._plain_style(line)
