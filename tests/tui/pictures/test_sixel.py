"""Pictures by sixels: what reaches the terminal where placeholders were."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.tui.pictures.pixmaps import Pixels
from codeact_tui.tui.pictures.placeholders import PLACEHOLDER, placeholder_row, read_placeholder
from codeact_tui.tui.pictures.sixel import CellSize, SixelPainter, has_sixel, sixels
from codeact_tui.tui.rendering.lines import Line

CELL = CellSize(5, 7)
RED, BLUE = b"\xff\x00\x00", b"\x00\x00\xff"
SIXEL = re.compile(r'\x1bP0;1;0q"1;1;(\d+);(\d+)([^\x1b]*)\x1b\\')
PIECE = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)(.)|([?-~])|([$-])")

Rgb = tuple[int, ...]


def drawn(sequence: str) -> list[list[Rgb | None]]:
    """Draw a sixel picture as a terminal does: rows of colours in hundredths, None where nothing was drawn."""
    found = SIXEL.fullmatch(sequence)
    assert found is not None, sequence
    width, height = int(found[1]), int(found[2])
    canvas: list[list[Rgb | None]] = [[None] * width for _ in range(height)]
    colors: dict[str, Rgb] = {}
    color, x, top, at = "", 0, 0, 0
    while at < len(found[3]):
        piece = PIECE.match(found[3], at)
        assert piece is not None, found[3][at : at + 20]
        at = piece.end()
        define, red, green, blue, select, count, repeated, single, move = piece.groups()
        if define:
            colors[define] = int(red), int(green), int(blue)
        elif select:
            color = select
        elif move:
            x, top = 0, top + 6 * (move == "-")
        else:
            bits = ord(repeated or single) - 63
            end = x + int(count or 1)
            for row in (row for row in range(6) if bits >> row & 1):
                canvas[top + row][x:end] = [colors[color]] * (end - x)
            x = end
    return canvas


@settings(max_examples=50)
@given(st.integers(1, 40), st.integers(1, 20), st.integers(1, 256), st.randoms(use_true_random=False))
def test_every_pixel_has_its_colour(width: int, height: int, colors: int, noise: random.Random) -> None:
    palette = noise.randbytes(colors * 3)
    rows = [bytes(noise.randrange(colors) for _ in range(width)) for _ in range(height)]
    expected = [
        [tuple((palette[number * 3 + at] * 100 + 127) // 255 for at in range(3)) for number in row] for row in rows
    ]
    assert drawn(sixels(rows, palette)) == expected


def painted(columns: int, rows: int) -> tuple[SixelPainter, list[Line], str]:
    """Paint a picture that is red to the left and blue to the right; give the painter, its lines and their colour."""
    painter = SixelPainter(lambda: CELL)
    lines = painter.paint("a", Pixels(2, 1, RED + BLUE), columns, rows)
    color = lines[0].pieces[0][1].color
    assert color is not None
    assert color.triplet is not None
    return painter, lines, "38;2;{};{};{}".format(*color.triplet)


def test_a_line_of_placeholders_becomes_a_line_of_the_picture() -> None:
    painter, lines, ink = painted(4, 2)
    assert [line.text for line in lines] == [placeholder_row(0, 4), placeholder_row(1, 4)]
    before = f"\x1b[1;1Hwords\x1b[{ink};48;2;1;2;3m{lines[1].text}\x1b[0mmore"
    after = painter.rewrite(before)
    assert PLACEHOLDER not in after
    start, end = f"\x1b[1;1Hwords\x1b[{ink};48;2;1;2;3m\x1b7    \x1b8", "\x1b8\x1b[4C\x1b[0mmore"
    assert after.startswith(start)
    assert after.endswith(end)
    red, blue = (100, 0, 0), (0, 0, 100)
    assert drawn(after[len(start) : -len(end)]) == [[red] * 10 + [blue] * 10] * 7


def test_only_the_cells_that_are_in_sight_are_drawn() -> None:
    painter, _, ink = painted(4, 2)
    shown = placeholder_row(0, 4)[3:9]
    after = painter.rewrite(f"\x1b[{ink}m{shown}\x1b[0m")
    [picture] = re.findall(r"\x1bP.*?\x1b\\", after)
    assert drawn(picture) == [[(100, 0, 0)] * 5 + [(0, 0, 100)] * 5] * 7


@pytest.mark.parametrize("style", ["", "0", "38;2;1;2;3", "38;5;9"])
def test_placeholders_that_belong_to_no_picture_are_empty(style: str) -> None:
    painter, lines, _ = painted(4, 2)
    assert painter.rewrite(f"\x1b[{style}m{lines[0].text}") == f"\x1b[{style}m\x1b7    \x1b8\x1b[4C"


def test_what_was_taken_back_is_empty() -> None:
    painter, lines, ink = painted(4, 2)
    painter.forget("a")
    painter.forget("never painted")
    assert "\x1bP" not in painter.rewrite(f"\x1b[{ink}m{lines[0].text}")
    painter, lines, ink = painted(4, 2)
    painter.end()
    assert "\x1bP" not in painter.rewrite(f"\x1b[{ink}m{lines[0].text}")


def test_a_drawing_for_letters_of_another_size_is_not_shown() -> None:
    sizes = [CELL]
    painter = SixelPainter(lambda: sizes[0])
    lines = painter.paint("a", Pixels(2, 1, RED + BLUE), 4, 2)
    assert painter.unit == CELL
    color = lines[0].pieces[0][1].color
    assert color is not None
    assert color.triplet is not None
    output = "\x1b[38;2;{};{};{}m{}".format(*color.triplet, lines[0].text)
    assert "\x1bP" in painter.rewrite(output)
    sizes[0] = CellSize(6, 8)
    assert "\x1bP" not in painter.rewrite(output)
    assert painter.unit != CELL


def test_a_noisy_picture_is_drawn_in_fewer_colours_than_would_hold_up_the_terminal() -> None:
    painter = SixelPainter(lambda: CellSize(10, 20))
    noise = random.Random(1).randbytes(200 * 100 * 3)
    lines = painter.paint("a", Pixels(200, 100, noise), 20, 5)
    color = lines[0].pieces[0][1].color
    assert color is not None
    assert color.triplet is not None
    ink = "38;2;{};{};{}".format(*color.triplet)
    assert sum(len(painter.rewrite(f"\x1b[{ink}m{line.text}")) for line in lines) < 20 * 5 * 650


def test_what_has_no_placeholder_is_written_as_it_is() -> None:
    painter, _, _ = painted(4, 2)
    assert painter.rewrite("\x1b[31mwords\x1b[0m") == "\x1b[31mwords\x1b[0m"


@given(st.integers(0, 296), st.integers(1, 296))
def test_a_placeholder_tells_where_it_belongs(row: int, columns: int) -> None:
    assert read_placeholder(placeholder_row(row, columns)[(columns - 1) * 3 :]) == (row, columns - 1)


@pytest.mark.parametrize("text", ["", "a", "abc", PLACEHOLDER, PLACEHOLDER + "ab"])
def test_anything_else_is_no_placeholder(text: str) -> None:
    assert read_placeholder(text) is None


@pytest.mark.parametrize(
    ("environ", "has"),
    [
        ({"TERM": "foot"}, True),
        ({"TERM": "mlterm"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "220401"}, True),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "210800"}, False),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "²"}, False),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({}, False),
    ],
)
def test_a_terminal_is_known_by_its_name(environ: dict[str, str], has: bool) -> None:
    assert has_sixel(environ) is has
