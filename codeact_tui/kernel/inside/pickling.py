"""Writes variables to files and reads them: cloudpickle where the user's Python has it, else plain pickle.

Large buffers (arrays, columns) go into a file of their own as they are, without a copy of them being made first.
Functions and classes that were made in a cell come back with the interpreter's own namespace as their globals, as if
their cell had been run there.
"""

from __future__ import annotations

import io
import pickle
import time
import types

__all__ = ["Limit", "MadeInCell", "OverLimit", "can_keep_code", "dump", "load", "make_function"]

_ASIDE_BYTES = 1 << 16
_PIECE_BYTES = 8 << 20
_PROTOCOL = 5


class OverLimit(Exception):
    """It would be larger, or take longer, than it may."""


class MadeInCell(Exception):
    """It needs code that was made in a cell, and this Python has no cloudpickle."""


class Limit:
    """How large something may become, and how long it may take.

    Args:
        size_bytes: So large.
        seconds: So long, from now.
    """

    def __init__(self, size_bytes, seconds):
        self.left_bytes = self._size_bytes = size_bytes
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def take(self, size_bytes):
        """Count bytes that are about to be written.

        Raises:
            OverLimit: They are too many, or it took too long.
        """
        self.left_bytes -= size_bytes
        if self.left_bytes < 0:
            raise OverLimit("larger than %.3g MB" % (self._size_bytes / (1 << 20)))
        self.check()

    def check(self):
        """Raise OverLimit when it took too long."""
        if time.monotonic() > self._until:
            raise OverLimit("took longer than %g s" % self._seconds)


class _Counted:
    """A file that is written within a limit."""

    def __init__(self, file, limit):
        self._file, self._limit = file, limit

    def write(self, data):
        with memoryview(data) as view:
            size = view.nbytes
        self._limit.take(size)
        self._file.write(data)
        return size


def can_keep_code():
    """Say whether functions and classes that were made in cells can be kept here."""
    return _cloudpickle() is not None


def dump(value, namespace, stream, aside, limit):
    """Write a value.

    Args:
        value: Anything.
        namespace: The user's.
        stream: A file for the pickle.
        aside: A file for large buffers.
        limit: For both together.

    Returns:
        The lengths of what went aside.

    Raises:
        OverLimit: It is too large, or takes too long.
        Exception: Whatever the value's own code raises.
    """
    lengths = []

    def put_aside(buffer):
        with buffer.raw() as view:
            if view.nbytes < _ASIDE_BYTES:
                return True
            for start in range(0, view.nbytes, _PIECE_BYTES):
                piece = view[start : start + _PIECE_BYTES]
                limit.take(piece.nbytes)
                aside.write(piece)
            lengths.append(view.nbytes)
        return False

    kind = _pickler_class(namespace)
    kind(_Counted(stream, limit), protocol=_PROTOCOL, buffer_callback=put_aside).dump(value)
    return lengths


def load(namespace, stream, aside, lengths):
    """Read what `dump` wrote; functions that were made in cells get `namespace` as their globals."""
    _namespaces.append(namespace)
    try:
        return pickle.Unpickler(stream, buffers=_buffers(aside, lengths)).load()
    finally:
        _namespaces.pop()


def _buffers(aside, lengths):
    for length in lengths:
        buffer = bytearray(length)
        view, filled = memoryview(buffer), 0
        while filled < length:
            count = aside.readinto(view[filled : filled + _PIECE_BYTES])
            if not count:
                raise EOFError("a buffer is cut off")
            filled += count
        yield buffer


_namespaces = []
"""The one that is loaded into, while it is."""


def make_function(code, closure):
    """Make a function of a cell anew. Named in pickles: stays where it is."""
    return types.FunctionType(code, _namespaces[-1], None, None, closure)


def _cloudpickle():
    try:
        import cloudpickle
    except ImportError:
        return None
    return cloudpickle if hasattr(getattr(cloudpickle, "Pickler", None), "_dynamic_function_reduce") else None


def _pickler_class(namespace):
    cloudpickle = _cloudpickle()
    return _plain_class(namespace) if cloudpickle is None else _cloud_class(cloudpickle, namespace)


def _cloud_class(cloudpickle, namespace):
    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, obj):
            if isinstance(obj, io.TextIOWrapper):  # it would come back as a copy of its text
                raise TypeError("cannot pickle an open file")
            return super().reducer_override(obj)

        def _dynamic_function_reduce(self, func):
            made = super()._dynamic_function_reduce(func)
            if func.__globals__ is not namespace:
                return made
            state, slots = made[2]
            slots = {**slots, "__globals__": {}}
            return (make_function, (func.__code__, func.__closure__), (state, slots), *made[3:])

    return Pickler


def _plain_class(namespace):
    class Pickler(pickle.Pickler):
        def reducer_override(self, obj):
            if isinstance(obj, (type, types.FunctionType)) and getattr(obj, "__module__", None) == "__main__":
                kind = "class" if isinstance(obj, type) else "function"
                raise MadeInCell(
                    "the %s %s was made in a cell: keeping it takes cloudpickle" % (kind, obj.__qualname__)
                )
            return NotImplemented

    return Pickler
