"""What the cell that waits would do, as far as its code tells: the gravest first, by sign and colour."""

from textual.content import Content
from textual.widgets import Static

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.words import Phrase, phrases
from codeact_tui.session.transcript import ActionRecord
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.text import joined, one_line, styled
from codeact_tui.tui.themes import Palette, palette

__all__ = ["EffectsLine"]

_SIGNS = {0: ("· ", "muted"), 1: ("△ ", "warning"), 2: ("▲ ", "error")}
"""Sign and colour of what is harmless, to be looked at, and dangerous."""
_MOST_ROWS = 3


class EffectsLine(Static):
    """One to three lines over the keys of the card; nothing while no cell waits."""

    def __init__(self) -> None:
        super().__init__(id="cell-effects", markup=False)
        self.auto_links = False
        self.display = False
        self._shown: tuple[Phrase, ...] = ()
        self._content = Content("")

    def on_mount(self) -> None:
        """Draw anew when the theme changes."""
        app_of(self).theme_changed_signal.subscribe(self, self._recolor)

    def _recolor(self, _theme: object) -> None:
        if self._shown:
            self._content = _content(self._shown, palette(self))
            self.update(self._content)

    def show(self, record: ActionRecord | None) -> None:
        """Tell of the action that waits; take it away for any other."""
        request = record.request if record is not None and record.state == "waiting" else None
        self.display = request is not None
        if request is None:
            self._shown = ()
            return
        found = phrases(Analysis(request.effects, request.problem))
        if found != self._shown:
            self._shown = found
            self._content = _content(found, palette(self))
            self.update(self._content)

    def rows(self, width: int) -> int:
        """Say how many rows it takes at a width; 0 when there is nothing to tell."""
        return min(_MOST_ROWS, -(-self._content.cell_length // max(1, width))) if self.display else 0


def _content(found: tuple[Phrase, ...], colors: Palette) -> Content:
    parts = [styled(one_line(phrase.text), colors.color(_SIGNS[phrase.danger][1])) for phrase in found]
    sign, color = _SIGNS[max(phrase.danger for phrase in found)]
    muted = colors.color("muted")
    return joined(
        [styled(sign, colors.color(color)), styled("looks like it ", muted), joined(parts, styled(" · ", muted))]
    )
