"""The one thread of the process that writes: group commit, and upkeep in idle moments."""

import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty

from codeact_tui.errors import StoreError
from codeact_tui.store.upkeep import Upkeep
from codeact_tui.store.worker import Job, Result, Ticket, Worker

__all__ = ["Writer"]

_log = logging.getLogger(__name__)
_IDLE_S = 0.25
_FINISH_S = 1.0


class Writer(Worker):
    """Runs the jobs that wait in one transaction; each succeeds or fails by itself.

    When the transaction fails, each job is run again in one of its own, so one that can't be kept takes no other
    with it. A job may therefore be run twice, and must do nothing but use its connection.

    Args:
        path: The database.
        busy_timeout_s: Seconds to wait for another program that writes.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = 5.0) -> None:
        super().__init__(path, name="codeact-store-writer", busy_timeout_s=busy_timeout_s)
        self._upkeep = Upkeep(path)

    def clear_away(self) -> None:
        """Say, in a job, that it deletes a session: what that leaves behind is cleared away in idle moments."""
        self._upkeep.note_deletion()

    def _next_ticket(self) -> Ticket | None:
        wait_s = _IDLE_S
        while self._upkeep.due:
            try:
                return self._queue.get(timeout=wait_s)
            except Empty:
                self._keep_up(self._upkeep.step)
                wait_s = 0.0
        return self._queue.get()

    def _perform(self, batch: list[Ticket]) -> None:
        if not batch:
            return
        if len(batch) == 1 or not self._attempt_together(batch):
            super()._perform(batch)
        self._upkeep.note_commit()
        if self._upkeep.wal_is_long():
            self._keep_up(self._upkeep.checkpoint)

    def _attempt_together(self, batch: list[Ticket]) -> bool:
        jobs = [ticket.job for ticket in batch if ticket.job is not None]
        try:
            results = self._execute(lambda connection: [job(connection) for job in jobs])
        except Exception as error:
            _log.debug("%d jobs of the store are run one by one: %s", len(batch), error)
            return False
        for ticket, result in zip(batch, results, strict=True):
            ticket.result = result
        return True

    def _execute(self, job: Job[Result]) -> Result:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = job(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if not self._same_file():
            self._disconnect()
            raise StoreError(
                f"{self._path} was removed or replaced while it was in use.",
                remedy="Put it back, or start codeact anew; what is on the screen is not being kept.",
            )
        return result

    def _keep_up(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do a part of the upkeep. Its root: nothing that goes wrong in it may end the thread."""
        try:
            work(self._connected())
        except Exception as error:
            self._upkeep.give_up()
            _log.warning("The store's upkeep has to wait: %s", error, exc_info=not isinstance(error, sqlite3.Error))

    def _finish(self) -> None:
        deadline_s = time.monotonic() + _FINISH_S
        while self._connection is not None and self._upkeep.due and time.monotonic() < deadline_s:
            self._keep_up(self._upkeep.step)
