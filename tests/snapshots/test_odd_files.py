"""What is no common file, and what becomes another thing while it is looked at."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from codeact_tui.snapshots.files import FileSnapshots
from tests.snapshots.contents import contents


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def nothing(_path: Path) -> None:
    pass


def a_link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "in it").write_text("new")


@pytest.mark.parametrize(
    "become",
    [nothing, os.mkfifo, a_folder, a_link],
    ids=["nothing", "a pipe", "a folder", "a link"],
)
@pytest.mark.parametrize("name", ["file", "link", "folder/deep/file"])
async def test_what_becomes_another_thing_after_the_look_is_not_kept_and_the_rest_is(
    files: FileSnapshots, workspace: Path, name: str, become: Callable[[Path], None]
) -> None:
    (workspace / "folder" / "deep").mkdir(parents=True)
    (workspace / "link").symlink_to("file")
    for each in ("file", "rest", "folder/deep/file"):
        (workspace / each).write_text(each)
    walked = await files.walk()
    (workspace / name).unlink()
    become(workspace / name)
    taken = await files.take(walked=walked)
    now = await files.take()
    assert {each.path for each in (await files.changes(taken.id, now.id)).items} <= {name, f"{name}/in it"}
    (workspace / "rest").write_text("changed")
    await files.restore(await files.preview(taken.id))
    assert (workspace / "rest").read_text() == "rest"


async def test_a_folder_that_is_a_link_after_the_look_is_not_followed(
    files: FileSnapshots, workspace: Path, tmp_path: Path
) -> None:
    (workspace / "folder").mkdir()
    (workspace / "folder" / "key").write_text("mine")
    walked = await files.walk()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "key").write_text("not of the folder")
    shutil.rmtree(workspace / "folder")
    (workspace / "folder").symlink_to(tmp_path / "elsewhere")
    taken = await files.take(walked=walked)
    (workspace / "folder").unlink()
    await files.restore(await files.preview(taken.id))
    assert contents(workspace) == {"folder": None}


async def test_pipes_and_sockets_are_never_opened_and_stay(
    files: FileSnapshots, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(workspace / "pipe")
    monkeypatch.chdir(workspace)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        before = await files.take()
        (workspace / "made").write_text("by a cell")
        done = await files.restore(await files.preview(before.id))
    assert (done.failed, names(workspace)) == ((), {"pipe", "socket"})
    assert {each.reason for each in before.left_out} == {"not a file"}


async def test_what_is_in_the_place_of_a_folder_stays_when_it_is_no_file(files: FileSnapshots, workspace: Path) -> None:
    (workspace / "thing").mkdir()
    (workspace / "thing" / "a").write_text("1")
    before = await files.take()
    shutil.rmtree(workspace / "thing")
    os.mkfifo(workspace / "thing")
    plan = await files.preview(before.id)
    assert plan.unknown == ("thing",)
    done = await files.restore(plan)
    assert (done.done, done.failed) == ((), ())
    assert (workspace / "thing").is_fifo()


async def test_a_folder_that_may_not_be_written_to_is_as_it_was_afterwards(
    files: FileSnapshots, workspace: Path
) -> None:
    (workspace / "folder").mkdir()
    (workspace / "folder").chmod(0o755)
    for name in ("a", "b"):
        (workspace / "folder" / name).write_text("1")
        (workspace / "folder" / name).chmod(0o444)
    before = await files.take()
    for name in ("a", "b"):
        (workspace / "folder" / name).unlink()
    (workspace / "folder" / "a").write_text("2")
    (workspace / "folder").chmod(0o555)
    await files.take()
    (workspace / "folder" / "a").write_text("3")
    done = await files.restore(await files.preview(before.id))
    assert done.failed == ()
    assert contents(workspace) == {"folder": None, "folder/a": b"1", "folder/b": b"1"}
    modes = [(workspace / path).stat().st_mode & 0o777 for path in ("folder", "folder/a")]
    assert modes == [0o755, 0o444]
    await files.restore(await files.preview(done.undo))
    assert (workspace / "folder").stat().st_mode & 0o777 == 0o555
    (workspace / "folder").chmod(0o755)
