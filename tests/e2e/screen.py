"""A terminal emulator for tests: pyte, with what today's programs send and it does not know kept from it."""

import codecs
import copy
import re
from collections.abc import Callable
from typing import Any

import pyte
import pyte.screens
from wcwidth import wcwidth

__all__ = ["EmulatedScreen"]

_UNKNOWN = re.compile(
    r"\x1b\[[<=>][0-9;:]*[ -/]*[@-~]"  # CSI with a private prefix: keyboard protocols, secondary attributes
    r"|\x1b\[\?[0-9;:]*(?:[ -/][@-~]|[mnu])"  # mode requests, private colours and reports
    r"|\x1b\[[0-9;:]*:[0-9;:]*m"  # colons in colours
    r"|\x1b[PX^_](?:[^\x1b]|\x1b(?!\\))*\x1b\\"  # DCS, SOS, PM, APC: strings up to ST
    r"|\x1b\[[0-9;]*t"  # window reports
)
_UNFINISHED = re.compile(r"\x1b(?:\[[<=>?0-9;: -/]*|[PX^_](?:[^\x1b]|\x1b(?!\\))*)?\Z")
_ALTERNATE = {1047, 1049}


class EmulatedScreen(pyte.Screen):
    """A screen with scrollback, the alternate screen, and answers to a program's questions.

    Args:
        columns: Width in cells.
        rows: Height in cells.
        answer: Sends what the terminal answers (cursor position, attributes) to the program.
    """

    def __init__(self, columns: int, rows: int, *, answer: Callable[[str], None]) -> None:
        self.scrolled: list[str] = []
        """Lines that went off the top of the main screen."""
        self._answer = answer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._main: tuple[Any, Any] | None = None
        super().__init__(columns, rows)
        self._stream = pyte.Stream(self)

    @property
    def alternate(self) -> bool:
        """The program draws on the alternate screen."""
        return self._main is not None

    def feed(self, data: bytes) -> None:
        """Draw what the program wrote; a sequence may be cut anywhere."""
        text = self._held + self._decoder.decode(data)
        cut = _UNFINISHED.search(text)
        self._held = text[cut.start() :] if cut else ""
        self._stream.feed(_UNKNOWN.sub("", text[: cut.start()] if cut else text))

    def drawn(self) -> list[str]:
        """Give the rows' text without blanks at their ends."""
        return [self._line(row) for row in range(self.lines)]

    def _line(self, row: int) -> str:
        cells = self.buffer[row]
        text, column = "", 0
        while column < self.columns:
            cell = cells[column].data
            text += cell
            column += 2 if cell and wcwidth(cell[0]) == 2 else 1
        return text.rstrip()

    # -- what pyte calls

    def index(self) -> None:
        """Scroll up by a line when the cursor is at the bottom, keeping what leaves."""
        top, bottom = self.margins or pyte.screens.Margins(0, self.lines - 1)
        if self.cursor.y == bottom and top == 0 and not self.alternate:
            self.scrolled.append(self._line(0))
        super().index()

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        """Enter the alternate screen, or what pyte knows."""
        if kwargs.get("private") and _ALTERNATE & set(modes) and self._main is None:
            self._main = (copy.deepcopy(self.buffer), copy.copy(self.cursor))
            self.erase_in_display(2)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        """Leave the alternate screen, or what pyte knows."""
        if kwargs.get("private") and _ALTERNATE & set(modes) and self._main is not None:
            self.buffer, self.cursor = self._main
            self._main = None
            self.dirty.update(range(self.lines))
        super().reset_mode(*modes, **kwargs)

    def write_process_input(self, data: str) -> None:
        """Answer the program."""
        self._answer(data)
