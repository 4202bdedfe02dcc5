"""The installed `codeact chat` in a real pty, with real keys, on the demo: what a person does in their first hour."""

import re
from pathlib import Path

import pytest

from tests.e2e.terminal import CODEACT, KEYS, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.kernel]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    return made


F2 = "\x1bOQ"


def open_chat(home: Path, folder: Path, *arguments: str, cols: int = 120, rows: int = 36) -> Terminal:
    return Terminal([CODEACT, "chat", *arguments], home=home, cwd=folder, cols=cols, rows=rows)


def ask(terminal: Terminal, prompt: str) -> None:
    terminal.send(prompt)
    terminal.wait_for(prompt)
    terminal.send(KEYS["enter"])


def until_asked(terminal: Terminal, number: int) -> None:
    """Wait until the question may be answered: the card then says which key does what, and has the focus."""
    terminal.wait_for(lambda it: f"cell [{number}]" in it.text() and "y run" in it.text())
    terminal.wait_for(f"━ cell [{number}]")


def stop_resize_and_die(terminal: Terminal) -> None:
    # an interrupt
    ask(terminal, "run something slow that I can stop")
    until_asked(terminal, 6)
    terminal.send("y")
    terminal.wait_for(lambda it: re.search(r"│ ?[1-9]\d? s\b", it.text()))
    terminal.send(KEYS["escape"])
    terminal.wait_for("KeyboardInterrupt")

    # a resize to a small screen and back
    terminal.resize(60, 20)
    terminal.wait_for(lambda it: "codeact" in it.text() and all(len(line) <= 60 for line in it.text().splitlines()))
    terminal.resize(120, 36)
    terminal.send(KEYS["ctrl+l"])
    terminal.wait_for("─ variables ─")

    # a kernel that dies, and is started again
    ask(terminal, "!import os; os._exit(3)")
    terminal.wait_for("Python died")
    ask(terminal, "!1 + 1 == 2")
    terminal.wait_for("True")


def test_the_first_hour(tmp_path: Path, folder: Path) -> None:
    with open_chat(tmp_path, folder) as terminal:
        terminal.wait_for("ask anything")
        terminal.wait_for("ready in")

        # a turn, approved
        ask(terminal, "what is the sum of the first 1000 primes?")
        until_asked(terminal, 1)
        terminal.send("y")
        terminal.wait_for("3682913")
        terminal.wait_for("primes")
        terminal.wait_for("The cell's value is")

        # an edit: a line is added before it runs
        ask(terminal, "make some variables to look at")
        until_asked(terminal, 2)
        terminal.send("e")
        terminal.wait_for("run edited")
        terminal.send("mine = 'edited'\r")
        terminal.send("\x13")
        terminal.wait_for("I see that you changed my cell")
        terminal.wait_for("mine")

        # a rejection with a reason
        ask(terminal, "write a note to a file and list this folder")
        until_asked(terminal, 3)
        terminal.send("f")
        terminal.wait_for(lambda it: "why not?" in it.text().lower())
        terminal.send("no files today" + KEYS["enter"])
        terminal.wait_for("You turned that cell down")
        terminal.wait_for("no files today")
        assert list(folder.iterdir()) == []

        # the user's own cell, and a rerun of it
        ask(terminal, "!len(primes) + 1")
        terminal.wait_for("1001")

        terminal.send(F2)
        terminal.wait_for("━ cell [4]")
        terminal.wait_for("run again")
        terminal.wait_settled()
        terminal.send("r")
        terminal.wait_for("cell [5]")
        terminal.wait_for("✓ [5]")

        stop_resize_and_die(terminal)

        # quit
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0
        assert "Resume with" in terminal.everything()

    # and resume
    with open_chat(tmp_path, folder, "-c") as terminal:
        terminal.wait_for("what is the sum of the first 1000 primes?")
        terminal.wait_for("Back from disk:")
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
def test_a_turn_at_any_size(tmp_path: Path, folder: Path, size: tuple[int, int]) -> None:
    with open_chat(tmp_path, folder, cols=size[0], rows=size[1]) as terminal:
        terminal.wait_for("ask anything")
        terminal.send("ask me something from a cell" + KEYS["enter"])
        terminal.wait_for("━ cell")
        terminal.send("y")
        terminal.wait_for("─ the cell asks you")
        terminal.wait_settled()
        terminal.send("Ada" + KEYS["enter"])
        terminal.wait_for("Hello, Ada!")
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0


def test_a_chat_that_is_killed_opens_again_as_it_was(tmp_path: Path, folder: Path) -> None:
    with open_chat(tmp_path, folder) as terminal:
        terminal.wait_for("ask anything")
        ask(terminal, "run something slow that I can stop")
        until_asked(terminal, 1)
        terminal.send("y")
        terminal.wait_for(lambda it: re.search(r"│ ?[1-9]\d? s\b", it.text()))
        terminal.kill()
        terminal.wait_exit()
    with open_chat(tmp_path, folder, "-c") as terminal:
        terminal.wait_for("was running when codeact ended")
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0


def test_a_session_that_is_open_elsewhere_may_be_looked_at(tmp_path: Path, folder: Path) -> None:
    with open_chat(tmp_path, folder) as first:
        first.wait_for("ask anything")
        ask(first, "hello")
        first.wait_for("codeact models")
        first.wait_gone("esc stops")
        with open_chat(tmp_path, folder, "-c") as second:
            second.wait_for("a script, not a model")
            second.wait_for("Here you can only look")
            second.send(KEYS["ctrl+q"])
            assert second.wait_exit() == 0
        first.send(KEYS["ctrl+q"])
        assert first.wait_exit() == 0


def test_a_hang_up_closes_the_session(tmp_path: Path, folder: Path) -> None:
    with open_chat(tmp_path, folder) as terminal:
        terminal.wait_for("ask anything")
        ask(terminal, "hello")
        terminal.wait_for("a script, not a model")
        terminal.hang_up()
        terminal.wait_exit()
    with open_chat(tmp_path, folder, "-c") as terminal:
        terminal.wait_for("a script, not a model")
