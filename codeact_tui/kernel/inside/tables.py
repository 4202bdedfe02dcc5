"""What can be told of data frames, series and tables, at a bounded cost.

`show` writes an item in a few words.
"""

from __future__ import annotations

from .facts import Facts, Table
from .objects import class_name, exact_str, inherits, loaded, module_name
from .sorting import arrow_order, pandas_order, polars_order

__all__ = [
    "arrow_facts",
    "arrow_table",
    "arrow_table_order",
    "frame_column",
    "frame_facts",
    "frame_order",
    "frame_table",
    "index_facts",
    "is_known",
    "lazy_facts",
    "polars_facts",
    "polars_frame_column",
    "polars_frame_order",
    "polars_series_column",
    "polars_series_facts",
    "polars_series_order",
    "polars_series_table",
    "polars_table",
    "series_column",
    "series_facts",
    "series_order",
    "series_table",
    "text_facts",
    "timestamp_facts",
]

_HEAD = 6
_SIZED_COLUMNS = 100
_UNKNOWN = "…"
_ARROW_FIELDS = frozenset(("StructType", "SparseUnionType", "DenseUnionType"))
_ZONES = frozenset(("datetime", "zoneinfo", "pytz", "dateutil"))


def frame_facts(value, show):
    """Sum up a pandas data frame by the names of its columns."""
    rows, columns = value.shape
    size = None
    if columns <= _SIZED_COLUMNS and all(is_known(dtype) for dtype in value.dtypes.tolist()):
        size = int(value.memory_usage(index=False, deep=False).sum())
    return Facts("table", (rows, columns), size, _names(value.columns[:_HEAD].tolist(), columns, show))


def frame_table(value, window):
    """Give a window of a pandas data frame."""
    total_rows, total_columns = value.shape
    names = _indexed(value.columns, slice(window.first, window.first + window.columns))
    columns = [value.iloc[:, position] for position in range(window.first, window.first + len(names))]
    index = _indexed(value.index, _picked(window))
    return Table(
        columns=names,
        dtypes=[_dtype_text(column.dtype) for column in columns],
        index=index,
        rows=_across([_cells(column, window, len(index)) for column in columns], len(index)),
        total_rows=total_rows,
        total_columns=total_columns,
        index_name=value.index.name,
    )


def frame_order(value, column):
    """Find the order of a data frame by one of its columns."""
    return pandas_order(frame_column(value, column), is_known)


def frame_column(value, column):
    """Give a column of a data frame."""
    return value.iloc[:, column]


def series_facts(value, show):
    """Sum up a pandas series by its dtype and first values."""
    size = int(value.nbytes) if is_known(value.dtype) else None
    return Facts("table", value.shape, size, _head_text(value.iloc[:_HEAD], value.shape[0], show))


def series_table(value, window):
    """Give a window of a pandas series as a table of one column."""
    name = value.name if value.name is not None else "value"
    index = _indexed(value.index, _picked(window))
    cells = _cells(value, window, len(index))
    return Table(
        columns=[name],
        dtypes=[_dtype_text(value.dtype)],
        index=index,
        rows=[[cell] for cell in cells],
        total_rows=len(value),
        total_columns=1,
        index_name=value.index.name,
    )


def series_order(value, column):
    """Find the order of a series by its values."""
    return pandas_order(series_column(value, column), is_known)


def series_column(value, column):
    """Give the series itself, without what the user may have attached to it."""
    return value.iloc[:] if is_known(value.dtype) else value


def index_facts(value, show):
    """Sum up a pandas index by its dtype and first values."""
    return Facts("array", (len(value),), None, _head_text(value[:_HEAD], len(value), show))


def timestamp_facts(value, show):
    """Sum up a pandas timestamp; a foreign time zone is named by its class alone."""
    zone = value.tzinfo
    text = str(value.replace(tzinfo=None))
    if zone is not None:
        known = module_name(type(zone)).split(".", 1)[0] in _ZONES
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
    return series.tolist() if is_known(series.dtype) else [_UNKNOWN] * len(series)


def _picked(window):
    """Give what takes the window's rows out of a series."""
    return slice(window.start, window.start + window.count) if window.order is None else window.order


def _cells(series, window, count):
    """Give a window of a series; of a foreign dtype not even a part is asked for."""
    return series.iloc[_picked(window)].tolist() if is_known(series.dtype) else [_UNKNOWN] * count


def _indexed(index, picked):
    """Give a window of an index."""
    levels = index.levels if class_name(type(index)) == "MultiIndex" else ()
    if is_known(index.dtype) and all(is_known(level.dtype) for level in levels):
        return index[picked].tolist()
    return [_UNKNOWN] * (len(picked) if type(picked) is list else len(range(*picked.indices(len(index)))))


def _across(columns, count):
    return [list(row) for row in zip(*columns)] if columns else [[] for _ in range(count)]


def is_known(dtype):
    """Say whether a dtype is numpy's or pandas' own, so that its code is theirs."""
    cls = type(dtype)
    base = loaded("numpy", "dtype")
    if base is not None and inherits(cls, base):
        return True
    zone = getattr(dtype, "tz", None)
    if zone is not None and module_name(type(zone)).split(".", 1)[0] not in _ZONES:
        return False
    return module_name(cls).split(".", 1)[0] == "pandas" and loaded(module_name(cls), class_name(cls)) is cls


def _dtype_text(dtype):
    return str(dtype)[:60] if is_known(dtype) else class_name(type(dtype))


def _names(names, total, show):
    shown = ", ".join(exact_str(name, None) or show(name, 1) for name in names)
    return shown + (", …" if total > len(names) else "")


def polars_facts(value, show):
    """Sum up a polars data frame by the names of its columns."""
    rows, columns = value.shape
    size = int(value.estimated_size()) if columns <= _SIZED_COLUMNS else None
    return Facts("table", (rows, columns), size, _names(value.columns[:_HEAD], columns, show))


def polars_table(value, window):
    """Give a window of a polars data frame."""
    part = value[_picked(window), window.first : window.first + window.columns]
    return _polars_window(part, window, value.height, value.width)


def polars_frame_column(value, column):
    """Give a column of a polars data frame."""
    return value[:, column]


def polars_frame_order(value, column):
    """Find the order of a polars data frame by one of its columns."""
    return polars_order(value[:, column])


def polars_series_table(value, window):
    """Give a window of a polars series as a table of one column."""
    name = value.name or "value"
    frame = loaded("polars", "DataFrame")({name: value[_picked(window)]})
    return _polars_window(frame, window, len(value), 1)


def polars_series_column(value, column):
    """Give the series itself."""
    return value


def polars_series_order(value, column):
    """Find the order of a polars series by its values."""
    return polars_order(value)


def _polars_window(part, window, total_rows, total_columns):
    return Table(
        columns=part.columns,
        dtypes=[str(dtype)[:60] for dtype in part.dtypes],
        index=window.order or list(range(window.start, window.start + part.height)),
        rows=[list(row) for row in part.rows()] if part.width else [],
        total_rows=total_rows,
        total_columns=total_columns,
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


def arrow_table(value, window):
    """Give a window of an Arrow table."""
    names = value.column_names[window.first : window.first + window.columns]
    columns = [value.column(window.first + position) for position in range(len(names))]
    index = window.order
    if index is None:
        index = list(range(window.start, min(window.start + window.count, value.num_rows)))
    return Table(
        columns=names,
        dtypes=[_arrow_text(column.type) for column in columns],
        index=index,
        rows=_across([_arrow_cells(column, window, len(index)) for column in columns], len(index)),
        total_rows=value.num_rows,
        total_columns=value.num_columns,
    )


def arrow_table_order(value, column):
    """Find the order of an Arrow table by one of its columns."""
    return arrow_order(value.column(column), _is_arrows)


def _arrow_cells(column, window, count):
    """Give a window of a column; of a foreign type not even a part is asked for."""
    if not _is_arrows(column.type):
        return [_UNKNOWN] * count
    if window.order is None:
        return column.slice(window.start, window.count).to_pylist()
    return [column[place].as_py() for place in window.order]


def _is_arrows(kind):
    """Say whether a type, with the types in it, is Arrow's own, so that its code is the library's."""
    cls = type(kind)
    name = class_name(cls)
    if loaded("pyarrow.lib", name) is not cls:
        return False
    inner = [getattr(kind, part) for part in ("value_type", "key_type", "item_type") if hasattr(kind, part)]
    if name in _ARROW_FIELDS:
        inner += [kind.field(position).type for position in range(kind.num_fields)]
    return all(_is_arrows(part) for part in inner)


def _arrow_text(kind):
    return str(kind)[:60] if _is_arrows(kind) else class_name(type(kind))
