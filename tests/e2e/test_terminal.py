"""The helper sees what a person would see."""

import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.e2e

PYTHON = [sys.executable, "-u", "-c"]


def test_text_typed_is_echoed_and_answered(tmp_path: Path) -> None:
    with Terminal([*PYTHON, "print('hello', input('name? '))"], home=tmp_path) as terminal:
        terminal.wait_for("name?")
        terminal.send("Ana<enter>")
        terminal.wait_for("hello Ana")
        assert terminal.wait_exit() == 0


def test_an_end_before_the_text_shows_the_screen(tmp_path: Path) -> None:
    with (
        Terminal([*PYTHON, "print('bye'); raise SystemExit(3)"], home=tmp_path) as terminal,
        pytest.raises(AssertionError, match=r"ended \(3\)[^$]*bye"),
    ):
        terminal.wait_for("never")


def test_resize_is_seen_by_the_command(tmp_path: Path) -> None:
    code = """
import os, signal
signal.signal(signal.SIGWINCH, lambda *_: print(os.get_terminal_size()))
print("ready")
while True: signal.pause()
"""
    with Terminal([*PYTHON, code], home=tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.resize(60, 20)
        terminal.wait_for("columns=60, lines=20")
        terminal.kill(signal.SIGTERM)
        assert terminal.wait_exit() == -signal.SIGTERM


def test_what_scrolls_off_is_kept_and_the_alternate_screen_leaves_no_trace(tmp_path: Path) -> None:
    code = r"""
for i in range(40): print("line", i)
print("\x1b[?1049h\x1b[2J\x1b[H\x1b[>1u\x1b[?2026$p\x1b_Gi=1;AAAA\x1b\\full 漢字 screen", end="", flush=True)
input()
print("\x1b[?1049lafter")
"""
    with Terminal([*PYTHON, code], home=tmp_path) as terminal:
        assert terminal.wait_for("full 漢字 screen").strip() == "full 漢字 screen"
        terminal.send("<enter>")
        assert "line 39" in terminal.wait_for("after")
        assert "line 0\nline 1\n" in terminal.everything()
        assert "full" not in terminal.everything()


def test_nothing_of_the_user_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    code = "import os; print(sorted(os.environ)); print(os.environ['HOME'], os.environ['CODEACT_HOME'])"
    with Terminal([*PYTHON, code], home=tmp_path, cols=400) as terminal:
        terminal.wait_exit()
        assert "OPENAI_API_KEY" not in terminal.text()
        assert f"{tmp_path} {tmp_path}/codeact" in terminal.text()


def test_a_question_for_the_cursor_is_answered(tmp_path: Path) -> None:
    code = r"""
import sys, tty
tty.setcbreak(0)
print("ab\x1b[6n", end="", flush=True)
answer = ""
while not answer.endswith("R"): answer += sys.stdin.read(1)
print(repr(answer))
"""
    with Terminal([*PYTHON, code], home=tmp_path) as terminal:
        terminal.wait_for(r"'\x1b[1;3R'")
