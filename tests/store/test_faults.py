"""What goes wrong with disks, files and other programs becomes a sentence, and what was kept stays kept."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from codeact_tui.errors import StoreError, StoreTooNew
from codeact_tui.protocol.events import PromptSubmitted
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store import worker
from codeact_tui.store.connection import connect
from codeact_tui.store.sqlite import SqliteCatalog, SqliteJournal
from tests.store.samples import a_turn, events_of, read_all


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


@pytest.fixture
async def catalog(database: Path) -> AsyncIterator[SqliteCatalog]:
    catalog = SqliteCatalog(database, busy_timeout_s=0.05)
    yield catalog
    await catalog.close()


@pytest.fixture
async def journal(catalog: SqliteCatalog) -> SqliteJournal:
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append(a_turn(1))
    return journal


def change(database: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(statement, values)


def run_python(program: str, database: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, str(database)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def let_others_reach(folder: Path) -> None:
    while folder != folder.parent and not folder.stat().st_mode & 0o001:
        folder.chmod(folder.stat().st_mode | 0o011)
        folder = folder.parent


def overwrite(database: Path, content: bytes, *, from_byte: int = 0) -> None:
    database.parent.mkdir(exist_ok=True)
    head = database.read_bytes()[:from_byte] if from_byte else b""
    database.write_bytes(head + content)


async def check_intact(journal: SqliteJournal, *, events: int) -> None:
    """Everything is there in order, and it goes on without a gap."""
    kept = await read_all(journal)
    assert [envelope.sequence for envelope in kept] == list(range(1, events + 1))
    assert (await journal.append([PromptSubmitted("on")]))[0].sequence == events + 1


async def test_a_full_disk(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room_pages = 40

    def connect_with_little_room(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
        connection = connect(path, busy_timeout_s=busy_timeout_s)
        connection.execute(f"PRAGMA max_page_count = {room_pages}")
        return connection

    monkeypatch.setattr(worker, "connect", connect_with_little_room)
    catalog = SqliteCatalog(database)
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append(a_turn(1))
    with pytest.raises(StoreError, match="no room left") as caught:
        await journal.append([PromptSubmitted("small"), PromptSubmitted("x" * 4096 * room_pages)])
    assert "Free some space" in caught.value.remedy
    with pytest.raises(StoreError, match="no room left"):
        await journal.append_blob("output", b"x" * 4096 * room_pages)
    assert await journal.read_blob("output") == b""
    await check_intact(journal, events=9)
    await catalog.close()


_LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from codeact_tui.errors import StoreError
from codeact_tui.protocol.events import PromptSubmitted
from codeact_tui.store.sqlite import SqliteCatalog

async def main():
    catalog = SqliteCatalog(Path(sys.argv[1]))
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append([PromptSubmitted("first")])
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    said = 1
    try:
        while said < 1000:
            await journal.append([PromptSubmitted("x" * 20_000)])
            said += 1
    except StoreError as error:
        print(error.sentence)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    (envelope,) = await journal.append([PromptSubmitted("after")])
    kept = [envelope.sequence async for envelope in journal.read()]
    print(envelope.sequence == said + 1, kept == list(range(1, said + 2)))
    await catalog.close()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits are POSIX")
def test_a_disk_that_takes_no_more_bytes_in_the_middle_of_a_write(database: Path) -> None:
    done = run_python(_LIMITED, database)
    assert done.stderr == ""
    sentence, outcome = done.stdout.splitlines()
    assert str(database) in sentence
    assert "not full" in sentence
    assert outcome == "True True"


_FORBIDDEN = """
import asyncio, os, secrets, sys
from pathlib import Path
from codeact_tui.errors import StoreError
from codeact_tui.store.sqlite import SqliteCatalog

async def main():
    folder = Path(sys.argv[1]).parent
    await asyncio.to_thread(int)  # like secrets above: imported while the Python can still be read
    if os.geteuid() == 0:  # root may write everywhere
        for path in (folder.parent, folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)
        os.chdir(folder)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    for path in (*folder.rglob("*.db*"), folder / "locks"):
        path.chmod(0o400 if path.is_file() else 0o500)
    catalog = SqliteCatalog(Path(sys.argv[1]))
    for call in (lambda: catalog.create(folder="/work", model="demo"), lambda: catalog.sessions()):
        try:
            await call()
        except StoreError as error:
            print(error.sentence)
    await catalog.close()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
async def test_a_store_that_may_only_be_read(database: Path, catalog: SqliteCatalog, journal: SqliteJournal) -> None:
    await journal.close()
    await catalog.close()
    let_others_reach(database.parent.parent)
    done = run_python(_FORBIDDEN, database)
    assert done.stderr == ""
    remedy = "Give yourself the right to write there, or set CODEACT_HOME to another folder."
    assert done.stdout.splitlines() == [f"{database} may only be read. {remedy}"] * 2


async def test_another_program_that_keeps_it_locked(database: Path) -> None:
    catalog = SqliteCatalog(database, busy_timeout_s=1.0)
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append(a_turn(1))
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(journal.append([PromptSubmitted("mine")]))
        turns = 0
        while not waiting.done():  # the loop goes on while a thread waits
            await asyncio.sleep(0)
            turns += 1
        assert turns > 50
        with pytest.raises(StoreError, match="locked") as caught:
            await waiting
        assert caught.value.remedy
        assert len(await read_all(journal)) == 9
        other.execute("ROLLBACK")
    await check_intact(journal, events=9)
    await catalog.close()


async def test_a_short_wait_for_another_program_is_no_failure(database: Path) -> None:
    catalog = SqliteCatalog(database, busy_timeout_s=20)
    journal = await catalog.create(folder="/work", model="demo")
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(journal.append([PromptSubmitted("mine")]))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not waiting.done()
        other.execute("ROLLBACK")
    assert (await waiting)[0].sequence == 1
    await catalog.close()


def test_another_program_that_writes_while_a_database_is_made(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database.parent.mkdir()
    with closing(sqlite3.connect(database, isolation_level=None)) as other:

        def end_it(_: float) -> None:
            other.execute("ROLLBACK")

        other.execute("CREATE TABLE theirs (x)")
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("codeact_tui.store.connection.time.sleep", end_it)
        connect(database, busy_timeout_s=5).close()
        assert not other.in_transaction


async def test_a_folder_that_is_deleted(database: Path, catalog: SqliteCatalog, journal: SqliteJournal) -> None:
    shutil.rmtree(database.parent)
    with pytest.raises(StoreError, match="removed or replaced") as caught:
        await journal.append([PromptSubmitted("lost")])
    assert caught.value.remedy
    with pytest.raises(StoreError, match="no longer in the store"):
        await journal.append([PromptSubmitted("lost")])
    await journal.close()
    new = await catalog.create(folder="/work", model="demo")
    assert (await new.append([PromptSubmitted("kept")]))[0].sequence == 1


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    catalog = SqliteCatalog(tmp_path / "file" / "sessions.db")
    with pytest.raises(StoreError) as caught:
        await catalog.create(folder="/work", model="demo")
    assert str(tmp_path) in caught.value.message
    with pytest.raises(StoreError):
        await catalog.sessions()
    await catalog.close()


async def test_a_file_that_is_no_database(database: Path, catalog: SqliteCatalog) -> None:
    overwrite(database, b"Dear diary, " * 1000)
    with pytest.raises(StoreError, match="no codeact database"):
        await catalog.create(folder="/work", model="demo")
    with closing(database.open("rb")) as file:
        assert file.read() == b"Dear diary, " * 1000


async def test_a_damaged_database(database: Path, catalog: SqliteCatalog, journal: SqliteJournal) -> None:
    await journal.append([PromptSubmitted("x" * 2000) for _ in range(200)])
    await journal.close()
    await catalog.close()
    overwrite(database, b"\x55" * 200_000, from_byte=4096)
    damaged = SqliteCatalog(database)
    with pytest.raises(StoreError, match="damaged") as caught:
        await damaged.open(journal.session)
    assert "recover" in caught.value.remedy
    await damaged.close()


async def test_a_store_from_a_later_version(database: Path, catalog: SqliteCatalog, journal: SqliteJournal) -> None:
    await journal.close()
    await catalog.close()
    change(database, "PRAGMA user_version = 99")
    later = SqliteCatalog(database)
    for attempt in (later.sessions(), later.create(folder="/work", model="demo"), later.open(journal.session)):
        with pytest.raises(StoreTooNew, match="version 99") as caught:
            await attempt
        assert caught.value.remedy
    await later.close()


async def test_damaged_rows_are_skipped_and_counted(database: Path, journal: SqliteJournal) -> None:
    first = int.from_bytes(b"\1\0\0\0\0") + 1
    change(database, "UPDATE events SET body = ? WHERE place = ?", b"{not json", first)
    change(database, "UPDATE events SET body = ? WHERE place = ?", b'{"type":"turn_started","turn":"x"}', first + 1)
    change(database, "UPDATE events SET body = ? WHERE place = ?", 17, first + 2)
    change(database, "UPDATE events SET at = 'noon' WHERE place = ?", first + 3)
    kept = await read_all(journal)
    assert [envelope.sequence for envelope in kept] == [5, 6, 7, 8, 9]
    assert journal.damaged == 4
    assert (await journal.append([PromptSubmitted("on")]))[0].sequence == 10


async def test_damaged_rows_do_not_keep_the_search_from_the_rest(
    database: Path, catalog: SqliteCatalog, journal: SqliteJournal
) -> None:
    await journal.append([PromptSubmitted("first needle"), PromptSubmitted("second needle")])
    change(database, "UPDATE events SET body = ? WHERE place = ?", 17, (1 << 32) + 10)
    change(database, "DELETE FROM events WHERE place = ?", (1 << 32) + 4)
    await journal.close()
    assert [hit.sequence for hit in await catalog.search("needle")] == [11]


async def test_events_of_unknown_kinds_are_skipped(database: Path, journal: SqliteJournal) -> None:
    change(database, "UPDATE events SET kind = 'hologram', body = '{}' WHERE place = ?", (1 << 32) + 3)
    kept = await read_all(journal)
    assert [envelope.sequence for envelope in kept] == [1, 2, 4, 5, 6, 7, 8, 9]
    assert journal.damaged == 0


async def test_an_event_that_is_too_large(journal: SqliteJournal) -> None:
    with pytest.raises(StoreError, match="too large"):
        await journal.append([PromptSubmitted("small"), PromptSubmitted("x" * (65 << 20))])
    await check_intact(journal, events=9)


async def test_one_that_fails_takes_no_other_with_it(database: Path, catalog: SqliteCatalog) -> None:
    doomed, safe = [await catalog.create(folder="/work", model="demo") for _ in range(2)]
    change(database, "DELETE FROM sessions WHERE id = ?", doomed.session)
    calls = [journal.append([PromptSubmitted(f"{number}")]) for number in range(20) for journal in (safe, doomed, safe)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(answer, StoreError) for answer in answers] == [False, True, False] * 20
    kept = await read_all(safe)
    assert events_of(kept) == [PromptSubmitted(f"{number}") for number in range(20) for _ in range(2)]
    assert [envelope.sequence for envelope in kept] == list(range(1, 41))
    assert await read_all(doomed) == []


async def test_a_cancelled_append_is_kept_all_the_same(journal: SqliteJournal, catalog: SqliteCatalog) -> None:
    calls = [asyncio.ensure_future(journal.append([PromptSubmitted(f"{number}")])) for number in range(5)]
    await asyncio.sleep(0)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert all(call.cancelled() for call in calls)
    await journal.close()
    reopened = await catalog.open(journal.session)
    assert events_of(await read_all(reopened, after=9)) == [PromptSubmitted(f"{number}") for number in range(5)]


async def test_closing_holds_the_session_until_what_waits_is_written(database: Path) -> None:
    catalog, elsewhere = SqliteCatalog(database, busy_timeout_s=20), SqliteCatalog(database)
    journal = await catalog.create(folder="/work", model="demo")
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        call = asyncio.ensure_future(journal.append([PromptSubmitted("late")]))
        await asyncio.sleep(0)
        call.cancel()
        closing_it = asyncio.ensure_future(journal.close())
        assert not (await elsewhere.open(journal.session)).writable
        assert not closing_it.done()
        other.execute("ROLLBACK")
    await closing_it
    reopened = await elsewhere.open(journal.session)
    assert reopened.writable
    assert events_of(await read_all(reopened)) == [PromptSubmitted("late")]
    await elsewhere.close()
    await catalog.close()


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
async def test_everything_is_private(database: Path, journal: SqliteJournal) -> None:
    old = os.umask(0)
    try:
        await journal.append([PromptSubmitted("secret")])
        await SqliteCatalog(database.parent / "other" / "sessions.db").create(folder="/work", model="demo")
    finally:
        os.umask(old)
    for path in (database.parent, *database.parent.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


async def test_an_id_is_never_a_path(catalog: SqliteCatalog, database: Path, journal: SqliteJournal) -> None:
    change(database, "UPDATE sessions SET id = '../../owned'")
    with pytest.raises(StoreError):
        await catalog.open(SessionId("../../owned"))
    assert not (database.parent.parent.parent / "owned.lock").exists()
    assert [summary.id for summary in await catalog.sessions()] == ["../../owned"]
    await journal.close()
