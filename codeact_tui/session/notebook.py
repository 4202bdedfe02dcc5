"""The cells of the kernel that runs now as a notebook: which names each needs and leaves, and which are stale.

Reads each cell's code once. What the kernel says it saw change when a cell ran counts too.
"""

from collections.abc import Callable, Iterable

from codeact_tui.effects.names import Names, names_of
from codeact_tui.protocol.events import VariablesChanged
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.resuming import StaleCell
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.staleness import Cell, cells_that_make, stale_cells
from codeact_tui.session.transcript import Transcript

__all__ = ["Notebook"]

_CACHED = 2_000


class Notebook:
    """What the cells have to do with one another.

    Args:
        transcript: Grows as cells run.
    """

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._names: dict[str, Names] = {}
        self._touched: dict[ActionId, frozenset[str]] = {}

    def saw(self, event: VariablesChanged) -> None:
        """Take in what the kernel saw change."""
        if event.action is not None:
            names = {each.name for each in (*event.added, *event.changed)} | set(event.removed)
            self._touched[event.action] = self._touched.get(event.action, frozenset()) | names

    def stale(self) -> tuple[StaleCell, ...]:
        """Give the stale cells, in the order of their places."""
        return tuple(stale_cells(self.cells()))

    def makers(self, names: Iterable[str], is_there: Callable[[str], bool], *, epoch: int) -> list[ActionRecord]:
        """Give the cells of an earlier kernel that have to run again for these names to be there, in order.

        Args:
            names: What is missing.
            is_there: Says whether a name has its value already.
            epoch: Of that kernel.
        """
        cells = self.cells(lambda record: record.epoch == epoch and not record.taken_back)
        return [self._transcript.actions[action] for action in cells_that_make(names, cells, is_there)]

    def records(self) -> list[ActionRecord]:
        """Give the newest run of each cell of this kernel that ended well, in the order of their places."""
        actions = (cell.action for cell in self.cells())
        return [self._transcript.actions[action] for action in actions]

    def cells(self, counts: "Callable[[ActionRecord], bool] | None" = None) -> list[Cell]:
        """Give the cells, in the order of their places: a rerun stands where what it reran did.

        Args:
            counts: Says which do; None for those of the kernel that runs now.
        """
        places: dict[ActionId, ActionId] = {}
        newest: dict[ActionId, Cell] = {}
        for ran, record in enumerate(self._transcript.actions.values(), 1):
            place = places.get(record.rerun_of, record.rerun_of) if record.rerun_of else record.action
            places[record.action] = place
            if (counts(record) if counts else record.live) and record.state == "finished" and record.status == "ok":
                touched = self._touched.get(record.action, frozenset[str]())
                newest[place] = Cell(record.action, ran, self._names_of(record), touched)
        return [newest[place] for place in dict.fromkeys(places.values()) if place in newest]

    def leaves(self, record: ActionRecord) -> frozenset[str]:
        """Give the names whose values are others after a cell."""
        return self._names_of(record).leaves | self._touched.get(record.action, frozenset())

    def _names_of(self, record: ActionRecord) -> Names:
        found = self._names.get(record.sha256)
        if found is None:
            if len(self._names) >= _CACHED:
                self._names.clear()
            found = self._names[record.sha256] = names_of(record.code)
        return found
