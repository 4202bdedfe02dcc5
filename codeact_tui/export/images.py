"""Takes out of pictures what is no picture: comments, places, names, thumbnails, what stands after their end. Pure.

Source: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a, WebP container; each read by its own blocks and no further.
"""

import base64
import binascii
import re
import struct
from collections.abc import Callable, Iterator

__all__ = ["KINDS", "NotAPicture", "stripped", "stripped_base64"]

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"sBIT",
        b"pHYs",
        b"bKGD",
        b"acTL",
        b"fcTL",
        b"fdAT",
    }
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_TOLD = ~(0x20 | 0x08 | 0x04) & 0xFF
"""In VP8X: that there is a colour profile, EXIF, XMP."""
_SVG_TEXT = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>|<metadata\b.*?</metadata\s*>|<metadata\b[^>]*/>"
    r"|<desc\b.*?</desc\s*>|<script\b.*?</script\s*>",
    re.DOTALL | re.IGNORECASE,
)


class NotAPicture(ValueError):
    """It is not what it says that it is."""


def stripped(mime: str, data: bytes) -> bytes:
    """Give a picture of a kind that `KINDS` knows without its metadata.

    Raises:
        NotAPicture: It can't be read.
    """
    try:
        return KINDS[mime](data)
    except (struct.error, IndexError, KeyError) as error:
        raise NotAPicture(mime) from error


def stripped_base64(mime: str, text: str) -> str:
    """As `stripped`, from base64 to base64."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAPicture(mime) from error
    return base64.b64encode(stripped(mime, data)).decode()


def without_svg_extras(text: str) -> str:
    """Take comments, descriptions, metadata and scripts out of an SVG."""
    return _SVG_TEXT.sub("", text)


def _png(data: bytes) -> bytes:
    if not data.startswith(_PNG):
        raise NotAPicture
    out, at = [_PNG], len(_PNG)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise NotAPicture
        if kind in _PNG_KEPT:
            out.append(data[at:end])
        at = end
        if kind == b"IEND":
            return b"".join(out)
    raise NotAPicture


def _jpeg(data: bytes) -> bytes:
    if not data.startswith(b"\xff\xd8"):
        raise NotAPicture
    out, at = [b"\xff\xd8"], 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            raise NotAPicture
        marker = data[at + 1]
        if marker == 0xD9:
            return b"".join([*out, b"\xff\xd9"])
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if marker == 0xDA:
            end = _scan_end(data, end)
        if end > len(data):
            raise NotAPicture
        if marker != 0xFE and not (0xE0 <= marker <= 0xEF and marker not in {0xE0, 0xEE}):
            out.append(_jfif(data[at:end]) if marker == 0xE0 else data[at:end])
        at = end


def _jfif(segment: bytes) -> bytes:
    """Give a JFIF header without its thumbnail; of anything else in its place, nothing."""
    if segment[4:9] != b"JFIF\0" or len(segment) < 18:
        return b""
    return segment[:2] + struct.pack(">H", 16) + segment[4:16] + b"\0\0"


def _scan_end(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if not 0 <= at < len(data) - 1:
            raise NotAPicture
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        else:
            return at


def _gif(data: bytes) -> bytes:
    if data[:6] not in {b"GIF87a", b"GIF89a"}:
        raise NotAPicture
    at = 13 + _colours(data[10])
    out = [data[:at]]
    while True:
        match data[at]:
            case 0x3B:
                return b"".join([*out, b";"])
            case 0x2C:
                end = _blocks_end(data, at + 11 + _colours(data[at + 9]))
                out.append(data[at:end])
            case 0x21:
                end = _blocks_end(data, at + 2)
                loops = data[at + 1] == 0xFF and data[at + 3 : at + 14] in {b"NETSCAPE2.0", b"ANIMEXTS1.0"}
                if data[at + 1] == 0xF9 or (loops and end - at == 19):
                    out.append(data[at:end])
            case _:
                raise NotAPicture
        at = end


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise NotAPicture
    body = b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)
        for kind, content in _chunks(data)
        if kind in _WEBP_KEPT
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    (size,) = struct.unpack_from("<I", data, 4)
    at, end = 12, min(len(data), size + 8)
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + length]
        if len(content) < length:
            raise NotAPicture
        yield kind, bytes([content[0] & _WEBP_TOLD]) + content[1:] if kind == b"VP8X" else content
        at += 8 + length + (length & 1)


def _bmp(data: bytes) -> bytes:
    if data[:2] != b"BM":
        raise NotAPicture
    (size,) = struct.unpack_from("<I", data, 2)
    if not 26 <= size <= len(data):
        raise NotAPicture
    return data[:size]


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/bmp": _bmp,
}
