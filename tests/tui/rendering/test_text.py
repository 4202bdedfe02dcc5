import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from codeact_tui.tui.rendering.text import clean, count_lines, first_line, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold] text\nline", "plain [bold] text\nline"),
        ("a\x1b[31mb\x1b]0;t\x07c", "abc"),
        ("a\x1b]0;no end\nb", "a0;no end\nb"),
        ("a\x1bP1;2q", "a1;2q"),
        ("a\r\nb\rc", "a\nbc"),
        ("x\u202ey\u2066z", "x\ufffdy\ufffdz"),
        ("\ud800", "\ufffd"),
        ("a\u200bb\ufeff\u00adc", "abc"),
        ("❤\ufe0f 👍🏽", "❤ 👍"),
        ("👨\u200d👩", "👨👩"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\tb", "a       b"),
        ("a\u2028b\x0cc", "a\nb\nc"),
    ],
)
def test_only_what_can_be_drawn_is_left(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_clean_text_can_be_written_to_a_terminal(text: str) -> None:
    shown = clean(text)
    shown.encode()
    assert all(char == "\n" or ord(char) >= 32 for char in shown)


def test_a_megabyte_becomes_one_short_line() -> None:
    line = one_line("x\n\x1b[1m" * 200_000, 100)
    assert cell_len(line) <= 101
    assert "\n" not in line


def test_first_line_says_whether_there_is_more() -> None:
    assert first_line("\n\n  a = 1  \nb") == ("a = 1", True)
    assert first_line("a = 1\n") == ("a = 1", False)


def test_lines_are_counted_as_an_editor_does() -> None:
    assert [count_lines(text) for text in ("", "a", "a\n", "a\nb")] == [0, 1, 1, 2]
