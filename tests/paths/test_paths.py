"""Where things are kept, and that looking makes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codeact_tui import paths


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_one_folder_holds_everything(home: Path) -> None:
    assert paths.config_dir() == home / "config"
    assert paths.data_dir() == home / "data"
    assert paths.cache_dir() == home / "cache"
    assert paths.log_dir() == home / "log"
    assert paths.store_path() == home / "data" / "sessions.db"
    assert not home.exists()


def test_the_platforms_folders_without_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEACT_HOME", "")
    found = {paths.config_dir(), paths.data_dir(), paths.cache_dir(), paths.log_dir(), paths.runtime_dir()}
    assert all(path.is_absolute() and "codeact" in str(path) for path in found)
    assert not {path for path in found if path.is_relative_to(tmp_path)}
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
        assert paths.data_dir() == tmp_path / "xdg" / "codeact"


def test_a_relative_home_does_not_move_with_the_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODEACT_HOME", "here")
    assert paths.data_dir() == tmp_path / "here" / "data"
    monkeypatch.setenv("CODEACT_HOME", "~/there")
    assert paths.data_dir() == Path.home() / "there" / "data"


@pytest.mark.skipif(sys.platform == "win32", reason="sockets with paths are POSIX")
def test_the_runtime_folder_leaves_room_for_a_sockets_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEACT_HOME", "/h")
    assert paths.runtime_dir() == Path("/h/run")
    long = [str(tmp_path / ("x" * 100)), str(tmp_path / ("y" * 100)), "/" + "ü" * 40]
    found: list[Path] = []
    for home in long:
        monkeypatch.setenv("CODEACT_HOME", home)
        found += [paths.runtime_dir(), paths.runtime_dir()]
    assert len(set(found)) == 3
    assert all(len(os.fsencode(path)) <= 60 for path in found)


@pytest.mark.skipif(sys.platform == "win32", reason="the variables are POSIX")
def test_the_systems_runtime_folder_or_one_among_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEACT_HOME", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert paths.runtime_dir() == Path("/run/user/7/codeact")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "relative/is/void")
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    assert paths.runtime_dir() == Path(f"/var/tmp/codeact-{os.getuid()}")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("TMPDIR", "/var/" + "long" * 20)
    assert paths.runtime_dir() == Path(f"/tmp/codeact-{os.getuid()}")


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
def test_a_private_folder(tmp_path: Path) -> None:
    made = paths.ensure_private(tmp_path / "a" / "b")
    assert made == tmp_path / "a" / "b"
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    paths.ensure_private(made)
    assert made.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="owners are POSIX")
def test_someone_elses_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir(mode=0o755)
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(PermissionError, match="another user"):
        paths.ensure_private(tmp_path / "theirs")
    assert (tmp_path / "theirs").stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        paths.ensure_private(tmp_path / "file")


def test_the_import_costs_no_platformdirs() -> None:
    program = "import sys, codeact_tui.paths, codeact_tui.log; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert {"platformdirs", "logging.handlers", "msgspec", "asyncio"}.isdisjoint(done.stdout.split())
