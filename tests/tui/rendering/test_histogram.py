import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.tui.rendering.histogram import lying_bars, upright_bars
from codeact_tui.tui.rendering.lines import width_of
from codeact_tui.tui.rendering.paint import Paint

COUNTS = st.lists(st.integers(0, 1 << 48), max_size=100)


def test_bars_stand_over_the_ends_of_their_range() -> None:
    drawn = [line.text for line in upright_bars((0, 1, 4, 8, 1000, 500), "-1.5", "2", 12, 2, Paint())]
    assert drawn == ["        ██  ", "  ▁▁▁▁▁▁████", "-1.5       2"]


def test_bars_lie_behind_their_names() -> None:
    drawn = [line.text for line in lying_bars((1000, 250, 0), ("north", "西", ""), 22, Paint())]
    assert drawn == ["north ▇▇▇▇▇▇▇▇▇▇ 1,000", "西    ▇▇           250", "''                   0"]


@given(COUNTS, st.text(max_size=30), st.text(max_size=30), st.integers(1, 90), st.integers(1, 6))
def test_any_bars_stand_within_the_width(counts: list[int], low: str, high: str, width: int, height: int) -> None:
    lines = upright_bars(counts, low, high, width, height, Paint())
    assert len(lines) == height + 1
    assert all(width_of(line.pieces) <= width for line in lines)
    assert not {char for line in lines for char in line.text if unicodedata.category(char) in {"Cc", "Cs"}}
    shown = [any(line.text[at : at + 1].strip() for line in lines[:-1]) for at in range(min(len(counts), width))]
    if width < 2 * len(counts):
        assert shown == [count > 0 for count in counts[:width]]


@given(st.lists(st.tuples(st.integers(0, 1 << 48), st.text(max_size=30)), max_size=20), st.integers(1, 90))
def test_any_bars_lie_within_the_width(bars: list[tuple[int, str]], width: int) -> None:
    lines = lying_bars([count for count, _ in bars], [label for _, label in bars], width, Paint())
    assert len(lines) == len(bars)
    assert all(width_of(line.pieces) <= width for line in lines)
