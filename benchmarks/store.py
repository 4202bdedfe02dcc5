"""The store: how soon an append is on disk, how soon a long session is read, how soon a word is found."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Row, table
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.events import CellOutput, CellStarted, PromptSubmitted, StoredEvent
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.store.base import Journal
from codeact_tui.store.sqlite import SqliteCatalog

__all__ = ["run"]

_ROUNDS = 20
_APPENDS_PER_ROUND = 50
_RESUMED_EVENTS = 5_000
_SMALL: StoredEvent = CellStarted(action_id(1), 0, "0" * 64)


def run() -> list[Row]:
    """Measure in a folder for temporary files."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Row]:
    catalog = SqliteCatalog(folder / "sessions.db")
    bare = BareStore(folder / "bare.db")
    try:
        return [
            *await _appending(catalog, bare),
            await _appending_together(catalog, bare),
            *await _resuming(catalog, bare),
        ]
    finally:
        bare.close()
        await catalog.close()


class BareStore:
    """What a loop would do without any of it: one table, one connection, the same durability."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("CREATE TABLE events (place INTEGER PRIMARY KEY, at REAL, body BLOB)")

    def append(self, event: StoredEvent) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO events (at, body) VALUES (?, ?)", (time.time(), encode(event)))
        self._connection.execute("COMMIT")

    def read(self) -> int:
        rows = self._connection.execute("SELECT body FROM events ORDER BY place").fetchall()
        return len([decode_event(body) for (body,) in rows])

    def clear(self) -> None:
        self._connection.execute("DELETE FROM events")

    def close(self) -> None:
        self._connection.close()


async def _appending(catalog: SqliteCatalog, bare: BareStore) -> list[Row]:
    journal = await catalog.create(folder="/work", model="demo")
    ours: list[float] = []
    alone: list[float] = []
    threaded: list[float] = []
    for _ in range(_ROUNDS):  # taking turns, so that a noisy moment falls on all of them
        for _ in range(_APPENDS_PER_ROUND):
            start_s = time.perf_counter()
            await journal.append([_SMALL])
            ours.append(time.perf_counter() - start_s)
        for _ in range(_APPENDS_PER_ROUND):
            start_s = time.perf_counter()
            bare.append(_SMALL)
            alone.append(time.perf_counter() - start_s)
        for _ in range(_APPENDS_PER_ROUND):
            start_s = time.perf_counter()
            await asyncio.to_thread(bare.append, _SMALL)
            threaded.append(time.perf_counter() - start_s)
    await journal.close()
    return [
        Row("append one event", _ms(ours), _ms(threaded), "ms", "bare: a commit by asyncio.to_thread"),
        Row("append one event", _ms(ours), _ms(alone), "ms", "bare: a commit that blocks the event loop"),
    ]


async def _appending_together(catalog: SqliteCatalog, bare: BareStore) -> Row:
    journal = await catalog.create(folder="/work", model="demo")
    ours: list[float] = []
    alone: list[float] = []
    for _ in range(_ROUNDS):
        start_s = time.perf_counter()
        await asyncio.gather(*(journal.append([_SMALL]) for _ in range(_APPENDS_PER_ROUND)))
        ours.append((time.perf_counter() - start_s) / _APPENDS_PER_ROUND)
        start_s = time.perf_counter()
        for _ in range(_APPENDS_PER_ROUND):
            bare.append(_SMALL)
        alone.append((time.perf_counter() - start_s) / _APPENDS_PER_ROUND)
    await journal.close()
    note = f"{_APPENDS_PER_ROUND} appends at the same time, each; bare: one commit after the other"
    return Row("append one of many", _ms(ours), _ms(alone), "ms", note)


async def _resuming(catalog: SqliteCatalog, bare: BareStore) -> list[Row]:
    events: list[StoredEvent] = [_typical(number) for number in range(_RESUMED_EVENTS)]
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append(events)
    bare.clear()
    for event in events:
        bare.append(event)
    start_s = time.perf_counter()
    await catalog.search("word17")
    indexing_s = time.perf_counter() - start_s
    ours: list[float] = []
    alone: list[float] = []
    searches: list[float] = []
    for number in range(_ROUNDS):
        start_s = time.perf_counter()
        assert await _count(journal) == _RESUMED_EVENTS
        ours.append(time.perf_counter() - start_s)
        start_s = time.perf_counter()
        assert bare.read() == _RESUMED_EVENTS
        alone.append(time.perf_counter() - start_s)
        start_s = time.perf_counter()
        assert await catalog.search(f"word{number}")
        searches.append(time.perf_counter() - start_s)
    await journal.close()
    return [
        Row("read 5,000 events", _ms(ours), _ms(alone), "ms", "bare: SELECT and decode on the event loop"),
        Row("search 5,000 events", _ms(searches), None, "ms", "median of the later searches"),
        Row(
            "first search after 5,000 events", indexing_s * 1e3, None, "ms", "indexes them all; usually done in pauses"
        ),
    ]


async def _count(journal: Journal) -> int:
    count = 0
    async for _ in journal.read():
        count += 1
    return count


def _typical(number: int) -> StoredEvent:
    if number % 5 == 0:
        return PromptSubmitted(f"Question {number}: what about word{number // 50} in the table of regions?")
    return CellOutput(action_id(number), StreamOutput("stdout", f"row {number}  north  12.5  revenue\n" * 8))


def _ms(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1e3


if __name__ == "__main__":
    print(table(run()))
