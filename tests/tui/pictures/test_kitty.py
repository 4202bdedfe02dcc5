"""Pictures by kitty's graphics: what the terminal is sent, and the characters it draws them in the place of."""

import base64
import random
import re
import zlib

import pytest
from rich.cells import cell_len, split_graphemes

from codeact_tui.tui.pictures.decoding import Pixels
from codeact_tui.tui.pictures.kitty import KittyPainter, has_kitty_graphics
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
