"""What cells display, on the screen: pictures, tables, their other forms, and what is opened outside."""

import base64
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from codeact_tui.protocol.outputs import DisplayData, MimeBundle, StreamOutput
from codeact_tui.protocol.variables import VariableTable
from codeact_tui.tui.pictures.kitty import KittyPainter
from codeact_tui.tui.rendering.table_part import TABLE
from codeact_tui.tui.screens.pick import PickScreen
from codeact_tui.tui.screens.shown_table import ShownTableScreen
from codeact_tui.tui.screens.whole_output import WholeOutputScreen
from tests.tui.shell.stage import Stage, interface, stage

TEXT = "<Figure size 80x64 with 1 Axes>"


def png() -> str:
    file = io.BytesIO()
    Image.new("RGB", (80, 64), (200, 30, 30)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@asynccontextmanager
async def displayed(*bundles: MimeBundle, printed: str = "", images: str = "auto") -> AsyncGenerator[Stage]:
    async with stage(settings=interface(images=images)) as play:
        steps = [StreamOutput("stdout", printed)] if printed else []
        play.kernel.on("show()", *steps, *(DisplayData(bundle) for bundle in bundles))
        await play.say("!show()")
        await play.idle()
        await play.pilot.press("f3")
        yield play


def colours(play: Stage) -> set[str]:
    view = play.screen.output
    styles = [segment.style for y in range(view.size.height) for segment in view.render_line(y)]
    return {style.bgcolor.name for style in styles if style and style.bgcolor}


async def test_a_picture_is_drawn_and_its_text_is_a_key_away() -> None:
    async with displayed({"image/png": png(), "text/plain": TEXT}) as play:
        await play.shows("image 80×64 PNG", "o opens it outside", "picture · t text")
        assert "#cd1818" in colours(play)
        await play.pilot.press("t")
        await play.shows(TEXT, "text · t picture")
        assert "#cd1818" not in colours(play)
        await play.pilot.press("t")
        await play.shows("image 80×64 PNG")


async def test_without_pictures_there_is_a_line_about_them() -> None:
    async with displayed({"image/png": png(), "text/plain": TEXT}, images="off") as play:
        await play.shows("image 80×64 PNG")
        assert "#cd1818" not in colours(play)


async def test_a_picture_that_is_broken_says_so() -> None:
    async with displayed({"image/png": png()[:80], "text/plain": TEXT}) as play:
        await play.shows("The picture can't be drawn")


async def test_a_page_is_drawn_as_text() -> None:
    async with displayed({"text/html": "<h1>Title</h1><ul><li>one</ul>", "text/plain": "<x object at 0x1>"}) as play:
        await play.shows("Title", "• one", "HTML · t text")


async def test_one_picture_is_opened_outside_or_told_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    async with displayed({"image/png": png(), "text/plain": TEXT}) as play:
        await play.pilot.press("o")
        await play.shows("No program can be reached that shows it")
        (written,) = (tmp_path / "cache/opened").glob("*-cell-1-0.png")
        assert written.read_bytes().startswith(b"\x89PNG")


async def test_of_several_things_one_is_chosen() -> None:
    async with displayed({"image/png": png()}, {"text/html": "<b>x</b>"}, printed="words\n") as play:
        await play.pilot.press("o")
        await play.until(lambda: isinstance(play.app.screen, PickScreen))
        await play.shows("1 image 80×64 PNG", "2 page, 8 B", "the whole text")
        await play.pilot.press("down", "down", "enter")
        await play.until(lambda: isinstance(play.app.screen, WholeOutputScreen))
        await play.shows("words")


async def test_a_text_alone_opens_in_the_pager() -> None:
    async with displayed(printed="line one\nline two\n") as play:
        await play.pilot.press("o")
        await play.until(lambda: isinstance(play.app.screen, WholeOutputScreen))
        await play.shows("line two")


def frame(rows: int = 5, columns: int = 30) -> str:
    found = VariableTable(
        columns=tuple(f"column{at}" for at in range(columns)),
        dtypes=("int64",) * columns,
        index=tuple(map(str, range(rows))),
        rows=tuple(tuple(f"{row * 100 + at}" for at in range(columns)) for row in range(rows)),
        total_rows=rows * 10,
        total_columns=columns,
        missing=(29,),
    )
    return msgspec.json.encode(found).decode()


async def test_a_table_is_scrolled_in_all_directions() -> None:
    async with displayed({TABLE: frame(), "text/plain": "x"}) as play:
        await play.shows("column0", "50 rows × 30 columns")
        assert "column29" not in play.text
        await play.pilot.press("enter")
        await play.until(lambda: isinstance(play.app.screen, ShownTableScreen))
        await play.shows("table of [1]", "first and last rows, 5 of 50", "column0")
        await play.pilot.press("end")
        await play.shows("column29", "429")
        await play.pilot.press("s")
        await play.shows("Only the rows that were displayed are here")
        await play.pilot.press("escape")
        await play.until(lambda: play.app.screen is play.screen)


async def test_of_several_tables_one_is_chosen_and_without_one_that_is_said() -> None:
    async with displayed({TABLE: frame()}, {TABLE: frame(2, 2)}) as play:
        await play.pilot.press("enter")
        await play.shows("Tables of [1]", "1 50 × 30", "2 20 × 2")
        await play.pilot.press("down", "enter")
        await play.shows("first and last rows, 2 of 20")
    async with displayed({"text/plain": "x"}) as play:
        await play.pilot.press("enter")
        await play.shows("This cell has displayed no table.")
        assert play.app.screen is play.screen


async def test_without_colours_there_are_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with displayed({"image/png": png(), "text/plain": TEXT}) as play:
        assert play.app.pictures is None
        await play.shows("image 80×64 PNG")


async def test_pictures_are_left_to_a_terminal_that_draws_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-kitty")
    async with displayed({"image/png": png(), "text/plain": TEXT}) as play:
        assert play.app.pictures is not None
        assert isinstance(play.app.pictures.painter, KittyPainter)
        await play.until(lambda: "\U0010eeee" in play.text)
    async with displayed({"image/png": png(), "text/plain": TEXT}, images="blocks") as play:
        await play.shows("o opens it outside")
        assert "\U0010eeee" not in play.text
