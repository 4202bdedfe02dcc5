"""Pixels as characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.tui.pictures.mosaic import cells_for, mosaic, thickened
from codeact_tui.tui.pictures.pixmaps import Pixels
from codeact_tui.tui.rendering.lines import width_of

SIDES = st.integers(min_value=1, max_value=40)


@pytest.mark.parametrize(
    ("size", "room", "cells"),
    [
        ((640, 480), (80, 40), (80, 30)),
        ((640, 480), (80, 12), (32, 12)),
        ((640, 480), (200, 60), (80, 30)),
        ((16, 16), (80, 40), (4, 2)),
        ((1, 1000), (80, 40), (1, 40)),
        ((1000, 1), (80, 40), (80, 1)),
    ],
)
def test_a_picture_is_as_large_as_fits_and_never_larger_than_it_is(
    size: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]
) -> None:
    assert cells_for(*size, *room) == cells


def test_four_pixels_stand_in_a_cell() -> None:
    black, white = b"\x00\x00\x00", b"\xff\xff\xff"
    (line,) = mosaic(Pixels(4, 2, black + white + white + white + white + white + white + black), 2, 1)
    assert line.text == "▘▗"
    assert [(style.color.triplet, style.bgcolor.triplet) for _, style in line.pieces if style.color and style.bgcolor]


def test_one_colour_is_one_piece() -> None:
    (line,) = mosaic(Pixels(20, 2, b"\x10\x20\x30" * 40), 10, 1)
    assert [text for text, _ in line.pieces] == [" " * 10]


def test_thin_lines_on_an_even_ground_are_made_wider() -> None:
    white, black = b"\xff" * 3, b"\x00" * 3
    row = white * 200 + black + white * 199
    found = thickened(Pixels(400, 50, row * 50))
    assert found.rgb[:1200] == white * 199 + black * 3 + white * 198
    photo = Pixels(400, 50, bytes(at * 7 % 251 for at in range(400 * 50 * 3)))
    assert thickened(photo) is photo
    small = Pixels(10, 2, white * 20)
    assert thickened(small) is small


@given(SIDES, SIDES, st.integers(min_value=1, max_value=30), st.integers(min_value=1, max_value=12))
def test_it_fills_its_room_exactly(width: int, height: int, columns: int, rows: int) -> None:
    lines = mosaic(Pixels(width, height, bytes(at * 37 % 256 for at in range(width * height * 3))), columns, rows)
    assert len(lines) == rows
    assert {width_of(line.pieces) for line in lines} == {columns}
