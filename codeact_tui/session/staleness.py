"""Which cells would come out differently if they were run again, and which cells make a variable. Pure.

A cell is stale when a name that it needed was given another value, after it ran, by a cell that stands before it: an
earlier cell that was edited or rerun. A cell that needs what a stale cell makes is stale too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from codeact_tui.effects.names import Names
from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.protocol.resuming import StaleCell, StaleSource

__all__ = ["Cell", "cells_that_make", "stale_cells", "stale_words"]

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


def stale_words(stale: StaleCell) -> str:
    """Say why a cell is stale: what has changed, and which cells feed it that are stale themselves."""
    said: list[str] = []
    if stale.names:
        said.append(f"{_listed(stale.names)} {'has' if len(stale.names) == 1 else 'have'} changed since it ran")
    fed = [f"{_listed(each.names)} from [{action_number(each.action)}]" for each in stale.fed_by[:_NAMED]]
    if fed:
        rest = len(stale.fed_by) - len(fed)
        more = f" and {rest} more" if rest else ""
        which = "which is stale" if len(stale.fed_by) == 1 else "which are stale"
        said.append(f"it needs {', '.join(fed)}{more}, {which}")
    return "; ".join(said)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def stale_cells(cells: Sequence[Cell]) -> list[StaleCell]:
    """Find the stale ones.

    Args:
        cells: In the order of their places.
    """
    found: list[StaleCell] = []
    changed_at: dict[str, int] = {}
    stale_names: dict[str, ActionId] = {}
    for place, cell in enumerate(cells):
        needs = _needs(cell, cells[:place])
        changed = sorted(name for name in needs if changed_at.get(name, 0) > cell.ran)
        fed = sorted(name for name in needs if name in stale_names and name not in changed)
        if changed or fed:
            found.append(StaleCell(cell.action, tuple(changed), _sources(fed, stale_names)))
            stale_names |= dict.fromkeys(cell.leaves, cell.action)
        else:
            stale_names = {name: by for name, by in stale_names.items() if name not in cell.names.gives}
        for name in cell.leaves:
            changed_at[name] = max(cell.ran, changed_at.get(name, 0)) if name not in cell.names.gives else cell.ran
    return found


def _sources(names: Sequence[str], stale: Mapping[str, ActionId]) -> tuple[StaleSource, ...]:
    """Say which stale cells these names are from."""
    by: dict[ActionId, list[str]] = {}
    for name in names:
        by.setdefault(stale[name], []).append(name)
    actions = sorted(by, key=list(stale.values()).index)
    return tuple(StaleSource(action, tuple(by[action])) for action in actions)


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
