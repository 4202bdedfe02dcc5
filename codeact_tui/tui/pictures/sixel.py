"""Draws pictures by sixels: pixels in the middle of the text, six rows to a character.

A sixel picture stays where it was put until something is written over it, so it can't be moved, cut or covered. Here a
picture is laid out as placeholders, one character a cell, as kitty's graphics have them; where such characters are
about to reach the terminal, `SixelPainter.rewrite` puts the sixels of just those cells in their place. So a picture
scrolls, is cut off and lies beneath other windows as text does.

Source: DEC STD 070, "Sixel graphics"; xterm's ctlseqs, "Sixel Graphics".
"""

import re
import secrets
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style

from codeact_tui.tui.pictures.mosaic import resized
from codeact_tui.tui.pictures.pixmaps import Pixels
from codeact_tui.tui.pictures.placeholders import PLACEHOLDER, SIDE_MAX, placeholder_row, read_placeholder
from codeact_tui.tui.rendering.lines import Line

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["CellSize", "SixelPainter", "has_sixel", "sixels"]

_PROGRAMS = ("iterm.app", "wezterm", "mintty", "rio", "mlterm", "contour")
_TERMS = ("foot", "mlterm", "contour", "yaft", "xterm-sixel", "st-sixel")
_KONSOLE = 220400
"""Konsole draws sixels since 22.04."""

_RUN = re.compile(rf"\x1b\[([\d;]*)m((?:{PLACEHOLDER}..)+)")
_INK = re.compile(r"(?:^|;)38;2;(\d+);(\d+);(\d+)(?:;|$)")
_REPEATED = re.compile(rb"(.)\1{3,}", re.DOTALL)
_COLORS = (256, 64, 16)
"""How many colours a picture is drawn in: as many as keep it below what a line may carry."""
_BYTES_PER_CELL = 600
"""More would keep a scrolling screen waiting for the terminal."""


class CellSize(NamedTuple):
    """How many pixels a character takes."""

    width: int
    height: int


class _Drawing(NamedTuple):
    """A picture at the size in which it is drawn: a palette, and for each pixel its number."""

    width: int
    palette: bytes
    rows: list[list[bytes]]
    """For each line of text its rows of pixels."""
    whole: list[str]
    """For each line of text the sixels of all its cells."""


def has_sixel(environ: Mapping[str, str]) -> bool:
    """Say whether the terminal names itself as one that draws sixels.

    Inside tmux or screen it is another one that draws, and may not hand pictures on.
    """
    if environ.get("TMUX") or environ.get("STY"):
        return False
    program, term = environ.get("TERM_PROGRAM", "").lower(), environ.get("TERM", "").lower()
    konsole = environ.get("KONSOLE_VERSION", "")
    is_konsole = konsole.isascii() and konsole.isdigit() and int(konsole[:9]) >= _KONSOLE
    return is_konsole or program in _PROGRAMS or term.startswith(_TERMS)


class SixelPainter:
    """Lays pictures out as placeholders and puts sixels in their place.

    Args:
        cell_size: Gives what a character of the terminal takes, now.
    """

    side = 1600
    """The longest side of a picture that is worth having, in pixels."""

    def __init__(self, cell_size: Callable[[], CellSize]) -> None:
        self._cell_size = cell_size
        self._next = secrets.randbelow(1 << 23) + 1
        self._numbers: dict[object, int] = {}
        self._drawings: dict[int, tuple[_Drawing, CellSize]] = {}

    @property
    def unit(self) -> CellSize:
        """What a drawing depends on beside its cells: in another size of letters it has to be made anew."""
        return self._cell_size()

    def prepare(self, pixels: Pixels) -> Pixels:
        """Nothing is to be prepared."""
        return pixels

    def paint(self, place: object, pixels: Pixels, columns: int, rows: int) -> list[Line]:
        """Draw a picture in so many cells.

        Args:
            place: What tells this drawing from others.
            pixels: The picture.
            columns: Cells it takes.
            rows: Lines it takes.
        """
        columns, rows = min(columns, SIDE_MAX), min(rows, SIDE_MAX)
        self.forget(place)
        number, self._next = self._next, self._next % ((1 << 24) - 1) + 1
        cell = self._cell_size()
        self._drawings[number] = _drawn(pixels, columns, rows, cell), cell
        self._numbers[place] = number
        style = Style.from_color(Color.from_triplet(ColorTriplet(number >> 16, number >> 8 & 255, number & 255)))
        return [Line(((placeholder_row(row, columns), style),), columns * 3) for row in range(rows)]

    def forget(self, place: object) -> None:
        """Drop a drawing: its characters become empty."""
        self._drawings.pop(self._numbers.pop(place, 0), None)

    def end(self) -> None:
        """Drop everything."""
        self._numbers.clear()
        self._drawings.clear()

    def rewrite(self, output: str) -> str:
        """Put sixels where placeholders are, in what is about to be written to the terminal."""
        return _RUN.sub(self._run, output) if PLACEHOLDER in output else output

    def _run(self, found: re.Match[str]) -> str:
        """Empty the cells of a run of placeholders, and draw what belongs there."""
        style, run = found.groups()
        cells = len(run) // 3
        sixels_of_run = self._sixels(style, run, cells)
        # The cursor is kept and put back, as terminals do not agree where sixels leave it.
        draw = f"\x1b8{sixels_of_run}" if sixels_of_run else ""
        return f"\x1b[{style}m\x1b7{' ' * cells}{draw}\x1b8\x1b[{cells}C"

    def _sixels(self, style: str, run: str, cells: int) -> str:
        ink, place = _INK.search(style), read_placeholder(run)
        if ink is None or place is None:
            return ""
        red, green, blue = map(int, ink.groups())
        drawing, cell = self._drawings.get(red << 16 | green << 8 | blue, (None, None))
        row, column = place
        if drawing is None or cell is None or cell != self._cell_size() or row >= len(drawing.rows):
            return ""
        left, right = column * cell.width, (column + cells) * cell.width
        if left == 0 and right == drawing.width:
            return drawing.whole[row]
        return sixels([line[left:right] for line in drawing.rows[row]], drawing.palette)


def _drawn(pixels: Pixels, columns: int, rows: int, cell: CellSize) -> _Drawing:
    """Draw a picture in as many colours as its cells may carry."""
    from PIL import Image

    width, height = columns * cell.width, rows * cell.height
    picture = resized(pixels, width, height)
    for colors in _COLORS[:-1]:
        palette = picture.quantize(colors)
        drawing = _quantized(picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG), width, cell)
        if sum(map(len, drawing.whole)) <= _BYTES_PER_CELL * columns * rows:
            return drawing
    return _quantized(picture.quantize(_COLORS[-1], dither=Image.Dither.NONE), width, cell)


def _quantized(picture: "Image.Image", width: int, cell: CellSize) -> _Drawing:
    data, palette = picture.tobytes(), bytes(picture.getpalette() or ())
    lines = [data[at : at + width] for at in range(0, len(data), width)]
    rows = [lines[at : at + cell.height] for at in range(0, len(lines), cell.height)]
    return _Drawing(width, palette, rows, [sixels(row, palette) for row in rows])


def sixels(rows: list[bytes], palette: bytes) -> str:
    """Write rows of pixels as one sixel picture.

    Args:
        rows: For each row the numbers of its pixels' colours; all of one length.
        palette: Three bytes for each colour: red, green and blue.
    """
    used = sorted(set(b"".join(rows)))
    colors = b"".join(
        b"#%d;2;%d;%d;%d" % (color, *((palette[color * 3 + at] * 100 + 127) // 255 for at in range(3)))
        for color in used
    )
    bands = b"-".join(_band(rows[at : at + 6]) for at in range(0, len(rows), 6))
    head = b'\x1bP0;1;0q"1;1;%d;%d' % (len(rows[0]), len(rows))
    return (head + colors + bands + b"\x1b\\").decode("ascii")


def _band(rows: list[bytes]) -> bytes:
    """Write six rows of pixels, colour by colour; the rows are worked on as one large number each."""
    width = len(rows[0])
    parts: list[bytes] = []
    for color in sorted(set(b"".join(rows))):
        bits = 0
        for at, row in enumerate(rows):
            bits |= int.from_bytes(row.translate(_bit(color, at)), "big")
        line = bits.to_bytes(width, "big").translate(_SIGNS).rstrip(b"?")
        parts.append(b"#%d" % color + _REPEATED.sub(_repeated, line))
    return b"$".join(parts)


_SIGNS = bytes((value + 63) % 256 for value in range(256))


@lru_cache(maxsize=1536)
def _bit(color: int, at: int) -> bytes:
    """Give the table that makes a bit of a colour and nothing of the others."""
    return bytes(1 << at if value == color else 0 for value in range(256))


def _repeated(found: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(found[0]), found[1])
