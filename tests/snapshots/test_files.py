import asyncio
import fcntl
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from codeact_tui.errors import SnapshotError, WorkspaceTooLarge
from codeact_tui.snapshots import work
from codeact_tui.snapshots.files import FileSnapshots, LeftOut, Pace, SnapshotLimits, Span, forget_session
from codeact_tui.snapshots.objects import Objects
from codeact_tui.snapshots.streams import CHUNK_BYTES
from tests.snapshots.contents import KEY, ROOMY, contents


async def test_everything_comes_back_as_it_was(files: FileSnapshots, workspace: Path) -> None:
    (workspace / "deep" / "er").mkdir(parents=True)
    (workspace / "empty").mkdir(mode=0o750)
    (workspace / "deep" / "er" / "script.sh").write_text("echo 1")
    (workspace / "deep" / "er" / "script.sh").chmod(0o755)
    (workspace / "link").symlink_to("/etc/passwd")
    (workspace / "big").write_bytes(os.urandom(CHUNK_BYTES + 7))
    (workspace / "caf\udce9").write_bytes(b"latin")
    was = contents(workspace)
    before = await files.take("before")

    (workspace / "deep" / "er" / "script.sh").write_text("echo 2")
    (workspace / "deep" / "er" / "script.sh").chmod(0o644)
    (workspace / "big").unlink()
    (workspace / "empty").rmdir()
    (workspace / "empty").write_text("a file now")
    (workspace / "link").unlink()
    (workspace / "link").mkdir()
    (workspace / "link" / "inside").write_text("x")
    (workspace / "caf\udce9").unlink()
    (workspace / "new").write_text("new")
    after = await files.take("after")

    changes = await files.changes(before.id, after.id)
    assert changes.created == ("link/inside", "new")
    assert changes.changed == ("deep/er/script.sh", "empty", "link")
    assert changes.deleted == ("big", "caf\\xe9")
    change = await files.text_change(before.id, after.id, "deep/er/script.sh")
    assert "-echo 1" in change.diff
    assert "+echo 2" in change.diff

    plan = await files.preview(before.id, [Span(before.id, after.id)])
    assert (plan.conflicts, plan.kept, plan.unknown) == ((), (), ())
    done = await files.restore(plan)
    assert done.failed == ()
    assert contents(workspace) == was
    assert (workspace / "deep" / "er" / "script.sh").stat().st_mode & 0o777 == 0o755
    assert (workspace / "empty").stat().st_mode & 0o777 == 0o750

    back = await files.restore(await files.preview(done.undo))
    assert back.failed == ()
    assert (workspace / "link" / "inside").read_text() == "x"
    assert (workspace / "empty").read_text() == "a file now"


async def test_the_users_own_changes_are_never_overwritten_silently(files: FileSnapshots, workspace: Path) -> None:
    for name in ("cell", "both", "user", "removed"):
        (workspace / name).write_text("first")
    before = await files.take()
    for name in ("cell", "both", "removed"):
        (workspace / name).write_text("by the cell")
    after = await files.take()
    (workspace / "both").write_text("by the user")
    (workspace / "user").write_text("by the user")
    (workspace / "removed").unlink()
    (workspace / "mine").write_text("by the user")

    plan = await files.preview(before.id, [Span(before.id, after.id)])
    assert {change.path: bool(change.conflict) for change in plan.changes} == {
        "cell": False,
        "both": True,
        "removed": True,
    }
    assert plan.kept == ("mine", "user")
    done = await files.restore(plan, overwrite={"removed"})
    assert done.kept == ("both",)
    assert (workspace / "cell").read_text() == "first"
    assert (workspace / "both").read_text() == "by the user"
    assert (workspace / "removed").read_text() == "first"
    assert (workspace / "user").read_text() == "by the user"
    assert (workspace / "mine").read_text() == "by the user"


async def test_what_the_user_did_between_two_cells_is_the_users(files: FileSnapshots, workspace: Path) -> None:
    (workspace / "a").write_text("0")
    first = await files.take()
    (workspace / "a").write_text("1")
    first_end = await files.take()
    (workspace / "a").write_text("user")
    second = await files.take()
    (workspace / "a").write_text("2")
    second_end = await files.take()
    spans = [Span(first.id, first_end.id), Span(second.id, second_end.id)]
    assert [change.path for change in (await files.preview(first.id, spans)).conflicts] == ["a"]
    undone = await files.preview(second.id, spans[1:])
    assert undone.conflicts == ()
    await files.restore(undone)
    assert (workspace / "a").read_text() == "user"


async def test_what_changes_after_the_preview_stays(files: FileSnapshots, workspace: Path) -> None:
    (workspace / "a").write_text("0")
    (workspace / "b").write_text("0")
    before = await files.take()
    (workspace / "a").write_text("1")
    (workspace / "b").write_text("1")
    plan = await files.preview(before.id)
    (workspace / "a").write_text("changed while the preview was read")
    done = await files.restore(plan)
    assert done.kept == ("a",)
    assert (workspace / "a").read_text() == "changed while the preview was read"
    assert (workspace / "b").read_text() == "0"


async def test_what_is_left_out_is_not_touched(files: FileSnapshots, workspace: Path) -> None:
    (workspace / ".gitignore").write_text("data/\n*.log\n")
    (workspace / "data").mkdir()
    (workspace / "data" / "x.csv").write_text("1")
    (workspace / ".git").mkdir()
    (workspace / ".git" / "HEAD").write_text("ref")
    before = await files.take()
    assert before.files == 1
    (workspace / ".gitignore").write_text("")
    (workspace / "data" / "x.csv").write_text("2")
    (workspace / ".git" / "HEAD").write_text("other")
    plan = await files.preview(before.id)
    assert plan.unknown == ("data",)
    await files.restore(plan)
    assert (workspace / "data" / "x.csv").read_text() == "2"
    assert (workspace / ".git" / "HEAD").read_text() == "other"
    assert (workspace / ".gitignore").read_text() == "data/\n*.log\n"


async def test_a_folder_with_ignored_files_stays(files: FileSnapshots, workspace: Path) -> None:
    (workspace / ".gitignore").write_text("*.log\n")
    before = await files.take()
    (workspace / "made").mkdir()
    (workspace / "made" / "a.txt").write_text("1")
    (workspace / "made" / "a.log").write_text("1")
    done = await files.restore(await files.preview(before.id))
    assert dict(done.failed) == {"made": "the folder holds files that are not in any snapshot"}
    assert [path.name for path in (workspace / "made").iterdir()] == ["a.log"]


async def test_what_is_too_large_is_named(tmp_path: Path, workspace: Path) -> None:
    limits = SnapshotLimits(file_bytes=10, total_bytes=15, spare_bytes=0, hidden=(".env",))
    files = FileSnapshots(workspace, tmp_path / "data", KEY, limits)
    (workspace / "a").write_bytes(b"x" * 10)
    (workspace / "b").write_bytes(b"x" * 10)
    (workspace / "c").write_bytes(b"x" * 11)
    (workspace / ".env").write_text("SECRET=1")
    os.mkfifo(workspace / "pipe")
    taken = await files.take()
    assert taken.left_out == (
        LeftOut("b", "too many bytes", 10),
        LeftOut("c", "too large", 11),
        LeftOut("pipe", "not a file"),
    )
    (workspace / "a").write_bytes(b"y" * 11)
    plan = await files.preview(taken.id)
    assert [change.conflict for change in plan.changes] == ["what is there now is not in any snapshot"]
    assert plan.unknown == ("b",)
    assert b"SECRET" not in b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    await files.close()


async def test_too_many_files_are_refused(tmp_path: Path, workspace: Path) -> None:
    files = FileSnapshots(workspace, tmp_path / "data", KEY, SnapshotLimits(entries=5))
    for number in range(6):
        (workspace / str(number)).touch()
    with pytest.raises(WorkspaceTooLarge, match="more than 5 files"):
        await files.take()
    await files.close()


async def test_an_unchanged_file_is_not_read_again(files: FileSnapshots, workspace: Path, tmp_path: Path) -> None:
    (workspace / "a").write_text("1")
    os.utime(workspace / "a", ns=(1, 1))
    first = await files.take()
    assert first.new_bytes > 0
    assert (await files.take()).new_bytes == 0
    # Same length and same time of modification, as a cell could fake it: the time of change gives it away.
    (workspace / "a").write_text("2")
    os.utime(workspace / "a", ns=(1, 1))
    second = await files.take()
    assert (await files.changes(first.id, second.id)).changed == ("a",)
    other = FileSnapshots(workspace, tmp_path / "data", KEY, ROOMY, session="s2")
    third = await other.take()
    assert (await other.changes(second.id, third.id)).items == ()
    assert third.new_bytes == 0
    assert [each.id for each in await other.snapshots()] == [third.id]
    assert len(await other.snapshots(everywhere=True)) == 4
    await other.close()


async def test_what_no_snapshot_needs_is_thrown_away(files: FileSnapshots, workspace: Path, tmp_path: Path) -> None:
    (workspace / "a").write_bytes(os.urandom(400_000))
    first = await files.take()
    (workspace / "a").write_bytes(os.urandom(400_000))
    second = await files.take()
    await files.drop([first.id])
    assert await files.collect() >= 400_000
    (store,) = (tmp_path / "data").iterdir()
    assert len([path for path in (store / "large").rglob("*") if path.is_file()]) == 1
    (workspace / "a").unlink()
    await files.restore(await files.preview(second.id))
    assert (workspace / "a").stat().st_size == 400_000


async def test_content_that_was_thrown_away_is_kept_anew(files: FileSnapshots, workspace: Path) -> None:
    (workspace / "a").write_text("1")
    first = await files.take()
    await files.drop([first.id])
    await files.collect()
    again = await files.take()
    (workspace / "a").write_text("2")
    await files.restore(await files.preview(again.id))
    assert (workspace / "a").read_text() == "1"


async def test_the_oldest_go_when_the_store_is_full(tmp_path: Path, workspace: Path) -> None:
    files = FileSnapshots(workspace, tmp_path / "data", KEY, SnapshotLimits(spare_bytes=0, store_bytes=700_000))
    taken: list[str] = []
    for _ in range(3):
        (workspace / "a").write_bytes(os.urandom(300_000))
        taken.append((await files.take()).id)
    await files.collect()
    assert [each.id for each in await files.snapshots()] == taken[1:]
    await files.close()


async def test_what_was_brought_back_is_not_read_again(
    files: FileSnapshots, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.snapshots.work._WORTH_SETTLING", 0)
    (workspace / "a").write_bytes(b"1" * 400_000)
    before = await files.take()
    (workspace / "a").write_bytes(b"2" * 400_000)
    plan = await files.preview(before.id)

    bring = work.restore_changes

    def brought_then_never_read(*args: Any) -> object:
        brought = bring(*args)
        patched.setattr("codeact_tui.snapshots.scanning._Keeping._keep", None)
        return brought

    with monkeypatch.context() as patched:
        patched.setattr(work, "restore_changes", brought_then_never_read)
        done = await files.restore(plan)
        assert (await files.changes(before.id, done.after)).items == ()
        await files.take()
    (workspace / "a").write_bytes(b"3" * 400_000)
    assert (await files.changes(before.id, (await files.take()).id)).changed == ("a",)


async def test_a_link_on_the_way_is_not_followed(files: FileSnapshots, workspace: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_text("outside")
    (workspace / "folder").mkdir()
    (workspace / "folder" / "a").write_text("inside")
    before = await files.take()
    (workspace / "folder" / "a").write_text("changed")
    plan = await files.preview(before.id)
    (workspace / "folder" / "a").unlink()
    (workspace / "folder").rmdir()
    (workspace / "folder").symlink_to(outside)
    done = await files.restore(plan)
    assert done.kept == ("folder/a",)
    assert (outside / "a").read_text() == "outside"


async def test_a_hard_link_is_not_written_through(files: FileSnapshots, workspace: Path, tmp_path: Path) -> None:
    (workspace / "a").write_text("first")
    before = await files.take()
    (workspace / "a").write_text("second")
    os.link(workspace / "a", tmp_path / "elsewhere")
    await files.restore(await files.preview(before.id))
    assert (workspace / "a").read_text() == "first"
    assert (tmp_path / "elsewhere").read_text() == "second"


async def test_a_cancelled_snapshot_stops_and_leaves_nothing(
    files: FileSnapshots, workspace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (workspace / "a").write_bytes(os.urandom(3 * CHUNK_BYTES))
    reading = threading.Event()
    go_on = threading.Event()
    from codeact_tui.snapshots import objects

    real = objects.copy_hashed

    def slow(source: object, target: object, check: object) -> tuple[bytes, int]:
        reading.set()
        go_on.wait(120)
        return real(source, target, check)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(objects, "copy_hashed", slow)
    task = asyncio.create_task(files.take())
    await asyncio.to_thread(reading.wait, 120)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    monkeypatch.undo()
    assert list((tmp_path / "data").rglob("new-*")) == []
    assert await files.snapshots() == []
    assert (await files.take()).files == 1


def test_a_store_that_another_session_is_making_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(tmp_path / "snapshots.db", isolation_level=None)
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def let_go(seconds: float) -> None:
        waits.append(seconds)
        other.close()
        os.close(lock)

    monkeypatch.setattr("codeact_tui.snapshots.objects.time.sleep", let_go)
    Objects(tmp_path).close()
    assert len(waits) == 1


async def test_two_sessions_of_one_folder_share_content(files: FileSnapshots, workspace: Path, tmp_path: Path) -> None:
    (workspace / "a").write_bytes(os.urandom(400_000))
    other = FileSnapshots(workspace, tmp_path / "data", KEY, ROOMY, session="s2")
    first, second = await asyncio.gather(files.take(), other.take())
    assert first.new_bytes + second.new_bytes < 500_000
    assert (await other.changes(first.id, second.id)).items == ()
    await other.close()


async def test_a_restore_that_was_killed_is_told_of(files: FileSnapshots, workspace: Path, tmp_path: Path) -> None:
    await files.take()
    assert await files.unfinished() is None
    (store,) = (tmp_path / "data").iterdir()
    with sqlite3.connect(store / "snapshots.db") as database:
        database.execute("INSERT INTO restores (before, target, at) VALUES ('b', 't', 0)")
    database.close()
    (workspace / ".codeact-restore-0").mkdir()
    assert await files.unfinished() == ("b", "t")
    assert await files.unfinished() is None
    assert contents(workspace) == {}


async def test_a_folder_that_is_gone_is_said_so(files: FileSnapshots, workspace: Path) -> None:
    await asyncio.to_thread(workspace.rmdir)
    with pytest.raises(SnapshotError, match="No such file"):
        await files.take()


async def test_what_is_forgotten_of_a_session_frees_what_it_alone_needed(tmp_path: Path, workspace: Path) -> None:
    (workspace / "both").write_bytes(os.urandom(100_000))
    one = FileSnapshots(workspace, tmp_path / "data", KEY, ROOMY, session="one")
    other = FileSnapshots(workspace, tmp_path / "data", KEY, ROOMY, session="other")
    shared = await other.take()
    (workspace / "large").write_bytes(os.urandom(CHUNK_BYTES))
    (workspace / "small").write_bytes(os.urandom(100_000))
    await one.take()
    (store,) = (tmp_path / "data").iterdir()
    for number in range(60):
        (workspace / f"more{number}").write_bytes(os.urandom(100_000))
    await one.take()
    was = (store / "snapshots.db").stat().st_size
    forget_session(tmp_path / "data", "one")
    assert (store / "snapshots.db").stat().st_size < was / 4
    assert await one.snapshots(everywhere=True) == [each for each in await other.snapshots() if each.id == shared.id]
    (store,) = (tmp_path / "data").iterdir()
    assert [path for path in (store / "large").rglob("*") if path.is_file()] == []
    with sqlite3.connect(store / "snapshots.db") as database:
        (kept,) = database.execute("SELECT sum(size) FROM objects").fetchone()
    database.close()
    assert 100_000 <= kept < 200_000
    forget_session(tmp_path / "data", "other", heir="third")
    third = FileSnapshots(workspace, tmp_path / "data", KEY, ROOMY, session="third")
    assert [each.id for each in await third.snapshots()] == [shared.id]
    for each in (one, other, third):
        await each.close()


async def test_a_snapshot_that_has_to_be_quick_leaves_out_what_it_has_not_read(
    files: FileSnapshots, workspace: Path
) -> None:
    (workspace / "a").write_text("a")
    late = await files.take("now", Pace(-1.0))
    assert [(each.path, each.reason) for each in late.left_out] == [("a", "not in time")]
    assert (await files.take("later")).left_out == ()
    pace = Pace(100.0)
    pace.hurry(-1.0, -1.0)
    for number in range(300):
        (workspace / f"more{number}").write_text("")
    with pytest.raises(WorkspaceTooLarge, match="could not be looked through in time"):
        await files.take("far too late", pace)


async def test_home_is_never_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "users" / "ada"))
    for folder in (tmp_path / "users", tmp_path / "users" / "ada", Path("/")):
        with pytest.raises(WorkspaceTooLarge, match="home folder"):
            await FileSnapshots(folder, tmp_path / "data", KEY, ROOMY).take()
