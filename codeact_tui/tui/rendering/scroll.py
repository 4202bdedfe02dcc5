"""One widget that draws thousands of blocks line by line, and only those that are in sight."""

import time
from collections.abc import Sequence
from typing import ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import SELECT_ALL, Selection
from textual.strip import Strip

from codeact_tui.tui.later import Later, later
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.rendering.bar import LineBar
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.layout import BlockLayout, Drawn
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.paint import Paint, paint_of
from codeact_tui.tui.rendering.rows import Rows, badged
from codeact_tui.tui.rendering.selecting import Place, block_selection, selected_strip, selected_text

__all__ = ["BlockScroll"]

_REDRAW_S = 0.05
"""What changes is drawn at most so often."""


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
        self._placed = BlockLayout()
        self._follow = True
        self._unseen = 0
        self._news: set[int] = set()
        self._settling = False
        self._dirty: set[int] = set()
        self._flush_later: Later | None = None
        self._flushed_at = 0.0
        self._paint: Paint | None = None
        self._row_strips = Rows(self, self._placed)
        self._clicked: int | None = None

    # -- what subclasses and owners use

    @property
    def blocks(self) -> list[Block]:
        """All blocks; to be read only."""
        return self._placed.blocks

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
        self._set_follow(following=at_end)
        self._dirty.clear()
        self._placed.reset(blocks)
        self._settle((0, 0))
        if not at_end:
            self.scroll_to(y=0, animate=False)
        self.refresh()

    def replace_blocks(self, blocks: Sequence[Block], *, same: int) -> None:
        """Show these instead, the first `same` of which are as they were, and keep the place."""
        layout = self._placed
        while len(layout.blocks) > same:
            layout.pop()
        self._dirty = {index for index in self._dirty if index < same}
        for block in blocks[same:]:
            layout.append(block)
        self._settle()
        self.refresh()

    def append_block(self, block: Block, *, news: bool = True) -> None:
        """Add one at the end.

        Args:
            block: The new one.
            news: Count it when it is out of sight.
        """
        self._placed.append(block)
        if news and not self._follow:
            self._news.add(len(self.blocks) - 1)
            self._set_follow(following=False, unseen=self._unseen + 1)
        self.touch(len(self.blocks) - 1)

    def pop_block(self) -> None:
        """Take the last one away."""
        index = len(self.blocks) - 1
        if index in self._news and self._unseen:
            self._set_follow(following=False, unseen=self._unseen - 1)
        self._news.discard(index)
        self._dirty.discard(index)
        self._placed.pop()
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
        layout = self._placed
        if not layout.width or not self.is_attached:
            return
        height, top = layout.height, self.scroll_offset.y
        same = {index: layout.remeasure(index) for index in dirty}
        self._settle()
        if layout.height != height or self.scroll_offset.y != top:
            self.refresh()
        else:
            for index in dirty:
                self._refresh_block(index, same[index])

    def show_block(self, index: int) -> None:
        """Scroll as little as is needed for a block's beginning to be in sight."""
        top = self._placed.top(index)
        height = max(1, self.scrollable_content_region.height)
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)
        elif (bottom := top + min(self._placed.height_of(index), height)) > self.scroll_offset.y + height:
            self.scroll_to(y=bottom - height, animate=False)

    def show_line(self, index: int, row: int, *, margin: int | None = None) -> None:
        """Bring a line of a block in sight, if it is not.

        Args:
            index: The block.
            row: Which of its lines.
            margin: Lines from the view's edge; None: in the middle.
        """
        self._set_follow(following=False, unseen=self._unseen)
        self._placed.remeasure(index)
        y, height = self._placed.top(index) + row, max(1, self.scrollable_content_region.height)
        top, edge = self.scroll_offset.y, min(margin or 0, height // 2)
        if not top + edge <= y < top + height - edge:
            goal = y - height // 2 if margin is None else y - edge if y < top + edge else y - height + edge + 1
            self._resize_to(self._placed.height)
            self._settle(self._placed.at(max(0, goal)))
            self.refresh()

    def place(self) -> tuple[Place, bool]:
        """Give what is at the upper edge now, and whether the end is followed: for `go_back`."""
        return self._anchor(), self._follow

    def go_back(self, place: tuple[Place, bool]) -> None:
        """Show again what was in sight then."""
        anchor, following = place
        self._set_follow(following=following, unseen=0 if following else self._unseen)
        self._settle(anchor)
        self.refresh()

    @property
    def page(self) -> int:
        """How many lines are in sight."""
        return max(1, self.scrollable_content_region.height)

    def drawn(self, index: int) -> Drawn:
        """Give a block as it is drawn."""
        return self._placed.draw(index)

    def place_beside(self, place: Place, by: int) -> Place:
        """Give the line so many lines below (or above, when negative) this one."""
        return self._placed.beside(place, by, self.page)

    def place_at(self, line: int) -> Place:
        """Give what stands in a line of the whole."""
        return self._placed.nearest(line)

    def show_at_top(self, index: int) -> None:
        """Bring a block's beginning to the upper edge, as far as there is enough below it."""
        self._set_follow(following=False, unseen=self._unseen)
        self._settle((index, 0))
        self.refresh()

    def last_place(self) -> Place:
        """Give the last line of all."""
        return self._placed.last()

    def decorate(self, strip: Strip, line: Line, place: Place) -> Strip:
        """Draw over a line what is there for a while only; for subclasses."""
        del line, place
        return strip

    def block_top(self, index: int) -> int:
        """Give the line that a block begins at."""
        return self._placed.top(index)

    def block_at(self, y: int) -> int | None:
        """Give the index of the block in this row of the widget; None when there is none."""
        index, _ = self._placed.at(y + self.scroll_offset.y)
        return index if index < len(self.blocks) else None

    def drawn_text(self) -> str:
        """Give all that is drawn as text, as far as it is not too much."""
        return selected_text(self._placed, SELECT_ALL)

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
        self._placed.paint = self.paint
        app_of(self).theme_changed_signal.subscribe(self, self._on_theme)

    def _on_theme(self, _theme: object) -> None:
        self._paint = None
        self._placed.paint = self.paint
        self.draw_anew()

    def draw_anew(self) -> None:
        """Draw what is in sight again: it looks otherwise, though the blocks are the same."""
        self._placed.forget_drawn()
        self.refresh()

    def notify_style_update(self) -> None:
        """Called by Textual when styles change."""
        super().notify_style_update()
        self._row_strips.forget_style()

    def on_resize(self, _event: events.Resize) -> None:
        """Measure anew when the width is another."""
        width = self.scrollable_content_region.width
        if width != self._placed.width:
            index, _ = self._anchor()
            self._placed.width = width
            self._placed.reset(self.blocks)
            self._settle((index, 0))
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

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scrollbar, drawn line by line as well."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = LineBar()
            self._vertical_scrollbar.display = False
            app_of(self)._start_widget(self, self._vertical_scrollbar)  # pyright: ignore[reportPrivateUsage]
        return self._vertical_scrollbar

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw rows. Without padding and border there is nothing that Textual would have to add to them."""
        self._row_strips.take_filters()
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.x or crop.width != self.outer_size.width:
            return [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        if self._unseen and y == self.size.height - 1:
            return badged(self._row(y), self.size.width, self._mark_text(), self.rich_style + self.paint.badge)
        return self._row(y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Give the selected text: without gutters, wrapped lines whole."""
        return selected_text(self._placed, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        del selection
        self.refresh()

    def text_select_all(self) -> None:
        """Select the block that was clicked, at a double click; everything would be too much."""
        selection = block_selection(self._placed, self._clicked) if self._clicked is not None else None
        if selection is not None:
            self.screen.selections = {self: selection}

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

    def _settle(self, anchor: tuple[int, int] | None = None) -> None:
        """Make the heights around what is in sight exact, and keep what is in sight where it is."""
        if self._settling or not self._placed.width:
            return
        self._settling = True
        try:
            layout, height = self._placed, max(1, self.scrollable_content_region.height)
            index, within = anchor or self._anchor()
            layout.measure_around(None if self._follow else (index, within), height)
            self._resize_to(layout.height)
            y = self.max_scroll_y if self._follow else layout.top(index) + within
            if y != self.scroll_offset.y or self.scroll_target_y != y:
                self.scroll_to(y=y, animate=False)
        finally:
            self._settling = False

    def _anchor(self) -> tuple[int, int]:
        """Give the block at the upper edge, and how many of its lines are above that."""
        return self._placed.at(self.scroll_offset.y)

    def _resize_to(self, height: int) -> None:
        if self.virtual_size.height != height or self.virtual_size.width != self._placed.width:
            # Assigned the usual way it would lay out the whole screen anew; no other widget's place depends on it.
            size = Size(self._placed.width, height)
            self.set_reactive(cast("Reactive[Size]", BlockScroll.virtual_size), size)
            self._scroll_update(size)

    def _refresh_block(self, index: int, same: int) -> None:
        if index < len(self.blocks) and (height := self._placed.height_of(index) - same) > 0:
            top = self._placed.top(index) + same - self.scroll_offset.y
            self.refresh(Region(0, top, self.size.width, height))

    # -- drawing

    def _row(self, y: int) -> Strip:
        place = self._placed.at(y + self.scroll_offset.y)
        found = self._row_strips.line_at(place)
        if found is None:
            return self._row_strips.blank()
        strip, line = found
        strip = self.decorate(strip, line, place)
        selection = self.text_selection
        if selection is None:
            return strip
        style = self.screen.get_component_rich_style("screen--selection")
        return selected_strip(strip, line, place, selection, style)

    def _mark_text(self) -> str:
        return f" ↓ {self._unseen} new "
