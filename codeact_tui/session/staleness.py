"""Which cells would come out differently if they were run again, and which cells make a variable. Pure.

A cell is stale when a name that it needed was given another value, after it ran, by a cell that stands before it: an
earlier cell that was edited or rerun. A cell that needs what a stale cell makes is stale too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from codeact_tui.effects.names import Names
from codeact_tui.protocol.ids import ActionId

__all__ = ["Cell", "Stale", "cells_that_make", "stale_cells", "stale_words"]

_NAMED = 4


@dataclass(frozen=True)
class Cell:
    """A cell of the notebook that a session is: the newest run of it, at the place of the first."""

    action: ActionId
    """Of the newest run."""
    ran: int
    """When it ran: 1 for the first cell that ran in this kernel, and so on."""
    names: Names
    touched: frozenset[str] = frozenset()
    """Names that the kernel saw change when it ran."""

    @property
    def leaves(self) -> frozenset[str]:
        """Names whose values are others after it."""
        return self.names.leaves | self.touched


@dataclass(frozen=True)
class Stale:
    """A cell that would come out differently, and by which names."""

    action: ActionId
    names: tuple[str, ...]


def stale_words(names: Sequence[str]) -> str:
    """Say why a cell is stale."""
    shown = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    verb = "has" if len(names) == 1 else "have"
    return f"{shown}{more} {verb} changed since it ran"


def stale_cells(cells: Sequence[Cell]) -> list[Stale]:
    """Find the stale ones.

    Args:
        cells: In the order of their places.
    """
    found: list[Stale] = []
    changed_at: dict[str, int] = {}
    stale_names: set[str] = set()
    for place, cell in enumerate(cells):
        needs = _needs(cell, cells[:place])
        why = sorted(name for name in needs if changed_at.get(name, 0) > cell.ran or name in stale_names)
        if why:
            found.append(Stale(cell.action, tuple(why)))
            stale_names |= cell.leaves
        else:
            stale_names -= cell.names.gives
        for name in cell.leaves:
            changed_at[name] = max(cell.ran, changed_at.get(name, 0)) if name not in cell.names.gives else cell.ran
    return found


def cells_that_make(names: Iterable[str], cells: Sequence[Cell], is_there: Callable[[str], bool]) -> list[ActionId]:
    """Find the cells that have to run again, in their order, for these names to be there.

    Args:
        names: What is missing.
        cells: In the order of their places.
        is_there: Says whether a name has its value already.
    """
    wanted, found = set(names), list[ActionId]()
    for place in range(len(cells) - 1, -1, -1):
        cell = cells[place]
        if not wanted & cell.leaves:
            continue
        found.append(cell.action)
        wanted -= cell.names.gives
        wanted |= {name for name in _needs(cell, cells[:place]) if not is_there(name)}
    return found[::-1]


def _needs(cell: Cell, before: Sequence[Cell]) -> set[str]:
    """Give what a cell needs, with what the functions that it uses need when they are called."""
    later: dict[str, frozenset[str]] = {}
    for each in (*before, cell):
        for name in each.names.gives:
            later.pop(name, None)
        later.update(each.names.later)
    own = cell.names.later
    found, waiting = set[str](), list(cell.names.needs | cell.names.changes)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name not in own:
                waiting.extend(_reached(name, later))
    return found


def _reached(name: str, later: Mapping[str, frozenset[str]]) -> Iterable[str]:
    return later.get(name, ())
