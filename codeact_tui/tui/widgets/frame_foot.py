"""The last line of a table's view."""

from rich.style import Style

from codeact_tui.tui.rendering.lines import Piece, fit, width_of
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line
from codeact_tui.tui.widgets.frame_tiles import UNKNOWN_HEAD, FrameTiles

__all__ = ["foot_line"]

_LEAST = 4
"""Cells of a value that are worth showing."""


def foot_line(tiles: FrameTiles, row: int, column: int, note: str, width: int, paint: Paint) -> list[Piece]:
    """Say where the cursor is and what the cell holds, or what is the matter.

    Args:
        tiles: What is known of the table.
        row: The cursor's.
        column: The cursor's.
        note: What has just been done; empty for nothing.
        width: Cells there are.
        paint: The styles.
    """
    if tiles.problem or note:
        return fit([(one_line(tiles.problem or note), paint.warn if tiles.problem else paint.good)], width)
    if tiles.sorting and tiles.sort is not None:
        head = tiles.head(tiles.sort.column) or UNKNOWN_HEAD
        return fit([(f"sorting by {one_line(head.name)} …", paint.accent)], width)
    place: list[Piece] = [
        (f"row {row + 1:,}" if tiles.total_rows else "no rows", paint.text),
        (f" of {tiles.total_rows:,}" if tiles.total_rows else "", paint.muted),
        (" · ", paint.muted),
        (f"column {column + 1:,}" if tiles.total_columns else "no columns", paint.text),
        (f" of {tiles.total_columns:,}" if tiles.total_columns else "", paint.muted),
    ]
    cell = tiles.cell(row, column)
    if cell is not None:
        room = width - width_of(place) - 3
        value = fit([(one_line(cell[0]), paint.muted + Style(italic=True) if cell[1] else paint.text)], room)
        place += [(" · ", paint.muted), *value] if room >= _LEAST else []
    return fit(place, width)
