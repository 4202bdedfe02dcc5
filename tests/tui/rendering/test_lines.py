from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from codeact_tui.tui.rendering.lines import Line, Piece, chop, fit, flow, plain_text, width_of

PLAIN = Style.null()
WORDS = st.text(st.sampled_from("ab c\n中é👍 -"), max_size=120)


def pieces(*texts: str) -> list[Piece]:
    return [(text, PLAIN) for text in texts]


def test_words_stay_whole_and_join_again() -> None:
    lines = flow(pieces("one two ", "three"), 8)
    assert [line.text for line in lines] == ["one two", "three"]
    assert plain_text(lines) == "one two three"


def test_leads_are_gutter() -> None:
    lines = flow(pieces("a b c d"), 6, [("> ", PLAIN)])
    assert [(line.text, line.gutter) for line in lines] == [("> a b", 2), ("  c d", 2)]
    assert plain_text(lines) == "a b c d"


def test_a_word_too_long_is_broken_and_copied_whole() -> None:
    lines = flow(pieces("x" * 25), 10)
    assert [len(line.text) for line in lines] == [10, 10, 5]
    assert plain_text(lines) == "x" * 25


def test_wide_characters_break_between_any_two() -> None:
    lines = flow(pieces("see 中文字符中文"), 9)
    assert [line.text for line in lines] == ["see 中文", "字符中文"]


@given(WORDS, st.integers(2, 30))
def test_no_line_is_wider_than_there_is_room(text: str, width: int) -> None:
    for line in flow(pieces(text), width):
        assert cell_len(line.text) <= width


@given(WORDS, st.integers(2, 30))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    copied = plain_text(flow(pieces(text[: len(text) // 2], text[len(text) // 2 :]), width))
    assert "".join(copied.split()) == "".join(text.split())


@given(st.text(st.sampled_from("ab 中é👍"), max_size=120), st.integers(2, 30))
def test_chopped_lines_are_the_text(text: str, width: int) -> None:
    lines = chop(pieces(text), width)
    assert "".join(line.text for line in lines) == text
    assert all(cell_len(line.text) <= width for line in lines)


@given(WORDS, st.integers(0, 20))
def test_what_is_fitted_fits(text: str, width: int) -> None:
    assert width_of(fit(pieces(text.replace("\n", "")), width)) <= width


def test_decoration_is_not_copied() -> None:
    lines = [Line((("│ ", PLAIN), ("code", PLAIN)), 2), Line((("│ ", PLAIN), ("more", PLAIN)), 2)]
    assert plain_text(lines) == "code\nmore"
