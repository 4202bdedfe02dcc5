"""Pixels as characters: four to a cell, in two colours."""

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style

from codeact_tui.tui.pictures.pixmaps import Pixels
from codeact_tui.tui.rendering.lines import Line, Piece

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["PIXELS_PER_CELL", "MosaicPainter", "cells_for", "mosaic", "resized", "thickened"]

# Which quarters of the cell are ink: upper left 1, upper right 2, lower left 4, lower right 8.
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
PIXELS_PER_CELL = 8
"""A picture's own width in cells, as terminals draw their characters 8 pixels wide or more."""
_STEP = 8
"""Colours are told apart in steps of this: fewer styles to make, and none that the eye would miss."""
_SAME = 40
"""Pixels of a cell that differ by no more, all channels together, are one colour."""

_SMALL = 300
"""A picture with fewer pixels to a side is hardly made smaller."""
_EVEN = 0.4
"""A picture of which so much is one colour is a drawing."""

_Rgb = tuple[int, int, int]


def cells_for(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """Say how many columns and rows a picture takes that is drawn as large as fits, and never larger than it is.

    Args:
        width: The picture's, in pixels.
        height: The picture's, in pixels.
        columns: Cells there are.
        rows: Lines there are.
    """
    wide = min(columns, max(4, width // PIXELS_PER_CELL))
    high = wide * height / max(1, width) / 2
    if high > rows:
        wide, high = max(1, int(rows * 2 * width / max(1, height))), rows
    return max(1, min(wide, columns)), max(1, min(round(high), rows))


class MosaicPainter:
    """Draws pictures in characters."""

    side = 640
    """The longest side of a picture that is worth having, in pixels: four to each cell of a wide pane."""
    unit = None
    """A drawing depends on its cells alone."""

    def prepare(self, pixels: Pixels) -> Pixels:
        """Do once what takes long; called in a thread."""
        return thickened(pixels)

    def paint(self, place: object, pixels: Pixels, columns: int, rows: int) -> list[Line]:
        """Draw a picture in so many cells."""
        del place
        return mosaic(pixels, columns, rows)

    def forget(self, place: object) -> None:
        """Nothing is left behind."""

    def end(self) -> None:
        """Nothing is left behind."""


def thickened(pixels: Pixels) -> Pixels:
    """Widen what is drawn on an even ground, a plot's lines and letters, by a pixel: made small, they would pale away.

    Takes some 20 ms for a picture of 640×480.
    """
    from PIL import Image, ImageFilter

    if max(pixels.width, pixels.height) < _SMALL:
        return pixels
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    sample = picture.resize((32, 32), Image.Resampling.NEAREST).convert("L").getcolors() or []
    count, ground = max(sample, default=(0, 0))
    if count < _EVEN * 32 * 32 or not isinstance(ground, int):
        return pixels
    wide = picture.filter(ImageFilter.MinFilter(3) if ground > 127 else ImageFilter.MaxFilter(3))
    return Pixels(pixels.width, pixels.height, wide.tobytes())


def mosaic(pixels: Pixels, columns: int, rows: int) -> list[Line]:
    """Draw a picture in so many cells."""
    data = resized(pixels, columns * 2, rows * 2).tobytes()
    stride = columns * 6
    return [_line(data[row * 2 * stride :], stride, columns) for row in range(rows)]


def resized(pixels: Pixels, width: int, height: int) -> "Image.Image":
    """Make a picture smaller, or larger: its pixels stay squares then."""
    from PIL import Image

    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    is_larger = width >= pixels.width and height >= pixels.height
    return picture.resize((width, height), Image.Resampling.NEAREST if is_larger else Image.Resampling.LANCZOS)


def _line(data: bytes, stride: int, columns: int) -> Line:
    pieces: list[Piece] = []
    run, style_before = "", None
    for at in range(0, columns * 6, 6):
        low = at + stride
        quarters = (
            (data[at], data[at + 1], data[at + 2]),
            (data[at + 3], data[at + 4], data[at + 5]),
            (data[low], data[low + 1], data[low + 2]),
            (data[low + 3], data[low + 4], data[low + 5]),
        )
        sign, ink, paper = _cell(quarters)
        style = _style(ink, paper)
        if style is not style_before and style_before is not None:
            pieces.append((run, style_before))
            run = ""
        run += sign
        style_before = style
    if style_before is not None:
        pieces.append((run, style_before))
    return Line(tuple(pieces), columns)


def _cell(quarters: tuple[_Rgb, _Rgb, _Rgb, _Rgb]) -> tuple[str, _Rgb, _Rgb]:
    """Divide four pixels into ink and paper where they differ most."""
    first = quarters[0]
    if quarters[1] == first and quarters[2] == first and quarters[3] == first:
        color = _stepped(first)
        return " ", color, color
    reds, greens, blues = zip(*quarters, strict=True)
    ranges = max(reds) - min(reds), max(greens) - min(greens), max(blues) - min(blues)
    if sum(ranges) <= _SAME:
        color = _stepped((sum(reds) // 4, sum(greens) // 4, sum(blues) // 4))
        return " ", color, color
    channel = ranges.index(max(ranges))
    values = (reds, greens, blues)[channel]
    middle = (max(values) + min(values)) / 2
    ink = [quarter for quarter in quarters if quarter[channel] < middle]
    paper = [quarter for quarter in quarters if quarter[channel] >= middle]
    mask = sum(1 << at for at, quarter in enumerate(quarters) if quarter[channel] < middle)
    return _QUARTERS[mask], _mean(ink), _mean(paper)


def _mean(colors: list[_Rgb]) -> _Rgb:
    count = len(colors)
    red, green, blue = (sum(color[channel] for color in colors) // count for channel in range(3))
    return _stepped((red, green, blue))


def _stepped(color: _Rgb) -> _Rgb:
    red, green, blue = ((value * 255 // 248 // _STEP * _STEP) * 255 // 248 for value in color)
    return min(255, red), min(255, green), min(255, blue)


@lru_cache(maxsize=16_384)
def _style(ink: _Rgb, paper: _Rgb) -> Style:
    return Style.from_color(Color.from_triplet(ColorTriplet(*ink)), Color.from_triplet(ColorTriplet(*paper)))
