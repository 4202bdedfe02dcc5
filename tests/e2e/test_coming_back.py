"""Leaving the terminal and coming back: job control, changes of size, signals, an editor, few colours."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.e2e.terminal import CODEACT, KEYS, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.kernel]

SHELL = ["bash", "--norc", "--noprofile", "-i"]


def chat(home: Path, **more: str) -> Terminal:
    return Terminal([CODEACT, "chat", "--model", "demo"], home=home, environment=more, cols=100, rows=30)


def ask_own(terminal: Terminal, code: str, answer: str) -> None:
    """Run own code and wait for what it gives."""
    terminal.send(f"!{code}")
    terminal.wait_for(code)
    terminal.send(KEYS["enter"])
    terminal.wait_for(answer)


def test_ctrl_z_gives_the_shell_its_terminal_back_and_fg_the_screen(tmp_path: Path) -> None:
    with Terminal(SHELL, home=tmp_path, environment={"PS1": "sh> "}, cols=100, rows=30) as terminal:
        terminal.wait_for(lambda it: it.text().rstrip().endswith("sh>"))
        terminal.send(f"{CODEACT} chat --model demo<enter>")
        terminal.wait_for("ask anything")
        terminal.wait_for("● Python")
        terminal.send("half a sentence")
        terminal.wait_for("half a sentence")
        before = len(terminal.raw)
        terminal.send(KEYS["ctrl+z"])
        terminal.wait_for("Stopped")
        left = terminal.raw[before:]
        assert b"\x1b[?1049l" in left
        assert b"\x1b[23;2t" in left
        terminal.send("echo $((6*7))<enter>")
        terminal.wait_for("42")
        terminal.send("fg<enter>")
        terminal.wait_for(lambda it: "half a sentence" in it.text() and "● Python" in it.text())
        terminal.send(KEYS["ctrl+q"])
        terminal.wait_for(lambda it: it.text().rstrip().endswith("sh>"))


def test_a_storm_of_resizes_leaves_a_whole_screen(tmp_path: Path) -> None:
    with chat(tmp_path) as terminal:
        terminal.wait_for("● Python")
        for number in range(100):
            terminal.resize(60 + number * 7 % 90, 20 + number * 5 % 30)
        terminal.resize(100, 30)
        ask_own(terminal, "6 * 7", "42")
        terminal.send(KEYS["ctrl+l"])
        terminal.wait_for(lambda it: "─ variables" in it.text() and "ask anything" in it.text())
        assert all(len(line) <= 100 for line in terminal.text().splitlines())
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0


def test_a_window_that_is_closed_ends_it_and_everything_is_saved(tmp_path: Path) -> None:
    with chat(tmp_path) as terminal:
        terminal.wait_for("● Python")
        ask_own(terminal, "6 * 7", "42")
        terminal.hang_up()
        assert terminal.wait_exit() == 0
    with Terminal([CODEACT, "chat", "-c"], home=tmp_path, cols=100, rows=30) as terminal:
        terminal.wait_for("6 * 7")
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM], ids=lambda how: how.name)
def test_a_signal_saves_and_ends(tmp_path: Path, how: signal.Signals) -> None:
    with chat(tmp_path) as terminal:
        terminal.wait_for("● Python")
        ask_own(terminal, "6 * 7", "42")
        terminal.kill(how)
        assert terminal.wait_exit() == 0
        assert terminal.raw.rstrip().find(b"\x1b[23;2t") > 0
    with Terminal([CODEACT, "chat", "-c"], home=tmp_path, cols=100, rows=30) as terminal:
        terminal.wait_for("6 * 7")
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize("term", ["screen", "tmux-256color", "xterm", "linux", "vt100"])
def test_terminals_without_true_colour_get_none(tmp_path: Path, term: str) -> None:
    with chat(tmp_path, TERM=term, COLORTERM="") as terminal:
        terminal.wait_for("● Python")
        ask_own(terminal, "6 * 7", "42")
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0
        assert re.search(rb"[34]8;2;\d", terminal.raw) is None


def test_an_editor_has_the_terminal_and_gives_it_back(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho EDITING\nread answer\nprintf "from the editor" > "$1"\n', "utf-8")
    editor.chmod(0o700)
    with chat(tmp_path, EDITOR=str(editor), SHELL=os.environ.get("SHELL", "/bin/sh")) as terminal:
        terminal.wait_for("● Python")
        terminal.send("draft")
        terminal.wait_for("draft")
        terminal.send(KEYS["ctrl+g"])
        terminal.wait_for("EDITING")
        terminal.send(KEYS["enter"])
        terminal.wait_for(lambda it: "from the editor" in it.text() and "● Python" in it.text())
        terminal.send(KEYS["ctrl+c"])
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0
