"""The forms in which libraries' objects are asked for and told of."""

from __future__ import annotations

import math
from collections import namedtuple

from .objects import loaded

__all__ = ["Facts", "Figures", "Table", "Window", "missing_sign"]


Facts = namedtuple("Facts", "kind shape size_bytes summary")
"""What a variable's line says: kind, shape or None, bytes or None, a short value."""

Window = namedtuple("Window", "start count first columns order", defaults=(0, 0, 0, 50, None))
"""Which rows and columns of a table are wanted.

start, count: The rows.
first, columns: The first column, and how many.
order: The places of these very rows, where they do not stand as they are in the table; else None.
"""

Table = namedtuple("Table", "columns dtypes index rows total_rows total_columns index_name", defaults=(None,))
"""A window of rows; index, columns and cells are objects, to be summed up by whoever shows them."""

Figures = namedtuple("Figures", "rows counts low high labels", defaults=((), "", "", ()))
"""Figures of many values: label and text of each, and how the values are spread.

counts: How many values are in each of equal ranges between `low` and `high`; or of each of the `labels`.
labels: The values that come most often, as objects.
"""


def missing_sign(value):
    """Say what stands for a value that is missing (`None`, `NaN`, `NaT`, `<NA>`); None for one that is there."""
    cls = type(value)
    if value is None:
        return "None"
    if cls is float or cls is loaded("numpy", "float64"):
        return "NaN" if math.isnan(value) else None
    if cls is loaded("pandas._libs.tslibs.nattype", "NaTType"):
        return "NaT"
    return "<NA>" if cls is loaded("pandas._libs.missing", "NAType") else None
