"""What is opened in the workspace is opened beneath it: links that were planted there lead nowhere."""

import errno
import os
from pathlib import Path

import pytest

from codeact_tui import beneath
from codeact_tui.beneath import read_beneath
from codeact_tui.config.project import read_project_file
from codeact_tui.errors import ConfigError
from codeact_tui.kernel.find_python import find_python
from codeact_tui.sandbox.confine import interpreter_folders


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace, and beside it what must not be read."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("TOP SECRET", "utf-8")
    (tmp_path / "work" / "sub").mkdir(parents=True)
    (tmp_path / "work" / "sub" / "file").write_text("0123456789", "utf-8")
    return tmp_path / "work"


@pytest.mark.parametrize("by_folder", [True, False])
def test_a_file_is_read_and_a_link_on_the_way_is_not_followed(
    by_folder: bool, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beneath, "_BY_FOLDER", by_folder)
    assert read_beneath(place, "sub/file", 4) == b"0123"
    (place / "link").symlink_to(place.parent / "secret" / "key")
    (place / "folder").symlink_to(place.parent / "secret")
    (place / "sub" / "up").symlink_to("../..")
    os.mkfifo(place / "pipe")
    for path in ("link", "folder/key", "sub/up/secret/key"):
        with pytest.raises(OSError, match=r".") as raised:
            read_beneath(place, path, 100)
        assert raised.value.errno in {errno.ELOOP, errno.ENOTDIR}
    with pytest.raises(OSError, match="it is no file"):
        read_beneath(place, "pipe", 100)
    with pytest.raises(FileNotFoundError):
        read_beneath(place, "none", 100)


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_a_projects_settings_are_no_link(linked: str, place: Path) -> None:
    (place / ".git").mkdir()
    if linked == "file":
        (place / ".codeact").mkdir()
        (place / ".codeact" / "config.toml").symlink_to(place.parent / "secret" / "key")
    else:
        (place.parent / "secret" / "config.toml").write_text("TOP SECRET", "utf-8")
        (place / ".codeact").symlink_to(place.parent / "secret")
    with pytest.raises(ConfigError, match="A link stands at") as raised:
        read_project_file(place / "sub")
    assert "TOP" not in raised.value.sentence


def environment(prefix: Path, settings: str) -> None:
    packages = prefix / "lib" / "python3.11" / "site-packages"
    (packages / "ipykernel-6.30.0.dist-info").mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "python").symlink_to("/usr/bin/env")
    (prefix / "pyvenv.cfg").write_text(settings, "utf-8")


def test_an_environment_that_is_a_link_to_elsewhere_is_passed_over_and_told_of(place: Path) -> None:
    environment(place.parent / "other", "home = /usr/bin\n")
    (place / ".venv").symlink_to(place.parent / "other")
    chosen = find_python(place, environment={"HOME": "/"})
    assert chosen.source == "codeact's own"
    assert ".venv is a link to elsewhere" in chosen.advice
    (place / ".venv").unlink()
    environment(place / "mine", "home = /usr/bin\n")
    (place / ".venv").symlink_to("mine")
    assert find_python(place, environment={"HOME": "/"}).source == ".venv"


def test_an_environments_settings_that_are_a_link_open_no_folder(place: Path) -> None:
    python = place.parent / "secret" / "lib" / "python3.11"
    python.mkdir(parents=True)
    (python / "os.py").touch()
    planted = f"home = {place.parent / 'secret' / 'bin'}\n"
    environment(place / ".venv", planted)
    secret = str(place.parent / "secret")
    assert secret in interpreter_folders(str(place / ".venv" / "bin" / "python"))
    (place / "planted").write_text(planted, "utf-8")
    (place / ".venv" / "pyvenv.cfg").unlink()
    (place / ".venv" / "pyvenv.cfg").symlink_to(place / "planted")
    assert secret not in interpreter_folders(str(place / ".venv" / "bin" / "python"))
