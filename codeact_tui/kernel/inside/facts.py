"""The two forms in which libraries' objects are told of."""

from __future__ import annotations

from collections import namedtuple

__all__ = ["Facts", "Table"]

Facts = namedtuple("Facts", "kind shape size_bytes summary")
"""What a variable's line says: kind, shape or None, bytes or None, a short value."""

Table = namedtuple("Table", "columns dtypes index rows total_rows total_columns")
"""A window of rows; index, columns and cells are objects, to be summed up by whoever shows them."""
