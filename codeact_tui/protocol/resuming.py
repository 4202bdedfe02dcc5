"""What is said of variables that come back, of cells that ought to run again, and of running them."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.ids import ActionId

__all__ = [
    "CellsStale",
    "MissingVariable",
    "RerunCells",
    "RerunOffer",
    "StaleCell",
    "StaleSource",
    "VariablesRestored",
    "VariablesReturning",
]


class MissingVariable(Struct, frozen=True):
    """A variable that is not back as it was."""

    name: str
    why: str


class RerunOffer(Struct, frozen=True):
    """A cell that would make missing variables again."""

    action: ActionId
    effects: tuple[Effect, ...] = ()
    """What it would do, as far as its code tells."""


class VariablesReturning(Struct, frozen=True, tag="variables_returning"):
    """Variables are being brought back from disk, or no longer. Transient."""

    active: bool = True


class VariablesRestored(Struct, frozen=True, tag="variables_restored"):
    """Variables were brought back from disk, as far as they were kept: the session was opened again, or went back."""

    back: tuple[str, ...] = ()
    missing: tuple[MissingVariable, ...] = ()
    offers: tuple[RerunOffer, ...] = ()
    """The cells that make what is missing, in their order; `RerunCells("missing")` runs them."""
    problem: str = ""
    """Why nothing is back: a sentence for the user."""
    cells: tuple[ActionId, ...] | None = None
    """Those whose variables they are; None: all that ran in the last kernel that had any."""


class StaleSource(Struct, frozen=True):
    """A stale cell that feeds another one."""

    action: ActionId
    names: tuple[str, ...]
    """The variables that the other one needs of it."""


class StaleCell(Struct, frozen=True):
    """A cell that would come out differently now."""

    action: ActionId
    names: tuple[str, ...] = ()
    """Of the variables that are others since it ran."""
    fed_by: tuple[StaleSource, ...] = ()
    """Whose variables it needs, and which are stale themselves."""


class CellsStale(Struct, frozen=True, tag="cells_stale"):
    """Which cells are stale now: all of them, each time that changes. Transient."""

    cells: tuple[StaleCell, ...] = ()


class RerunCells(Struct, frozen=True, tag="rerun_cells"):
    """Run several past cells again, in their order; the first that does not end well stops the rest."""

    which: Literal["stale", "missing", "all"]
    """stale: what earlier cells have changed since. missing: what makes the variables that did not come back. all:
    every cell, on a fresh kernel, and say where it comes out differently."""
    start: ActionId | None = None
    """Of "all": what comes before this cell is run, and not compared."""
