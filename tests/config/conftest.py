"""Every test of settings has a home of its own, and an environment without settings."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CODEACT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "config").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def user_file(home: Path) -> Path:
    return home / "config" / "config.toml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Git repository with a folder in it."""
    (tmp_path / "project" / ".git").mkdir(parents=True)
    (tmp_path / "project" / ".codeact").mkdir()
    (tmp_path / "project" / "src" / "deep").mkdir(parents=True)
    return tmp_path / "project"
