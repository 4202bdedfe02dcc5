"""Counts what Python code does, where a test has to show that it does little: counts are the same on any machine."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Work", "counted"]

_CALLS = frozenset({"call", "c_call"})


class Work:
    """What was done."""

    calls = 0
    """Of functions, in Python and in C, by this thread."""


@contextmanager
def counted() -> Generator[Work]:
    """Count what this thread does in the block, whatever it awaits included."""
    work = Work()

    def note(frame: FrameType, event: str, argument: object) -> None:
        work.calls += event in _CALLS

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield work
    finally:
        sys.setprofile(before)
