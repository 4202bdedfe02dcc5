"""Adds to what is displayed of a data frame its rows as data, from which the screen draws a real table."""

from __future__ import annotations

from IPython.core.formatters import BaseFormatter
from traitlets import Unicode

from .grids import table_window

__all__ = ["TableFormatter", "add_tables", "table_rows"]

_TABLE = "application/vnd.codeact.table+json"
_HEAD = 40
_TAIL = 20


class TableFormatter(BaseFormatter):
    """Gives the form for tables of known types, and none for anything else."""

    format_type = Unicode(_TABLE)
    _return_type = dict

    def __call__(self, obj):
        """Give the fields of `VariableTable`, or None."""
        try:
            return table_rows(obj)
        except Exception:  # a frame that is broken or unlike others still has its text
            return None


def add_tables(formatter):
    """Have the display formatter give this form too."""
    formatter.formatters[_TABLE] = TableFormatter(parent=formatter)


def table_rows(value: object) -> dict[str, object] | None:
    """Give the first and the last rows of a table, whatever its length; None for what is none."""
    head = table_window(value, 0, {"rows": _HEAD + _TAIL}, None)
    if head is None or head["total_rows"] <= _HEAD + _TAIL:
        return head
    tail = table_window(value, head["total_rows"] - _TAIL, {"rows": _TAIL}, None)
    width = len(head["columns"])
    missing = [place for place in head["missing"] if place < _HEAD * width]
    missing += [place + _HEAD * width for place in tail["missing"]]
    index, rows = head["index"][:_HEAD] + tail["index"], head["rows"][:_HEAD] + tail["rows"]
    return {**head, "index": index, "rows": rows, "missing": missing}
