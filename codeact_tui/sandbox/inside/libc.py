"""Functions of the C library that `os` does not offer.

What `ctypes` is made of, without `ctypes`: to import that takes longer than all that is done here, and a kernel's start
waits for it.
"""

import _ctypes

__all__ = ["call", "error_number", "place_of"]


class _Int(_ctypes._SimpleCData):
    _type_ = "i"


class _Long(_ctypes._SimpleCData):
    _type_ = "l"


class _Bytes(_ctypes._SimpleCData):
    _type_ = "z"


class _Function(_ctypes.CFuncPtr):
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = _Int


class _Library:
    """All that this process has loaded already."""

    def __init__(self):
        self._handle = _ctypes.dlopen(None, 0)


def call(name, *arguments):
    """Call a function, and give the int that it returns.

    Args:
        name: `prctl`, `syscall`, …
        arguments: Whole numbers, passed as C's long; bytes, passed by their place; None for a null pointer.

    Raises:
        AttributeError: There is no such function here.
    """
    function = _Function((name, _Library()))
    return function(*(_Long(each) if isinstance(each, int) else each for each in arguments))


def error_number():
    """Give the number of the error that the last call of this thread ended with."""
    return _ctypes.get_errno()


def place_of(data):
    """Give the address of bytes as a pointer's own bytes; it holds as long as they do."""
    return bytes(_Bytes(data))
