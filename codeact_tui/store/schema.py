"""The database's tables, and how an older one becomes a newer one.

An event's `place` is its session's key in the upper bits and its sequence in the lower 32: one B-tree holds a
session's events side by side in their order, an append touches its last page only, and the full-text index needs no
column but its rowid to say where a hit lies.
"""

import sqlite3

from codeact_tui.errors import StoreTooNew

__all__ = ["SCHEMA_VERSION", "first_place", "last_place", "migrate", "split_place"]

_SEQUENCE_BITS = 32
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1

_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Keys are never used twice: who still holds a deleted session's key must not write into another.
        """
        CREATE TABLE sessions (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL DEFAULT '',
            folder TEXT NOT NULL,
            model TEXT NOT NULL,
            created_at REAL NOT NULL,
            updated_at REAL NOT NULL,
            events INTEGER NOT NULL DEFAULT 0,
            prompts INTEGER NOT NULL DEFAULT 0,
            cells INTEGER NOT NULL DEFAULT 0,
            indexed INTEGER NOT NULL DEFAULT 0
        )
        """,
        """
        CREATE TABLE events (
            place INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            kind TEXT NOT NULL,
            body BLOB NOT NULL
        )
        """,
        """
        CREATE TABLE blobs (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            session INTEGER NOT NULL,
            name TEXT NOT NULL,
            size_bytes INTEGER NOT NULL DEFAULT 0,
            UNIQUE (session, name)
        )
        """,
        """
        CREATE TABLE blob_pieces (
            blob INTEGER NOT NULL,
            start INTEGER NOT NULL,
            data BLOB NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX blob_pieces_by_start ON blob_pieces (blob, start)",
        "CREATE VIRTUAL TABLE search USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2')",
    ),
    (
        # A fork: which session it was made of, and where its first `shared` events are.
        "ALTER TABLE sessions ADD COLUMN parent INTEGER",
        "ALTER TABLE sessions ADD COLUMN base INTEGER",
        "ALTER TABLE sessions ADD COLUMN shared INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX sessions_by_base ON sessions (base) WHERE base IS NOT NULL",
        "CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL",
    ),
)

SCHEMA_VERSION = len(_MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to this version's form; several processes may do so at once.

    Raises:
        StoreTooNew: A later version wrote it.
    """
    if _version(connection) == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_version(connection), SCHEMA_VERSION):
            for statement in _MIGRATIONS[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def first_place(session_key: int, *, after: int = 0) -> int:
    """Give the place of a session's first event after this sequence."""
    return (session_key << _SEQUENCE_BITS) + after + 1


def last_place(session_key: int) -> int:
    """Give the last place that belongs to a session."""
    return (session_key << _SEQUENCE_BITS) + _SEQUENCE_MASK


def split_place(place: int) -> tuple[int, int]:
    """Give the session's key and the sequence that make up a place."""
    return place >> _SEQUENCE_BITS, place & _SEQUENCE_MASK


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreTooNew(
            f"The sessions were written by a later codeact (store version {version}, this one knows {SCHEMA_VERSION}).",
            remedy="Update codeact, or set CODEACT_HOME to another folder.",
        )
    return version
