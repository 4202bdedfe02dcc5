from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.tui.rendering.half_blocks import half_block_lines, half_block_size
from codeact_tui.tui.rendering.lines import Line, width_of

RED, BLUE, GREY = b"\xff\x00\x00", b"\x00\x00\xff", b"\x7f\x00\x7f"


def colors(line: Line) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Give ink and paper of each cell."""
    found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for text, style in line.pieces:
        assert set(text) == {"▀"}
        assert style.color is not None
        assert style.bgcolor is not None
        ink, paper = style.color.triplet, style.bgcolor.triplet
        assert ink is not None
        assert paper is not None
        found += [(tuple(ink), tuple(paper))] * len(text)
    return found


def test_the_upper_pixel_is_ink_and_the_lower_is_paper() -> None:
    (line,) = half_block_lines(RED + RED + BLUE + RED, 2, 2, 2, 1)
    assert colors(line) == [((255, 0, 0), (0, 0, 255)), ((255, 0, 0), (255, 0, 0))]


def test_pixels_that_share_a_cell_are_mixed() -> None:
    (line,) = half_block_lines((RED + BLUE) * 4, 2, 4, 1, 1)
    assert colors(line) == [(tuple(GREY), tuple(GREY))]


@given(st.integers(1, 160), st.integers(1, 120), st.integers(1, 200), st.integers(1, 60))
def test_a_picture_fits_and_keeps_its_shape(width: int, height: int, columns: int, rows: int) -> None:
    wide, high = half_block_size(width, height, columns, rows)
    assert 1 <= wide <= min(width, columns) or (wide <= columns and high == rows)
    assert 1 <= high <= rows
    if wide > 8 and high > 8:
        assert abs(wide / (high * 2) - width / height) < width / height / 4


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 20), st.integers(1, 10), st.data())
def test_any_pixels_fill_the_lines(width: int, height: int, columns: int, rows: int, data: st.DataObject) -> None:
    size = width * height * 3
    pixels = data.draw(st.binary(min_size=size, max_size=size))
    lines = half_block_lines(pixels, width, height, columns, rows)
    assert [width_of(line.pieces) for line in lines] == [columns] * rows
    assert all(len(colors(line)) == columns for line in lines)
