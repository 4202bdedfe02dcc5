"""What a session does at the same time: its tasks, each owned, named, and with its failure told."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from codeact_tui.errors import CodeActError, StoreError
from codeact_tui.protocol.events import Failed
from codeact_tui.session.ledger import Ledger

__all__ = ["AT_WORK", "Tasks"]

_log = logging.getLogger(__name__)

AT_WORK = ("turn", "user cell", "rerun", "dry run", "exploration")
"""The names of the tasks in which the model is asked or something runs."""


class Tasks:
    """Runs work in the background until it ends or the session does.

    Args:
        ledger: Where failures are recorded.
        writable: False where they can only be told.
    """

    def __init__(self, ledger: Ledger, *, writable: bool) -> None:
        self._ledger = ledger
        self._writable = writable
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run something in the background."""
        task = asyncio.create_task(self.guard(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def guard(self, work: Coroutine[Any, Any, None], what: str = "Something") -> None:
        """Do something here and now; a failure is told and does not go on upwards.

        Args:
            work: What to do.
            what: What it is called, should it fail in a way that nobody foresaw.
        """
        try:
            await work
        except StoreError as error:
            self._ledger.tell_uncommitted(_failure(error))
        except CodeActError as error:
            await self._fail(error)
        except Exception:
            _log.exception("%s failed inside the session", what)
            await self._fail(CodeActError(f"{what} failed inside codeact.", remedy="The log says more."))

    async def wait(self, timeout_s: float, *names: str) -> None:
        """Wait until the tasks of these names have ended, or for so long."""
        waited = [task for task in self._tasks if task.get_name() in names]
        if waited:
            await asyncio.wait(waited, timeout=timeout_s)

    async def end(self, timeout_s: float) -> None:
        """Cancel all that still goes on, and wait for its end, or for so long."""
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def _fail(self, error: CodeActError) -> None:
        failure = _failure(error)
        if not self._writable:
            self._ledger.tell_uncommitted(failure)
            return
        try:
            await self._ledger.record(failure)
        except StoreError:
            self._ledger.tell_uncommitted(failure)


def _failure(error: CodeActError) -> Failed:
    return Failed(type(error).__name__, error.message, error.remedy)
