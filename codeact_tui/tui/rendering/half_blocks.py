"""Pixels as half blocks: two to a cell, one above the other. Pure."""

from functools import lru_cache

from rich.color import Color
from rich.style import Style

from codeact_tui.tui.rendering.lines import Line, Piece

__all__ = ["half_block_lines", "half_block_size"]


def half_block_size(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """Say how many cells and lines a picture takes: as large as fits, its shape kept, no pixel larger than a cell.

    Args:
        width: In pixels.
        height: In pixels.
        columns: Cells there are.
        rows: Lines there are.
    """
    wide = max(1, min(width, columns))
    high = max(1, round(height * wide / width / 2))
    if high > rows:
        high = max(1, rows)
        wide = max(1, min(columns, round(width * high * 2 / height)))
    return wide, high


def half_block_lines(pixels: bytes, width: int, height: int, columns: int, rows: int) -> list[Line]:
    """Draw a picture in so many cells.

    Args:
        pixels: Three bytes for each, red, green and blue, row by row from the top.
        width: In pixels.
        height: In pixels.
        columns: Cells to draw it in.
        rows: Lines to draw it in.
    """
    small = _resized(pixels, width, height, columns, rows * 2)
    return [_line(small[row * 2], small[row * 2 + 1]) for row in range(rows)]


_Row = list[tuple[int, int, int]]


def _resized(pixels: bytes, width: int, height: int, columns: int, rows: int) -> list[_Row]:
    """Give rows of colours, each the mean of the pixels that it stands for."""
    spans = [_span(at, columns, width) for at in range(columns)]
    done: list[_Row] = []
    for at in range(rows):
        top, bottom = _span(at, rows, height)
        lines = [pixels[line * width * 3 : (line + 1) * width * 3] for line in range(top, bottom)]
        done.append([_mean(lines, left, right) for left, right in spans])
    return done


def _span(at: int, parts: int, length: int) -> tuple[int, int]:
    first = at * length // parts
    return first, max(first + 1, (at + 1) * length // parts)


def _mean(lines: list[bytes], left: int, right: int) -> tuple[int, int, int]:
    if len(lines) == 1 and right == left + 1:
        red, green, blue = lines[0][left * 3 : right * 3]
        return red, green, blue
    count = len(lines) * (right - left)
    red, green, blue = (
        sum(sum(line[left * 3 + channel : right * 3 : 3]) for line in lines) // count for channel in range(3)
    )
    return red, green, blue


def _line(upper: _Row, lower: _Row) -> Line:
    pieces: list[Piece] = []
    run, before = 0, None
    for pair in zip(upper, lower, strict=True):
        if pair != before and before is not None:
            pieces.append(("▀" * run, _style(*before)))
            run = 0
        run, before = run + 1, pair
    if before is not None:
        pieces.append(("▀" * run, _style(*before)))
    return Line(tuple(pieces), len(upper))


@lru_cache(maxsize=16_384)
def _style(ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Style:
    return Style.from_color(Color.from_rgb(*ink), Color.from_rgb(*paper))
