"""What the writer does when nobody waits: indexing, clearing away, checkpoints."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from codeact_tui.protocol.events import CellOutput, PromptSubmitted
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.store.search import has_lag
from codeact_tui.store.sqlite import SqliteCatalog
from codeact_tui.store.text import searchable_text


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
async def catalog(database: Path) -> AsyncIterator[SqliteCatalog]:
    catalog = SqliteCatalog(database)
    yield catalog
    await catalog.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 - an idle thread tells nobody what it did
            await asyncio.sleep(0.01)


def ask(database: Path, question: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(question).fetchone()[0]


def size_of(path: Path) -> int:
    return path.stat().st_size


def bytes_kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_what_was_said_is_indexed_in_a_pause(catalog: SqliteCatalog, database: Path) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    await asyncio.gather(*(journal.append([PromptSubmitted(f"word{number}")]) for number in range(300)))
    await until(lambda: ask(database, "SELECT count(*) FROM search") == 300)


async def test_an_append_does_not_wait_for_the_index(
    catalog: SqliteCatalog, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.store.writer._IDLE_S", 3600)
    journal = await catalog.create(folder="/work", model="demo")
    await asyncio.gather(*(journal.append([PromptSubmitted(f"word{number}")]) for number in range(300)))
    assert ask(database, "SELECT count(*) FROM search") == 0
    assert len(await catalog.search("word299")) == 1
    assert ask(database, "SELECT count(*) FROM search") == 300


async def test_closing_indexes_the_rest(catalog: SqliteCatalog, database: Path) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append([PromptSubmitted(f"word{number}") for number in range(300)])
    await catalog.close()
    with closing(sqlite3.connect(database)) as connection:
        assert not has_lag(connection)


async def test_a_search_that_can_not_catch_up_searches_what_it_knows(catalog: SqliteCatalog, database: Path) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append([PromptSubmitted("first needle")])
    assert len(await catalog.search("needle")) == 1
    await catalog.close()
    impatient = SqliteCatalog(database, busy_timeout_s=0.01)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("UPDATE sessions SET indexed = 0")
        other.execute("BEGIN IMMEDIATE")
        assert len(await impatient.search("needle")) == 1
    await impatient.close()


async def test_nothing_of_a_deleted_session_stays_on_the_disk(catalog: SqliteCatalog, database: Path) -> None:
    for number in range(3):
        other = await catalog.create(folder="/work", model="demo")
        await other.append([PromptSubmitted(f"harmless{number} {word}") for word in range(100)])
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append([PromptSubmitted("the zebrafinch flies")])
    await journal.append([PromptSubmitted(f"zebrafinch{number} " * 200) for number in range(50)])
    await journal.append_blob("output", b"zebrafinch " * 100_000)
    assert await catalog.search("zebrafinch")
    await journal.close()
    size_bytes = len(bytes_kept(database.parent))
    await catalog.delete(journal.session)
    await until(lambda: b"zebrafinch" not in bytes_kept(database.parent))
    await until(lambda: ask(database, "PRAGMA freelist_count") == 0)
    await catalog.close()
    assert len(bytes_kept(database.parent)) < size_bytes / 4
    assert b"brafinch" not in bytes_kept(database.parent)


async def test_the_log_is_bounded_without_a_pause(
    catalog: SqliteCatalog, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.store.upkeep._WAL_BYTES_MAX", 400_000)
    journal = await catalog.create(folder="/work", model="demo")
    for _ in range(60):
        await journal.append([CellOutput(action_id(1), StreamOutput("stdout", "x" * 50_000))])
    assert size_of(Path(f"{database}-wal")) < 800_000


async def test_what_is_indexed_of_one_event_is_bounded() -> None:
    text = searchable_text(CellOutput(action_id(1), StreamOutput("stdout", "start " + "x" * 10_000_000 + " end")))
    assert len(text) < 20_000
    assert text.startswith("start")
    assert text.endswith("end")
    escapes = searchable_text(PromptSubmitted("\x1b]0;title\x07a\x1b[1;31mb\x1b[0m\x1bPq\x1b\\c\x9b2Jd\x1b(Be"))
    assert escapes == "abcde"
    endless = searchable_text(PromptSubmitted("\x1b]" * 100_000))
    assert endless.replace(" ", "").replace("…", "") == ""
