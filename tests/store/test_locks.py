"""One session, one writer: among tasks, threads and processes, whatever way they end."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from codeact_tui.errors import SessionLocked
from codeact_tui.protocol.events import PromptSubmitted
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store import locks
from codeact_tui.store.locks import held_sessions, lock_holder, lock_session
from codeact_tui.store.sqlite import SqliteCatalog
from tests.store.samples import events_of, read_all

SESSION = SessionId("0abc")

_HOLD = """
import asyncio, sys
from pathlib import Path
from codeact_tui.protocol.events import PromptSubmitted
from codeact_tui.store.sqlite import SqliteCatalog

async def main():
    catalog = SqliteCatalog(Path(sys.argv[1]), busy_timeout_s=60)
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append([PromptSubmitted("held")])
    print(journal.session, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await catalog.close()

asyncio.run(main())
"""


@contextmanager
def holder(database: Path) -> Generator[tuple[subprocess.Popen[str], SessionId]]:
    """Another process that made a session and holds it until its stdin closes."""
    command = [sys.executable, "-c", _HOLD, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, SessionId(process.stdout.readline().strip())
        finally:
            process.kill()


def test_a_lock_is_held_once_and_free_again(tmp_path: Path) -> None:
    first = lock_session(tmp_path, SESSION)
    assert first is not None
    assert lock_session(tmp_path, SESSION) is None
    assert lock_holder(tmp_path, SESSION) == os.getpid()
    assert held_sessions(tmp_path, [SESSION, SessionId("other")]) == {SESSION}
    first.release()
    first.release()
    assert held_sessions(tmp_path, [SESSION]) == set()
    again = lock_session(tmp_path, SESSION)
    assert again is not None
    again.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_was_left_behind_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "0abc.lock").write_text("not a number")
    assert lock_holder(tmp_path, SESSION) is None
    assert held_sessions(tmp_path, [SESSION]) == set()
    lock = lock_session(tmp_path, SESSION)
    assert lock is not None
    assert lock_holder(tmp_path, SESSION) == os.getpid()
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="a locked file can't go away there")
def test_a_lock_on_a_file_that_went_away_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lock_session(tmp_path, SESSION)
    assert first is not None
    take = locks._try_lock  # pyright: ignore[reportPrivateUsage]

    def release_first_then_take(descriptor: int, *, shared: bool) -> bool:
        first.release()  # between the second's opening of the file and its locking it
        return take(descriptor, shared=shared)

    monkeypatch.setattr(locks, "_try_lock", release_first_then_take)
    second = lock_session(tmp_path, SESSION)
    assert second is not None
    assert lock_session(tmp_path, SESSION) is None
    second.release()


@pytest.mark.skipif(sys.platform == "win32", reason="locks are shared on POSIX only")
def test_an_opener_outlasts_those_who_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "0abc.lock").open("w") as looked_at:

        def look_away(_: float) -> None:
            fcntl.flock(looked_at, fcntl.LOCK_UN)

        fcntl.flock(looked_at, fcntl.LOCK_SH)
        monkeypatch.setattr("codeact_tui.store.locks.time.sleep", look_away)
        lock = lock_session(tmp_path, SESSION)
    assert lock is not None
    lock.release()


def test_never_two_holders_while_files_come_and_go(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def take_often(_: int) -> int:
        taken = 0
        for _ in range(60):
            lock = lock_session(tmp_path, SESSION)
            if lock is not None:
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                lock.release()
                taken += 1
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(take_often, range(4)))
    assert taken > 4
    assert max(most) == 1


async def test_another_process_is_named_and_may_be_looked_at(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    with holder(database) as (process, session):
        catalog = SqliteCatalog(database)
        journal = await catalog.open(session)
        assert (journal.writable, journal.holder) == (False, process.pid)
        assert events_of(await read_all(journal)) == [PromptSubmitted("held")]
        assert [summary.open for summary in await catalog.sessions()] == [True]
        with pytest.raises(SessionLocked, match=str(process.pid)):
            await journal.append([PromptSubmitted("mine")])
        with pytest.raises(SessionLocked, match=str(process.pid)):
            await catalog.delete(session)
        await catalog.rename(session, "Named from elsewhere")
        await catalog.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
async def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    with holder(database) as (process, session):
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        catalog = SqliteCatalog(database)
        assert [summary.open for summary in await catalog.sessions()] == [False]
        journal = await catalog.open(session)
        assert (journal.writable, journal.holder) == (True, None)
        await catalog.close()


async def test_processes_that_start_at_the_same_time_share_a_new_database(tmp_path: Path) -> None:
    database = tmp_path / "data" / "sessions.db"
    command = [sys.executable, "-c", _HOLD, str(database)]
    processes = [await asyncio.create_subprocess_exec(*command, stdin=-1, stdout=-1, stderr=-1) for _ in range(4)]
    answers = [await process.communicate(b"") for process in processes]
    assert [errors for _, errors in answers] == [b""] * 4
    catalog = SqliteCatalog(database)
    assert {summary.id for summary in await catalog.sessions()} == {output.decode().strip() for output, _ in answers}
    await catalog.close()


async def test_a_catalog_that_closes_lets_go(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "sessions.db")
    journal = await catalog.create(folder="/work", model="demo")
    await catalog.close()
    again = SqliteCatalog(tmp_path / "sessions.db")
    assert (await again.open(journal.session)).writable
    await again.close()
