"""What is told of a variable on one line, and the columns that it stands in. Pure."""

from collections.abc import Sequence
from typing import Literal

from codeact_tui.protocol.variables import Variable

__all__ = ["GAP", "GUTTER", "Column", "fitting_columns", "in_short", "type_word", "variable_shape"]

Column = Literal["name", "type", "shape", "size", "value"]

GUTTER = 3
"""Cells before the first column: cursor, sign, pin."""
GAP = 2
"""Cells between two columns."""

_NAME_MOST = 24
_TYPE_MOST = 18
_SHAPE_MOST = 14
_HEAD, _HEAD_WITH_ARROW = 4, 6
"""Least cells of a column where there is little room, and where there is more."""
_ROOMY = 40
_SIZE = 8
_VALUE_BESIDE_SHAPE = 12
_VALUE_BESIDE_SIZE = 20
_VALUE_LEAST = 4


def fitting_columns(widths: Sequence[tuple[int, int, int]], width: int) -> list[tuple[Column, int]]:
    """Give the columns that fit, from the left, each with its width; each is wide enough for its head and an arrow.

    Args:
        widths: Of each variable the cells that name, type and shape take.
        width: Cells that there are.
    """
    names, types, shapes = zip(*widths, strict=True) if widths else ((0,), (0,), (0,))
    least = _HEAD_WITH_ARROW if width >= _ROOMY else _HEAD
    name = max(least, min(max(names), _NAME_MOST))
    kind = max(least, min(max(types), _TYPE_MOST))
    shape = max(least + 1, min(max(shapes), _SHAPE_MOST)) if any(shapes) else 0
    columns: list[tuple[Column, int]] = [("name", name), ("type", kind)]
    room = width - GUTTER - name - GAP - kind - GAP
    if shape and room >= shape + GAP + _VALUE_BESIDE_SHAPE:
        columns.append(("shape", shape))
        room -= shape + GAP
    if room >= _SIZE + GAP + _VALUE_BESIDE_SIZE:
        columns.append(("size", _SIZE))
        room -= _SIZE + GAP
    if room >= _VALUE_LEAST:
        columns.append(("value", room))
    return columns


def type_word(variable: Variable) -> str:
    """Give a type's name without the modules that it is in; text from outside."""
    return variable.type_name.rpartition(".")[2]


def variable_shape(variable: Variable) -> str:
    """Write a shape as people do: `1200×5`."""
    return "×".join(f"{length:,}" if length < 10_000_000 else f"{length:.2g}" for length in variable.shape or ())


def in_short(variable: Variable) -> str:
    """Give type and shape: `DataFrame 1,200×5`."""
    return " ".join(part for part in (type_word(variable), variable_shape(variable)) if part)
