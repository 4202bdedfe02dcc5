"""`codeact chat --line`, installed, on the demo with a real kernel: at a terminal, at a dumb one, in a pipe."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.terminal import CODEACT, Terminal, isolated_environment

pytestmark = [pytest.mark.e2e, pytest.mark.kernel]

CHAT = [CODEACT, "chat", "--line"]
NO_WAIT = "[interface]\napproval_delay_ms = 0\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder whose settings take keys at once: when they count is tested with a clock of its own."""
    config = tmp_path / "codeact" / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(NO_WAIT)
    return tmp_path


def begins(text: str) -> Callable[[Terminal], bool]:
    return lambda terminal: any(line.startswith(text) for line in terminal.text().split("\n"))


def test_a_session_with_real_keys(home: Path) -> None:
    with Terminal(CHAT, home=home, rows=30, environment={"EDITOR": "sed -i s/1000/10/"}) as terminal:
        terminal.wait_for("The kernel is ready")
        terminal.send("what is the sum of the first 1000 primes?<enter>")
        terminal.wait_for("Run [1]?")
        terminal.send("e")
        terminal.wait_for("+while len(primes) < 10:")
        terminal.wait_for("Run [1]?")
        terminal.send("y")
        terminal.wait_for(begins("129"))
        terminal.wait_for("kernel idle")
        terminal.send("/rerun 1<enter>")
        terminal.wait_for("[2] done in")
        terminal.send("what is the sum of the first 1000 primes?<enter>")
        terminal.wait_for("Run [3]?")
        terminal.send("f")
        terminal.wait_for("Why not [3]?")
        terminal.send("I know it<enter>")
        terminal.wait_for("[3] rejected: I know it.")
        terminal.wait_for("kernel idle")
        terminal.send("<ctrl+d>")
        assert terminal.wait_exit() == 0
        assert "The session is kept: codeact chat --resume" in terminal.everything()


def test_interrupt_death_resize_quit_and_resume(home: Path) -> None:
    with Terminal(CHAT, home=home) as terminal:
        terminal.wait_for("The kernel is ready")
        terminal.send("!kept = 1<enter>")
        terminal.wait_for("[1] done in")
        terminal.send("!while True: pass<enter>")
        terminal.wait_for("running · Ctrl+C stops")
        terminal.send("<ctrl+c>")
        terminal.wait_for("[2] interrupted after")
        terminal.resize(60, 20)
        terminal.send("!import os; os._exit(3)<enter>")
        terminal.wait_for("The kernel died: exit code 3")
        terminal.resize(80, 24)
        terminal.send("/restart<enter>")
        terminal.wait_for("A fresh kernel is ready")
        terminal.send("hello<enter>")
        terminal.wait_for("kernel idle")
        terminal.send("<ctrl+c><ctrl+c>")
        assert terminal.wait_exit() == 0
    with Terminal([*CHAT, "--continue"], home=home, rows=60) as terminal:
        view = terminal.wait_for("The variables of 1 cell are gone")
        assert "[1] your cell:" in view
        terminal.send("/restart rerun<enter>")
        terminal.wait_for("your rerun of [1]:")
        terminal.wait_for("kernel idle")
        terminal.send("!kept + 41<enter>")
        terminal.wait_for(begins("42"))


def test_ctrl_c_in_the_editor_is_the_editors(home: Path) -> None:
    editor = """sh -c 'trap "" INT; echo EDITING; read answer; sed -i s/40/41/ "$0"'"""
    with Terminal(CHAT, home=home, environment={"EDITOR": editor}) as terminal:
        terminal.wait_for("The kernel is ready")
        terminal.send("!print(40 + 1)<enter>")
        terminal.wait_for("[1] done in")
        terminal.send("/rerun 1 edit<enter>")
        terminal.wait_for("EDITING")
        terminal.send("<ctrl+c><ctrl+c>")
        terminal.send("<enter>")
        terminal.wait_for("[2] done in")
        assert "\n42\n" in terminal.text()


def test_a_dumb_terminal_gets_plain_lines(home: Path) -> None:
    with Terminal(CHAT, home=home, environment={"TERM": "dumb"}) as terminal:
        terminal.wait_for("The kernel is ready")
        terminal.send("what is the sum of the first 1000 primes?<enter>")
        terminal.wait_for("Run [1]?")
        terminal.send("y<enter>")
        terminal.wait_for("3682913")
        terminal.send("!__import__('getpass').getpass('Word: ')<enter>")
        terminal.wait_for(begins("Word:"))
        terminal.send("sesame<enter>")
        terminal.wait_for("[2] done in")
        assert "'sesame'" in terminal.text()
        assert terminal.raw.count(b"sesame") == 1
        terminal.send("<ctrl+d>")
        assert terminal.wait_exit() == 0
        assert b"\x1b" not in terminal.raw


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_session_in_order(home: Path, sig: signal.Signals) -> None:
    with Terminal(CHAT, home=home) as terminal:
        terminal.wait_for("The kernel is ready")
        terminal.send("!import time; time.sleep(600)<enter>")
        terminal.wait_for("running · Ctrl+C stops")
        terminal.kill(sig)
        assert terminal.wait_exit() == 1


def test_a_window_that_is_closed_loses_nothing(home: Path) -> None:
    with Terminal(CHAT, home=home) as terminal:
        terminal.wait_for("The kernel is ready")
        terminal.send("!print('kept')<enter>")
        terminal.wait_for("[1] done in")
        terminal.hang_up()
        assert terminal.wait_exit() in {0, 1}
    with Terminal([*CHAT, "--continue"], home=home) as terminal:
        terminal.wait_for(begins("kept"))


def test_ctrl_z_goes_to_the_shell_and_back(home: Path) -> None:
    with Terminal(["bash", "--norc", "-i"], home=home, environment={"PS1": "SHELL "}) as terminal:
        terminal.wait_for("SHELL")
        terminal.send(f"{CODEACT} chat --line<enter>")
        terminal.wait_for("The kernel is ready")
        terminal.send("!x = 38<enter>")
        terminal.wait_for("[1] done in")
        terminal.send("<ctrl+z>")
        terminal.wait_for("Stopped")
        terminal.send("fg<enter>")
        terminal.wait_for("kernel idle")
        terminal.send("!print(x + 4)<enter>")
        terminal.wait_for(begins("42"))
        terminal.send("<ctrl+d>")
        terminal.wait_for(lambda _: terminal.text().endswith("\nSHELL"))
        terminal.send("exit<enter>")
        assert terminal.wait_exit() == 0


def pipe(home: Path, text: str, *flags: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CHAT, *flags],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=home,
        env=isolated_environment(home),
    )


def test_a_pipe_is_a_script(home: Path) -> None:
    done = pipe(home, "what is the sum of the first 1000 primes?\ny\n!print(primes[-1])\n")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\n3682913\n" in done.stdout
    assert "\n7919\n" in done.stdout
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout)


def test_a_question_at_the_end_of_a_pipe_is_exit_code_1(home: Path) -> None:
    done = pipe(home, "what is the sum of the first 1000 primes?\n", "--approve", "ask")
    assert done.returncode == 1
    assert "[1] was rejected: the input ended before there was an answer." in done.stdout


def test_a_file_is_a_script_too(home: Path) -> None:
    script = home / "script.txt"
    script.write_text("!print(6 * 7)\n")
    with script.open() as stdin:
        done = subprocess.run(
            CHAT, stdin=stdin, capture_output=True, text=True, timeout=300, check=False, env=isolated_environment(home)
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n42\n" in done.stdout


def modules_after(code: str) -> set[str]:
    listed = f"{code}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, timeout=300, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_what_the_line_front_end_imports() -> None:
    heavy = {"textual", "litellm", "jupyter_client", "zmq", "typer"}
    assert modules_after("import codeact_tui.line.run") & {*heavy, "prompt_toolkit", "rich"} == set()
    assert modules_after("import codeact_tui.line.prompting") & {*heavy, "rich"} == set()
