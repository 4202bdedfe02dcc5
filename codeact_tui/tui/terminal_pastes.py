r"""Pastes that hold escape sequences, made harmless before Textual reads them.

Textual's parser ends an escape sequence inside a bracketed paste as it would outside one: what it does not know comes
as keys. So a copied text with `ESC ] … BEL` in it would press Ctrl+G; here it is a text without the sequence.
"""

import re
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

from codeact_tui.protocol.terminal_text import ControlStripper

__all__ = ["PasteFilter", "teach_pastes"]

_MARKS = re.compile("\x1b\\[[0-9;:]*m|\b")
_START, _END = "\x1b[200~", "\x1b[201~"


class PasteFilter:
    """Takes what a terminal sends, in pieces, and gives it on with all pastes cleaned."""

    def __init__(self) -> None:
        self._seen = ""
        """The last characters given on outside a paste: a start may be cut in two."""
        self._inside: ControlStripper | None = None
        self._held = ""

    def feed(self, data: str) -> str:
        """Take more and give what of it may be read."""
        out: list[str] = []
        while data:
            data = self._outside(data, out) if self._inside is None else self._paste(self._inside, data, out)
        return "".join(out)

    def _outside(self, data: str, out: list[str]) -> str:
        seen = self._seen + data
        at = seen.find(_START)
        if at < 0:
            out.append(data)
            self._seen = seen[-len(_START) + 1 :]
            return ""
        end = at + len(_START) - len(self._seen)
        out.append(data[:end])
        self._seen, self._inside = "", ControlStripper()
        return data[end:]

    def _paste(self, stripper: ControlStripper, data: str, out: list[str]) -> str:
        data, self._held = self._held + data, ""
        pasted, end, rest = data.partition(_END)
        if end:
            out += [_unmarked(stripper.feed(pasted)), end]
            self._inside = None
            return rest
        keep = next((size for size in range(len(_END) - 1, 0, -1) if pasted.endswith(_END[:size])), 0)
        self._held = pasted[len(pasted) - keep :]
        out.append(_unmarked(stripper.feed(pasted[: len(pasted) - keep])))
        return ""


def _unmarked(text: str) -> str:
    """Leave out what the stripper keeps for a terminal: colours and backspaces."""
    return _MARKS.sub("", text)


def teach_pastes() -> None:
    """Let every parser of the terminal's input read pastes through a filter."""
    if getattr(XTermParser.feed, "reads_clean_pastes", False):
        return
    feed_raw = XTermParser.feed

    def feed(self: XTermParser, data: str) -> Iterable[Message]:
        cleaned = self.__dict__.setdefault("_codeact_pastes", PasteFilter()).feed(data)
        return feed_raw(self, cleaned) if cleaned or not data else ()

    setattr(feed, "reads_clean_pastes", True)  # noqa: B010
    XTermParser.feed = feed
