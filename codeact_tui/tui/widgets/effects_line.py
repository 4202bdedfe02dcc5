"""What the cell that waits would do, as far as its code tells: the gravest first, by sign and colour."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.words import EARLY, Phrase, phrases_that_fit
from codeact_tui.session.entries import ActionRecord
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.text import joined, one_line, styled
from codeact_tui.tui.themes import Palette, palette

__all__ = ["EffectsLine"]

_SIGNS = {0: ("· ", "muted"), 1: ("△ ", "warning"), 2: ("▲ ", "error")}
"""Sign and colour of what is harmless, to be looked at, and dangerous."""
_LEAST_ROWS = 3
_PART_OF_ROOM = 4


class EffectsLine(Static):
    """Some lines over the keys of the card, none of them cut: what has no room is told in fewer words.

    Nothing while no cell waits.
    """

    def __init__(self) -> None:
        super().__init__(id="cell-effects", markup=False)
        self.auto_links = False
        self.display = False
        self._analysis: Analysis | None = None
        self._early = False
        self._shown: tuple[Phrase, ...] = ()
        self._drawn: tuple[tuple[Phrase, ...], bool] = (), False
        self._room = 0, _LEAST_ROWS

    def on_mount(self) -> None:
        """Draw anew when the theme changes."""
        app_of(self).theme_changed_signal.subscribe(self, self._recolor)

    def _recolor(self, _theme: object) -> None:
        if self._shown:
            self.update(self._content(self._shown, palette(self)))

    def show(self, record: ActionRecord | None) -> None:
        """Tell of the action that waits; take it away for any other."""
        request = record.request if record is not None and record.state == "waiting" else None
        self.display = request is not None
        self._analysis = None if request is None else Analysis(request.effects, request.problem)
        self._early = request is not None and request.early
        self._draw()

    def rows(self, width: int, room: int) -> int:
        """Say how many rows it takes, and be no higher; 0 when there is nothing to tell.

        Args:
            width: Of the text, in cells.
            room: The rows that it shares with code and output.
        """
        if not self.display:
            return 0
        given = width, max(_LEAST_ROWS, room // _PART_OF_ROOM)
        if given != self._room:
            self._room = given
            self._draw()
        return _row_count(self._content(self._shown, palette(self)).plain, width)

    def _draw(self) -> None:
        if self._analysis is None:
            self._shown, self._drawn = (), ((), False)
            return
        width, most = self._room
        colors = palette(self)

        def fits(found: Sequence[Phrase]) -> bool:
            return width <= 0 or _row_count(self._content(found, colors).plain, width) <= most

        shown = phrases_that_fit(self._analysis, fits)
        if (shown, self._early) != self._drawn:
            self._shown, self._drawn = shown, (shown, self._early)
            self.update(self._content(shown, colors))

    def _content(self, found: Sequence[Phrase], colors: Palette) -> Content:
        parts = [styled(one_line(phrase.text), colors.color(_SIGNS[phrase.danger][1])) for phrase in found]
        sign, color = _SIGNS[max(phrase.danger for phrase in found)]
        muted = colors.color("muted")
        told = [styled(sign, colors.color(color)), styled("looks like it ", muted), joined(parts, styled(" · ", muted))]
        return joined([*told, styled(f" · {EARLY}", muted)] if self._early else told)


def _row_count(text: str, width: int) -> int:
    """Say how many rows a text takes that is broken at blanks, and in a word where that is longer than a row."""
    rows, used = 1, 0
    for word in text.split(" "):
        cells = cell_len(word)
        if used and used + 1 + cells > width:
            rows, used = rows + 1, 0
        used += cells + bool(used)
        more = max(0, -(-used // max(1, width)) - 1)
        rows, used = rows + more, used - more * width
    return rows
