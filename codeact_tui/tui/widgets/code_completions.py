"""The candidates at the editor's cursor."""

from rich.cells import cell_len
from textual.geometry import Offset

from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.prompting.completion import Candidate
from codeact_tui.tui.text import one_line
from codeact_tui.tui.widgets.completions import ROWS_MAX, Completions

__all__ = ["CodeCompletions"]

_WIDTH_MAX = 56
_WIDTH_MIN = 20
_MARKS = 3


class CodeCompletions(Completions):
    """A list below the cursor, or above it where there is no room below."""

    def __init__(self) -> None:
        super().__init__(id="code-completions")

    def offer_at(self, candidates: list[Candidate], cursor: Offset) -> None:
        """Show these, the first one chosen; none closes the list.

        Args:
            candidates: What there is to choose from.
            cursor: Where the word begins, on the screen.
        """
        screen = app_of(self).size
        label = max((cell_len(one_line(each.label)) for each in candidates), default=0)
        note = max((cell_len(one_line(each.note)) for each in candidates), default=0)
        width = min(max(_WIDTH_MIN, label + note + 2 * _MARKS + 1), _WIDTH_MAX, screen.width)
        rows = min(ROWS_MAX, len(candidates))
        below = cursor.y + 1 + rows <= screen.height
        y = cursor.y + 1 if below else max(0, cursor.y - rows)
        x = max(0, min(cursor.x - _MARKS, screen.width - width))
        self.styles.width = width
        self.styles.offset = (x, y)
        self.offer(candidates)
