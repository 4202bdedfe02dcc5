"""In which order the variables are listed."""

import math
import re
from collections.abc import Callable, Collection, Iterable
from typing import Literal

from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.widgets.variable_columns import type_word

__all__ = ["ORDERS", "Order", "arranged", "largest_first"]

Order = Literal["newest", "name", "type", "shape", "size", "value"]

ORDERS: tuple[Order, ...] = ("newest", "name", "type", "shape", "size", "value")
"""As the key goes round."""

_Key = Callable[[Variable], tuple[object, ...]]

_NUMBER = re.compile(r"[+-]?\d{1,300}(?:\.\d{0,300})?(?:e[+-]?\d{1,3})?", re.IGNORECASE)

_KEYS: dict[Order, _Key] = {
    "name": lambda each: (each.name.casefold(), each.name),
    "type": lambda each: (type_word(each).casefold(), each.name.casefold()),
    "shape": lambda each: (-1 if each.shape is None else math.prod(each.shape),),
    "size": lambda each: (-1 if each.size_bytes is None else each.size_bytes,),
    "value": lambda each: _value(each.summary),
}


def largest_first(order: Order) -> bool:
    """Say which way round an order is of more use, and begins."""
    return order in {"shape", "size"}


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
    return sorted(rows, key=lambda each: each.name not in pinned) if pinned else rows


def _value(summary: str) -> tuple[object, ...]:
    """Numbers by their size, before everything else by its letters."""
    number = float(summary) if _NUMBER.fullmatch(summary) else math.nan
    return (1, 0.0, summary.casefold()) if math.isnan(number) else (0, number, "")
