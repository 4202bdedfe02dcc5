"""Hostile text through every door of the installed program: what reaches the terminal is text, and the frame stands."""

import json
from pathlib import Path

import pytest

from tests.e2e.sequences import strangers
from tests.e2e.terminal import CODEACT, KEYS, Terminal
from tests.hostile_text import HOSTILE, MARKER, mixtures
from tests.openai_script import Streamed, text
from tests.openai_thread import ThreadedOpenAIServer

pytestmark = [pytest.mark.e2e, pytest.mark.kernel, pytest.mark.timeout(900)]

COLUMNS, ROWS = 120, 36


def frame_stands(terminal: Terminal) -> bool:
    """Say whether every row of the panes has its separator where it belongs, and no row runs over."""
    rows = terminal.screen.buffer
    body = range(2, terminal.screen.lines - 10)  # completions may lie over the rows below
    columns = [column for column in range(30, COLUMNS - 10) if all(rows[row][column].data == "│" for row in body)]
    return bool(columns) and terminal.text().startswith(" codeact") and "f1 help" in terminal.screen.drawn()[-1]


def check(terminal: Terminal) -> None:
    terminal.wait_settled()
    terminal.wait_for(frame_stands)
    assert not strangers(terminal.raw, MARKER)
    terminal.raw = b""


def open_chat(home: Path, folder: Path, base_url: str, *arguments: str) -> Terminal:
    environment = {
        "CODEACT_MODEL_NAME": "openai/test",
        "CODEACT_MODEL_BASE_URL": base_url,
        "CODEACT_MODEL_CLIENT": "openai",
        "CODEACT_SESSION_POLICY": "all",
        "CODEACT_INTERFACE_REDUCED_MOTION": "true",
        "OPENAI_API_KEY": "sk-" + "a" * 30,
    }
    argv = [CODEACT, "chat", *arguments]
    return Terminal(argv, home=home, cwd=folder, environment=environment, cols=COLUMNS, rows=ROWS)


def safe(hostile: str) -> str:
    """As the wire can carry it: JSON has no lone surrogates in UTF-8."""
    return hostile.encode("utf-8", "replace").decode()


def cell(hostile: str, number: int) -> str:
    """A cell that prints it, is called it, shows it, names a variable by it and fails with it."""
    return "\n".join(
        [
            f"x = {json.dumps(hostile)}",
            "import sys",
            "sys.stdout.write(x + chr(10)); sys.stderr.write(x + chr(10))",
            "sys.stdout.flush(); import os; os.write(1, b'raw \\xff\\xfe\\x9b2J \\x1b]0;owned\\x07\\n')",
            f"globals()[x[:200]] = x; held_{number} = {{x[:50]: [x], 1: (x,)}}",
            "T = type(x[:40].replace(chr(0), '') or 'T', (), {}); thing = T()",
            "raise ValueError(x)" if number % 2 else "x",
        ]
    )


def press(terminal: Terminal, *keys: str) -> None:
    """Press keys, each when the one before has been drawn."""
    for key in keys:
        terminal.send(key)
        terminal.wait_settled()


def ask(terminal: Terminal, prompt: str, answer: str) -> None:
    terminal.send(prompt)
    terminal.wait_for(prompt)
    terminal.send(KEYS["enter"])
    terminal.wait_for(answer)


def test_nothing_that_is_said_printed_or_named_reaches_the_terminal_as_more_than_text(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    told = [*HOSTILE.values(), *mixtures(seed=7, count=6)]
    with ThreadedOpenAIServer() as server, open_chat(tmp_path, folder, server.base_url) as terminal:
        terminal.wait_for("ready in")
        for number, hostile in enumerate(told):
            said = safe(hostile)
            fence = f"<execute>\n{cell(hostile, number)}\n</execute>"
            server.add(Streamed((said[:9], said[9:], "\n", fence)), text(f"{said}\n\nthat was {number:03}", piece=7))
            ask(terminal, f"tell me {number:03}", f"that was {number:03}")
            check(terminal)
        terminal.send(KEYS["ctrl+q"])
        assert terminal.wait_exit() == 0
        assert not strangers(terminal.raw, MARKER)


def test_pasted_text_file_names_and_titles(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    for hostile in (*map(safe, HOSTILE.values()), "\udcff\udcfe\udc9b not UTF-8"):
        (folder / f"f{hostile.replace('/', '').replace(chr(0), '')[:60]}").write_bytes(b"x")
    with ThreadedOpenAIServer() as server, open_chat(tmp_path, folder, server.base_url) as terminal:
        terminal.wait_for("ready in")
        for number, hostile in enumerate(HOSTILE.values()):
            pasted = "\x1b[200~" + safe(hostile) + "\x1b[201~"
            server.add(text(f"heard {number:03}"))
            terminal.send(f"see {pasted}")
            press(terminal, KEYS["enter"])
            terminal.wait_for(f"heard {number:03}")
            terminal.send("@f")
            check(terminal)
            press(terminal, KEYS["backspace"], KEYS["backspace"], f"/rename t {pasted}", KEYS["enter"])
            check(terminal)
            if number % 6 == 5:  # the list of sessions has hostile titles too
                press(terminal, "/new", KEYS["enter"])
                terminal.wait_gone(f"heard {number:03}")
                terminal.wait_for("ready in")
        terminal.send(KEYS["ctrl+r"])
        terminal.wait_settled()
        assert not strangers(terminal.raw, MARKER)


@pytest.mark.parametrize("line", ["x", "\x1b[31m\u202e中"])
def test_a_line_of_megabytes_leaves_the_frame_standing(tmp_path: Path, line: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    with ThreadedOpenAIServer() as server, open_chat(tmp_path, folder, server.base_url) as terminal:
        terminal.wait_for("ready in")
        code = f"print({json.dumps(line)} * 2_000_000)\nlong = {json.dumps(line)} * 1_000_000"
        server.add(
            text(f"<execute>\n{code}\n</execute>"), text(line * (90_000 // len(line)) + "\n\nthat was all", piece=5_000)
        )
        ask(terminal, "print much", "that was all")
        check(terminal)
