"""Notes by which files are put back should codeact be killed."""

import os
import sys
from pathlib import Path

import pytest

from codeact_tui.snapshots.files import FileSnapshots, SnapshotLimits
from codeact_tui.snapshots.pending import PendingRestore, PutBack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of files are POSIX here")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "notes.md").write_text("before")
    (folder / "old.txt").write_text("old")
    return folder


def snapshots(workspace: Path) -> FileSnapshots:
    return FileSnapshots(workspace, workspace.parent / "data", b"k" * 32, SnapshotLimits(spare_bytes=0))


def notes(workspace: Path) -> PendingRestore:
    return PendingRestore(workspace.parent / "notes", workspace)


def change(workspace: Path) -> None:
    (workspace / "notes.md").write_text("after")
    (workspace / "new.txt").write_text("new")
    (workspace / "old.txt").unlink()


def left(workspace: Path) -> list[Path]:
    return list((workspace.parent / "notes").iterdir())


def ended(workspace: Path, seconds_ago: float) -> None:
    """Have the last sign of life come so long before the files were changed."""
    at = (workspace / "notes.md").stat().st_ctime - seconds_ago
    for note in left(workspace):
        os.utime(note, (at, at))


async def test_what_one_who_is_gone_left_changed_is_put_back(workspace: Path) -> None:
    files = snapshots(workspace)
    pending = await notes(workspace).begin((await files.take()).id)
    change(workspace)
    pending.done(put_back=False)  # lets go of it, as an end does
    ended(workspace, -5)
    assert await notes(workspace).put_back(files) == PutBack(("new.txt", "notes.md", "old.txt"))
    assert (workspace / "notes.md").read_text() == "before"
    assert (workspace / "old.txt").read_text() == "old"
    assert not (workspace / "new.txt").exists()
    assert left(workspace) == []
    assert await notes(workspace).put_back(files) is None
    await files.close()


async def test_one_who_lives_is_left_alone(workspace: Path) -> None:
    files = snapshots(workspace)
    pending = await notes(workspace).begin((await files.take()).id)
    change(workspace)
    assert await notes(workspace).put_back(files) is None
    assert (workspace / "notes.md").read_text() == "after"
    pending.done()
    assert left(workspace) == []
    await files.close()


async def test_what_was_changed_after_its_end_stays_and_is_named(workspace: Path) -> None:
    files = snapshots(workspace)
    pending = await notes(workspace).begin((await files.take()).id)
    change(workspace)
    pending.done(put_back=False)
    ended(workspace, 60)
    done = await notes(workspace).put_back(files)
    assert done is not None
    assert set(done.kept) == {"new.txt", "notes.md"}
    assert (workspace / "notes.md").read_text() == "after"
    await files.close()


async def test_what_was_changed_at_about_its_end_is_put_back_and_kept_as_found(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.snapshots.found._FILE_BYTES", 100)
    files = snapshots(workspace)
    pending = await notes(workspace).begin((await files.take()).id)
    (workspace / "sub").mkdir()
    (workspace / "sub" / "mine.txt").write_text("mine")
    (workspace / "large.bin").write_bytes(b"x" * 101)
    change(workspace)
    pending.done(put_back=False)
    ended(workspace, 1)
    done = await notes(workspace).put_back(files)
    assert done is not None
    assert (done.copied, done.kept) == (("new.txt", "notes.md", "sub/mine.txt"), ("large.bin",))
    [folder] = map(Path, done.copies)
    found = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.*")}
    assert found == {"new.txt": "new", "notes.md": "after", "sub/mine.txt": "mine"}
    assert folder.parent.parent == workspace.parent / "notes"
    assert set(os.listdir(workspace)) == {"notes.md", "old.txt", "large.bin"}  # noqa: PTH208
    assert (workspace / "notes.md").read_text() == "before"
    await files.close()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"workspace": 3}'])
async def test_a_note_that_can_not_be_read_is_removed(workspace: Path, text: str) -> None:
    files = snapshots(workspace)
    folder = workspace.parent / "notes"
    folder.mkdir()
    (folder / "x.json").write_text(text)
    assert await notes(workspace).put_back(files) is None
    assert left(workspace) == []
    await files.close()


async def test_a_note_about_another_folder_is_no_business_of_this_one(workspace: Path) -> None:
    files, other = snapshots(workspace), workspace.parent / "other"
    other.mkdir()
    pending = await PendingRestore(workspace.parent / "notes", other).begin("x")
    pending.done(put_back=False)
    assert await notes(workspace).put_back(files) is None
    assert len(left(workspace)) == 1
    await files.close()
