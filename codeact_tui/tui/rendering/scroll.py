"""One widget that draws thousands of blocks line by line, and only those that are in sight."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from codeact_tui.tui.later import Later, later
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.heights import Heights
from codeact_tui.tui.rendering.lines import Line, plain_text
from codeact_tui.tui.rendering.paint import Paint, paint_of

__all__ = ["BlockScroll"]

_REDRAW_S = 0.05
"""What changes is drawn at most so often."""
_MAX_DRAWN = 400
"""Blocks whose lines are kept."""
_MAX_COPIED_LINES = 50_000
_KEY_BITS = 20
"""A line's place for the selection: its block's index above these bits, its number in the block in them."""


class _Drawn:
    """A block's lines at the present width, and the strips made of those that were in sight."""

    __slots__ = ("lines", "strips")

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.strips: dict[int, Strip] = {}


class BlockScroll(ScrollView, can_focus=True):
    """Scrolls over blocks.

    Heights are estimated, and exact for what is in sight and a page around it; when one is corrected, what is in
    sight stays where it is. At the end the view follows what is added; scrolled away from it, it does not move, and
    a mark in the last line counts what is new below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home,g", "top", "Top", show=False),
        Binding("end,G", "bottom", "Bottom", show=False),
    ]

    DEFAULT_CSS = """
    BlockScroll {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._blocks: list[Block] = []
        self._heights = Heights()
        self._exact: set[int] = set()
        self._drawn: OrderedDict[int, _Drawn] = OrderedDict()
        self._width = 0
        self._follow = True
        self._unseen = 0
        self._news: set[int] = set()
        self._settling = False
        self._dirty: set[int] = set()
        self._flush_later: Later | None = None
        self._flushed_at = 0.0
        self._paint: Paint | None = None
        self._base: Style | None = None
        self._clicked: int | None = None

    # -- what subclasses and owners use

    @property
    def following(self) -> bool:
        """The view is at the end and stays there."""
        return self._follow

    @property
    def unseen(self) -> int:
        """How many blocks have come below what is in sight."""
        return self._unseen

    @property
    def paint(self) -> Paint:
        """The styles now."""
        if self._paint is None:
            self._paint = paint_of(self)
        return self._paint

    def follow_changed(self) -> None:
        """The view left the end or came back to it, or more is unseen: for subclasses to tell of."""

    def stay(self) -> None:
        """Follow the end no more, until the user goes there."""
        self._set_follow(following=False)

    def set_blocks(self, blocks: Sequence[Block], *, at_end: bool = True) -> None:
        """Show these instead.

        Args:
            blocks: All of them.
            at_end: Show the end and follow it, or show the beginning.
        """
        self._blocks = list(blocks)
        self._set_follow(following=at_end)
        self._dirty.clear()
        self._measure_anew()
        if not at_end:
            self.scroll_to(y=0, animate=False)
        self.refresh()

    def replace_blocks(self, blocks: Sequence[Block], *, same: int) -> None:
        """Show these instead, the first `same` of which are as they were, and keep the place."""
        self._blocks[same:] = []
        while len(self._heights) > same:
            self._forget(len(self._heights) - 1)
            self._heights.pop()
        self._dirty = {index for index in self._dirty if index < same}
        for block in blocks[same:]:
            self._blocks.append(block)
            self._heights.append(block.estimate(self._width) if self._width else 1)
        self._settle()
        self.refresh()

    def append_block(self, block: Block, *, news: bool = True) -> None:
        """Add one at the end.

        Args:
            block: The new one.
            news: Count it when it is out of sight.
        """
        self._blocks.append(block)
        self._heights.append(block.estimate(self._width) if self._width else 1)
        if news and not self._follow:
            self._news.add(len(self._blocks) - 1)
            self._set_follow(following=False, unseen=self._unseen + 1)
        self.touch(len(self._blocks) - 1)

    def pop_block(self) -> None:
        """Take the last one away."""
        index = len(self._blocks) - 1
        if index in self._news and self._unseen:
            self._set_follow(following=False, unseen=self._unseen - 1)
        self._forget(index)
        self._dirty.discard(index)
        self._blocks.pop()
        self._heights.pop()
        self._schedule()

    def touch(self, index: int) -> None:
        """Say that a block has changed: it is drawn anew, at most every 50 ms."""
        self._dirty.add(index)
        self._schedule()

    def flush(self) -> None:
        """Draw now what has changed."""
        if self._flush_later is not None:
            self._flush_later.cancel()
            self._flush_later = None
        self._flushed_at = time.monotonic()
        dirty, self._dirty = self._dirty, set()
        if not self._width or not self.is_attached:
            return
        total, top = self._heights.total, self.scroll_offset.y
        for index in dirty:
            self._remeasure(index)
        self._settle()
        if self._heights.total != total or self.scroll_offset.y != top:
            self.refresh()
        else:
            for index in dirty:
                self._refresh_block(index)

    def show_block(self, index: int) -> None:
        """Scroll as little as is needed for a block's beginning to be in sight."""
        top = self._heights.top(index)
        height = max(1, self.scrollable_content_region.height)
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)
        elif (bottom := top + min(self._heights[index], height)) > self.scroll_offset.y + height:
            self.scroll_to(y=bottom - height, animate=False)

    def block_top(self, index: int) -> int:
        """Give the line that a block begins at."""
        return self._heights.top(index)

    def block_at(self, y: int) -> int | None:
        """Give the index of the block in this row of the widget; None when there is none."""
        index = self._heights.find(y + self.scroll_offset.y)
        return index if index < len(self._blocks) else None

    def block_text(self, index: int) -> str:
        """Give a block's text as it would be copied."""
        return plain_text(self._lines(index))

    def drawn_text(self) -> str:
        """Give all that is drawn as text, as far as it is not too much."""
        return self._extract(None, None)

    def action_top(self) -> None:
        """Go to the beginning."""
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        """Go to the end and follow it."""
        self._set_follow(following=True)
        self._settle()
        self.refresh()

    def action_page_up(self) -> None:
        """Go up a page, at once."""
        self.scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        """Go down a page, at once."""
        self.scroll_page_down(animate=False)

    # -- Textual's side

    def on_mount(self) -> None:
        """Draw anew when the theme changes."""
        app_of(self).theme_changed_signal.subscribe(self, self._on_theme)

    def _on_theme(self, _theme: object) -> None:
        self._paint = None
        self._drawn.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Called by Textual when styles change."""
        super().notify_style_update()
        self._base = None
        for drawn in self._drawn.values():
            drawn.strips.clear()

    def on_resize(self, _event: events.Resize) -> None:
        """Measure anew when the width is another."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self._measure_anew()
            if self.text_selection is not None:
                self.screen.clear_selection()
        else:
            self._settle()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end while the user is there."""
        super().watch_scroll_y(old_value, new_value)
        if not self._settling:
            following = round(new_value) >= self.max_scroll_y
            self._set_follow(following=following, unseen=0 if following else self._unseen)
            self._settle()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width = self.size.width
        if self._base is None:
            self._base = self.rich_style
        base = self._base
        if self._unseen and y == self.size.height - 1:
            return self._mark(self._row(y, width, base), width)
        return self._row(y, width, base)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Give the selected text: without gutters, wrapped lines whole."""
        return self._extract(selection.start, selection.end), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        del selection
        self.refresh()

    def text_select_all(self) -> None:
        """Select the block that was clicked, at a double click; everything would be too much."""
        index = self._clicked
        lines = self._lines(index) if index is not None else ()
        if index is None or not any(line.text for line in lines):
            return
        first = next(number for number, line in enumerate(lines) if line.text)
        last = len(lines) - 1
        start, end = _offset((index, first), 0), _offset((index, last), len(lines[last].text))
        self.screen.selections = {self: Selection.from_offsets(start, end)}

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember where; a press on the mark goes to the end."""
        self._clicked = self.block_at(event.y)
        if self._unseen and event.y == self.size.height - 1 and event.x >= self.size.width - len(self._mark_text()):
            self.action_bottom()

    # -- layout

    def _set_follow(self, *, following: bool, unseen: int = 0) -> None:
        if not unseen:
            self._news.clear()
        if (following, unseen) != (self._follow, self._unseen):
            self._follow, self._unseen = following, unseen
            self.follow_changed()

    def _schedule(self) -> None:
        if self._flush_later is None and self.is_attached:
            delay_s = _REDRAW_S - (time.monotonic() - self._flushed_at)
            self._flush_later = later(self, max(0.0, delay_s), self.flush)

    def _measure_anew(self) -> None:
        self._exact.clear()
        self._drawn.clear()
        top = self._heights.find(self.scroll_offset.y) if len(self._heights) == len(self._blocks) else 0
        width = self._width
        self._heights.reset([block.estimate(width) for block in self._blocks] if width else [1] * len(self._blocks))
        self._settle(anchor=(top, 0))

    def _settle(self, anchor: tuple[int, int] | None = None) -> None:
        """Make the heights around what is in sight exact, and keep what is in sight where it is."""
        if self._settling or not self._width:
            return
        self._settling = True
        try:
            height = max(1, self.scrollable_content_region.height)
            index, within = anchor or self._anchor()
            if self._follow:
                index, within = len(self._blocks), 0
                self._measure(range(index - 1, -1, -1), 2 * height)
            else:
                self._measure(range(index - 1, -1, -1), height)
                self._measure(range(index, len(self._blocks)), 2 * height + within)
            self._resize_to(self._heights.total)
            y = self.max_scroll_y if self._follow else self._heights.top(index) + within
            if y != self.scroll_offset.y or self.scroll_target_y != y:
                self.scroll_to(y=y, animate=False)
        finally:
            self._settling = False

    def _anchor(self) -> tuple[int, int]:
        """Give the block at the upper edge, and how many of its lines are above that."""
        top = self.scroll_offset.y
        index = self._heights.find(top)
        return index, top - self._heights.top(index) if index < len(self._blocks) else 0

    def _measure(self, indexes: range, lines_needed: int) -> None:
        for index in indexes:
            if lines_needed <= 0:
                return
            if index not in self._exact:
                self._remeasure(index)
            lines_needed -= self._heights[index]

    def _remeasure(self, index: int) -> None:
        self._drawn.pop(index, None)
        if index < len(self._blocks):
            self._heights.set(index, len(self._lines(index)))
            self._exact.add(index)

    def _resize_to(self, height: int) -> None:
        if self.virtual_size.height != height or self.virtual_size.width != self._width:
            # Assigned the usual way it would lay out the whole screen anew; no other widget's place depends on it.
            size = Size(self._width, height)
            self.set_reactive(cast("Reactive[Size]", BlockScroll.virtual_size), size)
            self._scroll_update(size)

    def _refresh_block(self, index: int) -> None:
        if index < len(self._blocks):
            top = self._heights.top(index) - self.scroll_offset.y
            self.refresh(Region(0, top, self.size.width, self._heights[index]))

    def _forget(self, index: int) -> None:
        self._exact.discard(index)
        self._news.discard(index)
        self._drawn.pop(index, None)

    # -- drawing

    def _draw(self, index: int) -> _Drawn:
        drawn = self._drawn.get(index)
        if drawn is None:
            drawn = self._drawn[index] = _Drawn(self._blocks[index].render(self._width, self.paint))
            if len(self._drawn) > _MAX_DRAWN:
                self._drawn.popitem(last=False)
        else:
            self._drawn.move_to_end(index)
        return drawn

    def _lines(self, index: int) -> Sequence[Line]:
        return self._draw(index).lines

    def _row(self, y: int, width: int, base: Style) -> Strip:
        at = y + self.scroll_offset.y
        index = self._heights.find(at)
        if index >= len(self._blocks):
            return Strip.blank(width, base)
        number = at - self._heights.top(index)
        drawn = self._draw(index)
        if number >= len(drawn.lines):
            return Strip.blank(width, base)
        strip = drawn.strips.get(number)
        if strip is None:
            strip = drawn.strips[number] = _strip(drawn.lines[number], width, base, _offset((index, number), 0).y)
        selection = self.text_selection
        return strip if selection is None else self._select(strip, drawn.lines[number], selection, (index, number))

    def _select(self, strip: Strip, line: Line, selection: Selection, place: tuple[int, int]) -> Strip:
        span = selection.get_span(_offset(place, 0).y)
        if span is None:
            return strip
        text = line.text
        start = cell_len(text[: max(span[0], line.gutter)])
        end = cell_len(text if span[1] == -1 else text[: span[1]])
        if end <= start:
            return strip
        style = self.screen.get_component_rich_style("screen--selection")
        chosen = Strip([Segment(part, (own or Style()) + style) for part, own, _ in strip.crop(start, end)])
        return Strip.join([strip.crop(0, start), chosen, strip.crop(end)])

    def _mark_text(self) -> str:
        return f" ↓ {self._unseen} new "

    def _mark(self, strip: Strip, width: int) -> Strip:
        text = self._mark_text()
        room = max(0, width - len(text))
        badge = Strip([Segment(text, self.rich_style + self.paint.badge)])
        return Strip.join([strip.adjust_cell_length(width).crop(0, room), badge]).adjust_cell_length(width)

    def _extract(self, start: Offset | None, end: Offset | None) -> str:
        first, first_x = _place(start, (0, 0))
        last, last_x = _place(end, (len(self._blocks), 0))
        parts: list[Line] = []
        for index in range(first[0], min(last[0] + 1, len(self._blocks))):
            lines = self._blocks[index].render(self._width or 80, self.paint)
            for number, line in enumerate(lines):
                if first <= (index, number) <= last:
                    low = first_x if (index, number) == first else 0
                    high = last_x if (index, number) == last else None
                    parts.append(_part(line, low, high))
            if len(parts) > _MAX_COPIED_LINES:
                break
        return plain_text(parts)


def _offset(place: tuple[int, int], x: int) -> Offset:
    """Write a place (block and line in it) as the selection keeps it."""
    return Offset(x, (place[0] << _KEY_BITS) | place[1])


def _place(offset: Offset | None, otherwise: tuple[int, int]) -> tuple[tuple[int, int], int]:
    """Read what `_offset` wrote: place and character."""
    if offset is None:
        return otherwise, 0
    return (offset.y >> _KEY_BITS, offset.y & ((1 << _KEY_BITS) - 1)), offset.x


def _part(line: Line, low: int, high: int | None) -> Line:
    """Give some characters of a line, without its gutter."""
    text = line.text[max(line.gutter, low) : high]
    return Line(((text, Style.null()),), 0, line.joint)


def _strip(line: Line, width: int, base: Style, key: int) -> Strip:
    """Draw a line over the background, wide as the view, its characters numbered for the selection."""
    under = base + line.fill if line.fill is not None else base
    segments = [Segment(text, under + style) for text, style in line.pieces]
    strip = Strip(segments).apply_offsets(0, key)
    return strip.adjust_cell_length(width, under)
