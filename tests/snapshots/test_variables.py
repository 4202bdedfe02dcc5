import os
from pathlib import Path

import pytest

from codeact_tui.errors import SnapshotDamaged, SnapshotError
from codeact_tui.snapshots.sealing import own_key
from codeact_tui.snapshots.variables import VariableStore

KEY = b"k" * 32


@pytest.fixture
def store(tmp_path: Path) -> VariableStore:
    made = VariableStore(tmp_path / "s1", KEY, "s1")
    made.prepare()
    return made


def keep(store: VariableStore, data: bytes = b"pickle") -> None:
    folder = store.begin()
    (folder / "0.pickle").write_bytes(data)
    (folder / "0.buffers").write_bytes(b"")
    assert store.accept(folder, ("0",), taken_at=1.0, report=b"{}") == len(data)


def test_the_newest_alone_is_kept(store: VariableStore) -> None:
    assert store.newest() is None
    keep(store, b"old")
    keep(store, b"new")
    found = store.newest()
    assert found is not None
    assert (found[0] / "0.pickle").read_bytes() == b"new"
    assert found[1].report == b"{}"
    assert len(list(store.kept.iterdir())) == 1
    assert list(store.incoming.iterdir()) == []


@pytest.mark.parametrize("name", ["0.pickle", "0.buffers", "manifest"])
def test_what_was_changed_since_is_refused(store: VariableStore, name: str) -> None:
    keep(store)
    (path,) = store.kept.glob(f"*/{name}")
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(SnapshotDamaged, match="none of them is loaded"):
        store.newest()


def test_what_is_gone_is_refused(store: VariableStore) -> None:
    keep(store)
    (path,) = store.kept.glob("*/0.pickle")
    path.unlink()
    with pytest.raises(SnapshotDamaged):
        store.newest()


def test_what_another_user_or_session_kept_is_refused(store: VariableStore, tmp_path: Path) -> None:
    keep(store)
    with pytest.raises(SnapshotDamaged, match="not kept by you"):
        VariableStore(tmp_path / "s1", b"x" * 32, "s1").newest()
    with pytest.raises(SnapshotDamaged, match="not kept by you"):
        VariableStore(tmp_path / "s1", KEY, "s2").newest()


def test_a_link_that_a_cell_put_there_is_not_followed(store: VariableStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = store.begin()
    (folder / "0.pickle").symlink_to(tmp_path / "secret")
    (folder / "0.buffers").write_bytes(b"")
    (folder / "log").symlink_to(tmp_path / "secret")
    assert store.log_of(folder, 100) == b""
    with pytest.raises(SnapshotError):
        store.accept(folder, ("0",), taken_at=1.0, report=b"")
    assert (tmp_path / "secret").read_text() == "secret"
    folder = store.begin()
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(SnapshotError):
        store.accept(folder, ("0",), taken_at=1.0, report=b"")


def test_what_could_not_be_taken_over_leaves_what_was_kept(store: VariableStore) -> None:
    keep(store, b"old")
    with pytest.raises(SnapshotError):
        store.accept(store.begin(), ("0",), taken_at=1.0, report=b"")
    found = store.newest()
    assert found is not None
    assert (found[0] / "0.pickle").read_bytes() == b"old"


def test_leftovers_are_removed(store: VariableStore) -> None:
    store.begin()
    (store.kept / "new-1").mkdir()
    store.prepare()
    assert (list(store.incoming.iterdir()), list(store.kept.iterdir())) == ([], [])


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = own_key(tmp_path / "data")
    assert own_key(tmp_path / "data") == key
    path = tmp_path / "data" / "snapshots.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(SnapshotError, match="could be read by others"):
        own_key(tmp_path / "data")
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(SnapshotError, match="damaged"):
        own_key(tmp_path / "data")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SnapshotError):
        own_key(tmp_path / "data")
    assert not os.path.lexists(tmp_path / "elsewhere")
