"""Sessions that share the beginning of another one: which rows are whose, and who keeps them when one is deleted.

A fork has rows of its own only from where it left its base on; before that it reads the base's, which may in turn read
those of its own base. So a fork costs nothing, however long the history. When a base is deleted, the fork that shares
most of it takes over what is shared, and the others read it there.
"""

import sqlite3
from dataclasses import dataclass

import msgspec

from codeact_tui.protocol.codec import decode_event
from codeact_tui.protocol.events import OutputTruncated
from codeact_tui.store.schema import first_place
from codeact_tui.store.search import forget_session

__all__ = ["Stretch", "family", "hand_over", "stretches"]

_DEEPEST = 10_000
_TRUNCATED = str(OutputTruncated.__struct_config__.tag)


@dataclass(frozen=True)
class Stretch:
    """Some of a session's events: whose rows they are, and which."""

    key: int
    after: int
    until: int
    """The last one's sequence."""


@dataclass(frozen=True)
class _Fork:
    key: int
    shared: int


def stretches(connection: sqlite3.Connection, key: int) -> list[Stretch]:
    """Give where a session's events are, the first ones first; nothing where there is no such session."""
    found: list[Stretch] = []
    until = -1
    for owner in family(connection, key):
        base, shared, events = _base(connection, owner)
        last = events if until < 0 else until
        if shared < last:
            found.append(Stretch(owner, shared, last))
        until = min(shared, last)
        if base is None:
            break
    return found[::-1]


def family(connection: sqlite3.Connection, key: int) -> list[int]:
    """Give a session, and those whose rows it shares, the nearest first."""
    found: list[int] = []
    next_key: int | None = key
    while next_key is not None and len(found) < _DEEPEST:
        row = connection.execute("SELECT base FROM sessions WHERE key = ?", (next_key,)).fetchone()
        if row is None:
            break
        found.append(next_key)
        next_key = row[0]
    return found


def hand_over(connection: sqlite3.Connection, key: int) -> None:
    """Before a session is deleted: let its forks have what they share, within the caller's transaction."""
    base, shared, _ = _base(connection, key)
    parent = connection.execute("SELECT parent FROM sessions WHERE key = ?", (key,)).fetchone()[0]
    connection.execute("UPDATE sessions SET parent = ? WHERE parent = ?", (parent, key))
    rows = connection.execute("SELECT key, shared FROM sessions WHERE base = ? ORDER BY shared DESC, key", (key,))
    forks = [_Fork(*row) for row in rows]
    if not forks:
        return
    heir = forks[0]
    if heir.shared > shared:
        _move_blobs(connection, key, heir, after=shared)
        _move_events(connection, key, heir, after=shared)
        connection.execute("UPDATE sessions SET base = ?, shared = ? WHERE key = ?", (base, shared, heir.key))
        connection.executemany(
            "UPDATE sessions SET base = ? WHERE key = ?", [(heir.key, each.key) for each in forks[1:]]
        )
    else:
        connection.execute("UPDATE sessions SET base = ? WHERE base = ?", (base, key))


def _base(connection: sqlite3.Connection, key: int) -> tuple[int | None, int, int]:
    base, shared, events = connection.execute(
        "SELECT base, shared, events FROM sessions WHERE key = ?", (key,)
    ).fetchone()
    return base, shared, events


def _move_events(connection: sqlite3.Connection, key: int, heir: _Fork, *, after: int) -> None:
    forget_session(connection, heir.key)
    connection.execute(
        "UPDATE events SET place = place + ? WHERE place BETWEEN ? AND ?",
        (
            first_place(heir.key) - first_place(key),
            first_place(key, after=after),
            first_place(key, after=heir.shared) - 1,
        ),
    )
    connection.execute("UPDATE sessions SET indexed = ? WHERE key = ?", (after, heir.key))


def _move_blobs(connection: sqlite3.Connection, key: int, heir: _Fork, *, after: int) -> None:
    """Hand over what the shared events name, and none of what came later."""
    rows = connection.execute(
        "SELECT body FROM events WHERE place BETWEEN ? AND ? AND kind = ?",
        (first_place(key, after=after), first_place(key, after=heir.shared) - 1, _TRUNCATED),
    )
    for name in {name for (body,) in rows if (name := _blob_of(body))}:
        connection.execute(
            "UPDATE OR IGNORE blobs SET session = ? WHERE session = ? AND name = ?", (heir.key, key, name)
        )


def _blob_of(body: bytes) -> str:
    try:
        event = decode_event(body)
    except (msgspec.DecodeError, TypeError, ValueError):
        return ""
    return event.blob or "" if isinstance(event, OutputTruncated) else ""
