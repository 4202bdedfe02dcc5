"""What an interrupt does: it raises KeyboardInterrupt in the user's code, whenever it comes, and nowhere else.

Raised in the kernel's own code it would get lost, or take the reply or the event loop with it. So the handler looks
at where the interpreter is: in the user's code it raises; before that it has the code replaced by one that raises;
while a cell awaits something, the awaiting is cancelled; behind the cell's end it does nothing.

The handler runs in the main thread, between two of its steps. A signal that comes just before that thread goes to
sleep in the system, or that another thread takes, wakes nobody. So the application asks a moment later whether its
signal was seen, and the main thread is sent another if not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time

from IPython.core.events import EventManager
from IPython.core.interactiveshell import InteractiveShell

from .channels import Channel
from .shell import Shell

__all__ = ["Interrupts"]

_USER_CODES = (InteractiveShell.run_code.__code__, Shell.run_code.__code__)
_CELL_CODE = InteractiveShell.run_ast_nodes.__code__
_WHOLE_CODES = (Channel.recv_multipart.__code__, Channel.send_multipart.__code__)
"""What must not be left half done, or the other side would understand nothing more."""
_CALLBACKS = EventManager.trigger.__code__
_MOMENT_S = 0.01
_RAISES = compile("raise KeyboardInterrupt", "<interrupted>", "exec")


class Interrupts:
    """Handles SIGINT for a kernel."""

    def __init__(self):
        self._pid = os.getpid()
        self._executing = False
        self._begun = False
        self._due = False
        self._awaited = None
        self._called_at = self._asked_at = 0.0
        self._reminders = 0

    def renew(self):
        """This process is a copy of the one that it was made in, and takes its place."""
        self._pid = os.getpid()
        self._executing = self._begun = self._due = False
        self._reminders = 0

    def install(self):
        """Take SIGINT: before each request, since user code may have taken it meanwhile."""
        signal.signal(signal.SIGINT, self._handle)

    def raise_what_was_ignored(self):
        """Raise again what is raised in a finalizer, where the interpreter can only ignore it: once that is left."""
        ignore = sys.unraisablehook

        def hook(unraisable):
            if unraisable.exc_type is KeyboardInterrupt and os.getpid() == self._pid and self._executing:
                self._reminders = 0
                _send_again()
            else:
                ignore(unraisable)

        sys.unraisablehook = hook

    def make_sure(self, sent_at):
        """Have a signal seen to that was sent at this time, by the system's monotonic clock. Any thread may ask."""
        if self._called_at < sent_at and signal.getsignal(signal.SIGINT) == self._handle:
            self._asked_at = sent_at
            self._reminders += 1
            signal.pthread_kill(_main(), signal.SIGINT)

    @contextlib.contextmanager
    def cell(self):
        """A cell is prepared, runs and is replied to."""
        self._executing, self._begun, self._due, self._reminders = True, False, False, 0
        try:
            yield
        finally:
            self._executing = self._due = False

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
        if self._reminders and self._called_at >= self._asked_at:
            self._reminders -= 1  # what it reminds of has been seen in the meantime
            return
        if _is_in(frame, _WHOLE_CODES):
            _send_again()
            return
        self._called_at = time.monotonic()
        in_user_code = _is_in(frame, _USER_CODES)
        if self._executing and not in_user_code:
            self._due = self._due or not self._begun or _is_in(frame, (_CELL_CODE,))
        if in_user_code or _is_in(frame, (_CALLBACKS,)):
            raise KeyboardInterrupt
        if self._awaited is not None and self._begun:
            self._cancel(*self._awaited)

    def _cancel(self, future, loop):
        """Cancel at once, for the loop may be about to go on with the cell, which might never come back to it."""
        if asyncio.current_task(loop) is future:
            loop.call_soon_threadsafe(future.cancel)
        else:
            future.cancel()
            loop.call_soon_threadsafe(_nothing)  # wakes a loop that is going to sleep


def _nothing():
    pass


def _send_again():
    threading.Timer(_MOMENT_S, signal.pthread_kill, (_main(), signal.SIGINT)).start()


def _main():
    return threading.main_thread().ident


def _is_in(frame, codes):
    """Say whether the interpreter is in one of these functions, or in what they have called."""
    while frame is not None:
        if any(frame.f_code is code for code in codes):
            return True
        frame = frame.f_back
    return False
