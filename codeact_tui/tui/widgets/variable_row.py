"""What the list of variables is made of: a variable, a line of words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.lines import Line, Piece, fit
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line, padded
from codeact_tui.tui.widgets.variable_columns import GAP, Column, type_word, variable_shape

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["Mark", "TextRow", "VariableRow", "cursor_line"]

Mark = Literal["new", "changed", "gone", ""]

_SIGNS: dict[Mark, str] = {"new": "+", "changed": "~", "gone": "−", "": " "}
_PIN = "•"
_SHORT = 200
"""Longer names and types are not shown whole anyway."""


class VariableRow:
    """One variable, on one line. What is slow to tell of it is told once: there may be ten thousand.

    Args:
        variable: What is known of it.
        pane: Tells the columns' widths, which row is chosen and which are pinned.
    """

    __slots__ = ("_folded", "_pane", "kind", "mark", "name", "shape", "variable", "widths")

    def __init__(self, variable: Variable, pane: "VariablesPane") -> None:
        self.variable = variable
        self.mark: Mark = ""
        """What the last cell did to it."""
        self.name = _plain(variable.name)
        self.kind = _plain(type_word(variable))
        self.shape = variable_shape(variable)
        self.widths = (_cells(self.name), _cells(self.kind), len(self.shape))
        """Cells that name, type and shape take."""
        self._folded = ""
        self._pane = pane

    @property
    def words(self) -> str:
        """Name and type, in one case, to be looked through."""
        if not self._folded:
            self._folded = f"{self.variable.name}\n{self.variable.type_name}".casefold()
        return self._folded

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it: sign, name, type, shape, size and value, as many columns as fit."""
        variable, gone = self.variable, self.mark == "gone"
        sign = {"new": paint.good, "changed": paint.accent, "gone": paint.bad, "": paint.text}[self.mark]
        size = "" if variable.size_bytes is None or gone else human_bytes(variable.size_bytes)
        cells: dict[Column, Piece] = {
            "name": (self.name, paint.muted if gone else paint.text),
            "type": (self.kind, paint.muted),
            "shape": ("" if gone else self.shape, paint.text),
            "size": (size, paint.muted),
            "value": ("gone" if gone else one_line(variable.summary), paint.muted if gone else paint.text),
        }
        pinned = self._pane.list.is_pinned(variable.name)
        pieces: list[Piece] = [(_SIGNS[self.mark], sign), (_PIN if pinned else " ", paint.accent)]
        for column, room in self._pane.list.columns(width):
            text, style = cells[column]
            pieces.append((text.rjust(room) if column == "size" else padded(text, room), style))
            pieces.append((" " * GAP, paint.text))
        return [cursor_line(pieces[:-1], width, paint, chosen=self._pane.chosen is self)]


class TextRow:
    """A line that is no variable."""

    def __init__(self, text: str) -> None:
        self._text = text

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        return [Line(((padded(" " + self._text, width).rstrip(), paint.muted),))]


def cursor_line(pieces: Sequence[Piece], width: int, paint: Paint, *, chosen: bool) -> Line:
    """Draw a row with the cursor's place before it."""
    mark: Piece = ("▌", paint.accent) if chosen else (" ", paint.text)
    return Line((mark, *fit(pieces, width - 1)), 1, "\n", paint.cursor if chosen else None)


def _plain(text: str) -> str:
    """Give text from outside as one clean line; what most names are made of is known at once."""
    return text if text.isidentifier() and text.isascii() and len(text) <= _SHORT else one_line(text, _SHORT)


def _cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
