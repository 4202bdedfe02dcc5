"""What was kept and is not as it was written: refused, named, and never in the way of the rest."""

import os
import sqlite3
import zlib
from pathlib import Path

import pytest

from codeact_tui.errors import SnapshotDamaged, SnapshotNotFound
from codeact_tui.snapshots.entries import EMPTY_TREE, Entry, encode_tree, hash_of
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.sealing import seal
from tests.snapshots.contents import KEY, contents


def damage(store: Path, size: int) -> None:
    """Exchange what is kept of all files of a size."""
    for path in (store / "large").rglob("*"):
        if path.is_file() and path.stat().st_size == size:
            path.write_bytes(b"3" * size)
    with sqlite3.connect(store / "snapshots.db") as database:
        database.execute("UPDATE objects SET data = ?, form = 0 WHERE size = ? AND form < 2", (b"3" * size, size))
    database.close()


@pytest.mark.parametrize("size", [100, 400_000])
async def test_what_is_damaged_stays_and_is_named_and_all_else_comes_back(
    files: FileSnapshots, workspace: Path, tmp_path: Path, size: int
) -> None:
    for name in ("a", "b", "there"):
        (workspace / name).write_bytes(name.encode() * size)
    (workspace / "whole").write_text("whole")
    before = await files.take()
    for name in ("a", "whole"):
        (workspace / name).write_text("changed")
    (workspace / "there").unlink()
    (workspace / "there").mkdir()
    (workspace / "there" / "in it").write_text("stays")
    (workspace / "b").unlink()
    now = contents(workspace)
    damage(next((tmp_path / "data").iterdir()), size)
    damage(next((tmp_path / "data").iterdir()), 5 * size)
    done = await files.restore(await files.preview(before.id))
    why = "what was kept of it is damaged"
    assert dict(done.failed) == dict.fromkeys(("a", "b", "there", "there/in it"), why)
    assert contents(workspace) == {**now, "whole": b"whole"}
    assert [change.path for change in done.done] == ["whole"]
    await files.restore(await files.preview(done.undo))
    assert contents(workspace) == now


@pytest.mark.parametrize(
    "entry",
    [
        Entry(b"..", "folder", 0o755, 0, EMPTY_TREE),
        Entry(b"../outside", "file", 0o644, 1, hash_of(b"1")),
        Entry(b"inner/../../outside", "link", 0, 0, b"/etc/passwd"),
        Entry(b"a\0b", "file", 0o644, 1, hash_of(b"1")),
        Entry(b"setuid", "file", 0o4755, 1, hash_of(b"1")),
    ],
)
async def test_a_list_with_what_no_folder_can_hold_is_refused(
    files: FileSnapshots, workspace: Path, tmp_path: Path, entry: Entry
) -> None:
    (workspace / "a").write_text("1")
    name = (await files.take()).id
    tree = encode_tree([entry])
    with sqlite3.connect(next((tmp_path / "data").iterdir()) / "snapshots.db") as database:
        database.execute("INSERT INTO objects VALUES (?, ?, 0, ?)", (hash_of(tree), len(tree), tree))
        signed = seal(KEY, b"files", name.encode(), os.fsencode(workspace), hash_of(tree))
        database.execute("UPDATE snapshots SET tree = ?, seal = ?", (hash_of(tree), signed))
    database.close()
    with pytest.raises(SnapshotDamaged, match="can't be read"):
        await files.preview(name)
    assert contents(workspace) == {"a": b"1"}


async def test_content_that_would_fill_the_memory_is_refused(
    files: FileSnapshots, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.snapshots.objects._MOST_COMPRESSED", 1_000)
    (workspace / "a").write_bytes(b"1" * 900)
    before = await files.take()
    (workspace / "a").write_text("changed")
    with sqlite3.connect(next((tmp_path / "data").iterdir()) / "snapshots.db") as database:
        database.execute("UPDATE objects SET data = ? WHERE size = 900", (zlib.compress(b"1" * 100_000),))
    database.close()
    done = await files.restore(await files.preview(before.id))
    assert done.failed == (("a", "what was kept of it is damaged"),)


async def test_a_snapshot_that_another_signed_is_refused(files: FileSnapshots, workspace: Path, tmp_path: Path) -> None:
    first = await files.take()
    (workspace / "a").write_text("1")
    second = await files.take()
    (store,) = (tmp_path / "data").iterdir()
    with sqlite3.connect(store / "snapshots.db") as database:
        database.execute(
            "UPDATE snapshots SET tree = (SELECT tree FROM snapshots WHERE id = ?) WHERE id = ?", (second.id, first.id)
        )
    database.close()
    with pytest.raises(SnapshotDamaged, match="not made by you"):
        await files.preview(first.id)
    with pytest.raises(SnapshotNotFound):
        await files.preview("nothing")
