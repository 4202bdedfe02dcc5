"""A part of a cell's output: lines of one kind that can be drawn from any line on, or a body drawn as a whole."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.terminal_text import settle, strip_controls
from codeact_tui.tui.rendering.ansi import PLAIN_PEN, Pen, ansi_line, pen_after
from codeact_tui.tui.rendering.code import code_lines
from codeact_tui.tui.rendering.lines import Line, Piece, chop, flow, indented
from codeact_tui.tui.rendering.markdown import markdown_lines
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean

__all__ = ["MAX_DISPLAY", "ROWS_MAX", "Body", "OutputPart", "PartKind", "display_lines"]

PartKind = Literal["stdout", "stderr", "display", "result", "error", "json", "markdown", "note"]

ROWS_MAX = 40
"""How high a body is drawn at most, where nothing else is said."""

MAX_DISPLAY = 256 * 1024
"""Of a longer text that is displayed the beginning is shown, in characters."""

_PEN_STEP = 200
_MAX_LINE = 1024 * 1024


class Body(Protocol):
    """What is no text: a picture, a table, a tree."""

    def estimate(self, width: int) -> int:
        """Give the height, roughly and quickly."""
        ...

    def draw(self, width: int, paint: Paint, rows_max: int) -> list[Line]:
        """Draw it.

        Args:
            width: Cells there are.
            paint: The styles.
            rows_max: How high it may be; what is more is left out, and said to be, or drawn smaller.
        """
        ...


@dataclass
class OutputPart:
    """Some lines of output of one kind, colours still as escape sequences."""

    kind: PartKind
    lines: list[str]
    """What is copied; and what is drawn, where there is no body."""
    body: Body | None = None
    """What is drawn in the place of the lines."""
    grows: bool = False
    """More may come at its end."""
    revisions: int = 0
    """How often lines before the last have been replaced."""
    _pens: list[Pen] = field(default_factory=lambda: [PLAIN_PEN])

    @property
    def count(self) -> int:
        """Into how many pieces it can be divided: its lines, or one where it is drawn as a whole."""
        return 1 if self.body is not None else len(self.lines)

    def estimate(self, first: int, last: int, width: int) -> int:
        """Give the height of some pieces, roughly."""
        if self.body is not None:
            return self.body.estimate(width)
        return sum(1 if len(line) <= width else -(-len(line) // width) for line in self.lines[first:last])

    def draw(
        self,
        first: int,
        last: int,
        width: int,
        paint: Paint,
        *,
        line_chars_max: int = _MAX_LINE,
        rows_max: int = ROWS_MAX,
    ) -> list[Line]:
        """Draw some pieces: lines, or the body.

        Args:
            first: The first, counted from 0.
            last: The one after the last.
            width: Cells there are.
            paint: The styles.
            line_chars_max: What is beyond this in a line is left out, and said to be.
            rows_max: How high a body may be that can be drawn smaller.
        """
        if self.body is not None:
            return self.body.draw(width, paint, rows_max)
        lines = [line[:line_chars_max] for line in self.lines[first:last]]
        match self.kind:
            case "note":
                return [line for text in lines for line in flow([(clean(text), paint.muted)], width)]
            case "markdown":
                return markdown_lines("\n".join(lines), width, paint)
            case "json":
                rows = code_lines("\n".join(lines), paint, language="json")
                return [line for row in rows for line in chop(row, width)]
            case "stderr":
                lead: list[Piece] = [("▎", paint.warn)]
                return indented(self._text(first, lines, width - 1, paint), lead)
            case _:
                return self._text(first, lines, width, paint)

    def _text(self, first: int, lines: list[str], width: int, paint: Paint) -> list[Line]:
        pen = self._pen_at(first)
        drawn: list[Line] = []
        for number, text in enumerate(lines, first):
            pieces, pen = ansi_line(text, pen, paint.terminal)
            drawn.extend(chop(pieces, width))
            if len(text) < len(self.lines[number]):
                drawn.append(Line((("… the line goes on", paint.muted),)))
        return drawn

    def _pen_at(self, line: int) -> Pen:
        """Give what is set before a line, from marks that are made on the way."""
        mark = line // _PEN_STEP
        while len(self._pens) <= mark:
            start = (len(self._pens) - 1) * _PEN_STEP
            self._pens.append(pen_after("\n".join(self.lines[start : start + _PEN_STEP]), self._pens[-1]))
        rest = self.lines[mark * _PEN_STEP : line]
        return pen_after("\n".join(rest), self._pens[mark]) if rest else self._pens[mark]

    def revise(self, first: int) -> None:
        """Take it that the lines from `first` on are not what they were."""
        self.revisions += 1
        del self._pens[first // _PEN_STEP + 1 :]


def display_lines(text: str) -> list[str]:
    """Divide a display's text into lines; of a very long one the beginning."""
    lines = settle(strip_controls(text[:MAX_DISPLAY], moves=True)).split("\n")
    if len(text) > MAX_DISPLAY:
        lines.append(f"\x1b[0m… {human_bytes(len(text) - MAX_DISPLAY)} more")
    return lines
