"""Rows that light up once when a cell has changed them, for as long as it takes to see it."""

from collections.abc import Collection
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip

from codeact_tui.tui.later import Later, later
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.scroll import BlockScroll

__all__ = ["FLASH_S", "Flash"]

FLASH_S = 0.6
"""How long they are lit."""


class _Lit(Protocol):
    """Says whether a block belongs to what is lit."""

    def __call__(self, block: Block, names: Collection[str]) -> bool: ...


class Flash:
    """Lights rows of a view and puts them out again, drawing those in sight alone. Does nothing where nothing may move.

    Args:
        view: Its rows are one line high.
        lit: Says whether a block is one of the names.
    """

    def __init__(self, view: BlockScroll, lit: _Lit) -> None:
        self._view = view
        self._lit = lit
        self._names: Collection[str] = ()
        self._end: Later | None = None

    @property
    def on(self) -> bool:
        """Something is lit."""
        return bool(self._names)

    def begin(self, names: Collection[str]) -> None:
        """Light these instead of what is lit; the view is about to be drawn."""
        if self._end is not None:
            self._end.cancel()
            self._end = None
        view = self._view
        self._names = names if view.is_attached and app_of(view).animation_level != "none" else ()
        if self._names:
            self._end = later(view, FLASH_S, self.stop)

    def stop(self) -> None:
        """Put everything out."""
        names, self._names, self._end = self._names, (), None
        view = self._view
        for y in range(view.page):
            index = view.block_at(y)
            if index is not None and self._lit(view.blocks[index], names):
                view.refresh(Region(0, y, view.size.width, 1))

    def decorate(self, strip: Strip, block: Block) -> Strip:
        """Draw a row as it is now."""
        if not self._names or not self._lit(block, self._names):
            return strip
        over = self._style()
        return Strip([Segment(text, (own or Style.null()) + over) for text, own, _ in strip], strip.cell_length)

    def _style(self) -> Style:
        """Take the background of a selection; where the terminal's own colours are used there is none."""
        color = Color.parse(app_of(self._view).theme_variables.get("selection", "transparent"))
        return Style(bgcolor=color.rich_color) if color.a == 1 and color.ansi is None else Style(bold=True)
