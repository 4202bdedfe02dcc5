import fcntl
import os
import stat
from pathlib import Path

import pytest

from codeact_tui.kernel.runtime_folder import RuntimeFolder


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("r")


def test_only_this_user_can_open_it_and_its_sockets_have_short_names(short: Path) -> None:
    folder = RuntimeFolder({"XDG_RUNTIME_DIR": str(short)})
    assert folder.path.parent == short
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert len(os.fsencode(f"{folder.sockets}-99")) <= 103
    folder.remove()
    assert list(short.iterdir()) == []


def test_a_place_with_a_long_name_is_not_taken(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    folder = RuntimeFolder({"XDG_RUNTIME_DIR": str(long)})
    assert folder.path.parent != long
    folder.remove()


def test_what_a_killed_owner_left_is_swept_and_what_is_in_use_is_not(short: Path) -> None:
    environment = {"XDG_RUNTIME_DIR": str(short)}
    left = short / "codeact-left"
    left.mkdir()
    (left / "lock").touch()
    (left / "k-1").touch()
    strange = short / "codeact-strange"
    strange.mkdir()
    old = short / "codeact-old"
    old.mkdir()
    os.utime(old, (0, 0))
    used = short / "codeact-used"
    used.mkdir()
    lock = os.open(used / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = RuntimeFolder(environment)
    other = RuntimeFolder(environment)
    assert set(short.iterdir()) == {strange, used, folder.path, other.path}
    folder.remove()
    other.remove()
    os.close(lock)


def test_the_end_of_what_was_printed_is_given(short: Path) -> None:
    folder = RuntimeFolder({"XDG_RUNTIME_DIR": str(short)})
    assert folder.printed() == ""
    (folder.path / "out").write_text("out\n")
    (folder.path / "err").write_text("x" * 10_000 + "the error\n")
    assert folder.printed().startswith("out\nxxx")
    assert folder.printed().endswith("the error")
    assert len(folder.printed()) < 4100
    folder.remove()


@pytest.mark.parametrize("kind", ["symlink", "fifo", "folder"])
def test_only_a_file_is_read_and_no_link_is_followed(short: Path, tmp_path: Path, kind: str) -> None:
    folder = RuntimeFolder({"XDG_RUNTIME_DIR": str(short)})
    secret = tmp_path / "secret"
    secret.write_text("secret")
    {
        "symlink": lambda: (folder.path / "err").symlink_to(secret),
        "fifo": lambda: os.mkfifo(folder.path / "err"),
        "folder": (folder.path / "err").mkdir,
    }[kind]()
    assert folder.printed() == ""
    folder.remove()


def test_whatever_cells_have_put_there_is_removed(short: Path, tmp_path: Path) -> None:
    folder = RuntimeFolder({"XDG_RUNTIME_DIR": str(short)})
    kept = tmp_path / "kept"
    kept.write_text("kept")
    (folder.inside / "link").symlink_to(tmp_path)
    (folder.inside / "closed" / "below").mkdir(parents=True)
    (folder.inside / "closed").chmod(0)
    here = os.open(folder.inside, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    folder.remove()
    assert list(short.iterdir()) == []
    assert kept.read_text() == "kept"
