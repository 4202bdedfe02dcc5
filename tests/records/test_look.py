import os
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.records.look import Look, changes, look_at
from tests.patience import PATIENCE_S

FILES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in ("a.txt", "data/b.csv", ".git/config", ".git/index", ".git/hooks/post-commit", "node_modules/x.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for environment in (".venv", "tools/env"):
        (tmp_path / environment / "lib").mkdir(parents=True)
        (tmp_path / environment / "lib" / "six.py").write_text("")
        (tmp_path / environment / "pyvenv.cfg").write_text("")
    return tmp_path


def look(workspace: Path, **bounds: float) -> Look:
    return look_at(str(workspace), **{"seconds_max": PATIENCE_S, **bounds})  # pyright: ignore[reportArgumentType]


def names(found: Look) -> list[str]:
    return sorted(f"{folder}/{name}".lstrip("/") for folder, files in found.folders.items() for name in files)


def test_it_sees_files_and_leaves_out_what_is_nobodys_work(workspace: Path) -> None:
    (workspace / "out").symlink_to("/etc")
    assert names(look(workspace)) == [".git/config", ".git/hooks/post-commit", "a.txt", "data/b.csv", "out"]


def test_what_becomes_of_files_is_told(workspace: Path) -> None:
    before = look(workspace)
    (workspace / "new").mkdir()
    (workspace / "new" / "c.txt").write_text("c")
    (workspace / "data" / "b.csv").unlink()
    (workspace / "data").rmdir()
    (workspace / ".git" / "hooks" / "pre-commit").write_text("evil")
    (workspace / ".git" / "index").write_text("as git does")
    status = (workspace / "a.txt").stat()
    (workspace / "a.txt").write_text("A.txt")
    os.utime(workspace / "a.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert list(changes(before, look(workspace))) == [
        (".git/hooks/pre-commit", "created"),
        ("a.txt", "modified"),
        ("data/b.csv", "deleted"),
        ("new/c.txt", "created"),
    ]


def test_of_what_was_not_looked_at_nothing_is_told(workspace: Path) -> None:
    for number in range(50):
        (workspace / "data" / f"{number}").write_text("")
    whole, cut = look(workspace), look(workspace, entries_max=20)
    assert (whole.cut, cut.cut) == (False, True)
    assert list(changes(whole, cut)) == list(changes(cut, whole)) == []
    assert set(cut.folders) < set(whole.folders)


def test_it_ends_when_its_time_is_over(workspace: Path) -> None:
    for number in range(300):
        (workspace / f"{number}").write_text("")
    ticks = count()
    assert look_at(str(workspace), seconds_max=0.5, clock=lambda: float(next(ticks))).cut


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert names(look(tmp_path / "none")) == []


@settings(max_examples=60, deadline=None)
@given(FILES, FILES)
def test_changes_lead_from_one_look_to_the_other(old: dict[str, int], new: dict[str, int]) -> None:
    before, after = (Look({"": {name: (0, 0, size, 0, 0) for name, size in each.items()}}) for each in (old, new))
    told = dict(changes(before, after))
    assert {name for name, kind in told.items() if kind == "created"} == new.keys() - old.keys()
    assert {name for name, kind in told.items() if kind == "deleted"} == old.keys() - new.keys()
    assert {name for name, kind in told.items() if kind == "modified"} == {
        name for name in old.keys() & new.keys() if old[name] != new[name]
    }
