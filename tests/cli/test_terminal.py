"""The command line in a real terminal: questions, colours, Ctrl+C."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import CODEACT, Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture
def project(folder: Path) -> Path:
    (folder / ".codeact").mkdir()
    (folder / ".codeact" / "config.toml").write_text("[session]\nmax_actions = 3\n", "utf-8")
    return folder


@pytest.fixture
def trusting(project: Path, tmp_path: Path) -> Iterator[Terminal]:
    """`codeact config trust`, at its question."""
    with Terminal([CODEACT, "config", "trust"], home=tmp_path, cwd=project) as terminal:
        terminal.wait_for("Use these settings in this folder? [y/N]")
        yield terminal


def ran(*arguments: str, home: Path, cwd: Path) -> Terminal:
    """Run a command to its end."""
    with Terminal([CODEACT, *arguments], home=home, cwd=cwd, cols=120) as terminal:
        terminal.wait_exit()
    return terminal


def test_a_yes_at_the_question_counts(trusting: Terminal, project: Path, tmp_path: Path) -> None:
    trusting.send("y<enter>")
    assert trusting.wait_exit() == 0
    assert "counts from now on" in trusting.everything()
    assert "max_actions = 3" in ran("config", "show", home=tmp_path, cwd=project).everything()


@pytest.mark.parametrize("keys", ["<ctrl+c>", "<ctrl+d>", "<enter>"])
def test_leaving_the_question_is_a_no_without_a_traceback(
    trusting: Terminal, project: Path, tmp_path: Path, keys: str
) -> None:
    trusting.wait_settled()  # the question is written a moment before it is listened for
    trusting.send(keys)
    assert trusting.wait_exit() == (130 if keys == "<ctrl+c>" else 0)
    assert "Traceback" not in trusting.everything()
    assert "max_actions = 25" in ran("config", "show", home=tmp_path, cwd=project).everything()


def test_a_chat_asks_before_its_screen_opens(project: Path, tmp_path: Path) -> None:
    with Terminal([CODEACT, "chat"], home=tmp_path, cwd=project) as terminal:
        terminal.wait_for("Use these settings in this folder? [y/N]")
        assert "session.max_actions = 3" in terminal.text()
        assert not terminal.screen.alternate
        terminal.send("n<enter>")
        terminal.wait_for(lambda seen: seen.screen.alternate)


def test_an_error_is_red_on_a_terminal_that_has_colours(tmp_path: Path) -> None:
    terminal = ran("sessions", "show", "nonesuch", home=tmp_path, cwd=tmp_path)
    assert terminal.raw.startswith(b"\x1b[31m")
    with Terminal([CODEACT, "sessions", "show", "x"], home=tmp_path, environment={"NO_COLOR": "1"}) as plain:
        assert plain.wait_exit() == 1
        assert b"\x1b" not in plain.raw
