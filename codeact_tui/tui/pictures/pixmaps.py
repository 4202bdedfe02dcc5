"""Pixels as they are: what is drawn, and the one form of a picture that needs no decoding."""

import base64
import re
from typing import NamedTuple

from codeact_tui.errors import CodeActError
from codeact_tui.protocol.variables import VariablePicture

__all__ = ["PIXMAP", "BadPicture", "Pixels", "pixmap", "read_pixmap"]

PIXMAP = "image/x-portable-pixmap"
_HEAD = re.compile(rb"P6 ([1-9]\d{0,3}) ([1-9]\d{0,3}) 255\n")


class BadPicture(CodeActError):
    """A picture can't be drawn."""


class Pixels(NamedTuple):
    """A picture as it is drawn: `width * height` pixels of red, green and blue, row by row."""

    width: int
    height: int
    rgb: bytes


def pixmap(picture: VariablePicture) -> str | None:
    """Write the picture of a variable as a pixmap, in base64; None where its pixels are not what it says."""
    try:
        rgb = base64.b64decode(picture.pixels, validate=True)
    except ValueError:
        return None
    if len(rgb) != picture.width * picture.height * 3:
        return None
    return base64.b64encode(b"P6 %d %d 255\n" % (picture.width, picture.height) + rgb).decode()


def read_pixmap(data: str) -> Pixels:
    """Read a pixmap as `pixmap` writes it.

    Args:
        data: In base64.

    Raises:
        BadPicture: It is none.
    """
    try:
        written = base64.b64decode(data, validate=True)
    except ValueError as error:
        raise BadPicture("The picture can't be drawn: it is not in base64.") from error
    head = _HEAD.match(written)
    if head is not None:
        width, height = int(head[1]), int(head[2])
        if len(written) - head.end() == width * height * 3:
            return Pixels(width, height, written[head.end() :])
    raise BadPicture("The picture can't be drawn: its pixels are not what it says.")
