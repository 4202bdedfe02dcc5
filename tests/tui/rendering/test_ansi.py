import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from codeact_tui.tui.rendering.ansi import PLAIN_PEN, Pen, ansi_line, pen_after


def styled(line: str) -> list[tuple[str, str]]:
    return [(text, str(style)) for text, style in ansi_line(line)[0]]


@pytest.mark.parametrize(
    ("line", "drawn"),
    [
        ("plain", [("plain", "none")]),
        ("\x1b[1;31mred\x1b[0m rest", [("red", "bold color(1)"), (" rest", "none")]),
        ("\x1b[91mx\x1b[39my", [("x", "color(9)"), ("y", "none")]),
        ("\x1b[38;5;208mx", [("x", "color(208)")]),
        ("\x1b[38;2;1;2;3mx\x1b[48;2;255;0;0my", [("x", "#010203"), ("y", "#010203 on #ff0000")]),
        ("\x1b[38:2::1:2:3mx", [("x", "#010203")]),
        ("\x1b[4:3mx\x1b[4:0my", [("x", "underline"), ("y", "none")]),
        ("\x1b[1;2mx\x1b[22my", [("x", "bold dim"), ("y", "none")]),
        ("\x1b[mx", [("x", "none")]),
        ("\x1b[38;5mx", [("x", "none")]),
        ("\x1b[999;1mx", [("x", "bold")]),
    ],
)
def test_colours_become_styles(line: str, drawn: list[tuple[str, str]]) -> None:
    assert styled(line) == drawn


@pytest.mark.parametrize(
    "line",
    [
        "a\x1b[2Jb",
        "a\x1b]0;title\x07b",
        "a\x1b]52;c;aGk=\x1b\\b",
        "a\x1b[?1049hb",
        "a\x1bPq#0\x1b\\b",
        "a\x1bcb",
        "a\x07b\x9b",
        "a\x1b[10;10Hb",
    ],
)
def test_every_other_sequence_is_dropped(line: str) -> None:
    pieces = styled(line)
    assert "".join(text for text, _ in pieces) == "ab"
    assert {style for _, style in pieces} == {"none"}


def test_a_link_is_text_alone() -> None:
    assert "".join(text for text, _ in styled("\x1b]8;;http://x.y\x1b\\text\x1b]8;;\x1b\\")) == "text"


def test_the_pen_is_carried_over_lines() -> None:
    _, pen = ansi_line("\x1b[32mgreen goes on")
    assert pen == Pen(color="color(2)")
    assert ansi_line("next", pen)[0] == [("next", Style.parse("color(2)"))]
    assert pen_after("a\x1b[1mb\nc\x1b[0m", PLAIN_PEN) == PLAIN_PEN


def test_the_sixteen_colours_can_be_given() -> None:
    colors = tuple(f"#0000{number:02x}" for number in range(16))
    pieces, _ = ansi_line("\x1b[31mx\x1b[38;5;200my", PLAIN_PEN, colors)
    assert [str(style) for _, style in pieces] == ["#000001", "color(200)"]


def test_tabs_stop_where_the_terminal_stops() -> None:
    assert "".join(text for text, _ in styled("ab\x1b[1m\tc")) == "ab      c"


@given(st.text(st.sampled_from("ab\x1b[]m;?0139P\\\x07\u202e\ud800"), max_size=60))
def test_nothing_that_a_terminal_obeys_is_left(line: str) -> None:
    text = "".join(text for text, _ in ansi_line(line)[0])
    assert not set(text) & set("\x1b\x07\u202e\ud800")
