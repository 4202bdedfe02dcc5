"""What can be told of an image from its first bytes."""

import base64
import binascii
import re
import struct

from codeact_tui.protocol.amounts import human_bytes

__all__ = ["describe_image", "image_size"]

_HEAD_CHARS = 64 * 1024
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SVG_SIZE = re.compile(
    r'<svg[^>]{0,2000}?\swidth="([0-9]{1,6}(?:\.[0-9]{1,6})?)[^"]{0,20}"'
    r'[^>]{0,2000}?\sheight="([0-9]{1,6}(?:\.[0-9]{1,6})?)'
)


def describe_image(mime: str, data: str) -> str:
    """Write `image 640×480 PNG, 23 kB`; without the size where that is not to be found.

    Args:
        mime: Its type, `image/…`.
        data: In base64; SVG as text.
    """
    kind = _kind(mime)
    size = image_size(mime, data)
    padding = data.rstrip()[-2:].count("=")
    size_bytes = len(data) if kind == "SVG" else len(data.rstrip()) * 3 // 4 - padding
    pixels = f"{size[0]}×{size[1]} " if size else ""
    return f"image {pixels}{kind}, {human_bytes(size_bytes)}"


def image_size(mime: str, data: str) -> tuple[int, int] | None:
    """Give width and height in pixels, where the head of the data tells them.

    Args:
        mime: Its type, `image/…`.
        data: In base64; SVG as text.
    """
    if _kind(mime) == "SVG":
        found = _SVG_SIZE.search(data[:_HEAD_CHARS])
        size = (round(float(found[1])), round(float(found[2]))) if found else None
    else:
        size = _pixels(_kind(mime), _decoded(data))
    return size if size and 0 < size[0] < 1 << 20 and 0 < size[1] < 1 << 20 else None


def _kind(mime: str) -> str:
    return mime.removeprefix("image/").partition("+")[0].upper()


def _decoded(data: str) -> bytes:
    head = "".join(data[:_HEAD_CHARS].split())
    try:
        return base64.b64decode(head[: len(head) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""


def _pixels(kind: str, head: bytes) -> tuple[int, int] | None:
    try:
        if kind == "PNG" and head.startswith(b"\x89PNG"):
            width, height = struct.unpack(">II", head[16:24])
            return width, height
        if kind == "GIF" and head.startswith(b"GIF8"):
            width, height = struct.unpack("<HH", head[6:10])
            return width, height
        if kind in {"JPEG", "JPG"} and head.startswith(b"\xff\xd8"):
            return _jpeg_pixels(head)
    except struct.error:
        pass
    return None


def _jpeg_pixels(head: bytes) -> tuple[int, int] | None:
    """Walk the segments up to the frame's header. Source: ITU-T T.81, annex B."""
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        length: int = struct.unpack(">H", head[at + 2 : at + 4])[0]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + max(2, length)
    return None
