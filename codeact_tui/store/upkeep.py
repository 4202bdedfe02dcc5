"""What the store does in idle moments, a few milliseconds at a time: index, clear away, checkpoint."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from codeact_tui.store.search import index_slice

__all__ = ["Upkeep"]

_COMMITS_PER_CHECKPOINT = 256
_WAL_BYTES_MAX = 64 * 1024 * 1024
_MERGE_PAGES = 128
_VACUUM_PAGES = 512
_TRUNCATE_WAIT_MS = 50

Clearing = Literal["nothing", "start", "merge", "vacuum", "truncate"]
"""How far it has come with what a deletion leaves: words in the index, free pages, old pages in the log."""


class Upkeep:
    """Knows what is due, and does it in steps, so that an append never waits for more than one.

    Args:
        path: The database.
    """

    def __init__(self, path: Path) -> None:
        self.due = False
        """There is something to do; `step` does a part of it."""
        self._wal = Path(f"{path}-wal")
        self._commits = 0
        self._clearing: Clearing = "nothing"

    def note_commit(self) -> None:
        """Take note that something was written."""
        self.due = True
        self._commits += 1

    def note_deletion(self) -> None:
        """Take note that a session was deleted: its words, its pages and its part of the log are to go too."""
        self.due = True
        self._clearing = "start"

    def wal_is_long(self) -> bool:
        """Say whether the write-ahead log has outgrown its bound, so that a checkpoint can't wait for a pause."""
        try:
            return self._wal.stat().st_size > _WAL_BYTES_MAX
        except OSError:
            return False

    def give_up(self) -> None:
        """Let it be until the next commit."""
        self.due = False

    def step(self, connection: sqlite3.Connection) -> None:
        """Do one part of what is due.

        Raises:
            sqlite3.Error: It could not be done; `give_up` until the next commit.
        """
        with _transaction(connection):
            more = index_slice(connection)
        if more:
            return
        match self._clearing:
            case "start" | "merge":
                more = _merge(connection, first=self._clearing == "start")
                self._clearing = "merge" if more else "vacuum"
            case "vacuum":
                self._clearing = "vacuum" if _vacuum(connection) else "truncate"
            case _ if self._clearing == "truncate" or self._commits >= _COMMITS_PER_CHECKPOINT:
                self.checkpoint(connection)
            case _:
                self.due = False

    def checkpoint(self, connection: sqlite3.Connection) -> None:
        """Move what is in the write-ahead log into the database, as far as readers let it."""
        if self._clearing == "truncate":
            _truncate_wal(connection)
            self._clearing = "nothing"
        else:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._commits = 0


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _merge(connection: sqlite3.Connection, *, first: bool) -> bool:
    # A deleted text's words stay in the index's segments until these are merged. A negative number begins that
    # for all of them, positive ones go on. Source: SQLite FTS5, "The 'merge' Command".
    before = connection.total_changes
    pages = -_MERGE_PAGES if first else _MERGE_PAGES
    connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before >= 2


def _vacuum(connection: sqlite3.Connection) -> bool:
    before = _free_pages(connection)
    connection.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})").fetchall()
    return 0 < _free_pages(connection) < before


def _truncate_wal(connection: sqlite3.Connection) -> None:
    # This one waits for readers, so not for long: an append may come.
    usual_ms: int = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {_TRUNCATE_WAIT_MS}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {usual_ms}")


def _free_pages(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return count
