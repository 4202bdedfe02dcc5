"""One session's events in the database."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

from codeact_tui.protocol.events import Envelope, StoredEvent
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.blobs import append_piece, read_piece
from codeact_tui.store.locks import SessionLock
from codeact_tui.store.rows import append_events, read_page, storable
from codeact_tui.store.wording import session_closed, session_locked
from codeact_tui.store.worker import Worker
from codeact_tui.store.writer import Writer

__all__ = ["SqliteJournal"]

_log = logging.getLogger(__name__)


class SqliteJournal:
    """A `Journal` in SQLite; made by `SqliteCatalog`.

    An append that is cancelled after it began is committed all the same.

    Args:
        session: The session's id.
        key: The session's key in the database.
        writer: The process's writer.
        reader: Runs what only reads.
        lock: The session's lock; None to read only.
        holder: The process that holds the lock, where it is another.
        on_close: Called once, when the journal is closed.
    """

    def __init__(
        self,
        session: SessionId,
        key: int,
        *,
        writer: Writer,
        reader: Worker,
        lock: SessionLock | None,
        holder: int | None = None,
        on_close: Callable[["SqliteJournal"], None] | None = None,
    ) -> None:
        self.holder = holder
        """The id of the process that holds the session, where that is known and another's."""
        self.damaged = 0
        """Rows that were skipped in the last reading, because they are no event."""
        self._session = session
        self._key = key
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._on_close = on_close
        self._writable = lock is not None
        self._closed = False

    @property
    def session(self) -> SessionId:
        """The session's id."""
        return self._session

    @property
    def writable(self) -> bool:
        """This journal holds the session's lock."""
        return self._writable

    async def append(self, events: Sequence[StoredEvent]) -> list[Envelope]:
        """Commit the events, all or none, and give them back with their places.

        Raises:
            SessionLocked: The journal was opened to read.
            StoreError: The disk is full, gone or read-only; nothing was written.
        """
        self._check_writable()
        if not events:
            return []
        kept = tuple(events)
        return await self._writer.submit(lambda connection: append_events(connection, self._key, kept))

    async def read(self, *, after: int = 0) -> AsyncIterator[Envelope]:
        """Give the events after this place, in order; what is no event is skipped and counted in `damaged`.

        Raises:
            StoreError: The database can't be read.
        """
        self.damaged = 0
        while True:
            page = await self._reader.submit(partial(read_page, key=self._key, after=after))
            self.damaged += page.damaged
            for envelope in page.envelopes:
                yield envelope
            if not page.reached:
                break
            after = page.reached
        if self.damaged:
            _log.warning("Session %s has %d damaged events.", self._session, self.damaged)

    async def append_blob(self, name: str, data: bytes) -> None:
        """Add to a blob of this session, making it with the first piece.

        Raises:
            SessionLocked: The journal was opened to read.
            StoreError: As for `append`.
        """
        self._check_writable()
        await self._writer.submit(lambda connection: append_piece(connection, self._key, storable(name), data))

    async def read_blob(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        """Give a part of a blob, in bytes; what is not there is empty."""
        return await self._reader.submit(
            lambda connection: read_piece(connection, self._key, storable(name), start=start, length=length)
        )

    async def close(self) -> None:
        """Write what waits and release the lock. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._writer.drain()
        finally:
            if self._lock is not None:
                await asyncio.to_thread(self._lock.release)
            if self._on_close is not None:
                self._on_close(self)

    def _check_writable(self) -> None:
        if self._closed:
            raise session_closed()
        if not self._writable:
            raise session_locked(self.holder)
