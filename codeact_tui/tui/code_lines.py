"""Code as it is drawn: visible characters only, tabs spread out, and every line folded so that nothing hides. Pure."""

from dataclasses import dataclass, field

from rich.cells import cell_len

from codeact_tui.protocol.visible import visible

__all__ = ["CodeLines", "Row", "shown_lines"]

_TAB = 4
_FORM_SELECTORS = {0xFE0E: None, 0xFE0F: None}
"""Those that `visible` lets stay after a symbol: terminals do not agree on the width they give it."""


@dataclass(frozen=True)
class Row:
    """One row on the screen: a piece of a line."""

    line: int
    start: int
    end: int


def shown_lines(code: str) -> list[str]:
    """Split code into the lines that are drawn: the invisible written out, tabs as blanks."""
    text = visible(code).translate(_FORM_SELECTORS)
    return [line.expandtabs(_TAB) for line in text.split("\n")]


def fold(line: str, width: int) -> list[tuple[int, int]]:
    """Cut a line into pieces of at most so many cells; every character is in one of them."""
    if line.isascii():
        starts = range(0, max(1, len(line)), width)
        return [(start, min(start + width, len(line))) for start in starts]
    pieces: list[tuple[int, int]] = []
    start = used = 0
    for at, char in enumerate(line):
        cells = cell_len(char)
        if used + cells > width and at > start:
            pieces.append((start, at))
            start, used = at, 0
        used += cells
    pieces.append((start, len(line)))
    return pieces


@dataclass
class CodeLines:
    """The lines of a piece of code that may grow, and the rows they take at a width."""

    lines: list[str] = field(default_factory=lambda: [""])
    rows: list[Row] = field(default_factory=lambda: [Row(0, 0, 0)])
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
