import base64
import struct

import pytest
from textual.pilot import Pilot

from codeact_tui.protocol.events import CellFinished, CellOutput, OutputSkipped, OutputTruncated
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import (
    ClearOutput,
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    Output,
    StreamOutput,
    UpdateDisplay,
)
from codeact_tui.session.transcript import ActionRecord
from codeact_tui.tui.widgets.output import OutputView
from tests.tui.widgets.frame import Frame, Teller, cell_events
from tests.work import counted

SIZE = (80, 24)
THIS = ActionId("a1")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + bytes(17_000)).decode()
GIF = base64.b64encode(b"GIF89a" + struct.pack("<HH", 32, 16) + bytes(100)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x01\xe0\x02\x80" + bytes(50)).decode()


class Cell:
    """A cell that runs and puts out what it is told to."""

    def __init__(self) -> None:
        self.teller = Teller()
        *begin, self._end = cell_events(1, "work()")
        for event in begin:
            self.teller.tell(event)

    @property
    def record(self) -> ActionRecord:
        return self.teller.transcript.actions[THIS]

    def put(self, *outputs: Output) -> None:
        for output in outputs:
            self.teller.tell(CellOutput(THIS, output))

    def out(self, text: str) -> None:
        self.put(StreamOutput("stdout", text))

    def finish(self) -> None:
        self.teller.tell(self._end)


async def shown(pilot: Pilot[None], view: OutputView) -> list[str]:
    view.refresh_output()
    view.flush()
    await pilot.pause()
    rows = [view.render_line(y).text.rstrip().removeprefix(" ") for y in range(view.size.height)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


async def test_streams_come_in_order_errors_marked() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("one\ntwo")
        assert await shown(pilot, view) == ["one", "two"]
        cell.out(" and a half\n")
        cell.put(StreamOutput("stderr", "\x1b[33mwarned\x1b[0m\n"))
        assert await shown(pilot, view) == ["one", "two and a half", "▎warned"]
        cell.put(ClearOutput())
        assert await shown(pilot, view) == []


async def test_a_slice_that_was_full_but_unfinished_is_drawn_anew() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("".join(f"line {number}\n" for number in range(199)) + "begun")
        assert (await shown(pilot, view))[-1] == "begun"
        cell.out(" and ended\nlast\n")
        assert (await shown(pilot, view))[-2:] == ["begun and ended", "last"]


async def test_a_progress_bar_is_one_line() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        for percent in range(0, 101, 10):
            cell.out(f"\r{percent:3} %")
            assert await shown(pilot, view) == [f"{percent:3} %".strip() if percent == 100 else f"{percent:3} %"]


@pytest.mark.parametrize(
    ("output", "rows"),
    [
        (ExecuteResult({"text/plain": "42", "text/html": "<b>42</b>"}), ["42"]),
        (ExecuteResult({"text/plain": "$x$", "text/latex": "$x$"}), ["$x$"]),
        (DisplayData({"image/png": PNG, "text/plain": "<Figure>"}), ["image 640×480 PNG, 17 kB"]),
        (DisplayData({"image/gif": GIF}), ["image 32×16 GIF, 110 B"]),
        (DisplayData({"image/jpeg": JPEG}), ["image 640×480 JPEG, 67 B"]),
        (DisplayData({"image/png": "no base64 at all"}), ["image PNG, 12 B"]),
        (DisplayData({"image/svg+xml": '<svg width="12" height="7"></svg>'}), ["image 12×7 SVG, 33 B"]),
        (DisplayData({"application/json": '{"a":[1,"[b]"]}'}), ["▾ 1 item", '    a: [1, "[b]"]']),
        (DisplayData({"application/json": "{", "text/plain": "as it is"}), ["as it is"]),
        (DisplayData({"text/markdown": "# Head\n\n- a", "text/plain": "x"}), ["Head", "━━━━", "", "• a"]),
        (DisplayData({"text/html": "<b>x</b>"}), ["x"]),
        (DisplayData({}), ["an empty display"]),
        (ErrorOutput("KeyError", "'x'", ("\x1b[31mTraceback\x1b[0m", "KeyError: 'x'")), ["Traceback", "KeyError: 'x'"]),
        (ErrorOutput("KeyError", "'x'"), ["KeyError: 'x'"]),
    ],
)
async def test_of_a_bundle_the_best_form_is_shown(output: Output, rows: list[str]) -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        cell.put(output)
        cell.finish()
        view.show(cell.record)
        assert await shown(pilot, view) == rows


async def test_a_display_changes_in_place() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.put(DisplayData({"text/plain": "1 of 2"}, display_id="d"), StreamOutput("stdout", "after\n"))
        assert await shown(pilot, view) == ["1 of 2", "after"]
        cell.put(UpdateDisplay("d", {"text/plain": "2 of 2"}))
        assert await shown(pilot, view) == ["2 of 2", "after"]


async def test_colours_go_on_over_lines_and_slices() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        cell.out("\x1b[38;2;1;2;3m" + "line\n" * 450)
        view.show(cell.record)
        await shown(pilot, view)
        styles = {segment.style for segment in view.render_line(5) if "line" in segment.text}
        assert [str(style.color.name) for style in styles if style is not None and style.color] == ["#010203"]


async def test_what_was_kept_aside_is_said() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("head\n")
        view.skipped(OutputSkipped(THIS, 5_000_000, "the last\n"))
        assert await shown(pilot, view) == ["head", "… 5.0 MB so far, the last of it:", "the last"]
        cell.teller.tell(OutputTruncated(THIS, 12_000_000, 11_900_000, "tail\n", "blob-1"))
        cell.finish()
        assert await shown(pilot, view) == ["head", "… 12 MB more, o opens the whole", "tail"]
        assert view.text() == "head\n… 12 MB more, o opens the whole\ntail"


async def test_no_output_is_said_too() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        assert await shown(pilot, view) == []
        cell.finish()
        assert await shown(pilot, view) == ["no output"]
        view.show(None)
        assert (await shown(pilot, view))[0].startswith("What a cell prints")


async def test_two_hundred_thousand_lines_stay_quick() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("".join(f"{number}\n" for number in range(200_000)))
        with counted() as work:
            assert (await shown(pilot, view))[-1] == "199999"
        assert work.calls < 15 * 200_000
        with counted() as work:
            cell.out("one more\n")
            view.scroll_to(y=100_000, animate=False)
            assert "1000" in (await shown(pilot, view))[0]
        assert work.calls < 200_000


async def test_a_line_without_end_is_wrapped_and_cut() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("x" * 5_000_000)
        with counted() as work:
            assert (await shown(pilot, view))[-1] == "… the line goes on"
        assert work.calls < 1_000_000


async def test_it_stays_where_the_user_scrolled_to() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("".join(f"line {number}\n" for number in range(500)))
        assert (await shown(pilot, view))[-1] == "line 499"
        view.scroll_to(y=100, animate=False)
        before = await shown(pilot, view)
        cell.out("".join(f"more {number}\n" for number in range(500)))
        assert (await shown(pilot, view))[:-1] == before[:-1]
        cell.teller.tell(CellFinished(THIS, "ok", 1.0, 1))
        assert (await shown(pilot, view))[:-1] == before[:-1]


async def test_nested_progress_bars_stay_two_lines() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("ready\n")
        for percent in range(0, 101, 20):
            cell.out(f"\router {percent} %")
            await shown(pilot, view)
            cell.out(f"\n\rinner {percent} %\x1b[1A")
            assert await shown(pilot, view) == ["ready", f"outer {percent} %", f"inner {percent} %"]
        cell.out("\n\ndone\n")
        assert await shown(pilot, view) == ["ready", "outer 100 %", "inner 100 %", "done"]


async def test_a_line_that_is_gone_back_to_in_the_slice_before_is_drawn_anew() -> None:
    view, cell = OutputView(), Cell()
    async with Frame(view).run_test(size=SIZE) as pilot:
        view.show(cell.record)
        cell.out("".join(f"line {number}\n" for number in range(210)))
        assert (await shown(pilot, view))[-11:-9] == ["line 199", "line 200"]
        cell.out("\x1b[11A\r\x1b[31mnew\x1b[0m")
        assert (await shown(pilot, view))[-11:-9] == ["newe 199", "line 200"]
        cell.out("\x1b[10B\nend\n")
        rows = await shown(pilot, view)
        assert rows[-1] == "end"
        assert "newe 199" in rows
