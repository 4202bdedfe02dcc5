"""Says which cells have become stale, each once."""

from collections.abc import Sequence

from codeact_tui.line.base import Surface
from codeact_tui.line.words import Palette, one_line
from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.protocol.resuming import StaleCell
from codeact_tui.session.staleness import stale_words

__all__ = ["StaleTeller"]

_NAMED = 5


class StaleTeller:
    """Draws which cells are stale, and why.

    Args:
        surface: Where to.
    """

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._palette = Palette(surface.colour)
        self._known: frozenset[ActionId] = frozenset()

    def tell(self, cells: Sequence[StaleCell]) -> None:
        """Say which are stale that were not before.

        Args:
            cells: All that are now.
        """
        new = [each for each in cells if each.action not in self._known]
        self._known = frozenset(each.action for each in cells)
        for each in new[:_NAMED]:
            self._dim(f"[{action_number(each.action)}] is stale: {stale_words(each)}.")
        if new[_NAMED:]:
            rest = len(new) - _NAMED
            self._dim(f"{rest} more {'cells are' if rest > 1 else 'cell is'} stale.")
        if new:
            self._dim("/rerun-stale runs what is stale again, in order.")

    def _dim(self, sentence: str) -> None:
        self._surface.write(self._palette.dim(one_line(sentence, 1000)))
