"""Sessions kept in memory, for tests and for those who want nothing written."""

import re
import time
import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from codeact_tui.errors import StoreError
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.events import Envelope, StoredEvent, TitleChanged
from codeact_tui.protocol.ids import SessionId, new_session_id
from codeact_tui.store.base import SearchHit, SessionSummary
from codeact_tui.store.resolve import choose_session
from codeact_tui.store.summary import summarise
from codeact_tui.store.text import MATCH_END, MATCH_START, Phrase, parse_query, plain_line, searchable_text
from codeact_tui.store.wording import no_such_session, session_closed, session_gone, session_locked, store_closed

__all__ = ["MemoryCatalog", "MemoryJournal"]

_TOKEN = re.compile(r"[^\W_]+")
_SNIPPET_TOKENS = 16


@dataclass
class _Session:
    id: SessionId
    folder: str
    model: str
    created_at: float
    updated_at: float
    order: int
    """Of the last use, for two within one tick of the clock."""
    title: str = ""
    prompts: int = 0
    cells: int = 0
    envelopes: list[Envelope] = field(default_factory=list[Envelope])
    blobs: dict[str, bytearray] = field(default_factory=dict[str, bytearray])
    holder: "MemoryJournal | None" = None
    deleted: bool = False
    parent: SessionId | None = None
    shared: int = 0

    def summary(self) -> SessionSummary:
        return SessionSummary(
            self.id,
            self.title,
            self.folder,
            self.model,
            self.created_at,
            self.updated_at,
            len(self.envelopes),
            self.prompts,
            self.cells,
            self.holder is not None,
            self.parent,
            self.shared,
        )


class MemoryJournal:
    """A `Journal` in memory; made by `MemoryCatalog`."""

    def __init__(self, catalog: "MemoryCatalog", session: _Session, *, writable: bool) -> None:
        self._catalog = catalog
        self._session = session
        self._writable = writable
        self._closed = False
        if writable:
            session.holder = self

    @property
    def session(self) -> SessionId:
        """The session's id."""
        return self._session.id

    @property
    def writable(self) -> bool:
        """This journal holds the session."""
        return self._writable

    async def append(self, events: Sequence[StoredEvent]) -> list[Envelope]:
        """Keep the events, and give them back with their places.

        Raises:
            SessionLocked: The journal was opened to read.
            StoreError: As `MemoryCatalog.failure` says.
        """
        self._check_writable()
        return self._catalog.append(self._session, events)

    async def read(self, *, after: int = 0) -> AsyncIterator[Envelope]:
        """Give the events after this place, in order."""
        while after < len(self._session.envelopes):
            yield self._session.envelopes[after]
            after += 1

    async def append_blob(self, name: str, data: bytes) -> None:
        """Add to a blob of this session, making it with the first piece.

        Raises:
            SessionLocked: The journal was opened to read.
            StoreError: As `MemoryCatalog.failure` says.
        """
        self._check_writable()
        self._catalog.check(self._session)
        self._session.blobs.setdefault(name, bytearray()).extend(data)

    async def read_blob(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        """Give a part of a blob, in bytes; what is not there is empty."""
        start = max(0, start)
        end = None if length is None else start + max(0, length)
        return bytes(self._session.blobs.get(name, bytearray())[start:end])

    async def close(self) -> None:
        """Let others write. May be called twice."""
        self._closed = True
        if self._session.holder is self:
            self._session.holder = None

    def _check_writable(self) -> None:
        if self._closed:
            raise session_closed()
        if not self._writable:
            raise session_locked(None)


class MemoryCatalog:
    """A `Catalog` in memory, gone with the process. Events are kept as JSON would keep them."""

    def __init__(self) -> None:
        self.failure: StoreError | None = None
        """While set, everything that writes raises it: a full disk, for a test."""
        self._sessions: dict[SessionId, _Session] = {}
        self._uses = 0
        self._closed = False

    async def create(self, *, folder: str, model: str) -> MemoryJournal:
        """Make a session and hold it.

        Raises:
            StoreError: As `failure` says.
        """
        now_s = time.time()
        session = _Session(new_session_id(), folder, model, now_s, now_s, self._use())
        self.check(session)
        self._sessions[session.id] = session
        return MemoryJournal(self, session, writable=True)

    async def fork(self, session: SessionId, *, until: int, folder: str, model: str) -> MemoryJournal:
        """Make a session that begins as another one does, and hold it.

        Raises:
            SessionNotFound: There is none.
            StoreError: It has no such event, or as `failure` says.
        """
        parent = self._find(session)
        if not 0 < until <= len(parent.envelopes):
            raise session_gone()
        journal = await self.create(folder=folder, model=model)
        made = self._sessions[journal.session]
        made.parent, made.shared, made.envelopes = parent.id, until, parent.envelopes[:until]
        made.blobs = {name: bytearray(data) for name, data in parent.blobs.items()}
        change = summarise(envelope.event for envelope in made.envelopes)
        made.prompts, made.cells, made.title = change.prompts, change.cells, change.title or ""
        return journal

    async def open(self, session: SessionId, *, read_only: bool = False) -> MemoryJournal:
        """Open a session; where another journal holds it, or when asked for, only to read.

        Raises:
            SessionNotFound: There is none.
        """
        found = self._find(session)
        return MemoryJournal(self, found, writable=not read_only and found.holder is None)

    async def resolve(self, part: str) -> SessionId:
        """Find the session whose id begins or ends with this, or whose title is this.

        Raises:
            SessionNotFound: None does.
            SessionAmbiguous: Several do; the message lists them.
        """
        return choose_session(part, [session.summary() for session in self._by_use()])

    async def latest(self, folder: str) -> SessionId | None:
        """Give the session of this folder that was used last."""
        found = await self.sessions(folder=folder, limit=1)
        return found[0].id if found else None

    async def sessions(self, *, folder: str | None = None, limit: int = 200) -> list[SessionSummary]:
        """Give the sessions in which something was said or run, the last used first."""
        self._check_open()
        found = (session for session in self._by_use() if folder is None or session.folder == folder)
        return [session.summary() for session in found if session.prompts or session.cells][:limit]

    async def rename(self, session: SessionId, title: str) -> None:
        """Give a session a title, as an event of its own, whoever holds the session.

        Raises:
            SessionNotFound: There is none.
        """
        self.append(self._find(session), [TitleChanged(title)])

    async def delete(self, session: SessionId) -> None:
        """Remove a session and all that it kept.

        Raises:
            SessionNotFound: There is none.
            SessionLocked: It is open.
        """
        found = self._find(session)
        if found.holder is not None:
            raise session_locked(None)
        self.check(found)
        found.deleted = True
        found.envelopes.clear()
        found.blobs.clear()
        del self._sessions[session]
        for other in self._sessions.values():
            if other.parent == session:
                other.parent = found.parent

    async def search(self, query: str, *, limit: int = 50) -> list[SearchHit]:
        """Search all that was said, run and put out; words, and "phrases in quotes"."""
        self._check_open()
        phrases = parse_query(query)
        hits: list[SearchHit] = []
        for session in self._by_use() if phrases else ():
            for envelope in session.envelopes:
                snippet = _match(searchable_text(envelope.event), phrases)
                if snippet is not None:
                    hits.append(SearchHit(session.summary(), envelope.sequence, snippet))
        return hits[:limit]

    async def close(self) -> None:
        """Close the store. May be called twice."""
        self._closed = True
        for session in self._sessions.values():
            if session.holder is not None:
                await session.holder.close()

    def append(self, session: "_Session", events: Sequence[StoredEvent]) -> list[Envelope]:
        """Keep events of a session; its journals' part."""
        self.check(session)
        now_s = time.time()
        first = len(session.envelopes) + 1
        kept = [Envelope(decode_event(encode(event)), first + number, now_s) for number, event in enumerate(events)]
        session.envelopes += kept
        change = summarise(events)
        session.prompts += change.prompts
        session.cells += change.cells
        session.title = session.title if change.title is None else change.title
        session.model = session.model if change.model is None else change.model
        session.updated_at, session.order = now_s, self._use()
        return kept

    def check(self, session: "_Session") -> None:
        """Refuse to write where that is to fail.

        Raises:
            StoreError: The catalog is closed, the session is deleted, or `failure` is set.
        """
        self._check_open()
        if session.deleted:
            raise session_gone()
        if self.failure is not None:
            raise self.failure

    def _check_open(self) -> None:
        if self._closed:
            raise store_closed()

    def _find(self, session: SessionId) -> _Session:
        self._check_open()
        found = self._sessions.get(session)
        if found is None:
            raise no_such_session(session)
        return found

    def _by_use(self) -> list[_Session]:
        return sorted(self._sessions.values(), key=lambda session: session.order, reverse=True)

    def _use(self) -> int:
        self._uses += 1
        return self._uses


def _match(text: str, phrases: tuple[Phrase, ...]) -> str | None:
    """Give a snippet of the text when it holds all phrases."""
    tokens = [(_folded(found[0]), found.start(), found.end()) for found in _TOKEN.finditer(text)]
    spans = [_find_phrase([token for token, _, _ in tokens], phrase) for phrase in phrases]
    first = spans[0]
    if first is None or None in spans:
        return None
    begin, end = tokens[first[0]][1], tokens[first[1] - 1][2]
    stop = tokens[min(len(tokens), first[0] + _SNIPPET_TOKENS) - 1][2]
    start = tokens[max(0, first[1] - _SNIPPET_TOKENS)][1]
    return plain_line(f"{text[start:begin]}{MATCH_START}{text[begin:end]}{MATCH_END}{text[end : max(end, stop)]}")


def _find_phrase(tokens: list[str], phrase: Phrase) -> tuple[int, int] | None:
    wanted = [_folded(found) for found in _TOKEN.findall(phrase.text)]
    for start in range(len(tokens) - len(wanted) + 1):
        window = tokens[start : start + len(wanted)]
        if window == wanted or (phrase.open and window[:-1] == wanted[:-1] and window[-1].startswith(wanted[-1])):
            return start, start + len(wanted)
    return None


def _folded(token: str) -> str:
    decomposed = unicodedata.normalize("NFKD", token.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
