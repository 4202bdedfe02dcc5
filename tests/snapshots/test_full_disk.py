"""A disk that fills: whatever was being written, nothing is lost, and it is said."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from codeact_tui.errors import SnapshotError
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.scanning import Scan
from codeact_tui.snapshots.work import Work
from tests.snapshots.contents import contents

_MOUNT = 'mount -t tmpfs -o size=4m none "$1" || exit 77; shift; exec "$@"'
_NO_MOUNT = 77


def fill(tmp_path: Path, left_kib: list[int]) -> dict[str, dict[str, int]]:
    """Run it on a small disk of its own; give how often what ended how."""
    disk, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    disk.mkdir()
    elsewhere.mkdir()
    if shutil.which("unshare") is None:
        pytest.skip("no unshare")
    program = [sys.executable, "-m", "tests.snapshots.fill_me", str(disk), str(elsewhere), *map(str, left_kib)]
    command = ["unshare", "-rm", "sh", "-c", _MOUNT, "sh", str(disk), *program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode == _NO_MOUNT or "unshare" in ended.stderr:
        pytest.skip("no mount of one's own")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_disk_that_is_full_at_any_point_loses_nothing(tmp_path: Path) -> None:
    for counts in fill(tmp_path, [0, 40, 360, 900, 1_200]).values():
        assert counts.keys() >= {"kept", "not kept", "brought back", "not brought back"}


@pytest.mark.soak
def test_at_any_point_at_all(tmp_path: Path) -> None:
    assert fill(tmp_path, list(range(0, 1_200, 4)))


async def test_a_full_disk_loses_nothing(
    files: FileSnapshots, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "a").write_bytes(os.urandom(400_000))
    before = await files.take()
    (workspace / "a").write_bytes(os.urandom(400_000))
    (workspace / "b").write_bytes(os.urandom(400_000))
    written = contents(workspace)

    def full(*_: object) -> tuple[bytes, int]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("codeact_tui.snapshots.objects.copy_hashed", full)
        with pytest.raises(SnapshotError, match="the disk is full"):
            await files.take()
    plan = await files.preview(before.id)
    with monkeypatch.context() as patched:
        patched.setattr("codeact_tui.snapshots.objects.copy_hashed", full)
        with pytest.raises(SnapshotError, match="the disk is full"):
            await files.restore(plan)
    assert contents(workspace) == written
    assert (await files.restore(plan)).failed == ()
    assert not (workspace / "b").exists()


async def test_where_what_came_back_can_not_be_kept_everything_is_as_it_was(
    files: FileSnapshots, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "a").write_text("1")
    (workspace / "folder").mkdir()
    (workspace / "folder" / "b").write_text("2")
    before = await files.take()
    (workspace / "a").write_text("changed")
    shutil.rmtree(workspace / "folder")
    (workspace / "folder").write_text("a file by now")
    now = contents(workspace)
    plan = await files.preview(before.id)
    write = Work._write  # pyright: ignore[reportPrivateUsage]

    def full(self: Work, scan: Scan, note: str) -> str:
        if note.startswith("went back"):
            assert (workspace / "a").read_text() == "1"
            raise sqlite3.OperationalError("database or disk is full")
        return write(self, scan, note)

    with monkeypatch.context() as patched:
        patched.setattr(Work, "_write", full)
        with pytest.raises(SnapshotError, match="the disk is full"):
            await files.restore(plan)
    assert contents(workspace) == now
    assert await files.unfinished() is None
    assert (await files.restore(await files.preview(before.id))).failed == ()
    assert contents(workspace) == {"a": b"1", "folder": None, "folder/b": b"2"}
