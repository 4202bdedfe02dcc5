"""Tables in as many cells as there are: columns shrink and wrap; where even that is too wide, a list of records."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style

from codeact_tui.tui.rendering.lines import Line, Piece, flow, width_of
from codeact_tui.tui.rendering.paint import Paint

__all__ = ["Cell", "table_lines"]

_LEAST = 6
_GAP = 3


class Cell(NamedTuple):
    """What stands in one place."""

    pieces: Sequence[Piece]
    right: bool = False
    """Aligned to the right."""
    center: bool = False


def table_lines(rows: Sequence[Sequence[Cell]], width: int, paint: Paint) -> list[Line]:
    """Draw a table whose first row is its head."""
    if not rows or not rows[0]:
        return []
    columns = len(rows[0])
    natural = [max(1, *(width_of(row[at].pieces) for row in rows if at < len(row))) for at in range(columns)]
    widths = _shrink(natural, width - _GAP * (columns - 1))
    if widths is None:
        return _records(rows, width, paint)
    lines = _row(rows[0], widths, paint)
    rule = "─┼─".join("─" * cells for cells in widths)
    lines.append(Line(((rule, paint.faint),)))
    for row in rows[1:]:
        lines.extend(_row(row, widths, paint))
    return lines


def _shrink(natural: list[int], room: int) -> list[int] | None:
    """Take from the widest columns until all fit; None when they can't."""
    if sum(min(cells, _LEAST) for cells in natural) > room:
        return None
    widths = list(natural)
    while (excess := sum(widths) - room) > 0:
        widest = max(widths)
        second = max((cells for cells in widths if cells < widest), default=0)
        wide = [at for at, cells in enumerate(widths) if cells == widest]
        share = max(1, min(widest - max(second, _LEAST), -(-excess // len(wide))))
        for at in wide[:excess]:
            widths[at] -= min(share, sum(widths) - room)
    return widths


def _row(row: Sequence[Cell], widths: Sequence[int], paint: Paint) -> list[Line]:
    cells = [flow(cell.pieces, cells) for cell, cells in zip(row, widths, strict=False)]
    lines: list[Line] = []
    for number in range(max((len(cell) for cell in cells), default=0)):
        pieces: list[Piece] = []
        for at, cells_wide in enumerate(widths):
            if at:
                pieces.append((" │ ", paint.faint))
            inner = list(cells[at][number].pieces) if at < len(cells) and number < len(cells[at]) else []
            free = cells_wide - width_of(inner)
            before = 0 if at >= len(row) else free if row[at].right else free // 2 if row[at].center else 0
            pieces += [(" " * before, Style.null()), *inner, (" " * (free - before), Style.null())]
        lines.append(Line(tuple(piece for piece in pieces if piece[0])))
    return lines


def _records(rows: Sequence[Sequence[Cell]], width: int, paint: Paint) -> list[Line]:
    """Write each row as lines of `head: value`."""
    lines: list[Line] = []
    for row in rows[1:]:
        if lines:
            lines.append(Line((("─" * min(width, 12), paint.faint),)))
        for head, cell in zip(rows[0], row, strict=False):
            lines.extend(flow([*head.pieces, (": ", paint.muted), *cell.pieces], width))
    return lines or flow([piece for cell in rows[0] for piece in (*cell.pieces, ("  ", paint.text))], width)
