"""Decodes one picture: a program of its own, since a hostile picture may take all memory or time that it is given.

Reads from stdin a line of JSON (`mime`, `side`: the longest side that is wanted, in pixels), then the picture, in
base64 unless it is SVG. Writes `width height` on a line and then the pixels, three bytes each; or `!` and a sentence.
"""

import base64
import io
import json
import re
import sys
import warnings

_MEMORY_BYTES = 1 << 31
_CPU_S = 10
_MAX_PIXELS = 64_000_000
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_OUTSIDE = re.compile(r"(href\s*=\s*[\"'])\s*(?!data:|#)", re.IGNORECASE)


def main() -> None:
    """Decode what stdin holds."""
    _limit()
    asked = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    try:
        width, height, pixels = decode(asked["mime"], data, asked["side"])
    except Exception as error:  # whatever is wrong with a picture is told in one way
        out.write(f"!{_why(error)}".encode("utf-8", "replace")[:500])
    else:
        out.write(b"%d %d\n" % (width, height) + pixels)


def decode(mime: str, data: bytes, side: int) -> tuple[int, int, bytes]:
    """Give width, height and the pixels of a picture, on white where one can see through it.

    Args:
        mime: `image/…`.
        data: Base64, or SVG.
        side: The longest side that is wanted, in pixels.

    Raises:
        ValueError, OSError: It can't be read.
    """
    from PIL import Image

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    raw = _svg_as_png(data, side) if "svg" in mime else base64.b64decode(data)
    with Image.open(io.BytesIO(raw), formats=_FORMATS) as picture:
        picture.draft("RGB", (side, side))
        picture.load()
        small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    small.thumbnail((side, side))
    if small.mode == "RGBA":
        behind = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(behind, small).convert("RGB")
    return small.width, small.height, small.tobytes()


def _why(error: Exception) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return "it is none of PNG, JPEG, GIF, WebP, BMP and SVG"
    if isinstance(error, MemoryError) or "DecompressionBomb" in type(error).__name__:
        return "it is too large"
    return f"it is broken ({str(error) or type(error).__name__})"


def _svg_as_png(data: bytes, side: int) -> bytes:
    import resvg_py

    source = _OUTSIDE.sub(r"\1#", data.decode("utf-8", "replace"))
    wide = _is_wide(source)
    width, height = (side, None) if wide else (None, side)
    return bytes(resvg_py.svg_to_bytes(svg_string=source, dpi=96, width=width, height=height))


def _is_wide(source: str) -> bool:
    """Say whether a picture is at least as wide as high, from its own figures."""
    head = source[:4000]
    box = re.search(r"viewBox\s*=\s*[\"']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)", head)
    if box:
        return float(box[1]) >= float(box[2])
    sizes = [re.search(rf"<svg[^>]*?\s{name}\s*=\s*[\"']\s*([\d.]+)", head) for name in ("width", "height")]
    return not all(sizes) or float(sizes[0][1] if sizes[0] else 1) >= float(sizes[1][1] if sizes[1] else 1)


def _limit() -> None:
    try:
        import resource
    except ImportError:
        return  # this system has no limits to set
    for name, limit in (("RLIMIT_AS", _MEMORY_BYTES), ("RLIMIT_CPU", _CPU_S), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        kind = getattr(resource, name, None)
        if kind is not None:
            _, most = resource.getrlimit(kind)
            resource.setrlimit(kind, (limit if most < 0 else min(limit, most), most))


if __name__ == "__main__":
    main()
