"""What can be told of data frames, series and tables, at a bounded cost.

`show` writes an item in a few words.
"""

from __future__ import annotations

from .facts import Facts, Table
from .objects import class_name, exact_str, inherits, loaded, module_name

__all__ = [
    "arrow_facts",
    "arrow_table",
    "frame_facts",
    "frame_table",
    "index_facts",
    "lazy_facts",
    "polars_facts",
    "polars_series_facts",
    "polars_table",
    "series_facts",
    "series_table",
    "text_facts",
    "timestamp_facts",
]

_HEAD = 6
_COLUMNS = 50
_SIZED_COLUMNS = 100
_UNKNOWN = "…"


def frame_facts(value, show):
    """Sum up a pandas data frame by the names of its columns."""
    rows, columns = value.shape
    size = None
    if columns <= _SIZED_COLUMNS and all(_is_known(dtype) for dtype in value.dtypes.tolist()):
        size = int(value.memory_usage(index=False, deep=False).sum())
    return Facts("table", (rows, columns), size, _names(value.columns[:_HEAD].tolist(), columns, show))


def frame_table(value, start, count):
    """Give rows of a pandas data frame."""
    window = value.iloc[start : start + count, :_COLUMNS]
    cells = [_values(window.iloc[:, position]) for position in range(window.shape[1])]
    return Table(
        columns=window.columns.tolist(),
        dtypes=[_dtype_text(dtype) for dtype in window.dtypes.tolist()],
        index=_values(window.index),
        rows=[list(row) for row in zip(*cells)] if cells else [[] for _ in range(window.shape[0])],
        total_rows=value.shape[0],
        total_columns=value.shape[1],
    )


def series_facts(value, show):
    """Sum up a pandas series by its dtype and first values."""
    size = int(value.nbytes) if _is_known(value.dtype) else None
    return Facts("table", value.shape, size, _head_text(value.iloc[:_HEAD], value.shape[0], show))


def series_table(value, start, count):
    """Give values of a pandas series as a table of one column."""
    window = value.iloc[start : start + count]
    name = value.name if value.name is not None else "value"
    return Table(
        [name], [_dtype_text(value.dtype)], _values(window.index), [[item] for item in _values(window)], len(value), 1
    )


def index_facts(value, show):
    """Sum up a pandas index by its dtype and first values."""
    return Facts("array", (len(value),), None, _head_text(value[:_HEAD], len(value), show))


def timestamp_facts(value, show):
    """Sum up a pandas timestamp; a foreign time zone is named by its class alone."""
    zone = value.tzinfo
    text = str(value.replace(tzinfo=None))
    if zone is not None:
        known = module_name(type(zone)).split(".", 1)[0] in ("datetime", "zoneinfo", "pytz", "dateutil")
        text += f" {str(zone) if known else class_name(type(zone))}"
    return Facts("value", None, None, text)


def text_facts(value, show):
    """Sum up a library's scalar whose text is the library's own."""
    return Facts("value", None, None, str(value))


def _head_text(head, total, show):
    items = ", ".join(show(item, 1) for item in _values(head))
    return f"{_dtype_text(head.dtype)} [{items}{', …' if total > _HEAD else ''}]"


def _values(series):
    """Give the values of a series or index as objects; a foreign dtype's are not asked for."""
    return series.tolist() if _is_known(series.dtype) else [_UNKNOWN] * len(series)


def _is_known(dtype):
    """Say whether a dtype is numpy's or pandas' own, so that its code is theirs."""
    cls = type(dtype)
    base = loaded("numpy", "dtype")
    if base is not None and inherits(cls, base):
        return True
    return module_name(cls).split(".", 1)[0] == "pandas" and loaded(module_name(cls), class_name(cls)) is cls


def _dtype_text(dtype):
    return str(dtype)[:60] if _is_known(dtype) else class_name(type(dtype))


def _names(names, total, show):
    shown = ", ".join(exact_str(name, None) or show(name, 1) for name in names)
    return shown + (", …" if total > len(names) else "")


def polars_facts(value, show):
    """Sum up a polars data frame by the names of its columns."""
    rows, columns = value.shape
    size = int(value.estimated_size()) if columns <= _SIZED_COLUMNS else None
    return Facts("table", (rows, columns), size, _names(value.columns[:_HEAD], columns, show))


def polars_table(value, start, count):
    """Give rows of a polars data frame."""
    window = value[start : start + count, :_COLUMNS]
    return Table(
        columns=window.columns,
        dtypes=[str(dtype)[:60] for dtype in window.dtypes],
        index=list(range(start, start + window.height)),
        rows=[list(row) for row in window.rows()],
        total_rows=value.height,
        total_columns=value.width,
    )


def polars_series_facts(value, show):
    """Sum up a polars series by its dtype and first values."""
    items = ", ".join(show(item, 1) for item in value.head(_HEAD).to_list())
    text = f"{str(value.dtype)[:60]} [{items}{', …' if len(value) > _HEAD else ''}]"
    return Facts("table", (len(value),), int(value.estimated_size()), text)


def lazy_facts(value, show):
    """Sum up a polars query, which is not run for it."""
    return Facts("other", None, None, "a query that has not run")


def arrow_facts(value, show):
    """Sum up an Arrow table by the names of its columns."""
    shape = (value.num_rows, value.num_columns)
    return Facts("table", shape, int(value.nbytes), _names(value.column_names[:_HEAD], shape[1], show))


def arrow_table(value, start, count):
    """Give rows of an Arrow table."""
    names = value.column_names[:_COLUMNS]
    window = value.slice(start, count)
    cells = [window.column(position).to_pylist() for position in range(len(names))]
    return Table(
        columns=names,
        dtypes=[str(kind)[:60] for kind in value.schema.types[:_COLUMNS]],
        index=list(range(start, start + window.num_rows)),
        rows=[list(row) for row in zip(*cells)],
        total_rows=value.num_rows,
        total_columns=value.num_columns,
    )
