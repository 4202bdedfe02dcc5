"""`codeact policy list` and `remove`: what is allowed in a project, by number and in words."""

import json
from pathlib import Path

import pytest

from codeact_tui.config.loading import user_config_path
from codeact_tui.parts import project_permissions
from codeact_tui.protocol.permissions import Allowed, Grant, Rule
from tests.cli.commands import codeact

ITEMS = (Rule("read", "./data"), Rule("process", "ls -l"), Grant("network", "api.example.org"), Grant("never", "x.org"))
LINES = [
    "always allow reading ./data in this project",
    "always allow running ls -l in this project",
    "cells may reach api.example.org in this project",
    "cells never reach x.org in this project",
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    project_permissions(folder, user_config_path()).add(*ITEMS)
    return folder


def allowed(folder: Path) -> Allowed:
    return project_permissions(folder, user_config_path()).read()


def test_all_are_listed_in_words_with_numbers(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = codeact(capsys, "policy", "list", "-C", str(place))
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [f"{number}. {line}" for number, line in enumerate(LINES, start=1)]
    listed = json.loads(codeact(capsys, "policy", "list", "-C", str(place), "--json").out)
    assert listed[0] == {"rule": "read", "target": "./data", "words": LINES[0]}
    assert listed[2] == {"grant": "network", "value": "api.example.org", "words": LINES[2]}


def test_what_the_settings_open_everywhere_is_listed_below(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = user_config_path()
    path.parent.mkdir(parents=True)
    path.write_text('[sandbox]\nnetwork = ["pypi"]\nreadable = ["/data"]\n', "utf-8")
    lines = codeact(capsys, "policy", "list", "-C", str(place)).out.splitlines()
    assert lines[len(LINES) :] == ["by the settings: cells may read /data", "by the settings: cells may reach pypi"]


def test_some_are_removed_by_number_and_in_words(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = codeact(capsys, "policy", "remove", "4", "always allow reading ./data", "-C", str(place))
    assert (outcome.code, outcome.out.splitlines()) == (0, [f"No longer: {LINES[3]}.", f"No longer: {LINES[0]}."])
    assert allowed(place) == Allowed((ITEMS[1],), (ITEMS[2],))  # pyright: ignore[reportArgumentType]
    assert codeact(capsys, "policy", "remove", "--all", "-C", str(place)).code == 0
    assert allowed(place) == Allowed()
    assert codeact(capsys, "policy", "list", "-C", str(place)).out.startswith("Nothing is allowed here")
    assert codeact(capsys, "policy", "remove", "--all", "-C", str(place)).out == "There was nothing to remove.\n"


@pytest.mark.parametrize("which", [["1", "9"], ["1", "0"], ["1", "reading ./other"], ["1", "x"], ["9" * 5000], []])
def test_with_one_that_is_not_there_none_is_removed(
    which: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = codeact(capsys, "policy", "remove", *which, "-C", str(place))
    assert (outcome.code, outcome.out) == (1, "")
    assert "codeact policy list" in outcome.err
    assert len(allowed(place).rules + allowed(place).grants) == len(ITEMS)
