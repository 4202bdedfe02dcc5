"""A thread with a connection of its own, which runs jobs in the order they were given."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from codeact_tui.errors import CodeActError, StoreError
from codeact_tui.store.connection import FileIdentity, as_store_error, connect, identify
from codeact_tui.store.wording import store_closed

__all__ = ["Job", "Result", "Ticket", "Worker"]

_log = logging.getLogger(__name__)
_BATCH_JOBS_MAX = 256

Result = TypeVar("Result")
Job = Callable[[sqlite3.Connection], Result]


@dataclass(slots=True)
class Ticket:
    """A job and what came of it; without a job, only its place in the queue counts."""

    job: Job[Any] | None
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = field(default=None)


class Worker:
    """Runs each job by itself; `Writer` joins them.

    The thread starts with the first job, and the connection opens then; where it can't be opened, the job fails
    and the next one tries again. All jobs come from one event loop.

    Args:
        path: The database.
        name: The thread's.
        busy_timeout_s: Seconds to wait for another program that holds the database.
    """

    def __init__(self, path: Path, *, name: str, busy_timeout_s: float = 5.0) -> None:
        self._path = path
        self._name = name
        self._busy_timeout_s = busy_timeout_s
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._identity: FileIdentity | None = None

    def submit(self, job: Job[Result]) -> asyncio.Future[Result]:
        """Hand over a job; it is run even if nobody waits for the future any more.

        Raises:
            StoreError: The worker is closed.
        """
        if self._closed:
            raise store_closed()
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._queue.put(Ticket(job, future))
        return future

    async def drain(self) -> None:
        """Wait until the jobs that were handed over are done."""
        if self._thread is not None and not self._closed:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queue.put(Ticket(None, future))
            await future

    async def close(self) -> None:
        """Run what waits, then end the thread. May be called twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    # -- in the thread

    def _run(self) -> None:
        more = True
        while more:
            batch, more = self._take()
            if batch:
                self._perform([ticket for ticket in batch if ticket.job is not None])
                _settle(batch)
        self._finish()
        self._disconnect()

    def _take(self) -> tuple[list[Ticket], bool]:
        """Wait for a job; give it and those behind it, and whether more may come."""
        batch: list[Ticket] = []
        ticket = self._next_ticket()
        try:
            while ticket is not None:
                batch.append(ticket)
                if len(batch) == _BATCH_JOBS_MAX:
                    return batch, True
                ticket = self._queue.get_nowait()
        except Empty:
            return batch, True
        return batch, False

    def _next_ticket(self) -> Ticket | None:
        return self._queue.get()

    def _perform(self, batch: list[Ticket]) -> None:
        for ticket in batch:
            self._attempt(ticket)

    def _attempt(self, ticket: Ticket) -> None:
        """Run one job, its error kept with it. The root of the job: whatever it raises goes to who waits for it."""
        assert ticket.job is not None
        try:
            ticket.result = self._execute(ticket.job)
        except (sqlite3.Error, OSError) as error:
            ticket.error = self._translate(error)
        except CodeActError as error:
            ticket.error = error
        except Exception as error:
            ticket.error = error

    def _execute(self, job: Job[Result]) -> Result:
        return job(self._connected())

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path, busy_timeout_s=self._busy_timeout_s)
            self._identity = identify(self._path)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error as error:
                _log.warning("The connection to %s did not close cleanly: %s", self._path, error)

    def _translate(self, error: sqlite3.Error | OSError) -> StoreError:
        translated = as_store_error(error, self._path)
        translated.__cause__ = error
        if self._connection is not None and not self._same_file():
            self._disconnect()
        return translated

    def _same_file(self) -> bool:
        """Say whether the file at the path is still the one that was opened."""
        return identify(self._path) == self._identity

    def _finish(self) -> None:
        """Do what is left before the connection closes."""


def _settle(batch: list[Ticket]) -> None:
    """Hand the results to the event loop, in one call for all of them."""
    try:
        batch[0].future.get_loop().call_soon_threadsafe(_resolve, batch)
    except RuntimeError:
        _log.debug("The event loop closed before %d results of the store came.", len(batch))


def _resolve(batch: list[Ticket]) -> None:
    for ticket in batch:
        if ticket.future.done():
            continue
        if ticket.error is None:
            ticket.future.set_result(ticket.result)
        else:
            ticket.future.set_exception(ticket.error)
