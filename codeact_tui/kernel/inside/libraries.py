"""Arrays and tables of numpy, pandas, polars, torch, pyarrow and scipy, recognised without importing them.

A class counts as a library's only if the imported module has that very class under that name; then the library's
own attributes are read. User code inside (objects in an object column, a foreign dtype) is never called.
"""

from __future__ import annotations

from collections import namedtuple

from . import arrays, tables
from .objects import class_name, inherits, loaded, module_name

__all__ = ["facts_of", "statistics_of", "table_of", "values_of"]

_Reader = namedtuple("_Reader", "module facts table statistics values", defaults=(None, None, None))
"""Where the class is found, and what can be told of its objects."""


_READERS = {
    ("pandas", "DataFrame"): _Reader("pandas", tables.frame_facts, tables.frame_table),
    ("pandas", "Series"): _Reader("pandas", tables.series_facts, tables.series_table),
    **{
        ("pandas", name): _Reader("pandas", tables.index_facts)
        for name in ("Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "CategoricalIndex", "TimedeltaIndex")
    },
    ("pandas", "Timestamp"): _Reader("pandas", tables.timestamp_facts),
    ("pandas", "Timedelta"): _Reader("pandas", tables.text_facts),
    ("pandas", "Period"): _Reader("pandas", tables.text_facts),
    ("pandas", "NaTType"): _Reader("pandas._libs.tslibs.nattype", tables.text_facts),
    ("pandas", "NAType"): _Reader("pandas._libs.missing", tables.text_facts),
    ("polars", "DataFrame"): _Reader("polars", tables.polars_facts, tables.polars_table),
    ("polars", "Series"): _Reader("polars", tables.polars_series_facts),
    ("polars", "LazyFrame"): _Reader("polars", tables.lazy_facts),
    ("pyarrow", "Table"): _Reader("pyarrow", tables.arrow_facts, tables.arrow_table),
    ("torch", "Tensor"): _Reader("torch", arrays.tensor_facts, None, arrays.tensor_statistics, arrays.tensor_values),
    ("torch", "Parameter"): _Reader(
        "torch.nn.parameter", arrays.tensor_facts, None, arrays.tensor_statistics, arrays.tensor_values
    ),
    **{
        ("scipy", f"{layout}_{kind}"): _Reader("scipy.sparse", arrays.sparse_facts)
        for layout in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
        for kind in ("array", "matrix")
    },
}
_NDARRAY = _Reader("numpy", arrays.array_facts, None, arrays.array_statistics, arrays.array_values)
_NUMPY_SCALAR = _Reader("numpy", arrays.scalar_facts)


def facts_of(value, show):
    """Sum up an array, a table or a library's scalar, items written by `show`; None for anything else."""
    return _told(value, "facts", value, show)


def table_of(value, start, count):
    """Give `count` rows from `start` of a data frame, a series or a table; None for anything else."""
    return _told(value, "table", value, start, count)


def statistics_of(value):
    """Give label and value of what is to say about an array's numbers; None for anything else."""
    return _told(value, "statistics", value)


def values_of(value, start, count):
    """Give label and item of `count` items of an array from `start`, and how many there are; None for anything else."""
    return _told(value, "values", value, start, count)


def _told(value, what, *arguments):
    reader = _reader(type(value))
    tell = None if reader is None else getattr(reader, what)
    if tell is None:
        return None
    try:
        return tell(*arguments)
    except Exception:  # a library in a state that it can't describe is as good as an unknown one
        return None


def _reader(cls):
    root = module_name(cls).split(".", 1)[0]
    name = class_name(cls)
    reader = _READERS.get((root, name))
    if reader is not None:
        return reader if loaded(reader.module, name) is cls else None
    array = loaded("numpy", "ndarray")
    if array is None:
        return None
    if inherits(cls, array):
        return _NDARRAY
    return _NUMPY_SCALAR if root == "numpy" and inherits(cls, loaded("numpy", "generic")) else None
