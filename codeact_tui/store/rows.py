"""What the store asks of the database, in SQL: sessions, events and their summaries."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from codeact_tui.errors import StoreError
from codeact_tui.protocol.codec import decode_event, encode, event_tag
from codeact_tui.protocol.events import Envelope, StoredEvent
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import SessionSummary
from codeact_tui.store.schema import first_place, last_place, split_place
from codeact_tui.store.search import forget_session
from codeact_tui.store.sharing import Stretch, hand_over, stretches
from codeact_tui.store.summary import STORED_KINDS, summarise
from codeact_tui.store.wording import session_gone

__all__ = [
    "Page",
    "append_events",
    "delete_session",
    "insert_fork",
    "insert_session",
    "read_page",
    "session_key",
    "storable",
    "summaries",
    "summary_of_keys",
]

_EVENT_BYTES_MAX = 64 * 1024 * 1024
_PAGE_EVENTS = 512
_PAGE_BYTES = 4 * 1024 * 1024
_COLUMNS = (
    "key, id, title, folder, model, created_at, updated_at, events, prompts, cells,"
    " (SELECT above.id FROM sessions AS above WHERE above.key = sessions.parent), shared"
)
_Row = tuple[int, str, str, str, str, float, float, int, int, int, str | None, int]


@dataclass(frozen=True)
class Page:
    """Some of a session's events in their order."""

    envelopes: list[Envelope]
    reached: int
    """The sequence of the last row looked at; 0 when there was none."""
    damaged: int
    """Rows that are no event; those of a kind that this version doesn't know are not counted."""


def insert_session(connection: sqlite3.Connection, session: SessionId, *, folder: str, model: str) -> int:
    """Make a session; give its key."""
    now_s = time.time()
    cursor = connection.execute(
        "INSERT INTO sessions (id, folder, model, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
        (session, storable(folder), storable(model), now_s, now_s),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def insert_fork(
    connection: sqlite3.Connection, session: SessionId, parent: int, *, until: int, folder: str, model: str
) -> int:
    """Make a session that shares the events of another up to a place; give its key.

    Args:
        connection: Within the caller's transaction.
        session: Its id.
        parent: The key of the other.
        until: The last event that is shared.
        folder: Where its cells run.
        model: Whom it asks.

    Raises:
        StoreError: The other is gone.
    """
    found = stretches(connection, parent)
    base = next((each.key for each in found if each.after < until <= each.until), None)
    if base is None:
        raise session_gone()
    key = insert_session(connection, session, folder=folder, model=model)
    change = summarise(envelope.event for envelope in _shared(connection, parent, until))
    connection.execute(
        "UPDATE sessions SET parent = :parent, base = :base, shared = :until, events = :until, indexed = :until,"
        " prompts = :prompts, cells = :cells, title = coalesce(:title, title) WHERE key = :key",
        {
            "parent": parent,
            "base": base,
            "until": until,
            "prompts": change.prompts,
            "cells": change.cells,
            "title": None if change.title is None else storable(change.title),
            "key": key,
        },
    )
    return key


def session_key(connection: sqlite3.Connection, session: SessionId) -> int | None:
    """Give a session's key; None where there is no such session."""
    row = connection.execute("SELECT key FROM sessions WHERE id = ?", (storable(session),)).fetchone()
    return None if row is None else row[0]


def append_events(connection: sqlite3.Connection, key: int, events: Sequence[StoredEvent]) -> list[Envelope]:
    """Add events to a session, and to its summary, within the caller's transaction.

    Raises:
        StoreError: The session is gone, or an event is too large.
    """
    row = connection.execute("SELECT events FROM sessions WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise session_gone()
    last: int = row[0]
    now_s = time.time()
    connection.executemany(
        "INSERT INTO events (place, at, kind, body) VALUES (?, ?, ?, ?)",
        [
            (place, now_s, event_tag(event), _body(event))
            for place, event in enumerate(events, first_place(key, after=last))
        ],
    )
    change = summarise(events)
    connection.execute(
        "UPDATE sessions SET events = ?, updated_at = ?, prompts = prompts + ?, cells = cells + ?,"
        " title = coalesce(?, title), model = coalesce(?, model) WHERE key = ?",
        (
            last + len(events),
            now_s,
            change.prompts,
            change.cells,
            None if change.title is None else storable(change.title),
            None if change.model is None else storable(change.model),
            key,
        ),
    )
    return [Envelope(event, sequence, now_s) for sequence, event in enumerate(events, last + 1)]


def read_page(connection: sqlite3.Connection, key: int, *, after: int) -> Page:
    """Read events of a session, as many as fit a page; those that it shares with others too."""
    for stretch in stretches(connection, key):
        if stretch.until > after:
            page = _read_stretch(connection, stretch, after=max(after, stretch.after))
            if page.reached:
                return page
    return Page([], 0, 0)


def _read_stretch(connection: sqlite3.Connection, stretch: Stretch, *, after: int) -> Page:
    rows = connection.execute(
        "SELECT place, at, kind, body FROM events WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?",
        (first_place(stretch.key, after=after), first_place(stretch.key, after=stretch.until) - 1, _PAGE_EVENTS),
    )
    envelopes: list[Envelope] = []
    reached = damaged = size_bytes = 0
    for place, at, kind, body in rows:
        reached = split_place(place)[1]
        if kind not in STORED_KINDS:
            continue
        try:
            envelopes.append(Envelope(decode_event(body), reached, float(at)))
            size_bytes += len(body)
        except (msgspec.DecodeError, TypeError, ValueError):
            damaged += 1
        if size_bytes >= _PAGE_BYTES:
            rows.close()
            break
    return Page(envelopes, reached, damaged)


def delete_session(connection: sqlite3.Connection, key: int) -> None:
    """Remove a session and all that it kept, within the caller's transaction."""
    hand_over(connection, key)
    forget_session(connection, key)
    connection.execute("DELETE FROM events WHERE place BETWEEN ? AND ?", (first_place(key), last_place(key)))
    connection.execute("DELETE FROM blob_pieces WHERE blob IN (SELECT key FROM blobs WHERE session = ?)", (key,))
    connection.execute("DELETE FROM blobs WHERE session = ?", (key,))
    connection.execute("DELETE FROM sessions WHERE key = ?", (key,))


def summaries(
    connection: sqlite3.Connection, *, folder: str | None = None, limit: int = -1, used_only: bool = True
) -> list[SessionSummary]:
    """Give the sessions, the last used first.

    Args:
        connection: Where to read.
        folder: Only this project folder's; None for all.
        limit: The most to give; -1 for all.
        used_only: Leave out those in which nothing was said and nothing ran.
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM sessions WHERE (?1 IS NULL OR folder = ?1) AND (NOT ?2 OR prompts > 0 OR cells > 0)"
        " ORDER BY updated_at DESC, key DESC LIMIT ?3",
        (None if folder is None else storable(folder), used_only, limit),
    )
    return [_summary(row)[1] for row in rows]


def summary_of_keys(connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, SessionSummary]:
    """Give the summaries of the sessions with these keys."""
    marks = ", ".join("?" * len(keys))
    rows = connection.execute(f"SELECT {_COLUMNS} FROM sessions WHERE key IN ({marks})", list(keys))
    return dict(_summary(row) for row in rows)


def storable(text: str) -> str:
    """Give text that SQLite can hold: lone surrogates, as in the names of odd files, become `?`."""
    return text.encode("utf-8", "replace").decode()


def _summary(row: _Row) -> tuple[int, SessionSummary]:
    key, session, title, folder, model, created_at, updated_at, events, prompts, cells, parent, shared = row
    summary = SessionSummary(
        SessionId(session), title, folder, model, created_at, updated_at, events, prompts, cells, shared=shared
    )
    return key, summary if parent is None else msgspec.structs.replace(summary, parent=SessionId(parent))


def _shared(connection: sqlite3.Connection, key: int, until: int) -> Iterator[Envelope]:
    after = 0
    while after < until and (page := read_page(connection, key, after=after)).reached:
        yield from (envelope for envelope in page.envelopes if envelope.sequence <= until)
        after = page.reached


def _body(event: StoredEvent) -> bytes:
    body = encode(event)
    if len(body) > _EVENT_BYTES_MAX:
        raise StoreError(
            f"An event of {len(body) >> 20} MiB is too large to be kept (the most is {_EVENT_BYTES_MAX >> 20} MiB).",
            remedy="Put out less at once, or write it to a file.",
        )
    return body
