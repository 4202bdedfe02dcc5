"""Which cells still count: those that made what the last kernel held, without what was superseded. Pure.

A cell is superseded when it did not run to its end, or when it was run again later. It stays all the same where a cell
that stays needs a name as this one made it: so what stays runs from top to bottom, in the order in which it ran.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from codeact_tui.effects.names import Names, names_of
from codeact_tui.session.entries import ActionRecord

__all__ = ["LiveCell", "live_cells"]


@dataclass(frozen=True)
class LiveCell:
    """A cell that counts.

    Attributes:
        record: What ran.
        fails: It failed, and is kept for what it made before it did.
    """

    record: ActionRecord
    fails: bool = False


def live_cells(ran: Sequence[ActionRecord]) -> list[LiveCell]:
    """Choose among the cells that ran, in their order."""
    epoch = max((record.epoch for record in ran if record.status == "ok"), default=0)
    cells = [record for record in ran if record.epoch == epoch and record.status not in {"aborted", "died", "lost"}]
    names = [names_of(record.code) for record in cells]
    kept = {index for index in range(len(cells)) if not _superseded(index, cells, names)}
    while missing := _missing(kept, names):
        kept |= missing
    return [LiveCell(cells[index], cells[index].status != "ok") for index in sorted(kept)]


def _superseded(index: int, cells: Sequence[ActionRecord], names: Sequence[Names]) -> bool:
    """Say of a cell that it failed, or that a later one says the same anew."""
    record = cells[index]
    if record.status != "ok":
        return True
    later = [each for each in cells[index + 1 :] if each.status == "ok"]
    again = any(record.action in _origins(each, cells) for each in later)
    same = not names[index].needs and any(each.code.strip() == record.code.strip() for each in later)
    return (again or same) and not _changed(names[index])


def _origins(record: ActionRecord, cells: Sequence[ActionRecord]) -> set[str]:
    """Give the actions that this one is a rerun of, however often removed."""
    by_name = {each.action: each for each in cells}
    found: set[str] = set()
    while record.rerun_of is not None and record.rerun_of not in found:
        found.add(record.rerun_of)
        if record.rerun_of not in by_name:
            break
        record = by_name[record.rerun_of]
    return found


def _missing(kept: set[int], names: Sequence[Names]) -> set[int]:
    """Give the cells that are not kept though one that is needs what they made."""
    missing: set[int] = set()
    made: dict[str, list[int]] = {}
    later: dict[str, frozenset[str]] = {}
    for index, cell in enumerate(names):
        if index in kept:
            for name in _needs(cell, later):
                missing.update(each for each in made.get(name, ()) if each not in kept)
        for name in cell.gives:
            made[name] = [*made.get(name, []), index] if name in cell.needs else [index]
        for name in _changed(cell) - cell.gives:
            made.setdefault(name, []).append(index)
        later.update(cell.later)
    return missing


def _changed(cell: Names) -> frozenset[str]:
    """Give what a cell may have changed in place; rather too much."""
    return cell.changes | cell.touches


def _needs(cell: Names, later: dict[str, frozenset[str]]) -> set[str]:
    """Give what a cell reads, and what the functions read that it reads, and so on."""
    needs: set[str] = set()
    known = {**later, **cell.later}
    open_ = [*cell.needs, *cell.later]
    while open_:
        name = open_.pop()
        if name not in needs:
            needs.add(name)
            open_.extend(known.get(name, ()))
    return needs
