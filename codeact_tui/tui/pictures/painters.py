"""Chooses how pictures are drawn: by the terminal's own graphics where it has them, else in characters."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Literal

from codeact_tui.tui.pictures.kitty import KittyPainter, has_kitty_graphics, is_too_old
from codeact_tui.tui.pictures.mosaic import MosaicPainter
from codeact_tui.tui.pictures.sixel import CellSize, SixelPainter, has_sixel
from codeact_tui.tui.terminal_driver import Rewriting

if TYPE_CHECKING:
    from textual.driver import Driver

    from codeact_tui.tui.pictures.gallery import Painter

__all__ = ["Way", "cell_size", "choose_painter"]

Way = Literal["auto", "kitty", "sixel", "blocks"]


def choose_painter(way: Way, driver: "Driver | None") -> "Painter":
    """Give what draws pictures on a terminal of full colours.

    Args:
        way: What the settings want.
        driver: What writes to the terminal; None where nothing does.
    """
    if driver is None:
        return MosaicPainter()
    if way == "kitty" or (way == "auto" and has_kitty_graphics(os.environ)):
        old = partial(is_too_old, os.environ) if way == "auto" else lambda: False
        return KittyPainter(driver.write, in_tmux="TMUX" in os.environ, is_too_old=old)
    if way == "sixel" or (way == "auto" and has_sixel(os.environ)):
        return _sixel_painter(driver) or MosaicPainter()
    return MosaicPainter()


def _sixel_painter(driver: "Driver") -> SixelPainter | None:
    """Give what draws by sixels; None where the terminal does not tell how large its characters are."""
    if cell_size() is None or not isinstance(driver, Rewriting):
        return None
    painter = SixelPainter(lambda: cell_size() or CellSize(1, 1))
    driver.rewrite = painter.rewrite
    return painter


def cell_size() -> CellSize | None:
    """Say how many pixels a character of the terminal takes; None where it does not tell."""
    if sys.platform == "win32" or sys.__stderr__ is None:
        return None
    import fcntl
    import struct
    import termios

    try:
        answer = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", answer)
    if not (rows and columns and width >= columns and height >= rows):
        return None
    return CellSize(width // columns, height // rows)
