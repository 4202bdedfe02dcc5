"""Draws pictures by kitty's graphics: the terminal is sent the pixels once, and shows them in the place of characters.

Source: kitty graphics protocol, "Transferring pixel data" and "Unicode placeholders".
"""

import base64
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style

from codeact_tui.tui.pictures.decoding import Pixels
from codeact_tui.tui.pictures.placeholders import SIDE_MAX, placeholder_row
from codeact_tui.tui.rendering.lines import Line

__all__ = ["KittyPainter", "has_kitty_graphics"]

_CELL_WIDTH, _CELL_HEIGHT = 10, 20
"""How many pixels are sent for a cell: what most fonts have."""
_CHUNK = 4096


def has_kitty_graphics(environ: Mapping[str, str]) -> bool:
    """Say whether the terminal names itself as one that draws images in the place of characters.

    Inside tmux or screen it is another one that draws, and may not hand images on.
    """
    if environ.get("TMUX") or environ.get("STY"):
        return False
    names = f"{environ.get('TERM', '')} {environ.get('TERM_PROGRAM', '')}".lower()
    return "KITTY_WINDOW_ID" in environ or "kitty" in names or "ghostty" in names


class KittyPainter:
    """Sends pictures to the terminal and writes the characters in whose place it shows them.

    Args:
        write: Sends a sequence to the terminal, as it is.
        in_tmux: Sequences have to be handed through tmux.
    """

    side = 1600
    """The longest side of a picture that is worth having, in pixels."""

    def __init__(self, write: Callable[[str], None], *, in_tmux: bool = False) -> None:
        self._write = write
        self._in_tmux = in_tmux
        self._next = secrets.randbelow(1 << 23) + 1
        self._shown: dict[object, int] = {}

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
        image = self._shown[place] = self._send(pixels, columns, rows)
        color = Color.from_triplet(ColorTriplet(image >> 16, image >> 8 & 255, image & 255))
        style = Style.from_color(color)
        return [Line(((placeholder_row(row, columns), style),), columns * 3) for row in range(rows)]

    def forget(self, place: object) -> None:
        """Delete an image: nothing stands in its place any more."""
        image = self._shown.pop(place, None)
        if image is not None:
            self._command(f"a=d,d=I,i={image},q=2")

    def end(self) -> None:
        """Delete the images: the application leaves the terminal."""
        for image in list(self._shown.values()):
            self._command(f"a=d,d=I,i={image},q=2")
        self._shown.clear()

    def _send(self, pixels: Pixels, columns: int, rows: int) -> int:
        """Send a picture as large as it is drawn; give the image's number."""
        image, self._next = self._next, self._next % ((1 << 24) - 1) + 1
        small = _fitted(pixels, columns * _CELL_WIDTH, rows * _CELL_HEIGHT)
        packed = base64.b64encode(zlib.compress(small.rgb, 1)).decode()
        for options, data in _chunks(packed):
            head = f"a=T,U=1,i={image},f=24,s={small.width},v={small.height},c={columns},r={rows},o=z,q=2,"
            self._command((head if options[1] else "q=2,") + f"m={options[0]}", data)
        return image

    def _command(self, options: str, data: str = "") -> None:
        sequence = f"\x1b_G{options};{data}\x1b\\" if data else f"\x1b_G{options}\x1b\\"
        if self._in_tmux:
            sequence = "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        self._write(sequence)


def _chunks(data: str) -> Iterator[tuple[tuple[int, bool], str]]:
    """Divide data as the protocol wants it: with each piece whether more follows, and whether it is the first."""
    for start in range(0, len(data), _CHUNK):
        yield (int(start + _CHUNK < len(data)), start == 0), data[start : start + _CHUNK]


def _fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """Make a picture as small as it is drawn."""
    if pixels.width <= width and pixels.height <= height:
        return pixels
    from PIL import Image

    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    picture.thumbnail((width, height))
    return Pixels(picture.width, picture.height, picture.tobytes())
