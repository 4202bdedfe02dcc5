"""The order of a table's rows by one of its columns, found in a thread and remembered for the table looked at last.

Only values are compared whose comparison is the interpreter's or a library's own.
"""

from __future__ import annotations

import array
import datetime
import importlib
import itertools
import threading
import weakref
from collections import namedtuple
from collections.abc import Callable

from .facts import missing_sign
from .objects import class_name, inherits, loaded

__all__ = ["Order", "Orders", "Unsortable", "array_order", "arrow_order", "pandas_order", "polars_order"]

_ROWS = 20_000_000
_OBJECTS = 2_000_000
"""Of values that are Python objects; comparing them keeps other code from running for moments."""
_RUN = 1 << 14
_WAIT_S = 0.05
"""How long whoever asks first waits for a small table, so that it needs no second question."""
_COMPARED = tuple(frozenset(map(id, group)) for group in ((str,), (int, float, bool), (bytes,), (datetime.date,)))
_ARROW_TEXTS = ("string", "large_string")
_POLARS_TYPES = frozenset(("Boolean", "String", "Categorical", "Enum", "Binary"))


class Unsortable(Exception):
    """There is no order by this column; says why."""


class Order:
    """In which order rows stand.

    Args:
        places: Where each row is in the table: a sequence of numbers that gives parts of itself when it is sliced.
        valid: How many rows have a value; the others come last, whichever way it is sorted.
    """

    def __init__(self, places, valid):
        self._places = places
        self._valid = valid

    def rows(self, start, count, descending):
        """Give the places of some rows."""
        places, end = self._places, min(start + count, len(self._places))
        if not descending:
            return _numbers(places[start:end])
        middle = min(end, self._valid)
        turned = _numbers(places[self._valid - middle : self._valid - start]) if start < middle else []
        return turned[::-1] + _numbers(places[max(start, self._valid) : end])


def _numbers(part):
    return part.to_list() if hasattr(part, "to_list") else part.tolist()


_Kept = namedtuple("_Kept", "table column total order problem")


class Orders:
    """Finds orders, one at a time, and keeps the last one.

    Holds no reference that would keep a table alive.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._kept = None
        self._thread = None
        self._generation = 0

    def forget(self):
        """Forget what was found: the tables may have changed."""
        with self._lock:
            self._kept = None
            self._generation += 1

    def look(self, table: object, total: int, column: int, find: Callable[[], Order]) -> tuple[Order | None, bool, str]:
        """Give `(order, sorting, problem)` of a table by a column; starts to find it where it is not known.

        Args:
            table: The table.
            total: How many rows it has.
            column: The column's place.
            find: Gives the `Order` or raises `Unsortable`; called in a thread of its own.
        """
        if total > _ROWS:
            return None, False, f"It has {total:,} rows; up to {_ROWS:,} can be sorted here."
        with self._lock:
            kept = self._known(table, total, column)
            started = kept is None and self._thread is None
            if started:
                self._start(table, total, column, find)
            thread = self._thread
        if started and thread is not None:
            thread.join(_WAIT_S)
            with self._lock:
                kept = self._known(table, total, column)
        return (None, True, "") if kept is None else (kept.order, False, kept.problem)

    def _known(self, table, total, column):
        kept = self._kept
        if kept is not None and kept.table() is table and (kept.column, kept.total) == (column, total):
            return kept
        return None

    def _start(self, table, total, column, find):
        self._kept = None
        arguments = (table, total, column, find, self._generation)
        self._thread = threading.Thread(target=self._find, args=arguments, name="codeact sorts", daemon=True)
        self._thread.start()

    def _find(self, table, total, column, find, generation):
        order, problem = None, ""
        try:
            order = find()
        except Unsortable as error:
            problem = str(error)
        except MemoryError:
            problem = "There is not enough memory to sort it."
        except Exception as error:  # the root of a thread: a library in a state in which it can't sort
            problem = f"It could not be sorted: {class_name(type(error))}."
        with self._lock:
            self._thread = None
            if generation == self._generation:
                self._kept = _Kept(_reference(table), column, total, order, problem)


def _reference(table):
    try:
        return weakref.ref(table)
    except TypeError:
        return lambda: None


def pandas_order(series, is_known):
    """Find the order of a series.

    Raises:
        Unsortable: Its values can't be compared without running code of the user's.
    """
    dtype = series.dtype
    name = class_name(type(dtype))
    if not is_known(dtype):
        raise _foreign(name)
    if name == "CategoricalDtype":
        codes = series.array.codes
        return _numbers_order(codes, codes < 0)
    if name == "StringDtype":
        return _objects_order(series)
    if name == "DatetimeTZDtype":
        return _numpy_order(series.to_numpy(f"datetime64[{dtype.unit}]"))
    kind = getattr(dtype, "numpy_dtype", None)
    if name == "ArrowDtype" and str(dtype).startswith(_ARROW_TEXTS):
        return _objects_order(series)
    if kind is not None and (name != "ArrowDtype" or kind.kind in "biuf"):
        return _numbers_order(series.to_numpy(dtype=kind, na_value=0), series.array.isna())
    if inherits(type(dtype), loaded("numpy", "dtype")):
        return _objects_order(series) if dtype.kind == "O" else _numpy_order(series.to_numpy())
    raise Unsortable(f"Columns of {str(dtype)[:60]} can't be sorted here.")


def polars_order(series):
    """Find the order of a series.

    Raises:
        Unsortable: Its values have no order.
    """
    dtype = series.dtype
    if not (dtype.is_numeric() or dtype.is_temporal() or str(dtype).split("(", 1)[0] in _POLARS_TYPES):
        raise Unsortable(f"Columns of {str(dtype)[:60]} can't be sorted here.")
    valid = len(series) - series.null_count()
    if dtype.is_float():
        valid -= series.is_nan().sum() or 0
    return Order(series.arg_sort(nulls_last=True), valid)


def arrow_order(column, is_known):
    """Find the order of a column of an Arrow table.

    Raises:
        Unsortable: Its values have no order, or are of a kind that is not the library's.
    """
    kind = column.type
    name = class_name(type(kind))
    if not is_known(kind):
        raise _foreign(name)
    # A part of the library that it imports itself before it sorts anything.
    compute = importlib.import_module("pyarrow.compute")
    try:
        values = column.cast(kind.value_type) if name == "DictionaryType" else column
        places = compute.sort_indices(values)
        valid = len(values) - values.null_count
        if loaded("pyarrow.types", "is_floating")(kind):
            valid -= compute.sum(compute.is_nan(values)).as_py() or 0
    except loaded("pyarrow.lib", "ArrowException"):
        raise Unsortable(f"Columns of {str(kind)[:60]} can't be sorted here.") from None
    return Order(places, valid)


def array_order(values):
    """Find the order of an array of one dimension.

    Raises:
        Unsortable: Its values can't be compared without running code of the user's.
    """
    return _objects_order(values) if values.dtype.kind == "O" else _numpy_order(values)


def _numpy_order(values):
    kind = values.dtype.kind
    if kind not in "biufmMSU":
        raise Unsortable(f"Columns of {str(values.dtype)[:60]} can't be sorted here.")
    absent = loaded("numpy", "isnan" if kind == "f" else "isnat")(values) if kind in "fmM" else None
    return _numbers_order(values, absent)


def _numbers_order(values, absent):
    """Sort the way that keeps equal values as they stand; what is absent comes last."""
    places = loaded("numpy", "argsort")(values, kind="stable")
    count = 0 if absent is None else int(absent.sum())
    if count:
        flags = absent[places]
        places = loaded("numpy", "concatenate")((places[~flags], places[flags]))
    return Order(places.astype("int32"), len(places) - count)


def _objects_order(series):
    if len(series) > _OBJECTS:
        raise Unsortable(f"It has {len(series):,} rows; texts and objects are sorted up to {_OBJECTS:,}.")
    values = series.tolist()
    valid, absent, classes = [], [], {}
    for place, value in enumerate(values):
        if type(value) is str or missing_sign(value) is None:
            valid.append(place)
            classes[id(type(value))] = type(value)
        else:
            absent.append(place)
    if not any(group.issuperset(classes) for group in _COMPARED):
        kinds = ", ".join(sorted(class_name(cls)[:40] for cls in list(classes.values())[:3]))
        raise Unsortable(f"It holds objects ({kinds}): comparing them would run their code.")
    return Order(array.array("i", _merged(values, valid) + absent), len(valid))


def _merged(values, places):
    """Sort in small runs and join them two by two, so that other threads have their turn in between."""
    key = values.__getitem__
    runs = [sorted(places[at : at + _RUN], key=key) for at in range(0, len(places), _RUN)]
    while len(runs) > 1:
        pairs = [runs[at : at + 2] for at in range(0, len(runs), 2)]
        runs = [sorted(itertools.chain(*pair), key=key) for pair in pairs]
    return runs[0] if runs else []


def _foreign(name):
    return Unsortable(f"Columns of {name} can't be sorted here: that would run its own code.")
