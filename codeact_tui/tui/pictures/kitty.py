"""Draws pictures by kitty's graphics: the terminal is sent the pixels once, and shows them in the place of characters.

Source: kitty graphics protocol, "Transferring pixel data" and "Unicode placeholders".
"""

import base64
import re
import secrets
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator, Mapping

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style

from codeact_tui.tui.pictures.mosaic import MosaicPainter
from codeact_tui.tui.pictures.pixmaps import Pixels
from codeact_tui.tui.pictures.placeholders import SIDE_MAX, placeholder_row
from codeact_tui.tui.rendering.lines import Line

__all__ = ["KittyPainter", "has_kitty_graphics", "is_too_old"]

_CELL_WIDTH, _CELL_HEIGHT = 10, 20
"""How many pixels are sent for a cell: what most fonts have."""
_CHUNK = 4096
_PLACEHOLDERS_SINCE = 0, 28
_VERSION_TIMEOUT_S = 2.0


def has_kitty_graphics(environ: Mapping[str, str]) -> bool:
    """Say whether the terminal names itself as one that draws images in the place of characters.

    Inside tmux or screen it is another one that draws, and may not hand images on.
    """
    if environ.get("TMUX") or environ.get("STY"):
        return False
    names = f"{environ.get('TERM', '')} {environ.get('TERM_PROGRAM', '')}".lower()
    return "KITTY_WINDOW_ID" in environ or "kitty" in names or "ghostty" in names


def is_too_old(environ: Mapping[str, str]) -> bool:
    """Say whether the kitty that this runs in draws no images in the place of characters yet; may take a while.

    The program of that name is asked for its version. Over ssh it is another machine's, which can't be asked.
    """
    kitty = shutil.which("kitty")
    if kitty is None or "SSH_CONNECTION" in environ or "KITTY_WINDOW_ID" not in environ:
        return False
    try:
        asked = [kitty, "--version"]
        told = subprocess.run(asked, capture_output=True, timeout=_VERSION_TIMEOUT_S, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    version = re.match(rb"kitty (\d{1,4})\.(\d{1,4})", told)
    return version is not None and (int(version[1]), int(version[2])) < _PLACEHOLDERS_SINCE


class KittyPainter:
    """Sends pictures to the terminal and writes the characters in whose place it shows them.

    Args:
        write: Sends a sequence to the terminal, as it is.
        in_tmux: Sequences have to be handed through tmux.
        is_too_old: Says whether the terminal is one that draws no images in the place of characters; asked once,
            in a thread. Pictures are drawn in characters then.
    """

    side = 1600
    """The longest side of a picture that is worth having, in pixels."""
    unit = None
    """A drawing depends on its cells alone."""

    def __init__(
        self, write: Callable[[str], None], *, in_tmux: bool = False, is_too_old: Callable[[], bool] = lambda: False
    ) -> None:
        self._write = write
        self._is_too_old = is_too_old
        self._instead: MosaicPainter | None = None
        self._in_tmux = in_tmux
        self._next = secrets.randbelow(1 << 23) + 1
        self._shown: dict[object, int] = {}

    def prepare(self, pixels: Pixels) -> Pixels:
        """Find out, once, whether the terminal is able."""
        if self._instead is None and self._is_too_old():
            self._instead = MosaicPainter()
        self._is_too_old = lambda: False
        return pixels if self._instead is None else self._instead.prepare(pixels)

    def paint(self, place: object, pixels: Pixels, columns: int, rows: int) -> list[Line]:
        """Draw a picture in so many cells.

        Args:
            place: What tells this drawing from others.
            pixels: The picture.
            columns: Cells it takes.
            rows: Lines it takes.
        """
        if self._instead is not None:
            return self._instead.paint(place, pixels, columns, rows)
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
