"""Small copies of images: arrays that look like one, and Pillow's images."""

from __future__ import annotations

import base64

from .facts import Facts
from .objects import class_name, inherits, loaded, module_name, own_dict

__all__ = ["array_picture", "image_facts", "image_picture", "is_image"]

_WIDTH = 160
_HEIGHT = 120
_LEAST = 4
"""An array with fewer rows or columns of bytes is rather a table."""
_MODES = {"1": 1, "L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3, "I;16": 2, "I": 4, "F": 4}


def array_picture(value):
    """Give `(width, height, pixels in base64)` of an array that is an image, one pixel in so many; None for another.

    An image has two dimensions of bytes or bools, or three of which the last is red, green, blue and perhaps alpha.
    """
    plain = loaded("numpy", "ndarray")
    array = value if type(value) is plain else plain.view(value, plain)
    colours = array.ndim == 3 and array.shape[2] in (3, 4)
    if not (colours or array.ndim == 2) or min(array.shape[:2]) < _LEAST:
        return None
    step = _step(array.shape[1], array.shape[0])
    thumb = array[::step, ::step]
    kind = array.dtype.kind
    if kind == "b" and not colours:
        thumb = thumb.astype("uint8") * 255
    elif kind == "f" and colours and thumb.min() >= 0 and thumb.max() <= 1:
        thumb = (thumb * 255).astype("uint8")
    elif array.dtype.str != "|u1":
        return None
    thumb = _on_white(thumb) if colours else thumb[:, :, None].repeat(3, axis=2)
    return thumb.shape[1], thumb.shape[0], base64.b64encode(thumb.tobytes()).decode("ascii")


def _on_white(thumb):
    if thumb.shape[2] == 3:
        return thumb
    alpha = thumb[:, :, 3:].astype("uint16")
    return ((thumb[:, :, :3] * alpha + 255 * (255 - alpha)) // 255).astype("uint8")


def _step(width, height):
    return max(1, -(-width // _WIDTH), -(-height // _HEIGHT))


def is_image(cls):
    """Say whether a class is one of Pillow's images."""
    module = module_name(cls)
    base = loaded("PIL.Image", "Image")
    return (
        base is not None
        and module.split(".", 1)[0] == "PIL"
        and inherits(cls, base)
        and loaded(module, class_name(cls)) is cls
    )


def image_facts(value, show):
    """Sum up an image of Pillow's by its mode and size."""
    stored = own_dict(value) or {}
    mode, size = stored.get("_mode"), stored.get("_size")
    if type(mode) is not str or type(size) is not tuple or len(size) != 2:
        return None
    width, height = size
    return Facts("other", (height, width), width * height * _MODES.get(mode, 1), f"{mode} picture, {width} × {height}")


def image_picture(value):
    """Give `(width, height, pixels in base64)` of an image of Pillow's whose pixels are in memory; None for another.

    One that has been opened only is not read from its file: that takes time, and belongs to whoever opened it.
    """
    stored = own_dict(value) or {}
    core = stored.get("_im", stored.get("im"))
    if class_name(type(core)) != "ImagingCore" or stored.get("tile") or "load" in stored:
        return None
    image = loaded("PIL.Image", "Image")
    width, height = value.size
    step = _step(width, height)
    thumb = image.resize(value, (max(1, width // step), max(1, height // step)), 0)
    if thumb.mode in ("RGBA", "LA", "PA") or "transparency" in thumb.info:
        over = image.convert(thumb, "RGBA")
        thumb = loaded("PIL.Image", "alpha_composite")(loaded("PIL.Image", "new")("RGBA", over.size, "white"), over)
    thumb = image.convert(thumb, "RGB")
    return thumb.size[0], thumb.size[1], base64.b64encode(thumb.tobytes()).decode("ascii")
