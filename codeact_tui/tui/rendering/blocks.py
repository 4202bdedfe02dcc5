"""What a scrolling view is made of: blocks that can tell their height roughly and draw themselves exactly."""

from collections.abc import Sequence
from typing import Protocol

from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.paint import Paint

__all__ = ["Block", "LinesBlock"]


class Block(Protocol):
    """A part of the content that is drawn as a whole."""

    def estimate(self, width: int) -> int:
        """Give the height at this width, roughly and quickly."""
        ...

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it at this width."""
        ...


class LinesBlock:
    """Lines that are there already and are not wrapped."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    def estimate(self, width: int) -> int:
        """Give the height."""
        del width
        return len(self._lines)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Give the lines."""
        del width, paint
        return self._lines
