"""What is too long for an event: bytes under a name, added to piece by piece, read in parts."""

import sqlite3

from codeact_tui.store.sharing import family
from codeact_tui.store.wording import session_gone

__all__ = ["append_piece", "read_piece"]

_PIECE_BYTES = 256 * 1024


def append_piece(connection: sqlite3.Connection, session_key: int, name: str, data: bytes) -> None:
    """Add to the end of a session's blob, making it first where it is not there, in the caller's transaction.

    Raises:
        StoreError: The session is gone.
    """
    if connection.execute("SELECT 1 FROM sessions WHERE key = ?", (session_key,)).fetchone() is None:
        raise session_gone()
    connection.execute("INSERT OR IGNORE INTO blobs (session, name) VALUES (?, ?)", (session_key, name))
    blob, size_bytes = _find(connection, session_key, name) or (0, 0)
    pieces = [
        (blob, size_bytes + start, data[start : start + _PIECE_BYTES]) for start in range(0, len(data), _PIECE_BYTES)
    ]
    connection.executemany("INSERT INTO blob_pieces (blob, start, data) VALUES (?, ?, ?)", pieces)
    connection.execute("UPDATE blobs SET size_bytes = ? WHERE key = ?", (size_bytes + len(data), blob))


def read_piece(
    connection: sqlite3.Connection, session_key: int, name: str, *, start: int = 0, length: int | None = None
) -> bytes:
    """Give the bytes from `start`, `length` of them or all; fewer, or none, where the blob ends before.

    A blob of what is shared with another session is that one's.
    """
    owners = family(connection, session_key)
    found = next((found for owner in owners if (found := _find(connection, owner, name)) is not None), None)
    if found is None:
        return b""
    blob, size_bytes = found
    start = max(0, start)
    end = size_bytes if length is None else min(size_bytes, start + max(0, length))
    if start >= end:
        return b""
    rows = connection.execute(
        "SELECT start, data FROM blob_pieces WHERE blob = ?1 AND start < ?3"
        " AND start >= (SELECT max(start) FROM blob_pieces WHERE blob = ?1 AND start <= ?2) ORDER BY start",
        (blob, start, end),
    )
    return b"".join(data[max(0, start - offset) : end - offset] for offset, data in rows)


def _find(connection: sqlite3.Connection, session_key: int, name: str) -> tuple[int, int] | None:
    return connection.execute(
        "SELECT key, size_bytes FROM blobs WHERE session = ? AND name = ?", (session_key, name)
    ).fetchone()
