"""The model's words, on a surface as they stream."""

import re

from codeact_tui.line.base import Surface
from codeact_tui.line.words import plural
from codeact_tui.protocol.events import ModelReplied, ReplyDelta
from codeact_tui.protocol.terminal_text import ControlStripper, plain_text

__all__ = ["ReplyPrinter"]

_NOT_TEXT = re.compile(r"\x1b\[[0-9;:]*m|[\r\b]")


class ReplyPrinter:
    """Draws replies, one after the other. Blank lines around the words are left out.

    Args:
        surface: Where to.
    """

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._stripper = ControlStripper()
        self._newlines: str = ""
        self._shown = False
        self._code = 0
        self._reasoning = 0

    @property
    def streaming(self) -> bool:
        """Words stand in a line that goes on."""
        return self._shown

    def delta(self, delta: ReplyDelta) -> None:
        """Draw a piece."""
        match delta.kind:
            case "text":
                self._text(delta.text)
            case "code":
                self._code += delta.text.count("\n")
                self._surface.live(f"writing a cell, {plural(self._code + 1, 'line')} …")
            case "reasoning":
                self._reasoning += len(delta.text)
                self._surface.live(f"thinking, {plural(self._reasoning, 'character')} …")

    def void(self) -> bool:
        """End a reply that came to nothing; say whether any of it had been shown."""
        shown = self._shown
        self._end_line()
        self._begin()
        return shown

    def replied(self, reply: ModelReplied) -> None:
        """End the reply; what did not stream is written now."""
        if not self._shown:
            words = plain_text(reply.text).strip()
            if words:
                self._surface.write(words)
        self._end_line()
        self._begin()

    def _begin(self) -> None:
        self._stripper = ControlStripper()
        self._newlines = ""
        self._shown = False
        self._code = 0
        self._reasoning = 0

    def _text(self, text: str) -> None:
        text = self._newlines + _NOT_TEXT.sub("", self._stripper.feed(text))
        if not self._shown:
            text = text.lstrip()
        words = text.rstrip("\n")
        self._newlines = text[len(words) :]
        if words:
            if not self._shown:
                self._surface.live("")
            self._shown = True
            self._surface.append(words)

    def _end_line(self) -> None:
        self._surface.live("")
        if self._shown:
            self._surface.end_line()
