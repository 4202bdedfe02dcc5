"""Colours in a terminal's text (SGR sequences) as styles; every other control sequence is dropped."""

import re
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color
from rich.style import Style

from codeact_tui.tui.rendering.lines import Piece
from codeact_tui.tui.rendering.text import clean

__all__ = ["PLAIN_PEN", "Colors", "Pen", "ansi_line", "pen_after"]

_SEQUENCE = re.compile(
    r"\x1b(?:\[([0-9;:]{0,64})m|\[[0-?]{0,64}[ -/]{0,8}[@-~]?"
    r"|[\]P_^X][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|[ -/]{0,8}[0-~]?)?"
)
_TAB = 8
_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike", 21: "underline"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}


class Pen(NamedTuple):
    """What is set at some point of the text."""

    color: str | None = None
    """As `rich.color.Color.parse` takes it."""
    background: str | None = None
    attributes: frozenset[str] = frozenset()


PLAIN_PEN = Pen()
Colors = tuple[str, ...]
"""The colours 0 to 15, as `#rrggbb`."""


def ansi_line(line: str, pen: Pen = PLAIN_PEN, colors: Colors = ()) -> tuple[list[Piece], Pen]:
    """Read one line.

    Args:
        line: Text without line ends.
        pen: What is set at its start.
        colors: The sixteen to draw the terminal's own with; none leaves them to the terminal.

    Returns:
        The pieces, clean, and what is set at its end.
    """
    pieces: list[Piece] = []
    at = 0
    if "\x1b" in line:
        for match in _SEQUENCE.finditer(line):
            _write(pieces, line[at : match.start()], _style(pen, colors))
            if match[1] is not None:
                pen = _turn(pen, match[1])
            at = match.end()
    _write(pieces, line[at:], _style(pen, colors))
    return pieces, pen


def pen_after(text: str, pen: Pen) -> Pen:
    """Give what is set at the text's end."""
    if "\x1b" in text:
        for match in _SEQUENCE.finditer(text):
            if match[1] is not None:
                pen = _turn(pen, match[1])
    return pen


def _write(pieces: list[Piece], text: str, style: Style) -> None:
    if not text:
        return
    if "\t" in text:
        column = sum(len(piece) for piece, _ in pieces) % _TAB
        text = (" " * column + text).expandtabs(_TAB)[column:]
    if text := clean(text).replace("\n", " "):
        pieces.append((text, style))


@lru_cache(maxsize=1024)
def _style(pen: Pen, colors: Colors) -> Style:
    style = Style(color=_color(pen.color, colors), bgcolor=_color(pen.background, colors))
    return style + Style.parse(" ".join(sorted(pen.attributes)))


def _color(name: str | None, colors: Colors) -> Color | None:
    if name is None:
        return None
    color = Color.parse(name)
    number = color.number
    return Color.parse(colors[number]) if number is not None and number < len(colors) else color


@lru_cache(maxsize=1024)
def _turn(pen: Pen, parameters: str) -> Pen:
    codes = _codes(parameters)
    while codes:
        code = codes.pop(0)
        if code == 0:
            pen = Pen()
        elif code in _ON:
            pen = pen._replace(attributes=pen.attributes | {_ON[code]})
        elif code in _OFF:
            pen = pen._replace(attributes=pen.attributes.difference(_OFF[code]))
        elif code in {38, 48}:
            color = _extended(codes)
            pen = pen._replace(color=color) if code == 38 else pen._replace(background=color)
        elif code == 58:
            _extended(codes)
        else:
            pen = _basic(pen, code)
    return pen


def _basic(pen: Pen, code: int) -> Pen:
    for first, bright in ((30, 0), (90, 8)):
        if first <= code < first + 8:
            return pen._replace(color=f"color({code - first + bright})")
        if first + 10 <= code < first + 18:
            return pen._replace(background=f"color({code - first - 10 + bright})")
    if code == 39:
        return pen._replace(color=None)
    if code == 49:
        return pen._replace(background=None)
    return pen


def _codes(parameters: str) -> list[int]:
    """Give the numbers; the colon forms (`4:3`, `38:2::1:2:3`) as the semicolon ones."""
    codes: list[int] = []
    for group in parameters.split(";"):
        parts = group.split(":")
        if len(parts) > 1 and parts[0] in {"38", "48", "58"}:
            numbers = [int(part) if part else -1 for part in parts]
            if len(numbers) > 5 and numbers[1] == 2:
                del numbers[2]
            codes.extend(max(0, number) for number in numbers)
        elif len(parts) > 1 and parts[0] == "4":
            codes.append(24 if parts[1] == "0" else 4)
        else:
            codes.append(int(parts[0] or 0))
    return codes


def _extended(codes: list[int]) -> str | None:
    """Take a colour in 256 or true colours off the front."""
    if not codes:
        return None
    kind = codes.pop(0)
    if kind == 5 and codes:
        return f"color({min(codes.pop(0), 255)})"
    if kind == 2 and len(codes) >= 3:
        red, green, blue = (min(code, 255) for code in codes[:3])
        del codes[:3]
        return f"#{red:02x}{green:02x}{blue:02x}"
    return None
