"""Where in its code the running cell is, seen from another thread: to look changes nothing and costs it nothing."""

from __future__ import annotations

import os
import sys
import threading

__all__ = ["Progress", "blank_lines_before", "memory_bytes", "running_line"]

_FRAMES = 2_000


class Progress:
    """Knows which code is the running cell's, and finds the line that it is at."""

    def __init__(self):
        self.blank_lines = 0
        """How many blank lines the cell begins with: IPython leaves them out, and counts without them."""
        self._file = None
        self._task = None

    def enter(self, file, task):
        """The cell's code begins to run; give what to hand to `leave`.

        Args:
            file: The name that the cell's code is compiled under.
            task: The task that it runs in when it awaits something, or None.
        """
        before = self._file, self._task
        self._file, self._task = file, task
        return before

    def leave(self, before):
        """It has ended."""
        self._file, self._task = before

    def line(self):
        """Give the line that runs, counted from 1; 0 where none of the cell's does."""
        file = self._file
        if file is None:
            return 0
        line = running_line(file, threading.main_thread().ident) or self._awaiting_line(file)
        return line + self.blank_lines if line else 0

    def _awaiting_line(self, file):
        """Follow what the cell's task awaits."""
        task = self._task
        waiting = None if task is None else task.get_coro()
        line = 0
        for _ in range(_FRAMES):
            frame = getattr(waiting, "cr_frame", None) if type(waiting) in _COROUTINES else None
            if frame is None:
                break
            if frame.f_code.co_filename == file:
                line = frame.f_lineno or 0
            waiting = waiting.cr_await
        return line


def blank_lines_before(code: str) -> int:
    """Count the blank lines that code begins with."""
    return code[: len(code) - len(code.lstrip())].count("\n") if code.strip() else 0


def running_line(file: str, thread: int | None) -> int:
    """Give the innermost line of a file that a thread is at, counted from 1; 0 where it is at none."""
    frame = sys._current_frames().get(thread)
    for _ in range(_FRAMES):
        if frame is None:
            break
        if frame.f_code.co_filename == file:
            return frame.f_lineno or 0
        frame = frame.f_back
    return 0


async def _nothing():
    """Be a coroutine, for its type."""


def _coroutine_type():
    coroutine = _nothing()
    coroutine.close()
    return type(coroutine)


_COROUTINES = (_coroutine_type(),)


def memory_bytes():
    """Give the memory that this process and its children hold, or 0 where that can't be told."""
    psutil = sys.modules.get("psutil")
    if psutil is None:
        return 0
    try:
        process = psutil.Process(os.getpid())
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0
