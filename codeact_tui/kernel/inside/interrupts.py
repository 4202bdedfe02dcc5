"""What an interrupt does: it raises KeyboardInterrupt in the user's code, whenever it comes, and nowhere else.

Raised in the kernel's own code it would get lost, or take the reply or the event loop with it. So the handler looks
at where the interpreter is: in the user's code it raises; before that it has the code replaced by one that raises;
while a cell awaits something, the awaiting is cancelled; behind the cell's end it does nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from IPython.core.events import EventManager
from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Interrupts"]

_USER_CODE = InteractiveShell.run_code.__code__
_CELL_CODE = InteractiveShell.run_ast_nodes.__code__
_CALLBACKS = EventManager.trigger.__code__
_RAISES = compile("raise KeyboardInterrupt", "<interrupted>", "exec")


class Interrupts:
    """Handles SIGINT for a kernel."""

    def __init__(self):
        self._pid = os.getpid()
        self._executing = False
        self._begun = False
        self._due = False
        self._others = 0
        self._awaited = None

    def install(self):
        """Take SIGINT: before each request, since user code may have taken it meanwhile."""
        signal.signal(signal.SIGINT, self._handle)

    @contextlib.contextmanager
    def cell(self):
        """A cell is prepared, runs and is replied to."""
        self._executing, self._begun, self._due = True, False, False
        try:
            yield
        finally:
            self._executing = self._due = False

    @contextlib.contextmanager
    def other_request(self):
        """Something else runs that may hang, and that may be left at any point."""
        self._others += 1
        try:
            yield
        finally:
            self._others -= 1

    @contextlib.contextmanager
    def awaiting(self, future):
        """The cell runs on the event loop, as this future."""
        self._awaited = (future, asyncio.get_running_loop())
        try:
            yield
        finally:
            self._awaited = None

    def code_to_run(self, code):
        """Give the code that is to be run: the user's, or one that raises, where an interrupt has come before."""
        self._begun = True
        due, self._due = self._due, False
        return _RAISES if due else code

    @property
    def is_due(self):
        """An interrupt has come, and the user's code is not yet running."""
        return self._due

    def _handle(self, signum, frame):
        if os.getpid() != self._pid:
            raise KeyboardInterrupt
        running = _codes(frame, (_USER_CODE, _CELL_CODE, _CALLBACKS))
        if self._executing:
            self._due = self._due or not self._begun or (_CELL_CODE in running and _USER_CODE not in running)
        if _USER_CODE in running or _CALLBACKS in running or (self._others and not self._executing):
            raise KeyboardInterrupt
        if self._awaited is not None and self._begun:
            future, loop = self._awaited
            loop.call_soon_threadsafe(future.cancel)


def _codes(frame, wanted):
    """Give which of these code objects the interpreter is in."""
    found = set()
    while frame is not None:
        if any(frame.f_code is code for code in wanted):
            found.add(frame.f_code)
        frame = frame.f_back
    return found
