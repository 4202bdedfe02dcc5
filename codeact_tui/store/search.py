"""The full-text index over all sessions: filled off the append's path, and asked in a user's words."""

import sqlite3

import msgspec

from codeact_tui.protocol.codec import decode_event
from codeact_tui.store.schema import first_place, last_place, split_place
from codeact_tui.store.text import (
    MATCH_END,
    MATCH_START,
    SEARCHABLE_KINDS,
    Phrase,
    parse_query,
    plain_line,
    searchable_text,
)

__all__ = ["forget_session", "has_lag", "index_slice", "search_places"]

_SLICE_EVENTS = 64
_SLICE_BYTES = 512 * 1024
_SNIPPET_WORDS = 16


def has_lag(connection: sqlite3.Connection) -> bool:
    """Say whether there are events that the index does not know."""
    return connection.execute("SELECT 1 FROM sessions WHERE indexed < events LIMIT 1").fetchone() is not None


def index_slice(connection: sqlite3.Connection) -> bool:
    """Take a few events into the index, within the caller's transaction.

    Returns:
        Whether there may be more to do.
    """
    row = connection.execute("SELECT key, indexed, events FROM sessions WHERE indexed < events LIMIT 1").fetchone()
    if row is None:
        return False
    key, indexed, events = row
    reached, size_bytes = indexed, 0
    rows = connection.execute(
        "SELECT place, kind, body FROM events WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?",
        (first_place(key, after=indexed), last_place(key), _SLICE_EVENTS),
    )
    for place, kind, body in rows:
        reached = split_place(place)[1]
        if text := _text_of(kind, body):
            connection.execute("INSERT INTO search (rowid, text) VALUES (?, ?)", (place, text))
            size_bytes += len(body)
        if size_bytes >= _SLICE_BYTES:
            rows.close()
            break
    # Events that are not there, in a damaged database, must not keep the index busy for ever.
    connection.execute("UPDATE sessions SET indexed = ? WHERE key = ?", (reached if reached > indexed else events, key))
    return True


def search_places(connection: sqlite3.Connection, query: str, *, limit: int) -> list[tuple[int, str]]:
    """Find the places that hold all of the query's words, the best first, each with a snippet."""
    expression = _expression(parse_query(query))
    if not expression:
        return []
    rows = connection.execute(
        "SELECT rowid, snippet(search, 0, ?, ?, '…', ?) FROM search WHERE search MATCH ? ORDER BY rank LIMIT ?",
        (MATCH_START, MATCH_END, _SNIPPET_WORDS, expression, limit),
    )
    return [(place, plain_line(snippet)) for place, snippet in rows]


def forget_session(connection: sqlite3.Connection, key: int) -> None:
    """Take a session's words out of the index."""
    connection.execute("DELETE FROM search WHERE rowid BETWEEN ? AND ?", (first_place(key), last_place(key)))


def _text_of(kind: object, body: bytes) -> str:
    if kind not in SEARCHABLE_KINDS:
        return ""
    try:
        return searchable_text(decode_event(body))
    except (msgspec.DecodeError, TypeError):
        return ""


def _expression(phrases: tuple[Phrase, ...]) -> str:
    # Each phrase is a string to FTS5, so nothing in it is read as its query language. A quote can't be in one:
    # `parse_query` reads them all.
    return " ".join(f'"{phrase.text}" *' if phrase.open else f'"{phrase.text}"' for phrase in phrases)
