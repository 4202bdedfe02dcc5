import numpy as np
import pandas as pd
import pytest
from PIL import Image

from codeact_tui.protocol.ops import InspectVariable
from codeact_tui.protocol.variables import (
    Variable,
    VariableDetail,
    VariableHistogram,
    VariableNode,
    VariablePicture,
)
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.variable_detail import VariableDetailScreen
from codeact_tui.tui.widgets.frame_tiles import FIRST_TILE
from tests.tui.widgets.looking import Looking, lines, settled, until


async def test_a_tree_asks_for_what_lies_deeper_when_it_is_opened() -> None:
    app = Looking({"d": {"name": "x", "inner": {"deep": 1}, **{number: number for number in range(498)}}})
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open(pilot, "d")
        assert app.asked == [InspectVariable("d", (), 0, FIRST_TILE)]
        assert lines(app.steps)[:2] == ["▌  'name'  str  'x'", " ▸ 'inner'  dict  {'deep': 1}"]
        await pilot.press("down", "enter")
        await settled(pilot)
        assert app.asked[1:] == [InspectVariable("d", (1,), 0)]
        assert lines(app.steps)[1:3] == ["▌▾ 'inner'  dict  {'deep': 1}", "     'deep'  int  1"]
        await pilot.press("left")
        assert lines(app.steps)[1:3] == ["▌▸ 'inner'  dict  {'deep': 1}", "   0  int  0"]
        await pilot.press("right")
        assert lines(app.steps)[2] == "     'deep'  int  1"
        assert len(app.asked) == 2
        for _ in range(100):
            await pilot.press("down")
        assert lines(app.steps)[-1] == "▌  … 400 more"
        await pilot.press("enter")
        await settled(pilot)
        assert app.asked[2:] == [InspectVariable("d", (), 100)]
        assert "▌  98  int  98" in lines(app.steps)


async def test_what_went_away_meanwhile_is_said_where_it_was() -> None:
    app = Looking({"d": {"inner": {"deep": 1}}})
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open(pilot, "d")
        app.namespace["d"] = {}
        await pilot.press("enter")
        await settled(pilot)
        assert lines(app.steps)[1] == "   There is nothing at that place any more."


async def test_figures_text_source_and_errors_are_shown() -> None:
    app = Looking({})
    detail = VariableDetail(
        Variable("f", "function", "function"),
        statistics=(("mean", "1.5"), ("standard deviation", "0.5")),
        text="a longer [bold] value\nin two lines",
        source="def f(x):\n    return x  # \u202ehidden",
        error="It is gone.",
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open(pilot, "f")
        app.tell(detail)
        assert lines(app.steps) == [
            "It is gone.",
            "mean                1.5",
            "standard deviation  0.5",
            "a longer [bold] value",
            "in two lines",
            "def f(x):",
            "    return x  # ⟨U+202E⟩hidden",
        ]
        app.tell(VariableDetail(Variable("other", "int"), text="not this one"))
        assert len(lines(app.steps)) == 7
        await pilot.press("escape")
        assert not app.detail.is_attached


async def test_an_array_has_a_histogram_and_its_rows() -> None:
    app = Looking({"a": np.arange(1000.0).reshape(500, 2)})
    async with app.run_test(size=(80, 30)) as pilot:
        frame = await app.open(pilot, "a")
        drawn = lines(app.steps)
        assert drawn[0] == "dtype     float64"
        assert drawn[10] == "█" * 60
        assert (drawn[14].split()[0], drawn[14].split()[-1]) == ("0", "999")
        assert drawn[16] == "▌  [0, 0]  float  0.0"
        assert "t rows" in str(app.detail.query_one("#detail-box").border_subtitle)
        await pilot.press("t")
        await settled(pilot)
        assert frame.has_focus
        assert lines(frame)[2].split() == ["0", "│", "0.0", "1.0"]
        await pilot.press("ctrl+end")
        await settled(pilot)
        assert lines(frame)[-2].split() == ["499", "│", "998.0", "999.0"]
        await pilot.press("t")
        await settled(pilot)
        assert app.steps.has_focus
        assert lines(app.steps)[0] == "dtype     float64"


async def test_t_does_nothing_where_there_are_no_rows() -> None:
    app = Looking({"d": {"a": 1}})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "d")
        await pilot.press("t")
        await settled(pilot)
        assert not frame.display
        assert len(app.asked) == 1


def paper(view: BlockScroll, y: int) -> set[str | None]:
    """Give the colours that the first cells of a line are drawn on."""
    view.flush()
    grounds = {segment.style.bgcolor for segment in view.render_line(y).crop(0, 8) if segment.style}
    return {ground.triplet.hex if ground and ground.triplet else None for ground in grounds}


async def test_an_image_is_a_picture() -> None:
    image = np.zeros((8, 8, 3), dtype="u1")
    image[:4] = (255, 0, 0)
    app = Looking({"i": image, "p": Image.new("RGB", (400, 200), "blue")})
    async with app.run_test(size=(80, 36)) as pilot:
        await app.open(pilot, "i")
        await until(pilot, lambda: paper(app.steps, 0) != {None})
        assert lines(app.steps)[:5] == ["", "", "", "", "8 × 8 pixels"]
        assert paper(app.steps, 0) == {"#ff0000"}
        assert paper(app.steps, 2) == {"#000000"}
        await pilot.press("escape")
        await app.open(pilot, "p")
        assert "400 × 200 pixels, drawn smaller" in lines(app.steps)


async def test_a_picture_fits_into_what_is_in_sight() -> None:
    app = Looking({"p": Image.new("L", (300, 300), "white")})
    async with app.run_test(size=(80, 20)) as pilot:
        await app.open(pilot, "p")
        await until(pilot, lambda: paper(app.steps, 16) == {"#ffffff"})
        assert lines(app.steps)[17:] == ["300 × 300 pixels, drawn smaller"]
        await pilot.resize_terminal(80, 12)
        await until(pilot, lambda: paper(app.steps, 8) == {"#ffffff"})
        assert lines(app.steps)[9:] == ["300 × 300 pixels, drawn smaller"]


@pytest.mark.parametrize("pixels", ["", "!!!!", "AAAA", "AAAA" * 99, "AA\n="])
async def test_a_picture_that_is_none_says_so(pixels: str) -> None:
    app = Looking({})
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open(pilot, "p")
        app.tell(VariableDetail(Variable("p", "x"), picture=VariablePicture(4, 4, pixels)))
        assert lines(app.steps) == ["The picture could not be read."]


async def test_a_table_inside_something_opens_by_itself() -> None:
    inner = pd.DataFrame({"a": [2, 1]})
    app = Looking({"d": {"n": 1, "deep": {"frame": inner}}})
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open(pilot, "d")
        await pilot.press("down", "enter")
        await settled(pilot)
        await pilot.press("down")
        assert lines(app.steps)[2].startswith("▌  » 'frame'  pandas.DataFrame")
        await pilot.press("enter")
        await settled(pilot)
        deeper = app.screen
        assert isinstance(deeper, VariableDetailScreen)
        assert deeper is not app.detail
        frame = deeper.query_one("#detail-rows")
        assert frame.has_focus
        assert "d[1][0]" in str(deeper.query_one("#detail-box").border_title)
        await pilot.press("q")
        assert app.screen is app.detail
        assert len(lines(app.steps)) == 3


async def test_an_answer_to_another_question_is_left_alone() -> None:
    app = Looking({"d": {"a": 1}})
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open(pilot, "d")
        before = lines(app.steps)
        nodes = (VariableNode("x", "int", "1", (7, 7)),)
        app.detail.show(_deeper(nodes, (7,)))
        assert lines(app.steps) == before


def _deeper(nodes: tuple[VariableNode, ...], path: tuple[int, ...]):  # noqa: ANN202
    from codeact_tui.protocol.events import VariableInspected

    return VariableInspected("d", VariableDetail(Variable("d", "dict"), nodes=nodes), path)


@pytest.mark.parametrize("counts", [(), (0,), (0, 0), (1 << 48,), tuple(range(100))])
async def test_any_histogram_is_drawn(counts: tuple[int, ...]) -> None:
    app = Looking({})
    async with app.run_test(size=(60, 24)) as pilot:
        await app.open(pilot, "h")
        labels = tuple("[red]x\x1b[31m" for _ in counts)
        for histogram in (VariableHistogram(counts, "l" * 99, "h" * 99), VariableHistogram(counts, labels=labels)):
            app.tell(VariableDetail(Variable("h", "x"), histogram=histogram))
            assert all(len(line) <= 60 for line in lines(app.steps))
