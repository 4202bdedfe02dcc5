"""In which order the variables are listed."""

from collections.abc import Callable, Collection, Iterable
from typing import Literal

from codeact_tui.protocol.variables import Variable

__all__ = ["ORDERS", "Order", "arranged"]

Order = Literal["newest", "name", "type", "size"]

ORDERS: tuple[Order, ...] = ("newest", "name", "type", "size")
"""As the key goes round."""

_Key = Callable[[Variable], tuple[object, ...]]

_KEYS: dict[Order, _Key] = {
    "name": lambda each: (each.name.casefold(), each.name),
    "type": lambda each: (each.type_name.rpartition(".")[2].casefold(), each.name.casefold()),
    "size": lambda each: (-1 if each.size_bytes is None else each.size_bytes,),
}


def arranged(
    variables: Iterable[Variable], order: Order, descending: bool, marked: Collection[str], pinned: Collection[str]
) -> list[Variable]:
    """Put the variables into order: the pinned ones on top, each part sorted by itself.

    Args:
        variables: The newest first.
        order: By what; by the newest, what the last cell touched goes before the rest.
        descending: The other way round.
        marked: The names that the last cell touched.
        pinned: The names that stay on top.
    """
    if order == "newest":
        rows = list(variables)
        rows = rows[::-1] if descending else sorted(rows, key=lambda each: each.name not in marked)
    else:
        rows = sorted(variables, key=_KEYS[order], reverse=descending)
    return sorted(rows, key=lambda each: each.name not in pinned)
