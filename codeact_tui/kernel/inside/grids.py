"""Windows of tables, and figures of their columns, as JSON types."""

from __future__ import annotations

from . import libraries
from .facts import Window, missing_sign
from .summaries import summarize

__all__ = ["array_histogram", "column_figures", "table_window"]

_ROWS = 500
_COLUMNS = 50
_CELL = 80
_NO_ORDER = "Tables of this kind can't be sorted here."


def table_window(value, start, part, orders):
    """Give a window of a table as the fields of `VariableTable`; None for what is none.

    Args:
        value: Anything.
        start: The first row.
        part: Fields of `TablePart`.
        orders: Finds and keeps the order of sorted rows; None for rows as they are.
    """
    as_table = bool(part.get("as_table"))
    count = _within(part.get("rows", 50), _ROWS)
    first = _within(part.get("first_column", 0), 1 << 48)
    columns = _within(part.get("columns", _COLUMNS), _COLUMNS)
    window = Window(start, count, first, columns)
    column = part.get("sort")
    if column is None or orders is None:
        table = libraries.table_of(value, window, as_table)
        return None if table is None else _written(table)
    shape = libraries.table_of(value, Window(first=first, columns=columns), as_table)
    if shape is None:
        return None
    if not 0 <= column < shape.total_columns:
        return {**_written(libraries.table_of(value, window, as_table) or shape), "problem": "There is no such column."}
    order, sorting, problem = _look(value, shape.total_rows, column, orders)
    if sorting:
        return {**_written(shape), "sorting": True}
    if order is not None:
        window = window._replace(order=order.rows(start, count, bool(part.get("descending"))))
    return {**_written(libraries.table_of(value, window, as_table) or shape), "problem": problem}


def column_figures(value, column):
    """Give figures and histogram of a table's column, as fields of `VariableDetail`."""
    figures = libraries.column_figures_of(value, column)
    if figures is None:
        return {"error": "There are no figures of this column."}
    labels = [_cell(label)[0] for label in figures.labels]
    histogram = {"counts": list(figures.counts), "low": figures.low, "high": figures.high, "labels": labels}
    return {"statistics": figures.rows, "histogram": histogram if figures.counts else None}


def array_histogram(value):
    """Give how an array's numbers are spread, as the fields of `VariableHistogram`; None for another."""
    counts, low, high = libraries.spread_of(value) or ((), "", "")
    return {"counts": list(counts), "low": low, "high": high} if counts else None


def _look(value, total, column, orders):
    find = libraries.order_of(value)
    if find is None:
        return None, False, _NO_ORDER
    return orders.look(value, total, column, lambda: find(value, column))


def _within(number, most):
    return max(0, min(number, most))


def _written(table):
    cells = [[_cell(item) for item in row] for row in table.rows]
    width = len(table.columns)
    return {
        "columns": [_cell(name)[0] for name in table.columns],
        "dtypes": list(table.dtypes),
        "index": [_cell(label)[0] for label in table.index],
        "rows": [[text for text, _ in row] for row in cells],
        "total_rows": table.total_rows,
        "total_columns": table.total_columns,
        "missing": [at * width + place for at, row in enumerate(cells) for place, (_, no) in enumerate(row) if no],
        "index_name": "" if table.index_name is None else _cell(table.index_name)[0],
    }


def _cell(value):
    """Give the text of a value, and whether it is missing."""
    if type(value) is str:
        return repr(value[:_CELL])[1:-1] + ("…" if len(value) > _CELL else ""), False
    missing = missing_sign(value)
    if missing is not None:
        return missing, True
    if type(value) is float:
        text = repr(value)
        return (text if len(text) <= 12 else f"{value:.8g}"), False
    return summarize(value, 1), False
