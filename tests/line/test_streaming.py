"""What a cell puts out, however it is cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.line.replying import ReplyPrinter
from codeact_tui.line.streaming import CellPrinter, draw_log
from codeact_tui.protocol.events import ModelReplied, ReplyDelta
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, StreamOutput
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.session.outputs import OutputLog


class Paper:
    """A surface that keeps what is written."""

    spoken = echoes = scripted = False
    width = 80

    def __init__(self, colour: bool = False) -> None:
        self.colour = colour
        self.text = ""
        self.shown = ""

    def write(self, text: str) -> None:
        if self.text and not self.text.endswith("\n"):
            self.text += "\n"
        self.text += text + "\n"

    def append(self, text: str) -> None:
        self.text += text

    def end_line(self) -> None:
        if self.text and not self.text.endswith("\n"):
            self.text += "\n"

    def live(self, text: str) -> None:
        self.shown = text


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(places)] or [text]


noise = st.text(st.sampled_from("ab 漢\n\r\b\t\x1b[31m0;K\x07"), max_size=60)
cuts = st.lists(st.integers(0, 60), max_size=8)


@given(noise, cuts)
def test_a_stream_reads_the_same_however_it_is_cut(text: str, places: list[int]) -> None:
    paper = Paper()
    printer = CellPrinter(paper)  # pyright: ignore[reportArgumentType]
    for piece in pieces(text, places):
        printer.output(StreamOutput("stdout", piece))
    printer.finish(OutputLog())
    assert paper.text.rstrip("\n") == plain_text(text).rstrip("\n")
    assert paper.shown == ""


@given(noise, cuts)
def test_colours_never_reach_over_a_line(text: str, places: list[int]) -> None:
    paper = Paper(colour=True)
    printer = CellPrinter(paper)  # pyright: ignore[reportArgumentType]
    for piece in pieces(text, places):
        printer.output(StreamOutput("stdout", piece))
    printer.finish(OutputLog())
    for line in paper.text.split("\n"):
        assert "\x1b" not in line or line.endswith("\x1b[0m")


def test_streams_displays_and_errors_keep_their_order() -> None:
    paper = Paper()
    printer = CellPrinter(paper)  # pyright: ignore[reportArgumentType]
    outputs = [
        StreamOutput("stdout", "out"),
        StreamOutput("stderr", "err\n"),
        DisplayData({"text/plain": "shown"}),
        ErrorOutput("ValueError", "no", ("\x1b[31mTraceback\x1b[0m", "ValueError: no")),
    ]
    log = OutputLog()
    for output in outputs:
        printer.output(output)
        log.add(output)
    printer.finish(log)
    assert paper.text == "out\nerr\nshown\nTraceback\nValueError: no\n"
    assert draw_log(log, colour=False) == "out\nerr\nshown\nTraceback\nValueError: no"


@given(st.text(st.sampled_from("ab \n漢[red]"), max_size=60), cuts)
def test_words_stream_as_they_are(text: str, places: list[int]) -> None:
    paper = Paper()
    printer = ReplyPrinter(paper)  # pyright: ignore[reportArgumentType]
    for piece in pieces(text, places):
        printer.delta(ReplyDelta("text", piece))
    printer.replied(ModelReplied(text))
    assert paper.text.rstrip("\n") == text.strip("\n").lstrip().rstrip("\n")


def test_words_that_did_not_stream_are_written_at_the_end() -> None:
    paper = Paper()
    printer = ReplyPrinter(paper)  # pyright: ignore[reportArgumentType]
    printer.replied(ModelReplied("\x1b[2Jhello\n"))
    assert paper.text == "hello\n"


def test_code_and_reasoning_are_counted_not_shown() -> None:
    paper = Paper()
    printer = ReplyPrinter(paper)  # pyright: ignore[reportArgumentType]
    printer.delta(ReplyDelta("reasoning", "secret plans"))
    assert paper.shown == "thinking, 12 characters …"
    printer.delta(ReplyDelta("code", "a = 1\nb"))
    assert paper.shown == "writing a cell, 2 lines …"
    printer.replied(ModelReplied(""))
    assert (paper.text, paper.shown) == ("", "")


def test_lines_that_the_cursor_goes_back_to_end_as_they_were_meant() -> None:
    paper = Paper()
    printer = CellPrinter(paper)  # pyright: ignore[reportArgumentType]
    log = OutputLog()
    for text in ("ready\n\router 0 %\n", "\rinner 0 %\x1b[1A", "\router 100 %\n\rinner 100 %\x1b[1A", "\n\ndone\n"):
        log.add(StreamOutput("stdout", text))
        printer.output(StreamOutput("stdout", text))
    printer.finish(log)
    assert paper.text.endswith("ready\nouter 100 %\ninner 100 %\ndone\n")
    assert paper.text.count("inner") == 1
