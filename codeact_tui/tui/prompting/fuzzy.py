"""Fuzzy matching: the typed letters in order, best where they stand together or begin words. Pure."""

from collections.abc import Callable, Iterable
from heapq import nlargest
from typing import TypeVar

__all__ = ["best", "score"]

_Item = TypeVar("_Item")
_BREAKS = "/_-. "


def score(query: str, text: str) -> float:
    """Say how well the text fits; 0 when it does not. Case counts for nothing.

    Every letter of the query has to be there, in order.
    """
    if not query:
        return 1.0
    wanted, found = query.lower(), text.lower()
    at = found.find(wanted)
    if at >= 0:
        begins = at == 0 or found[at - 1] in _BREAKS
        return 100.0 + 50.0 * begins + 100.0 * len(wanted) / len(found) - 0.01 * at
    points, place, before = 0.0, 0, -2
    for letter in wanted:
        at = found.find(letter, place)
        if at < 0:
            return 0.0
        points += 3.0 if at == before + 1 else 2.0 if at == 0 or found[at - 1] in _BREAKS else 0.5
        before, place = at, at + 1
    return points * 10.0 / len(wanted) + len(wanted) / len(found)


def best(query: str, items: Iterable[_Item], text: Callable[[_Item], str], limit: int) -> list[_Item]:
    """Give the items that fit, the best first; equally good ones keep their order."""
    scored = ((score(query, text(item)), -number, item) for number, item in enumerate(items))
    return [item for _, _, item in nlargest(limit, (each for each in scored if each[0] > 0), key=lambda each: each[:2])]
