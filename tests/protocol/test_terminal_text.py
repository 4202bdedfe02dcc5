import io
import itertools
import re

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import Progress
from tqdm import tqdm

from codeact_tui.protocol.terminal_text import (
    ControlStripper,
    LineSettler,
    collapse,
    moves_vertically,
    plain_text,
    settle,
    strip_controls,
)

ALLOWED = re.compile(r"(?:[^\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]|\x1b\[[0-9;:]{0,64}m)*")
MOVES = re.compile(r"\x1b\[(?:(?:[1-9]|[1-4][0-9]|50)[ABEF]|(?:[1-9][0-9]?|[1-4][0-9][0-9]|500)G|[02]?K)")

hostile_text = st.lists(
    st.sampled_from(
        [
            *("\x1b", "[", "]", "m", "K", "2", "0", ";", "31", "P", "\\", "\x07", "\x9b", "\x9d", "\x9c", "\x18", "?"),
            *("\n", "\r", "\b", "\t", "a", "xy", "é", "\U0001f600", "\x00", "\x7f", " ", "(", "B", "X", "^", "_", "H"),
        ]
    ),
    max_size=60,
).map("".join)
shown_text = st.lists(st.sampled_from(["\n", "\r", "\b", "a", "bc", "def", " ", "-----"]), max_size=40).map("".join)


def pieces(text: str, cuts: list[int]) -> list[str]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def test_colours_and_line_movements_are_kept() -> None:
    text = "\x1b[1;31mred\x1b[0m\tx\r\n\b\x1b[38;2;1;2;3mz\x1b[m"
    assert strip_controls(text) == text


def test_every_other_sequence_is_dropped() -> None:
    sequences = [
        *("\x1b[2J", "\x1b[H", "\x1b[?1049h", "\x1b[10;20H", "\x1b[6n", "\x1b[>4;1m", "\x1b[ q", "\x1b[1 m"),
        *("\x1b]0;title\x07", "\x1b]52;c;aGk=\x1b\\", "\x1b]8;;http://x\x1b\\", "\x1bPq#0\nx\x1b\\", "\x1b_Gf=1\x1b\\"),
        *("\x1bc", "\x1b(B", "\x1b#8", "\x1b7", "\x9b2J", "\x9d0;t\x07", "\x90x\x9c", "\x85", "\x00", "\x07", "\x7f"),
    ]
    for sequence in sequences:
        assert strip_controls(f"a{sequence}b") == "ab", repr(sequence)


def test_an_unterminated_title_ends_with_its_line() -> None:
    assert strip_controls("a\x1b]0;never closed\nb") == "a\nb"


def test_a_sequence_cut_between_messages_is_dropped_all_the_same() -> None:
    stripper = ControlStripper()
    assert [stripper.feed(piece) for piece in ("a\x1b", "]5", "2;c;x\x1b", "\\b\x1b[3", "1mc")] == [
        "a",
        "",
        "",
        "b",
        "\x1b[31mc",
    ]


def test_an_erase_is_drawn_with_blanks() -> None:
    assert settle(strip_controls("Downloading 100%\r\x1b[Kdone")) == "done"
    assert settle(strip_controls("Downloading\x1b[2K\rdone")) == "done"
    assert settle(strip_controls("abcdef\b\b\b\x1b[0KX")) == "abcX"


@given(hostile_text, st.lists(st.integers(0, 1000), max_size=6))
def test_stripping_leaves_only_what_is_allowed_however_the_text_is_cut(text: str, cuts: list[int]) -> None:
    whole = strip_controls(text)
    stripper = ControlStripper()
    assert "".join(stripper.feed(piece) for piece in pieces(text, cuts)) == whole
    assert ALLOWED.fullmatch(whole)
    assert strip_controls(whole) == whole


@given(st.text(), st.lists(st.integers(0, 1000), max_size=4))
def test_any_text_at_all_can_be_stripped_and_settled(text: str, cuts: list[int]) -> None:
    stripper, settler = ControlStripper(), LineSettler()
    lines = [line for piece in pieces(text, cuts) for line in settler.feed(stripper.feed(piece))]
    assert "\n".join([*lines, settler.current]) == settle(strip_controls(text))
    assert ALLOWED.fullmatch(plain_text(text))


def test_hostile_text_is_settled_and_does_not_grow() -> None:
    # What takes more than linear time runs into the limit that every test has.
    attacks = ["\x1b[" + "1" * 200, "\x1b]", "\x1b[K\r", "x\r\x1b[2K", "\x1b[31m\r", "\b", "\x1b", "\x9b;", "a\t\r"]
    for attack in attacks:
        text = attack * (400_000 // len(attack))
        stripper, settler = ControlStripper(), LineSettler()
        size = 0
        for start in range(0, len(text), 1000):
            clean = stripper.feed(text[start : start + 1000])
            size += len(clean)
            settler.feed(clean)
        assert size <= 4 * len(text), repr(attack)


def test_a_progress_bar_is_one_line() -> None:
    settler = LineSettler()
    assert settler.feed("start\n") == ["start"]
    for percent in range(100):
        assert settler.feed(f"\r{percent:3d}%|{'#' * (percent // 10)}") == []
    assert settler.current == " 99%|#########"
    assert settler.feed("\nend") == [" 99%|#########"]
    assert settler.current == "end"


def test_windows_line_ends_are_line_ends() -> None:
    settler = LineSettler()
    assert [*settler.feed("a\r"), *settler.feed("\nb\r\n")] == ["a", "b"]


def test_overwriting_keeps_each_characters_colour() -> None:
    assert settle("\x1b[31mred\rX") == "\x1b[0;31mXed"
    assert settle("plain\r\x1b[32mgr\x1b[0m") == "\x1b[0;32mgr\x1b[0main"
    assert settle("\x1b[1mbold\nabc\rx") == "\x1b[1mbold\nxbc"


def as_pyte_shows(text: str) -> list[str]:
    screen = pyte.Screen(400, 60)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    lines = [line.rstrip() for line in screen.display]
    while lines and not lines[-1]:
        lines.pop()
    return lines


@given(shown_text)
def test_settled_text_is_what_a_terminal_shows(text: str) -> None:
    lines = [line.rstrip() for line in settle(text).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    assert lines == as_pyte_shows(text)


@given(shown_text, st.lists(st.integers(0, 1000), max_size=5))
def test_a_collapsed_stream_shows_the_same(text: str, cuts: list[int]) -> None:
    collapsed = "".join(collapse(piece) for piece in pieces(text, cuts))
    assert [line.rstrip() for line in settle(collapsed).split("\n")] == [
        line.rstrip() for line in settle(text).split("\n")
    ]


def test_a_long_progress_bar_collapses_to_its_last_state() -> None:
    bar = "".join(f"\r{percent:3d}%" for percent in range(100))
    assert collapse(bar) == "\r 99%"
    assert collapse("ready\n" + bar[1:] + "\ndone") == "ready\n 99%\ndone"


def test_plain_text_has_no_colours() -> None:
    assert plain_text("\x1b[31mred\x1b[0m\rR\n\x1b]0;t\x07x") == "Red\nx"


moving_text = st.lists(
    st.sampled_from(
        [
            *("\n", "\n", "\r", "a", "bc", "def", "\x1b[31m", "\x1b[0m", "\x1b[K", "\x1b[2K", "\x1b[A", "\x1b[3A"),
            *("\x1b[B", "\x1b[2E", "\x1b[F", "\x1b[G", "\x1b[4G", "\b", "-----"),
        ]
    ),
    max_size=60,
).map("".join)


class Roll(pyte.Screen):
    """A terminal whose lowest line is the last that was begun."""

    lowest = 0

    def index(self) -> None:
        self.lowest = max(self.lowest, self.cursor.y + 1)
        super().index()

    def cursor_down(self, count: int | None = None) -> None:
        self.cursor.y = min(self.cursor.y + (count or 1), self.lowest)


def rolled(text: str) -> list[str]:
    screen = Roll(320, 64)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return [row.rstrip() for row in screen.display[: screen.lowest + 1]]


def settled_in(parts: list[str]) -> str:
    stripper, settler = ControlStripper(moves=True), LineSettler()
    lines: list[str] = []
    for part in parts:
        new = settler.feed(stripper.feed(part))
        del lines[len(lines) - settler.taken_back :]
        lines += new
    return "\n".join([*lines, settler.current])


@settings(deadline=None)
@given(moving_text)
def test_a_cursor_that_goes_up_and_down_draws_what_a_terminal_shows(text: str) -> None:
    assert [line.rstrip() for line in plain_text(text).split("\n")] == rolled(text)


@given(moving_text | hostile_text, st.lists(st.integers(0, 1000), max_size=8))
def test_lines_that_are_taken_back_come_out_the_same_however_the_text_is_cut(text: str, cuts: list[int]) -> None:
    assert settled_in(pieces(text, cuts)) == settle(strip_controls(text, moves=True))
    assert ALLOWED.fullmatch(settled_in([text]))
    clean = strip_controls(text, moves=True)
    assert ALLOWED.fullmatch(MOVES.sub("", clean))
    assert strip_controls(clean, moves=True) == clean
    settler = LineSettler()
    lines: list[str] = []
    for part in pieces(clean, cuts):
        new = settler.feed(part)
        del lines[len(lines) - settler.taken_back :]
        lines += new
    assert "\n".join([*lines, settler.current]) == settle(clean)


def test_a_column_is_gone_to() -> None:
    assert plain_text("abc\x1b[1GX") == "Xbc"
    assert plain_text("abc\x1b[6GX") == "abc  X"
    assert len(plain_text("\x1b[99999999GX")) == 500


def test_colours_of_the_lines_around_stay_when_one_is_written_anew() -> None:
    assert settle("\x1b[31mred\ngreen?\x1b[0m\nend\x1b[1A\r\x1b[32mgreen!") == (
        "\x1b[31mred\n\x1b[0;32mgreen!\x1b[0m\nend\x1b[0;32m"
    )


def test_the_cursor_stops_at_the_top_of_the_window() -> None:
    settler = LineSettler()
    assert len(settler.feed("old\n" * 1000)) == 1000
    assert settler.feed("\x1b[40A\x1b[40A\rnew") == []
    assert settler.taken_back == 50
    assert settler.current.split("\n") == ["new", *["old"] * 49, ""]
    assert settler.feed("\n" * 51) == ["new", *["old"] * 49, ""]
    assert settler.taken_back == 0


@given(moving_text, st.lists(st.integers(0, 1000), max_size=5))
def test_what_moves_up_and_down_is_not_collapsed(text: str, cuts: list[int]) -> None:
    clean = strip_controls(text, moves=True)
    if moves_vertically(clean):
        assert collapse(clean) == clean


def test_going_up_and_down_is_settled_and_does_not_grow() -> None:
    # What takes more than linear time runs into the limit that every test has.
    long = "x" * 5000
    for attack in [
        "\x1b[50A\x1b[50B\n",
        "y\x1b[A",
        "\x1b[Ay\n\n",
        "\x1b[50Ay\x1b[50B\n",
        "\x1b[500Gz\r\x1b[A",
        "\x1b[K\x1b[A",
    ]:
        text = f"{long}\n" * 60 + attack * (200_000 // len(attack))
        stripper, settler = ControlStripper(moves=True), LineSettler()
        size = 0
        for start in range(0, len(text), 1000):
            clean = stripper.feed(text[start : start + 1000])
            size += len(clean)
            settler.feed(clean)
        assert size <= 4 * len(text), repr(attack)


@pytest.mark.parametrize(("leave", "ends"), [(True, ["inner"] * 3 + ["outer"]), (False, ["outer"])])
def test_nested_tqdm_bars_are_two_lines(leave: bool, ends: list[str]) -> None:
    out = io.StringIO()
    for number in tqdm(range(3), "outer", file=out, mininterval=0, ncols=60):
        for _ in tqdm(range(20), "inner", file=out, mininterval=0, ncols=60, leave=leave):
            shown = plain_text(out.getvalue()).split("\n")
            assert [line[:5] for line in shown] == ["inner"] * (number * leave) + ["outer", "inner"]
    text = out.getvalue()
    assert [line.rstrip() for line in plain_text(text).split("\n")] == rolled(text)
    assert [line[:11] for line in plain_text(text).split("\n")] == [*(f"{end}: 100%" for end in ends), ""]


def test_rich_progress_is_a_line_for_each_task() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=60)
    with Progress(console=console, auto_refresh=False) as progress:
        tasks = [progress.add_task(name, total=10) for name in ("one", "two")]
        for _ in range(10):
            for task in tasks:
                progress.advance(task)
            progress.refresh()
        progress.print("between")
    lines = plain_text(out.getvalue()).rstrip("\n").split("\n")
    assert [line.split()[0] for line in lines] == ["between", "one", "two"]
    assert all("100%" in line for line in lines[1:])
