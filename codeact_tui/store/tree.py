"""Sessions as a tree: forks below those that they go on from. Pure."""

from collections.abc import Iterator, Sequence

from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import SessionSummary

__all__ = ["as_tree"]

_LEVELS = 6
_BRANCH, _LAST, _PAST, _NOTHING = "├╴", "└╴", "│ ", "  "


def as_tree(sessions: Sequence[SessionSummary]) -> list[tuple[str, SessionSummary]]:
    """Put forks below the sessions that they go on from, each with the signs that stand before its title.

    A family stands where its first member did; forks are in the order of the points that they go on from. One whose
    parent is not among these stands for itself. Very deep ones are drawn less deep, and say at which level they are.
    """
    known = {each.id for each in sessions}
    below: dict[SessionId | None, list[SessionSummary]] = {}
    for each in sessions:
        below.setdefault(each.parent if each.parent in known else None, []).append(each)
    for forks in below.values():
        if forks is not below.get(None):
            forks.sort(key=lambda each: (each.shared, each.created_at))
    place = {each.id: number for number, each in enumerate(sessions)}
    families = [list(_branch(root, below)) for root in below.get(None, [])]
    families.sort(key=lambda family: min(place[each.id] for _, each in family))
    return [(_signs(levels), each) for family in families for levels, each in family]


def _branch(
    root: SessionSummary, below: dict[SessionId | None, list[SessionSummary]]
) -> Iterator[tuple[tuple[bool, ...], SessionSummary]]:
    """Give a session and all below it, each with, level by level, whether it is the last there."""
    waiting: list[tuple[tuple[bool, ...], SessionSummary]] = [((), root)]
    while waiting:
        levels, session = waiting.pop()
        yield levels, session
        forks = below.get(session.id, [])
        waiting += [((*levels, at == len(forks) - 1), fork) for at, fork in enumerate(forks)][::-1]


def _signs(levels: tuple[bool, ...]) -> str:
    if not levels:
        return ""
    *above, last = levels
    deeper = ""
    if len(above) >= _LEVELS:
        deeper = f"…{len(levels)}".ljust(4)
        above = above[len(above) - _LEVELS + 3 :]
    before = "".join(_NOTHING if ended else _PAST for ended in above)
    return f"{deeper}{before}{_LAST if last else _BRANCH}"
