"""Answers the requests to keep the variables on disk, and to bring them back."""

from __future__ import annotations

import contextlib
import signal

from .bringing_back import bring_back
from .keeping import keep_in_copy

__all__ = ["KEEPING_REQUESTS", "Keeper"]

KEEPING_REQUESTS = ["codeact_keep_request", "codeact_bring_back_request"]


class Keeper:
    """A part of the kernel: on the shell channel it answers `KEEPING_REQUESTS`, between two cells."""

    async def codeact_keep_request(self, stream, ident, parent):
        """Keep the variables: the reply comes when that has begun."""
        content = parent["content"]
        found = {"status": "ok"}
        try:
            keep_in_copy(self.shell.user_ns, self.shell.user_ns_hidden, content["folder"], content["limits"])
        except (OSError, AttributeError) as error:  # no memory for a copy, or a system that makes none
            found = {"status": "error", "problem": str(error)[:200]}
        self.session.send(stream, "codeact_keep_reply", found, parent, ident)

    async def codeact_bring_back_request(self, stream, ident, parent):
        """Bring variables back: the reply says which are."""
        content = parent["content"]
        with _within(float(content["seconds"])):
            found = bring_back(self.shell.user_ns, content["folder"], content["modules"], content["groups"])
        self._cell_header = parent["header"]
        self.session.send(stream, "codeact_bring_back_reply", {"status": "ok", **found}, parent, ident)


@contextlib.contextmanager
def _within(seconds):
    """Raise KeyboardInterrupt after so long, and at SIGINT, which elsewhere interrupts cells alone."""

    def stop(_number, _frame):
        raise KeyboardInterrupt

    before = [(number, signal.signal(number, stop)) for number in (signal.SIGALRM, signal.SIGINT)]
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before:
            signal.signal(number, handler)
