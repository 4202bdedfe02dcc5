"""The reply that is being written: only its last block is drawn again and again."""

import re
from collections.abc import Sequence
from typing import Literal

from codeact_tui.tui.rendering.lines import Line, Piece, fit, flow, indented, width_of
from codeact_tui.tui.rendering.markdown import markdown_lines, settled_chars
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean, count_lines, first_line, one_line
from codeact_tui.tui.widgets.conversation_blocks import MARGIN

__all__ = ["MarkdownStream", "OpenReplyBlock", "StreamKind"]

StreamKind = Literal["text", "code", "reasoning"]

_BLANK = Line()
_MAX_OPEN = 16 * 1024
_FENCE = re.compile(r"\s*(?:```+|~~~+)[^\n]{0,100}\n")
_MAX_REASONING = 4000
"""Characters of reasoning that are kept for the eye while it streams."""


class MarkdownStream:
    """Markdown that grows at its end. Blocks that no further text can change are drawn once.

    Args:
        margin: Stands before every line.
    """

    def __init__(self, margin: Sequence[Piece] = ()) -> None:
        self._margin = margin
        self._settled: list[str] = []
        self._open = ""
        self._lines: list[Line] = []
        self._drawn_for: tuple[int, Paint] | None = None

    def feed(self, text: str) -> None:
        """Add text."""
        self._open += clean(text, tab=4)

    @property
    def blank(self) -> bool:
        """There is nothing to see."""
        return not self._settled and not self._open.strip()

    def draw(self, width: int, paint: Paint) -> list[Line]:
        """Draw all of it; lines that are settled are the very same every time."""
        if self._drawn_for != (width, paint):
            self._drawn_for = (width, paint)
            self._lines = []
            for block in self._settled:
                self._lines += self._under(markdown_lines(block, self._room(width), paint))
        while settled := self._settle():
            self._settled.append(settled)
            self._lines += self._under(markdown_lines(settled, self._room(width), paint))
        return [*self._lines, *self._under(markdown_lines(self._open, self._room(width), paint, highlight=False))]

    def _room(self, width: int) -> int:
        return width - width_of(self._margin)

    def _under(self, lines: list[Line]) -> list[Line]:
        """Part lines from what is above them."""
        return indented([Line(), *lines] if lines and self._lines else lines, self._margin)

    def _settle(self) -> str:
        """Take off the open text what is done with; a block that becomes too long is cut."""
        at = settled_chars(self._open) if len(self._open) <= _MAX_OPEN else 0
        again = ""
        if len(self._open) > _MAX_OPEN:
            at = self._open.rfind("\n", _MAX_OPEN // 2, _MAX_OPEN) + 1 or _MAX_OPEN
            fence = _FENCE.match(self._open)
            again = fence[0] if fence else ""
        settled, self._open = self._open[:at], again + self._open[at:]
        return settled


class OpenReplyBlock:
    """What has come of a reply so far: thoughts, words, the beginning of a cell."""

    def __init__(self, *, spaced: bool) -> None:
        self._spaced = spaced
        self._text = MarkdownStream(MARGIN)
        self._reasoning = ""
        self._code: list[str] = []

    def feed(self, kind: StreamKind, text: str) -> None:
        """Add a piece."""
        match kind:
            case "text":
                self._text.feed(text)
            case "code":
                self._code.append(text)
            case "reasoning":
                self._reasoning = (self._reasoning + text)[-_MAX_REASONING:]

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        lines: list[Line] = []
        if self._text.blank and not self._code and self._reasoning:
            lines = _last_thought(self._reasoning, width, paint)
        if not self._text.blank:
            lines = self._text.draw(width, paint)
        if self._code:
            lines = [*lines, self._cell_line(width, paint)]
        return [_BLANK, *lines] if self._spaced and lines else lines

    def _cell_line(self, width: int, paint: Paint) -> Line:
        code = "".join(self._code)
        self._code = [code]
        first, _ = first_line(code, 200)
        count = count_lines(code)
        right = f" {count} line{'s' * (count != 1)}"
        left = fit([(" ✎ ", paint.accent), (one_line(first) or "a cell", paint.muted), (" …", paint.muted)], width - 12)
        used = sum(len(text) for text, _ in left)
        return Line((*left, (right.rjust(max(0, width - used)), paint.muted)), 1)


def _last_thought(reasoning: str, width: int, paint: Paint) -> list[Line]:
    """Draw the last two lines of what the model thinks."""
    lines = flow([(clean(reasoning).strip(), paint.quote)], width, [(" · ", paint.muted)])
    return lines[-2:]
