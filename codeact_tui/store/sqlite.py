"""All sessions of a user in one SQLite database."""

import asyncio
import logging
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from codeact_tui.errors import StoreError
from codeact_tui.protocol.events import TitleChanged
from codeact_tui.protocol.ids import SessionId, new_session_id
from codeact_tui.store.base import SearchHit, SessionSummary
from codeact_tui.store.connection import as_store_error
from codeact_tui.store.journal import SqliteJournal
from codeact_tui.store.locks import SessionLock, held_sessions, lock_holder, lock_session
from codeact_tui.store.resolve import choose_session
from codeact_tui.store.rows import (
    append_events,
    delete_session,
    insert_fork,
    insert_session,
    session_key,
    summaries,
    summary_of_keys,
)
from codeact_tui.store.schema import split_place
from codeact_tui.store.search import has_lag, index_slice, search_places
from codeact_tui.store.wording import no_such_session, session_locked
from codeact_tui.store.worker import Worker
from codeact_tui.store.writer import Writer

__all__ = ["SqliteCatalog", "SqliteJournal"]

_log = logging.getLogger(__name__)
_SESSION_ID = re.compile(r"[0-9a-z]{1,64}")
_HITS_MAX = 1_000
_SESSIONS_MAX = 10_000

Result = TypeVar("Result")


class SqliteCatalog:
    """A `Catalog` in SQLite: one database for all sessions, and a lock file for each open one in `locks/` beside it.

    Several processes may use the same database. Nothing is opened or made before it is needed; all work is done in
    two threads, one that writes and one that reads. Deleting overwrites with zeros what was kept, and gives the
    room back to the file system in idle moments.

    Args:
        path: The database; it and its folder are made private.
        busy_timeout_s: Seconds to wait for another program that holds the database.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = 5.0) -> None:
        self._path = path
        self._locks = path.parent / "locks"
        self._writer = Writer(path, busy_timeout_s=busy_timeout_s)
        self._reader = Worker(path, name="codeact-store-reader", busy_timeout_s=busy_timeout_s)
        self._open: set[SqliteJournal] = set()

    async def create(self, *, folder: str, model: str) -> SqliteJournal:
        """Make a session and hold it.

        Raises:
            StoreError: It can't be written.
        """
        return await self._made(
            lambda connection, session: insert_session(connection, session, folder=folder, model=model)
        )

    async def fork(self, session: SessionId, *, until: int, folder: str, model: str) -> SqliteJournal:
        """Make a session that begins as another one does, and hold it.

        Raises:
            SessionNotFound: There is none.
            StoreError: It has no such event, or can't be written.
        """
        parent = await self._key(session)
        return await self._made(
            lambda connection, made: insert_fork(connection, made, parent, until=until, folder=folder, model=model)
        )

    async def _made(self, insert: Callable[[sqlite3.Connection, SessionId], int]) -> SqliteJournal:
        session = new_session_id()
        lock = await self._lock(session)
        if lock is None:  # pragma: no cover - an id made a moment ago, by chance the same
            raise session_locked(lock_holder(self._locks, session))
        try:
            key = await self._writer.submit(lambda connection: insert(connection, session))
        except BaseException:
            lock.release()
            raise
        return self._journal(session, key, lock)

    async def open(self, session: SessionId, *, read_only: bool = False) -> SqliteJournal:
        """Open a session; where another process holds it, or when asked for, only to read.

        Raises:
            SessionNotFound: There is none.
            StoreError: It can't be read, or its lock file can't be made.
        """
        key = await self._key(session)
        lock = None if read_only else await self._lock(session)
        holder = None
        if lock is None and not read_only:
            holder = await asyncio.to_thread(lock_holder, self._locks, session)
        return self._journal(session, key, lock, holder)

    async def resolve(self, part: str) -> SessionId:
        """Find the session whose id begins or ends with this, or whose title is this.

        Raises:
            SessionNotFound: None does.
            SessionAmbiguous: Several do; the message lists them.
        """
        return choose_session(
            part, await self._reader.submit(lambda connection: summaries(connection, used_only=False))
        )

    async def latest(self, folder: str) -> SessionId | None:
        """Give the session of this folder that was used last."""
        found = await self._reader.submit(lambda connection: summaries(connection, folder=folder, limit=1))
        return found[0].id if found else None

    async def sessions(self, *, folder: str | None = None, limit: int = 200) -> list[SessionSummary]:
        """Give the sessions in which something was said or run, the last used first."""
        bound = min(limit, _SESSIONS_MAX)

        def read(connection: sqlite3.Connection) -> list[SessionSummary]:
            found = summaries(connection, folder=folder, limit=bound)
            held = held_sessions(self._locks, [summary.id for summary in found])
            return [msgspec.structs.replace(summary, open=summary.id in held) for summary in found]

        return await self._reader.submit(read)

    async def rename(self, session: SessionId, title: str) -> None:
        """Give a session a title, as an event of its own, whoever holds the session.

        Raises:
            SessionNotFound: There is none.
        """
        key = await self._key(session)
        await self._writer.submit(lambda connection: append_events(connection, key, [TitleChanged(title)]))

    async def delete(self, session: SessionId) -> None:
        """Remove a session and all that it kept.

        Raises:
            SessionNotFound: There is none.
            SessionLocked: It is open.
        """
        key = await self._key(session)
        lock = await self._lock(session)
        if lock is None:
            raise session_locked(await asyncio.to_thread(lock_holder, self._locks, session))

        def remove(connection: sqlite3.Connection) -> None:
            delete_session(connection, key)
            self._writer.clear_away()

        try:
            await self._writer.submit(remove)
        finally:
            lock.release()

    async def search(self, query: str, *, limit: int = 50) -> list[SearchHit]:
        """Search all that was said, run and put out; words, and "phrases in quotes".

        The last word also finds longer ones that begin with it. The best hits come first.
        """
        await self._catch_up()
        bound = min(limit, _HITS_MAX)

        def find(connection: sqlite3.Connection) -> list[SearchHit]:
            places = [
                (*split_place(place), snippet) for place, snippet in search_places(connection, query, limit=bound)
            ]
            sessions = summary_of_keys(connection, sorted({key for key, _, _ in places}))
            held = held_sessions(self._locks, {summary.id for summary in sessions.values()})
            return [
                SearchHit(msgspec.structs.replace(sessions[key], open=sessions[key].id in held), sequence, snippet)
                for key, sequence, snippet in places
                if key in sessions
            ]

        return await self._reader.submit(find)

    async def close(self) -> None:
        """Close the store, and the journals that are still open. May be called twice."""
        for journal in tuple(self._open):
            await journal.close()
        await self._reader.close()
        await self._writer.close()

    async def _key(self, session: SessionId) -> int:
        key = None
        if _SESSION_ID.fullmatch(session):
            key = await self._reader.submit(lambda connection: session_key(connection, session))
        if key is None:
            raise no_such_session(session)
        return key

    async def _lock(self, session: SessionId) -> SessionLock | None:
        return await self._in_thread(lambda: lock_session(self._locks, session))

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        try:
            return await asyncio.to_thread(call)
        except OSError as error:
            raise as_store_error(error, self._path) from error

    async def _catch_up(self) -> None:
        """Let the index know everything; where it can't be written, search what it knows."""
        try:
            more = await self._reader.submit(has_lag)
            while more:
                more = await self._writer.submit(index_slice)
        except StoreError as error:
            _log.warning("The search index is behind: %s", error)

    def _journal(
        self, session: SessionId, key: int, lock: SessionLock | None, holder: int | None = None
    ) -> SqliteJournal:
        journal = SqliteJournal(
            session,
            key,
            writer=self._writer,
            reader=self._reader,
            lock=lock,
            holder=holder,
            on_close=self._open.discard,
        )
        self._open.add(journal)
        return journal
