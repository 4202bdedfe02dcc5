"""A scrollbar that is drawn line by line: a view that grows while it streams moves it many times a second."""

from collections.abc import Sequence
from typing import cast

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

__all__ = ["LineBar", "filtered"]

_MAX_STRIPS = 100


class LineBar(ScrollBar):
    """Looks and behaves as Textual's own, one cell thick; its lines are drawn once and used again."""

    def __init__(self) -> None:
        super().__init__(vertical=True, name="vertical", thickness=1)
        self._strips: dict[object, Strip] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the rows that are asked for."""
        bar = cast("ScrollBarRender", self.render())
        style = cast("Style", bar.style)
        assert style.color is not None
        assert style.bgcolor is not None
        drawn = bar.render_bar(
            size=self.size.height,
            window_size=bar.window_size,
            virtual_size=bar.virtual_size,
            position=bar.position,
            back_color=style.bgcolor,
            bar_color=style.color,
        )
        filters = self.get_line_filters()
        return [self._strip(segment, filters) for segment in drawn.segments[crop.y : crop.bottom]]

    def _strip(self, segment: Segment, filters: Sequence[LineFilter]) -> Strip:
        key = (segment, tuple(map(id, filters)))
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= _MAX_STRIPS:
                self._strips.clear()
            over = Segment(segment.text, self.rich_style + segment.style if segment.style else self.rich_style)
            strip = self._strips[key] = filtered(Strip([over], 1), filters, self.background_colors[1])
        return strip


def filtered(strip: Strip, filters: Sequence[LineFilter], background: Color) -> Strip:
    """Let the application's filters change a strip: no colours, the terminal's own ones, and the like."""
    for each in filters:
        strip = strip.apply_filter(each, background)
    return strip
