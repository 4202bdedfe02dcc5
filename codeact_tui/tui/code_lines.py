"""Code as it is drawn: visible characters only, tabs spread out, and every line folded so that nothing hides. Pure."""

import msgspec
from msgspec import Struct
from rich.cells import cell_len

from codeact_tui.protocol.visible import visible

__all__ = ["CodeLines", "Row", "fold", "hanging_indent", "shown_lines"]

_TAB = 4
_BACK = 24
"""How far back a better place to cut is looked for."""
_FORM_SELECTORS = {0xFE0E: None, 0xFE0F: None}
"""Those that `visible` lets stay after a symbol: terminals do not agree on the width they give it."""


class Row(Struct, frozen=True):
    """One row on the screen: a piece of a line."""

    line: int
    start: int
    end: int


def shown_lines(code: str) -> list[str]:
    """Split code into the lines that are drawn: the invisible written out, tabs as blanks."""
    text = visible(code).translate(_FORM_SELECTORS)
    return [line.expandtabs(_TAB) for line in text.split("\n")]


def fold(line: str, width: int) -> list[tuple[int, int]]:
    """Cut a line into pieces of at most so many cells, between words where there is one near.

    Every character is in one of them. Those after the first have room for the line's indent before them.
    """
    if line.isascii() and len(line) <= width:
        return [(0, len(line))]
    pieces: list[tuple[int, int]] = []
    start, room, indent = 0, width, hanging_indent(line, width)
    while True:
        end = _fitting(line, start, room)
        if end >= len(line):
            return [*pieces, (start, len(line))]
        end = _between_words(line, start, end)
        pieces.append((start, end))
        start, room = end, width - indent


def hanging_indent(line: str, width: int) -> int:
    """Give the blanks that stand before a folded line's other pieces."""
    return min(len(line) - len(line.lstrip(" ")), width // 2)


def _fitting(line: str, start: int, room: int) -> int:
    """Give the end of the longest piece that fits; it is never empty."""
    used, at = 0, start
    while at < len(line):
        used += 1 if line[at] < "\x7f" else cell_len(line[at])
        if used > room and at > start:
            return at
        at += 1
    return at


def _between_words(line: str, start: int, end: int) -> int:
    """Move a cut back to the end of a word or after a comma or bracket, if that is near."""
    for at in range(end, max(start + 1, end - _BACK), -1):
        if line[at - 1] in " ,([{" and line[at] != " " and line[:at].strip():
            return at
    return end


class CodeLines(Struct):
    """The lines of a piece of code that may grow, and the rows they take at a width."""

    lines: list[str] = msgspec.field(default_factory=lambda: [""])
    rows: list[Row] = msgspec.field(default_factory=lambda: [Row(0, 0, 0)])
    width: int = 80

    def set_code(self, code: str) -> None:
        """Take the whole code; what did not change is not folded again."""
        lines = shown_lines(code)
        same = 0
        for before, after in zip(self.lines, lines, strict=False):
            if before != after:
                break
            same += 1
        self.lines = lines
        self._fold_from(same)

    def set_width(self, width: int) -> None:
        """Take the cells that a row has."""
        if max(1, width) != self.width:
            self.width = max(1, width)
            self._fold_from(0)

    def _fold_from(self, first: int) -> None:
        keep = len(self.rows)
        while keep and self.rows[keep - 1].line >= first:
            keep -= 1
        del self.rows[keep:]
        for number in range(first, len(self.lines)):
            self.rows.extend(Row(number, start, end) for start, end in fold(self.lines[number], self.width))
