"""Rows of a view of blocks as Textual draws them: lines over the view's background, each made once."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widget import Widget

from codeact_tui.tui.rendering.bar import filtered
from codeact_tui.tui.rendering.layout import BlockLayout
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.selecting import Place, line_key

__all__ = ["Rows", "badged"]


class Rows:
    """Makes the strips of a view's lines.

    Args:
        view: Gives width, background and filters.
        layout: Has the lines, and keeps the strips made of them.
    """

    def __init__(self, view: Widget, layout: BlockLayout) -> None:
        self._view = view
        self._layout = layout
        self._base: Style | None = None
        self._filters: Sequence[LineFilter] = ()
        self._blank: tuple[tuple[int, Style], Strip] | None = None

    def forget_style(self) -> None:
        """Make strips anew: the view's background has changed."""
        self._base = None
        self._layout.forget_strips()

    def take_filters(self) -> None:
        """Make strips anew where the application's filters have changed."""
        filters = self._view.get_line_filters()
        if filters != self._filters:
            self._filters, self._blank = filters, None
            self._layout.forget_strips()

    def line_at(self, place: Place) -> tuple[Strip, Line] | None:
        """Give a line as it is drawn; None where there is none."""
        index, number = place
        if index >= len(self._layout.blocks):
            return None
        drawn = self._layout.draw(index)
        if number >= len(drawn.lines):
            return None
        strip = drawn.strips.get(number)
        if strip is None:
            strip = _strip(drawn.lines[number], self._view.outer_size.width, self._style(), line_key(place))
            strip = drawn.strips[number] = self._filtered(strip)
        return strip, drawn.lines[number]

    def blank(self) -> Strip:
        """Give a row without a line."""
        key = (self._view.outer_size.width, self._style())
        if self._blank is None or self._blank[0] != key:
            self._blank = (key, self._filtered(Strip.blank(*key)))
        return self._blank[1]

    def _style(self) -> Style:
        if self._base is None:
            self._base = self._view.rich_style
        return self._base

    def _filtered(self, strip: Strip) -> Strip:
        return filtered(strip, self._filters, self._view.background_colors[1])


def badged(strip: Strip, width: int, text: str, style: Style) -> Strip:
    """Write a text over the end of a row."""
    room = max(0, width - len(text))
    badge = Strip([Segment(text, style)])
    return Strip.join([strip.adjust_cell_length(width).crop(0, room), badge]).adjust_cell_length(width)


def _strip(line: Line, width: int, base: Style, key: int) -> Strip:
    """Draw a line over the background, wide as the view, its characters numbered for the selection."""
    under = base + line.fill if line.fill is not None else base
    segments = [Segment(text, under + style) for text, style in line.pieces]
    strip = Strip(segments).apply_offsets(0, key)
    return strip.adjust_cell_length(width, under)
