"""Pictures by kitty's graphics: what the terminal is sent, and the characters it draws them in the place of."""

import base64
import os
import random
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len, split_graphemes

from codeact_tui.tui.pictures.kitty import KittyPainter, has_kitty_graphics, is_too_old
from codeact_tui.tui.pictures.pixmaps import Pixels
from codeact_tui.tui.pictures.placeholders import SIDE_MAX, placeholder_row

COMMAND = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
NOISE = random.Random(1).randbytes(100 * 50 * 3)


class Terminal:
    """What was sent, command by command."""

    def __init__(self) -> None:
        self.sent = ""

    def write(self, sequence: str) -> None:
        self.sent += sequence

    def commands(self) -> list[tuple[dict[str, str], str]]:
        assert COMMAND.sub("", self.sent) == ""
        found = COMMAND.findall(self.sent)
        return [(dict(pair.split("=") for pair in options.split(",")), data) for options, data in found]


def test_a_placeholder_is_one_cell_wide_and_every_place_has_its_own() -> None:
    assert SIDE_MAX == 297
    rows = [placeholder_row(row, SIDE_MAX) for row in range(SIDE_MAX)]
    assert len(set(rows)) == SIDE_MAX
    assert {cell_len(row) for row in rows} == {SIDE_MAX}
    assert len(split_graphemes(rows[-1])[0]) == SIDE_MAX
    assert placeholder_row(1, 2) == "\U0010eeee\u030d\u0305\U0010eeee\u030d\u030d"


def test_the_pixels_are_sent_once_in_pieces_and_can_be_put_together() -> None:
    terminal = Terminal()
    painter = KittyPainter(terminal.write)
    lines = painter.paint("a", Pixels(100, 50, NOISE), 20, 5)
    commands = terminal.commands()
    first = commands[0][0]
    assert [first[name] for name in "aUsvcr"] == ["T", "1", "100", "50", "20", "5"]
    assert len(commands) > 2
    assert [options["m"] for options, _ in commands] == ["1"] * (len(commands) - 1) + ["0"]
    assert all(len(data) <= 4096 for _, data in commands)
    assert zlib.decompress(base64.b64decode("".join(data for _, data in commands))) == NOISE
    assert len(lines) == 5
    color = lines[0].pieces[0][1].color
    assert color is not None
    assert color.triplet is not None
    assert int(color.triplet.hex[1:], 16) == int(first["i"])


def test_a_picture_is_sent_no_larger_than_it_is_drawn() -> None:
    terminal = Terminal()
    KittyPainter(terminal.write).paint("a", Pixels(1000, 500, bytes(1_500_000)), 10, 3)
    options, _ = terminal.commands()[0]
    assert (options["s"], options["v"]) == ("100", "50")


def test_images_are_deleted_that_are_drawn_no_more_and_all_at_the_end() -> None:
    terminal = Terminal()
    painter = KittyPainter(terminal.write)
    for place in ("a", "b", "a", "c"):
        painter.paint(place, Pixels(2, 2, bytes(12)), 4, 2)
    painter.forget("b")
    painter.forget("never drawn")
    sent = [options["i"] for options, _ in terminal.commands() if options.get("a") == "T"]
    deleted = [options["i"] for options, _ in terminal.commands() if options.get("a") == "d"]
    assert deleted == sent[:2]
    painter.end()
    deleted = [options["i"] for options, _ in terminal.commands() if options.get("a") == "d"]
    assert sorted(deleted) == sorted(sent)


def test_inside_tmux_sequences_are_handed_through() -> None:
    terminal = Terminal()
    KittyPainter(terminal.write, in_tmux=True).paint("a", Pixels(2, 2, bytes(12)), 4, 2)
    assert terminal.sent.startswith("\x1bPtmux;\x1b\x1b_Ga=T")
    assert terminal.sent.endswith("\x1b\x1b\\\x1b\\")


@pytest.mark.parametrize(
    ("environ", "has"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, True),
        ({"TERM": "xterm-ghostty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/x"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({}, False),
    ],
)
def test_a_terminal_is_known_by_its_name(environ: dict[str, str], has: bool) -> None:
    assert has_kitty_graphics(environ) is has


@pytest.mark.parametrize(
    ("told", "old"),
    [
        ("kitty 0.26.5 created by Kovid Goyal", True),
        ("kitty 0.28.0 created by Kovid Goyal", False),
        ("kitty 1.0.0 created by Kovid Goyal", False),
        ("something else", False),
        ("", False),
    ],
)
def test_an_old_kitty_is_known_by_its_version(told: str, old: bool, path_with: Callable[[str], None]) -> None:
    path_with(f"echo '{told}'")
    assert is_too_old({"KITTY_WINDOW_ID": "1"}) is old
    assert not is_too_old({"KITTY_WINDOW_ID": "1", "SSH_CONNECTION": "1"})
    assert not is_too_old({"TERM": "xterm-ghostty"})


def test_a_kitty_that_can_not_be_asked_is_taken_for_a_new_one(path_with: Callable[[str], None]) -> None:
    path_with("exit 3")
    assert not is_too_old({"KITTY_WINDOW_ID": "1"})


@pytest.fixture
def path_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a program named kitty on the path that does what it is given."""

    def make(script: str) -> None:
        program = tmp_path / "kitty"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return make


def test_in_an_old_kitty_pictures_are_drawn_in_characters() -> None:
    terminal = Terminal()
    asked: list[bool] = []

    def old() -> bool:
        asked.append(True)
        return True

    painter = KittyPainter(terminal.write, is_too_old=old)
    pixels = painter.prepare(Pixels(2, 2, bytes(12)))
    painter.prepare(pixels)
    lines = painter.paint("a", pixels, 4, 2)
    painter.forget("a")
    painter.end()
    assert [line.text for line in lines] == [" " * 4] * 2
    assert (len(asked), terminal.sent) == (1, "")
