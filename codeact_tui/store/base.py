"""The port to what is kept: a journal of events for each session, and the list of sessions."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import Struct

from codeact_tui.protocol.events import Envelope, StoredEvent
from codeact_tui.protocol.ids import SessionId

__all__ = ["Catalog", "Journal", "SearchHit", "SessionSummary"]


class SessionSummary(Struct, frozen=True):
    """What a list of sessions shows of one."""

    id: SessionId
    title: str
    folder: str
    """The project folder it was made in."""
    model: str
    created_at: float
    """Seconds since the epoch."""
    updated_at: float
    events: int
    prompts: int = 0
    cells: int = 0
    open: bool = False
    """A living process holds it."""
    parent: SessionId | None = None
    """The session that it is a fork of."""
    shared: int = 0
    """How many events it has in common with that one."""


class SearchHit(Struct, frozen=True):
    """A place where a search found something."""

    session: SessionSummary
    sequence: int
    snippet: str
    """Some words around, the match between U+0002 and U+0003."""


class Journal(Protocol):
    """One session's events, in order. Whoever may write holds the session's lock until `close`."""

    @property
    def session(self) -> SessionId:
        """The session's id."""
        ...

    @property
    def writable(self) -> bool:
        """False where another process holds the session: reading works, `append` raises `SessionLocked`."""
        ...

    async def append(self, events: Sequence[StoredEvent]) -> list[Envelope]:
        """Commit the events, all or none, and give them back with their places.

        A SIGKILL after the return loses none of them. Calls made at the same time are committed in the order of the
        calls, together where that is quicker.

        Raises:
            StoreError: The disk is full, gone or read-only; nothing was written.
        """
        ...

    def read(self, *, after: int = 0) -> AsyncIterator[Envelope]:
        """Give the events after this place, in order. Events of an unknown kind are skipped."""
        ...

    async def append_blob(self, name: str, data: bytes) -> None:
        """Add to a blob of this session, making it with the first piece.

        Raises:
            StoreError: As for `append`.
        """
        ...

    async def read_blob(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        """Give a part of a blob, in bytes; what is not there is empty."""
        ...

    async def close(self) -> None:
        """Write what waits and release the lock. May be called twice."""
        ...


class Catalog(Protocol):
    """All sessions of this user."""

    async def create(self, *, folder: str, model: str) -> Journal:
        """Make a session and hold it.

        Raises:
            StoreError: It can't be written.
        """
        ...

    async def open(self, session: SessionId, *, read_only: bool = False) -> Journal:
        """Open a session; where another process holds it, or when asked for, only to read.

        Raises:
            SessionNotFound: There is none.
        """
        ...

    async def fork(self, session: SessionId, *, until: int, folder: str, model: str) -> Journal:
        """Make a session that begins as another one does, and hold it.

        What they have in common is kept once. Deleting either leaves the other whole.

        Args:
            session: The other one.
            until: The sequence of the last event that is shared.
            folder: Where its cells run.
            model: Whom it asks.

        Raises:
            SessionNotFound: There is none.
            StoreError: It has no such event, or can't be written.
        """
        ...

    async def resolve(self, part: str) -> SessionId:
        """Find the session whose id begins or ends with this, or whose title is this.

        Raises:
            SessionNotFound: None does.
            SessionAmbiguous: Several do; the message lists them.
        """
        ...

    async def latest(self, folder: str) -> SessionId | None:
        """Give the session of this folder that was used last."""
        ...

    async def sessions(self, *, folder: str | None = None, limit: int = 200) -> list[SessionSummary]:
        """Give the sessions, the last used first; those in which nothing was said or run are left out."""
        ...

    async def rename(self, session: SessionId, title: str) -> None:
        """Give a session a title.

        Raises:
            SessionNotFound: There is none.
        """
        ...

    async def delete(self, session: SessionId) -> None:
        """Remove a session and all that it kept.

        Raises:
            SessionNotFound: There is none.
            SessionLocked: It is open.
        """
        ...

    async def search(self, query: str, *, limit: int = 50) -> list[SearchHit]:
        """Search all that was said, run and put out; words, and "phrases in quotes"."""
        ...

    async def close(self) -> None:
        """Close the store. May be called twice."""
        ...
