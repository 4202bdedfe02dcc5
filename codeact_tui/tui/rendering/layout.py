"""Where blocks stand at a width: heights that are estimated until they must be exact, and what was drawn of late."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from textual.strip import Strip

from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.heights import Heights
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.paint import Paint

__all__ = ["BlockLayout", "Drawn"]

_MAX_DRAWN = 400
"""Blocks whose lines are kept."""


class Drawn:
    """A block's lines at the present width, and the strips made of those that were in sight."""

    __slots__ = ("lines", "strips")

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.strips: dict[int, Strip] = {}

    def take_over(self, before: "Drawn") -> int:
        """Keep the strips of the first lines, as far as they are the very same; give how many lines those are."""
        same = 0
        for line, old in zip(self.lines, before.lines, strict=False):
            if line is not old:
                break
            same += 1
        self.strips = {number: strip for number, strip in before.strips.items() if number < same}
        return same


class BlockLayout:
    """Blocks below each other. Without a width yet, each counts as one line."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.width = 0
        self.paint = Paint()
        self._heights = Heights()
        self._exact: set[int] = set()
        self._drawn: OrderedDict[int, Drawn] = OrderedDict()

    @property
    def height(self) -> int:
        """All lines together."""
        return self._heights.total

    def reset(self, blocks: Sequence[Block]) -> None:
        """Begin anew with these."""
        self.blocks = list(blocks)
        self._exact.clear()
        self._drawn.clear()
        self._heights.reset([self._estimate(block) for block in self.blocks])

    def append(self, block: Block) -> None:
        """Add one at the end."""
        self.blocks.append(block)
        self._heights.append(self._estimate(block))

    def pop(self) -> None:
        """Take the last one away."""
        self.blocks.pop()
        self._heights.pop()
        self._exact.discard(len(self.blocks))
        self._drawn.pop(len(self.blocks), None)

    def height_of(self, index: int) -> int:
        """Give a block's height, as far as it is known."""
        return self._heights[index]

    def top(self, index: int) -> int:
        """Give the line that a block begins at."""
        return self._heights.top(index)

    def at(self, line: int) -> tuple[int, int]:
        """Give the block in a line, and which of its lines that is; `len(blocks)` past the end."""
        index = self._heights.find(line)
        return index, line - self._heights.top(index) if index < len(self.blocks) else 0

    def nearest(self, line: int) -> tuple[int, int]:
        """Give the same where there is nothing in that line: of the last line of all, or of the first."""
        found = self.at(max(0, line))
        return found if found[0] < len(self.blocks) else self.last()

    def last(self) -> tuple[int, int]:
        """Give the last line of all."""
        index = next((index for index in range(len(self.blocks) - 1, -1, -1) if self.draw(index).lines), 0)
        return index, max(0, len(self.draw(index).lines) - 1) if self.blocks else 0

    def beside(self, place: tuple[int, int], by: int, page: int) -> tuple[int, int]:
        """Give the line so many lines below (or above, when negative) this one, heights a page around it exact."""
        self.measure(range(max(0, place[0] - page), place[0] + 1), page * 4)
        line = self.top(place[0]) + place[1] + by
        return self.nearest(line) if line >= 0 else (0, 0)

    def measure_around(self, place: tuple[int, int] | None, page: int) -> None:
        """Make the heights exact for what is in sight and a page around it.

        Args:
            place: What is at the upper edge; None for the end, at the lower edge.
            page: How many lines are in sight.
        """
        if place is None:
            self.measure(range(len(self.blocks) - 1, -1, -1), 2 * page)
            return
        index, within = place
        self.measure(range(index - 1, -1, -1), page)
        self.measure(range(index, len(self.blocks)), 2 * page + within)

    def measure(self, indexes: Iterable[int], lines_needed: int) -> None:
        """Make the heights of blocks exact, one after the other, until there are so many lines."""
        for index in indexes:
            if lines_needed <= 0:
                return
            if index not in self._exact:
                self.remeasure(index)
            lines_needed -= self._heights[index]

    def remeasure(self, index: int) -> int:
        """Draw a block anew: it has changed. Give how many of its first lines are as they were."""
        before = self._drawn.pop(index, None)
        if index >= len(self.blocks):
            return 0
        drawn = self.draw(index)
        self._heights.set(index, len(drawn.lines))
        self._exact.add(index)
        return drawn.take_over(before) if before is not None else 0

    def draw(self, index: int) -> Drawn:
        """Give a block as it is drawn."""
        drawn = self._drawn.get(index)
        if drawn is None:
            drawn = self._drawn[index] = Drawn(self.blocks[index].render(self.width, self.paint))
            if len(self._drawn) > _MAX_DRAWN:
                self._drawn.popitem(last=False)
        else:
            self._drawn.move_to_end(index)
        return drawn

    def forget_drawn(self) -> None:
        """Draw everything anew when it is next in sight; heights stay."""
        self._drawn.clear()

    def forget_strips(self) -> None:
        """Make strips anew: what lies behind the lines has changed."""
        for drawn in self._drawn.values():
            drawn.strips.clear()

    def _estimate(self, block: Block) -> int:
        return block.estimate(self.width) if self.width else 1
