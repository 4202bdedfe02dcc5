"""Code with line numbers and highlighting, growing as it streams. What it shows is all there is: lines are folded."""

from bisect import bisect_left
from typing import Literal, cast

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from codeact_tui.tui.code_lines import CodeLines, Row, hanging_indent
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.python_syntax import PythonSyntax, Span
from codeact_tui.tui.themes import palette

__all__ = ["CodeView", "Mark"]

Mark = Literal["running", "failed", "stopped"]

_MARKS: dict[Mark, tuple[str, str]] = {
    "running": ("▶", "accent"),
    "failed": ("✗", "error"),
    "stopped": ("■", "warning"),
}
_BARS = {"added": ("┃", "success"), "changed": ("┇", "warning")}


class CodeView(ScrollView):
    """A read-only view of Python code."""

    class Moved(Message):
        """Other rows are in sight, or more are below."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._code = ""
        self._lines = CodeLines()
        self._syntax = PythonSyntax()
        self._syntax.update(self._lines.lines)
        self._spans: dict[int, list[Span]] = {}
        self._strips: dict[int, Strip] = {}
        self._mark: tuple[int, Mark] | None = None
        self._changed: dict[int, str] = {}

    @property
    def code(self) -> str:
        """What is shown, as it was given."""
        return self._code

    @property
    def row_count(self) -> int:
        """Rows that the code takes on the screen."""
        return len(self._lines.rows)

    @property
    def rows_below(self) -> int:
        """Rows of code that are still below the lower edge."""
        return max(0, self.row_count - self.scroll_offset.y - self.size.height)

    def show(self, code: str, *, follow: bool = False) -> None:
        """Show this code.

        Args:
            code: The whole of it.
            follow: Keep the end in sight, unless the user has scrolled away from it.
        """
        if code == self._code and not follow:
            return
        at_end = self.is_vertical_scroll_end
        grows = code.startswith(self._code)
        self._code = code
        self._lines.set_code(code)
        if self.size.width:
            self._lines.set_width(self.size.width - self._gutter - 1)  # more lines have longer numbers
        self._forget()
        if not grows:
            self._mark = None
            self._changed = {}
        if not follow and not grows:
            self.scroll_to(y=0, animate=False)
        elif follow and at_end:
            self.scroll_end(animate=False, immediate=True)

    def mark(self, line: int, mark: Mark) -> None:
        """Mark a line, counted from 1; 0 marks none. It is brought into sight, unless the user is reading here.

        Args:
            line: The line.
            mark: What is the matter with it.
        """
        marked = (line - 1, mark) if 0 < line <= len(self._lines.lines) else None
        if marked == self._mark:
            return
        self._mark = marked
        self._strips.clear()
        self.refresh()
        if marked is not None and not self.has_focus:
            self._bring_into_sight(marked[0])

    def _bring_into_sight(self, line: int) -> None:
        row = bisect_left(self._lines.rows, line, key=lambda row: row.line)
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= row < top + height:
            self.scroll_to(y=max(0, row - height // 2), animate=False, immediate=True)

    def mark_changed(self, changed: dict[int, str]) -> None:
        """Mark the lines, counted from 0, that were `added` or `changed` since an earlier version."""
        if changed != self._changed:
            self._changed = changed
            self._strips.clear()
            self.refresh()

    def _forget(self) -> None:
        self._syntax.update(self._lines.lines)
        self._spans.clear()
        self._strips.clear()
        self._resize()
        self.refresh()

    def _resize(self) -> None:
        before, size = self.virtual_size, Size(self.size.width, self.row_count)
        height = self.size.height
        if (before.height > height) != (size.height > height):
            self.virtual_size = size  # lays the screen out anew: the scroll bar comes or goes
        elif size != before:
            self.set_reactive(cast("Reactive[Size]", CodeView.virtual_size), size)
            self._scroll_update(size)

    @property
    def _gutter(self) -> int:
        return max(2, len(str(len(self._lines.lines)))) + 3

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other rows are in sight."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Moved())

    def _fold(self) -> None:
        # The last column is the scroll bar's, whether there is one or not.
        self._lines.set_width(self.size.width - self._gutter - 1)
        self._spans.clear()
        self._strips.clear()
        self._resize()
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """Fold the lines anew."""
        self._fold()
        self.post_message(self.Moved())

    def on_mount(self) -> None:
        """Draw anew when the theme changes."""
        app_of(self).theme_changed_signal.subscribe(self, self._on_theme)

    def _on_theme(self, _theme: object) -> None:
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row, its line number before it."""
        at = y + self.scroll_offset.y
        width = self.size.width
        base = self.rich_style
        if at >= len(self._lines.rows):
            return Strip.blank(width, base)
        if at not in self._strips or self.text_selection is not None:
            self._strips[at] = self._draw(self._lines.rows[at])
        return self._strips[at].adjust_cell_length(width, base)

    def _draw(self, row: Row) -> Strip:
        gutter = Strip(self._gutter_of(row), self._gutter)
        text = self._text(row.line)[row.start : row.end]
        code = Strip(text.render_segments(self.visual_style)).apply_offsets(row.start, row.line)
        if row.start == 0:
            return Strip.join([gutter, code])
        indent = hanging_indent(self._lines.lines[row.line], self._lines.width)
        return Strip.join([gutter, Strip.blank(indent, self.rich_style), code])

    def _gutter_of(self, row: Row) -> list[Segment]:
        """Draw what stands before the code: a mark, the line's number, a bar where it was changed."""
        colors, digits = palette(self), self._gutter - 3
        base = self.visual_style
        style, sign = base + colors.color("muted"), " "
        if self._mark is not None and self._mark[0] == row.line:
            sign, color = _MARKS[self._mark[1]]
            style = base + colors.color(color) + Style(bold=True)
        number = f"{row.line + 1 if row.start == 0 else '↳':>{digits}}"
        bar, color = _BARS.get(self._changed.get(row.line, ""), (" ", "muted"))
        return [
            Segment((sign if row.start == 0 else " ") + number, style.rich_style),
            Segment(f"{bar} ", (base + colors.color(color)).rich_style),
        ]

    def _text(self, line: int) -> Content:
        syntax = palette(self).syntax
        plain = self._plain_style(line)
        text = Content(self._lines.lines[line]).stylize(plain)
        for start, end, name in self._line_spans(line):
            text = text.stylize(syntax.get(name, plain), start, end)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(line)) is not None:
            start, end = span
            chosen = Style.from_rich_style(self._selection_style())
            text = text.stylize(chosen, start, None if end == -1 else end)
        return text

    def _plain_style(self, _line: int) -> Style:
        return Style(foreground=self.visual_style.foreground)

    def _selection_style(self) -> RichStyle:
        return self.screen.get_component_rich_style("screen--selection")

    def _line_spans(self, line: int) -> list[Span]:
        if line not in self._spans:
            self._spans.update(self._syntax.spans(line, line + max(1, self.size.height)))
        return self._spans[line]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Give the selected code, line numbers and folds left out."""
        return selection.extract("\n".join(self._lines.lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self._strips.clear()
        self.refresh()
