"""Selecting text with the mouse across blocks: places that survive what is added below, and the text between two."""

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from codeact_tui.tui.rendering.layout import BlockLayout
from codeact_tui.tui.rendering.lines import Line, plain_text

__all__ = ["Place", "block_selection", "line_key", "selected_strip", "selected_text"]

Place = tuple[int, int]
"""A block's index, and a line's number in it."""

_KEY_BITS = 20
"""A place as one number: the block above these bits, the line in them."""
_MAX_LINES = 50_000
"""More is not copied."""


def line_key(place: Place) -> int:
    """Write a place as the y of an offset: places compare as these do."""
    return (place[0] << _KEY_BITS) | place[1]


def selected_text(layout: BlockLayout, selection: Selection) -> str:
    """Give the text between two places: without gutters, wrapped lines whole, cut when it is too much."""
    first, first_x = _read(selection.start, (0, 0))
    last, last_x = _read(selection.end, (len(layout.blocks), 0))
    parts: list[Line] = []
    for index in range(first[0], min(last[0] + 1, len(layout.blocks))):
        for number, line in enumerate(layout.blocks[index].render(layout.width or 80, layout.paint)):
            if first <= (index, number) <= last:
                low = first_x if (index, number) == first else 0
                high = last_x if (index, number) == last else None
                parts.append(_part(line, low, high))
        if len(parts) > _MAX_LINES:
            break
    return plain_text(parts)


def block_selection(layout: BlockLayout, index: int) -> Selection | None:
    """Give the selection of a whole block; None when there is no text in it."""
    lines = layout.draw(index).lines
    filled = [number for number, line in enumerate(lines) if line.text]
    if not filled:
        return None
    end = Offset(len(lines[filled[-1]].text), line_key((index, filled[-1])))
    return Selection.from_offsets(Offset(0, line_key((index, filled[0]))), end)


def selected_strip(strip: Strip, line: Line, place: Place, selection: Selection, style: Style) -> Strip:
    """Draw the selected part of a line in its style."""
    span = selection.get_span(line_key(place))
    if span is None:
        return strip
    text = line.text
    start = cell_len(text[: max(span[0], line.gutter)])
    end = cell_len(text if span[1] == -1 else text[: span[1]])
    if end <= start:
        return strip
    chosen = Strip([Segment(part, (own or Style()) + style) for part, own, _ in strip.crop(start, end)])
    return Strip.join([strip.crop(0, start), chosen, strip.crop(end)])


def _read(offset: Offset | None, otherwise: Place) -> tuple[Place, int]:
    """Read place and character out of an offset."""
    if offset is None:
        return otherwise, 0
    return (offset.y >> _KEY_BITS, offset.y & ((1 << _KEY_BITS) - 1)), offset.x


def _part(line: Line, low: int, high: int | None) -> Line:
    """Give some characters of a line, without its gutter."""
    return Line(((line.text[max(line.gutter, low) : high], Style.null()),), 0, line.joint)
