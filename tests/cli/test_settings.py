"""`codeact config`: what is in force and why, the example, the folders, trust."""

import json
from pathlib import Path

import pytest

from codeact_tui.config.resources import example_config_text
from tests.cli.commands import codeact

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def user_file(home: Path) -> Path:
    (home / "config").mkdir(parents=True)
    return home / "config" / "config.toml"


@pytest.fixture
def project_file(folder: Path) -> Path:
    (folder / ".codeact").mkdir()
    path = folder / ".codeact" / "config.toml"
    path.write_text('[session]\nmax_actions = 3\n[models."a/b"]\nclient = "openai"\n', "utf-8")
    return path


def test_show_says_where_each_value_came_from(
    folder: Path, user_file: Path, project_file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_file.write_text('[model]\nname = "x"\n', "utf-8")
    monkeypatch.setenv("CODEACT_INTERFACE_THEME", "light")
    outcome = codeact(capsys, "config", "show")
    assert outcome.code == 0
    lines = [line.split("  #") for line in outcome.out.splitlines()]
    shown = {line[0].strip(): line[1].strip() for line in lines if len(line) == 2}
    assert shown['model.name = "x"'] == f"{user_file}:2"
    assert shown['interface.theme = "light"'] == "CODEACT_INTERFACE_THEME"
    assert shown["session.max_actions = 25"] == "default"
    assert outcome.out.endswith(f"{project_file} is left out: not trusted. `codeact config trust` asks.\n")

    assert codeact(capsys, "config", "trust", "--yes").code == 0
    outcome = codeact(capsys, "config", "show", "--json")
    values = json.loads(outcome.out)
    assert values["session.max_actions"] == {"value": 3, "layer": "project", "place": f"{project_file}:2"}
    assert values['models."a/b".client'] == {"value": "openai", "layer": "project", "place": f"{project_file}:4"}
    assert values["session.policy"] == {"value": "ask", "layer": "default", "place": ""}


def test_show_can_look_at_another_folder(
    folder: Path, project_file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    codeact(capsys, "config", "trust", "--yes")
    monkeypatch.chdir(tmp_path)
    assert "max_actions = 25" in codeact(capsys, "config", "show").out
    assert "max_actions = 3" in codeact(capsys, "config", "show", "-C", "work").out


def test_init_writes_the_example_once(home: Path, capsys: Capture) -> None:
    path = home / "config" / "config.toml"
    outcome = codeact(capsys, "config", "init")
    assert (outcome.code, outcome.err) == (0, "")
    assert str(path) in outcome.out
    assert path.read_text("utf-8") == example_config_text()
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("# mine\n", "utf-8")
    outcome = codeact(capsys, "config", "init")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"{path} is there already, and stays as it is. Edit it.\n"
    assert path.read_text("utf-8") == "# mine\n"


def test_init_does_not_follow_a_link_that_leads_nowhere(home: Path, tmp_path: Path, capsys: Capture) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").symlink_to(tmp_path / "elsewhere")
    assert codeact(capsys, "config", "init").code == 1
    assert not (tmp_path / "elsewhere").exists()


def test_init_without_a_place_to_write_says_so(home: Path, capsys: Capture) -> None:
    home.write_text("", "utf-8")
    outcome = codeact(capsys, "config", "init")
    assert outcome.code == 1
    assert "can't be written" in outcome.err


def test_path_says_where_everything_is_and_what_is_not_there(
    home: Path, folder: Path, project_file: Path, capsys: Capture
) -> None:
    outcome = codeact(capsys, "config", "path")
    assert outcome.out.splitlines() == [
        f"settings  {home}/config/config.toml  (not there)",
        f"project   {project_file}  (not trusted)",
        f"themes    {home}/config/themes  (not there)",
        f"sessions  {home}/data/sessions.db  (not there)",
        f"log       {home}/log/codeact.log  (not there)",
        f"cache     {home}/cache  (not there)",
    ]
    assert not home.exists()


def test_trust_shows_what_would_count_before_anything(
    project_file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = codeact(capsys, "config", "trust")
    assert outcome.code == 1
    assert "session.max_actions = 3" in outcome.out
    assert outcome.err == "There is no terminal to ask on. Read the file, then: codeact config trust --yes.\n"
    assert "max_actions = 25" in codeact(capsys, "config", "show").out

    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: "n")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    assert codeact(capsys, "config", "trust").out.endswith("is left out.\n")
    monkeypatch.setattr("builtins.input", lambda _question: "y")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    assert codeact(capsys, "config", "trust").out.endswith("counts from now on, until it changes.\n")
    assert "max_actions = 3" in codeact(capsys, "config", "show").out

    assert codeact(capsys, "config", "trust", "--revoke").out.endswith("no longer counts.\n")
    assert codeact(capsys, "config", "trust", "--revoke").out.startswith("Nothing was decided")
    assert "max_actions = 25" in codeact(capsys, "config", "show").out


def test_trust_refuses_what_would_be_refused_later(project_file: Path, capsys: Capture) -> None:
    project_file.write_text('[kernel]\nenvironment = ["OPENAI_API_KEY"]\n', "utf-8")
    outcome = codeact(capsys, "config", "trust", "--yes")
    assert (outcome.code, outcome.out) == (1, "")
    assert "a project may not set kernel.environment" in outcome.err


def test_what_a_project_sets_can_not_be_hidden(project_file: Path, capsys: Capture) -> None:
    filler = "\n" * 500 + "# " + "x" * 5_000 + "\n"
    project_file.write_text(f'{filler}[kernel]\npython = "\\u202e\\u001b[2J{"y" * 5_000}"\n', "utf-8")
    outcome = codeact(capsys, "config", "trust", "--yes")
    [line] = [line for line in outcome.out.splitlines() if line.startswith("    ")]
    assert line.startswith('    kernel.python = "\\u202e\\u001b[2Jyyyy')
    assert line.endswith("characters)")


def test_without_a_project_there_is_nothing_to_trust(folder: Path, capsys: Capture) -> None:
    outcome = codeact(capsys, "config", "trust")
    assert outcome.code == 1
    assert outcome.err.startswith("There is no .codeact/config.toml for ")
