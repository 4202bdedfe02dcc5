"""Arrays, tables and images of numpy, pandas, polars, torch, pyarrow, scipy, Pillow, recognised without importing them.

A class counts as a library's only if the imported module has that very class under that name; then the library's
own attributes are read. User code inside (objects in an object column, a foreign dtype) is never called.
"""

from __future__ import annotations

from collections import namedtuple

from . import arrays, pictures, tables
from .figures import numbers_figures, pandas_figures, polars_figures
from .objects import class_name, inherits, loaded, module_name

__all__ = [
    "column_figures_of",
    "facts_of",
    "has_rows",
    "has_view",
    "is_table",
    "order_of",
    "picture_of",
    "spread_of",
    "statistics_of",
    "table_of",
    "values_of",
]

_Reader = namedtuple(
    "_Reader", "module facts table statistics values order figures picture spread", defaults=(None,) * 7
)
"""Where the class is found, and what can be told of its objects."""


def _frame_figures(value, column):
    return pandas_figures(tables.frame_column(value, column), tables.is_known)


def _series_figures(value, column):
    return pandas_figures(tables.series_column(value, column), tables.is_known)


def _polars_frame_figures(value, column):
    return polars_figures(tables.polars_frame_column(value, column))


def _polars_series_figures(value, column):
    return polars_figures(tables.polars_series_column(value, column))


def _array_figures(value, column):
    return numbers_figures(arrays.array_column(value, column))


_FRAME = _Reader("pandas", tables.frame_facts, tables.frame_table, order=tables.frame_order, figures=_frame_figures)
_SERIES = _Reader(
    "pandas", tables.series_facts, tables.series_table, order=tables.series_order, figures=_series_figures
)
_POLARS_FRAME = _Reader(
    "polars",
    tables.polars_facts,
    tables.polars_table,
    order=tables.polars_frame_order,
    figures=_polars_frame_figures,
)
_POLARS_SERIES = _Reader(
    "polars",
    tables.polars_series_facts,
    tables.polars_series_table,
    order=tables.polars_series_order,
    figures=_polars_series_figures,
)
_READERS = {
    ("pandas", "DataFrame"): _FRAME,
    ("pandas", "Series"): _SERIES,
    **{
        ("pandas", name): _Reader("pandas", tables.index_facts)
        for name in ("Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "CategoricalIndex", "TimedeltaIndex")
    },
    ("pandas", "Timestamp"): _Reader("pandas", tables.timestamp_facts),
    ("pandas", "Timedelta"): _Reader("pandas", tables.text_facts),
    ("pandas", "Period"): _Reader("pandas", tables.text_facts),
    ("pandas", "NaTType"): _Reader("pandas._libs.tslibs.nattype", tables.text_facts),
    ("pandas", "NAType"): _Reader("pandas._libs.missing", tables.text_facts),
    ("polars", "DataFrame"): _POLARS_FRAME,
    ("polars", "Series"): _POLARS_SERIES,
    ("polars", "LazyFrame"): _Reader("polars", tables.lazy_facts),
    ("pyarrow", "Table"): _Reader("pyarrow", tables.arrow_facts, tables.arrow_table, order=tables.arrow_table_order),
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
_NDARRAY = _Reader(
    "numpy",
    arrays.array_facts,
    arrays.array_table,
    arrays.array_statistics,
    arrays.array_values,
    arrays.array_order,
    _array_figures,
    pictures.array_picture,
    arrays.array_spread,
)
_NUMPY_SCALAR = _Reader("numpy", arrays.scalar_facts)
_IMAGE = _Reader("PIL.Image", pictures.image_facts, picture=pictures.image_picture)


def facts_of(value, show):
    """Sum up an array, a table or a library's scalar, items written by `show`; None for anything else."""
    return _told(value, "facts", value, show)


def table_of(value, window, arrays_too=True):
    """Give a `Window` of a data frame, a series, a table or an array; None for anything else."""
    if not arrays_too and _reader(type(value)) is _NDARRAY:
        return None
    return _told(value, "table", value, window)


def has_rows(value):
    """Say whether something that is no data frame could be given by rows."""
    return _reader(type(value)) is _NDARRAY and arrays.array_columns(value) is not None


def is_table(value):
    """Say whether something is a data frame, a series or a table."""
    reader = _reader(type(value))
    return reader is not None and reader is not _NDARRAY and reader.table is not None


def has_view(value):
    """Say whether something is a table, an array or a picture."""
    reader = _reader(type(value))
    return reader is not None and any((reader.table, reader.statistics, reader.picture))


def order_of(value):
    """Give what finds the order of a table by a column; None where nothing can."""
    reader = _reader(type(value))
    return None if reader is None else reader.order


def column_figures_of(value, column):
    """Give the `Figures` of a table's column; None for anything else."""
    return _told(value, "figures", value, column)


def statistics_of(value):
    """Give label and value of what is to say about an array's numbers; None for anything else."""
    return _told(value, "statistics", value)


def spread_of(value):
    """Give `(counts, low, high)` of an array's numbers; None for anything else."""
    return _told(value, "spread", value)


def picture_of(value):
    """Give `(width, height, pixels in base64)` of a small copy of an image; None for anything else."""
    return _told(value, "picture", value)


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
    if root == "PIL":
        return _IMAGE if pictures.is_image(cls) else None
    array = loaded("numpy", "ndarray")
    if array is None:
        return None
    if inherits(cls, array):
        return _NDARRAY
    return _NUMPY_SCALAR if root == "numpy" and inherits(cls, loaded("numpy", "generic")) else None
