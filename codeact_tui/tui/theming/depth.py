"""How many colours the terminal has, and the nearest of its 256 to any colour. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from textual.color import Color

__all__ = ["Depth", "depth_of", "nearest_of_256"]

Depth = Literal["none", "16", "256", "full"]
"""none: the user wants no colour."""

_CUBE = (0, 95, 135, 175, 215, 255)
_GRAYS = tuple(range(8, 239, 10))
_FULL = frozenset({"truecolor", "24bit"})


def depth_of(environment: Mapping[str, str]) -> Depth:
    """Say how many colours to use.

    Args:
        environment: NO_COLOR, COLORTERM and TERM count, as they do for Textual; an empty NO_COLOR says nothing
            (no-color.org).
    """
    if environment.get("NO_COLOR"):
        return "none"
    if environment.get("COLORTERM", "").strip().lower() in _FULL:
        return "full"
    name = environment.get("TERM", "").strip().lower()
    return "256" if name.endswith(("-256color", "-kitty")) else "16"


@lru_cache(maxsize=512)
def nearest_of_256(color: Color) -> Color:
    """Give the colour of the terminal's upper 240 that looks most like this one.

    Left to rounding each channel, quiet dark tones turn black or take on a hue that no one chose.
    """
    red, green, blue = color.rgb
    cube = tuple(min(_CUBE, key=lambda level, channel=channel: abs(level - channel)) for channel in (red, green, blue))
    gray = min(_GRAYS, key=lambda level: abs(level - (299 * red + 587 * green + 114 * blue) / 1000))
    found = min((cube, (gray, gray, gray)), key=lambda each: _distance(each, (red, green, blue)))
    return Color(found[0], found[1], found[2])


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Give how different two colours look: the channels weighted by how well the eye tells them apart."""
    mean = (one[0] + other[0]) / 2
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    return (2 + mean / 256) * red * red + 4 * green * green + (2 + (255 - mean) / 256) * blue * blue
