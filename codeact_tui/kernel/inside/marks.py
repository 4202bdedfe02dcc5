"""What tells a table or an array apart from what it was before: its columns, and a number for the values of each.

The number is of the values' bytes; of large columns, of a sample. It costs little, runs no code of the user's, and says
nothing of the values. Between copies of one process equal numbers mean equal values, as far as was looked.
"""

from __future__ import annotations

import time
import zlib

from .objects import loaded

__all__ = ["columns_of"]

_COLUMNS = 100
_BYTES = 1 << 20
_OBJECTS = 2_000
_NAME = 80
_PLAIN = frozenset((str, int, float, bool, bytes, complex, type(None)))


def columns_of(value: object, deadline: float) -> list[list[object]]:
    """Give the columns of a data frame, a series or an array: name, dtype and mark each; nothing for anything else.

    Args:
        value: Anything.
        deadline: When to have done, by `time.perf_counter`; marks that there is no time for are 0.
    """
    try:
        return [_column(*each, deadline) for each in _columns(value)]
    except Exception:  # of another version's making: then it is told apart as any object is
        return []


def _columns(value):
    cls = type(value)
    if cls is loaded("pandas", "DataFrame"):
        frame = value
        names, dtypes = list(frame.columns[:_COLUMNS]), list(frame.dtypes.iloc[:_COLUMNS])
        held = _pandas_columns(frame._mgr, len(names))
        return [(name, dtype, held.get(at)) for at, (name, dtype) in enumerate(zip(names, dtypes))]
    if cls is loaded("pandas", "Series"):
        return [("", value.dtype, value._values)]
    if cls is loaded("numpy", "ndarray"):
        return [("", value.dtype, value)]
    if cls is loaded("polars", "DataFrame"):
        return [(name, dtype, None) for name, dtype in list(value.schema.items())[:_COLUMNS]]
    return []


def _pandas_columns(manager, count):
    """Give the values of each column by its place, as they are stored."""
    found = {}
    for block in manager.blocks:
        values = block.values
        for row, place in enumerate(block.mgr_locs.as_array.tolist()):
            if place < count:
                found[place] = values[row] if getattr(values, "ndim", 1) == 2 else values
    return found


def _column(name, dtype, values, deadline):
    known = type(name) in _PLAIN
    return [str(name)[:_NAME] if known else f"<{type(name).__name__}>", str(dtype)[:_NAME], _mark(values, deadline)]


def _mark(values, deadline):
    if values is None or time.perf_counter() > deadline:
        return 0
    mark = 0
    for part in _parts(values):
        mark = zlib.crc32(part, mark)
    return mark or 1


def _parts(values):
    """Give what is stored as bytes: of numpy, of what pandas lays around it, of Arrow."""
    numpy = loaded("numpy", "ndarray")
    if type(values) is numpy:
        yield from _array_parts(values)
        return
    arrow = getattr(values, "_pa_array", None)
    if arrow is not None:
        yield str((len(arrow), arrow.null_count)).encode()
        for chunk in arrow.chunks:
            for buffer in chunk.buffers():
                if buffer is not None:
                    yield from _sampled(memoryview(buffer).cast("B"))
        return
    for name in ("_ndarray", "_data", "_mask"):
        held = getattr(values, name, None)
        if type(held) is numpy:
            yield from _array_parts(held)
    kind = getattr(values, "categories", None)
    if kind is not None:
        yield str(id(kind)).encode()


def _array_parts(array):
    yield str((array.shape, array.dtype)).encode()
    if array.dtype.hasobject:
        flat = array.ravel()[:: max(1, array.size // _OBJECTS)] if array.size else array.ravel()
        for each in flat.tolist():
            yield repr(each).encode("utf-8", "replace") if type(each) in _PLAIN else str(id(each)).encode()
        return
    step = max(1, array.nbytes // _BYTES)
    if step > 1 and array.ndim > 1 and array.flags.c_contiguous:
        array = array.reshape(-1)
    yield array[::step].tobytes() if step > 1 and array.ndim else array.tobytes()


def _sampled(view):
    size = len(view)
    if size <= _BYTES:
        yield view
        return
    piece = _BYTES // 16
    for number in range(16):
        start = number * (size - piece) // 15
        yield view[start : start + piece]
