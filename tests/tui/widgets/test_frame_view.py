import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from codeact_tui.protocol.ops import InspectVariable
from codeact_tui.protocol.variables import Variable, VariableDetail, VariableTable
from codeact_tui.tui.widgets.frame_view import FrameView
from tests.tui.widgets.looking import Looking, lines, settled, until

MANY = 10_000_000


def wide(rows: int = 1000, columns: int = 40) -> pd.DataFrame:
    return pd.DataFrame({f"column{at}": np.arange(rows) + at for at in range(columns)})


def place(frame: FrameView) -> tuple[int, int]:
    return frame.row, frame.column


async def test_a_table_stands_under_its_head_beside_its_index() -> None:
    table = pd.DataFrame(
        {"n": [1.5, math.nan, -3.25], "words": ["plain", None, "中文"], "ok": [True, False, True]},
        index=pd.Index(["a", "b", "c"], name="key"),
    )
    app = Looking({"df": table})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        assert frame.has_focus
        assert lines(frame)[:5] == [
            "key │       n  words    ok",
            "    │ float64  str      bool",
            "a   │     1.5  plain    True",
            "b   │     NaN  NaN      False",
            "c   │   -3.25  中文     True",
        ]
        assert lines(frame)[-1] == "row 1 of 3 · column 1 of 3 · 1.5"
        assert "3 × 3" in str(app.detail.query_one("#detail-box").border_title)
        muted = [segment for segment in frame.render_line(3) if segment.text.strip() == "NaN"]
        assert all(segment.style is not None and segment.style.italic for segment in muted)
        assert len(muted) == 2


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        (("down",), (1, 0)),
        (("j", "j", "k"), (1, 0)),
        (("up",), (0, 0)),
        (("right", "right", "left"), (0, 1)),
        (("left",), (0, 0)),
        (("end",), (0, 39)),
        (("end", "home"), (0, 0)),
        (("ctrl+end",), (999, 0)),
        (("G",), (999, 0)),
        (("G", "g"), (0, 0)),
        (("G", "ctrl+home"), (0, 0)),
        (("pagedown",), (16, 0)),
        (("ctrl+d", "ctrl+u"), (0, 0)),
        (("pagedown", "pageup"), (0, 0)),
        (("G", "pagedown"), (999, 0)),
        (("ctrl+right",), (0, 6)),
        (("ctrl+right", "ctrl+left"), (0, 0)),
        (("end", "ctrl+right"), (0, 39)),
    ],
)
async def test_keys_move_the_cursor_and_what_is_in_sight(keys: tuple[str, ...], where: tuple[int, int]) -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 22)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press(*keys)
        await settled(pilot)
        assert place(frame) == where
        assert frame.row in frame.rows_in_sight
        assert frame.column in frame.columns_in_sight
        value = f"{where[0] + where[1]}"
        assert lines(frame)[-1].endswith(f" · {value}")
        here = lines(frame)[2 + frame.row - frame.rows_in_sight.start]
        assert value in here.split()


async def test_the_head_and_the_index_stay() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 22)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press("G", "end")
        await settled(pilot)
        drawn = lines(frame)
        assert drawn[0].split()[-1] == "column39"
        assert drawn[1].split()[-1] == "int64"
        assert drawn[-2].split()[:2] == ["999", "│"]
        assert drawn[-2].split()[-1] == "1038"


async def test_ten_million_rows_are_fetched_by_windows_only() -> None:
    app = Looking({"a": np.broadcast_to(np.arange(3), (MANY, 3))})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "a")
        await pilot.press("t")
        await settled(pilot)
        await pilot.press("G")
        await settled(pilot)
        assert lines(frame)[-2].split() == ["9999999", "│", "0", "1", "2"]
        assert lines(frame)[-1] == "row 10,000,000 of 10,000,000 · column 1 of 3 · 0"
        assert all(op.part.rows <= 200 for op in app.asked)
        assert len(app.asked) < 8


async def test_scrolling_does_not_wait_and_what_passed_by_is_not_asked_for() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        count = len(app.asked)
        app.holding = True
        await pilot.press("pagedown", "ctrl+end", "ctrl+home", "ctrl+end")
        assert place(frame) == (999, 0)
        assert lines(frame)[-2].split() == ["·", "│", *"·" * 6]
        assert lines(frame)[-1] == "row 1,000 of 1,000 · column 1 of 40"
        assert len(app.asked) <= count + 1
        app.holding = False
        for op in app.held:
            app.answer(op)
        await settled(pilot)
        assert lines(frame)[-2].split()[:3] == ["999", "│", "999"]


async def test_a_click_chooses_a_cell_and_the_wheel_scrolls() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.click(frame, offset=(20, 5))
        assert place(frame) == (3, 1)
        await pilot._post_mouse_events([_wheel()], frame, offset=(20, 5))  # pyright: ignore[reportPrivateUsage]
        await settled(pilot)
        assert frame.rows_in_sight.start > 0
        await pilot._post_mouse_events([_wheel()], frame, offset=(20, 5), shift=True)  # pyright: ignore[reportPrivateUsage]
        assert frame.columns_in_sight.start == 1
        await pilot.click(frame, offset=(20, frame.size.height - 1))
        assert place(frame) == (3, 1)


def _wheel() -> Any:
    from textual.events import MouseScrollDown

    return MouseScrollDown


# -- order


def first_values(frame: FrameView, column: int = 0) -> list[str]:
    cells = [frame.tiles.cell(row, column) for row in range(3)]
    return [cell[0] for cell in cells if cell is not None]


FRAMES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"n": [2, 3, 1], "s": ["b", "c", "a"]}),
    "polars": lambda: pl.DataFrame({"n": [2, 3, 1], "s": ["b", "c", "a"]}),
}


@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize("column", [0, 1])
async def test_s_sorts_up_then_down_then_as_it_was(library: str, column: int) -> None:
    app = Looking({"df": FRAMES[library]()})
    up = [["1", "2", "3"], ["a", "b", "c"]][column]
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press(*["right"] * column, "down", "s")
        await until(pilot, lambda: first_values(frame, column) == up)
        assert " ▲" in lines(frame)[0]
        assert place(frame) == (0, column)
        await pilot.press("s")
        await until(pilot, lambda: first_values(frame, column) == up[::-1])
        assert " ▼" in lines(frame)[0]
        await pilot.press("s")
        await until(pilot, lambda: first_values(frame, column) == [["2", "3", "1"], ["b", "c", "a"]][column])
        assert "▲" not in lines(frame)[0]
        assert "▼" not in lines(frame)[0]


async def test_a_click_on_a_head_sorts() -> None:
    app = Looking({"df": FRAMES["pandas"]()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.click(frame, offset=(13, 0))
        await until(pilot, lambda: first_values(frame, 1) == ["a", "b", "c"])
        await pilot.click(frame, offset=(6, 1))
        await until(pilot, lambda: first_values(frame) == ["1", "2", "3"])
        assert " ▲" in lines(frame)[0]
        await pilot.click(frame, offset=(0, 0))
        await settled(pilot)
        assert first_values(frame) == ["1", "2", "3"]


async def test_it_says_that_it_is_sorting_and_asks_again() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        app.holding = True
        await pilot.press("s")
        op = app.asked[-1]
        assert op.part.sort == 0
        busy = VariableTable((), (), (), (), 1000, 40, sorting=True)
        frame.take(op.start, op.part, busy)
        assert lines(frame)[-1] == "sorting by column0 …"
        assert lines(frame)[2].split()[:3] == ["0", "│", "0"]
        count = len(app.asked)
        await until(pilot, lambda: len(app.asked) > count)
        assert app.asked[-1] == op
        app.holding = False
        app.answer(op)
        await settled(pilot)
        assert lines(frame)[-1].startswith("row 1 of 1,000")


async def test_what_can_not_be_sorted_says_so() -> None:
    app = Looking({"df": pd.DataFrame({"o": pd.Series([{}, 1], dtype=object)})})
    async with app.run_test(size=(90, 24)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press("s")
        await until(pilot, lambda: frame.tiles.problem != "")
        assert lines(frame)[-1] == "It holds objects (dict, int): comparing them would run their code."
        assert lines(frame)[2].split() == ["0", "│", "{}"]
        await pilot.press("down")
        assert lines(frame)[-1] == "row 2 of 2 · column 1 of 1 · 1"


# -- figures


async def test_h_shows_the_column_and_follows_the_cursor() -> None:
    app = Looking({"df": pd.DataFrame({"n": np.arange(200_000), "s": ["a", "b"] * 100_000})})
    async with app.run_test(size=(120, 30)) as pilot:
        await app.open(pilot, "df")
        await pilot.press("h")
        await settled(pilot)
        drawn = lines(app.figures)
        assert drawn[0] == "n  int64"
        assert drawn[6].split() == ["0", "199998"]
        assert "looked at  100,000, 1 in 2" in drawn
        await pilot.press("right")
        await settled(pilot)
        assert lines(app.figures)[0] == "s  str"
        assert lines(app.figures)[2].startswith("a ▇")
        count = len(app.asked)
        await pilot.press("left")
        await settled(pilot)
        assert lines(app.figures)[0] == "n  int64"
        assert len(app.asked) == count
        await pilot.press("escape")
        assert not app.detail.query_one("#detail-side").display
        await pilot.press("h", "h")
        assert not app.detail.query_one("#detail-side").display
        assert app.detail.is_attached
        await pilot.press("escape")
        assert not app.detail.is_attached


async def test_figures_stand_below_where_it_is_narrow() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(60, 20)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press("h")
        await settled(pilot)
        side = app.detail.query_one("#detail-side")
        assert side.region.y >= frame.region.bottom
        assert lines(app.figures)[0].split() == ["column0", "int64", "values", "1,000"]


async def test_only_the_column_under_the_cursor_is_asked_for() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(120, 30)) as pilot:
        await app.open(pilot, "df")
        app.holding = True
        await pilot.press("h", "right", "right", "right", "right")
        assert [op.part.figures for op in app.held if op.part.figures is not None] == [0]
        app.holding = False
        for op in app.held:
            app.answer(op)
        await settled(pilot)
        assert [op.part.figures for op in app.asked if op.part.figures is not None] == [0, 4]
        assert lines(app.figures)[0] == "column4  int64"


# -- what changes


async def test_y_copies_the_cell() -> None:
    app = Looking({"df": pd.DataFrame({"s": ["one [bold]", "two"]})})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press("y")
        assert app.clipboard == "one [bold]"
        assert lines(frame)[-1] == "Copied."
        await pilot.press("down")
        assert lines(frame)[-1].startswith("row 2 of 2")
    app = Looking({"df": pd.DataFrame()})
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open(pilot, "df")
        await pilot.press("y")
        assert app.clipboard == ""


async def test_a_table_that_can_not_be_read_now_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        monkeypatch.setattr(pd.DataFrame, "shape", property(lambda _: None))
        await pilot.press("r")
        await settled(pilot)
        assert lines(frame)[-1] == "The table could not be read. It may be changing just now."
        assert lines(frame)[2].split()[:3] == ["0", "│", "0"]


async def test_r_looks_again() -> None:
    app = Looking({"df": pd.DataFrame({"n": [1, 2, 3]})})
    async with app.run_test(size=(120, 24)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press("h")
        await settled(pilot)
        app.namespace["df"] = pd.DataFrame({"n": [7]})
        await pilot.press("G", "r")
        await settled(pilot)
        assert lines(frame)[2].split() == ["0", "│", "7"]
        assert lines(frame)[-1] == "row 1 of 1 · column 1 of 1 · 7"
        assert "values    1" in lines(app.figures)


async def test_a_variable_that_went_away_is_said() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        app.namespace.clear()
        await pilot.press("r")
        await settled(pilot)
        assert lines(frame)[-1] == "There is no variable 'df' any more."
        assert lines(frame)[2].split()[:3] == ["0", "│", "0"]


async def test_a_variable_that_is_something_else_now_is_shown_as_that() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        app.namespace["df"] = {"now": "a dict"}
        await pilot.press("r")
        await settled(pilot)
        assert not frame.display
        assert lines(app.steps) == ["▌  'now'  str  'a dict'"]


@pytest.mark.parametrize("size", [(60, 20), (200, 60), (12, 6), (30, 4)])
async def test_any_size_holds_it(size: tuple[int, int]) -> None:
    app = Looking({"df": wide(), "empty": pd.DataFrame(), "rows": pd.DataFrame(index=[1, 2]), "heads": wide(0)})
    async with app.run_test(size=size) as pilot:
        for name in app.namespace:
            frame = await app.open(pilot, name)
            await pilot.press("h", "G", "end", "s", "s", "ctrl+left", "pageup", "h")
            await settled(pilot)
            assert all(cell_len(line) <= frame.size.width for line in lines(frame))
            await pilot.press("escape")
            await settled(pilot)


async def test_an_empty_table_says_that_it_is() -> None:
    app = Looking({"df": pd.DataFrame()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press("down", "right", "s", "G", "end")
        await settled(pilot)
        assert lines(frame)[-1] == "no rows · no columns"


def _texts() -> st.SearchStrategy[str]:
    nasty = ["\x1b[2J", "[bold]", "\u202eab", "中文", "e\u0301", "👨\u200d👩", "\n", "\t", "", " " * 40, "x" * 500]
    return st.text(max_size=12) | st.sampled_from(nasty)


@settings(deadline=None, max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    names=st.lists(_texts(), min_size=1, max_size=8),
    cells=st.lists(_texts() | st.none() | st.floats() | st.integers() | st.booleans(), min_size=8, max_size=24),
    labels=st.lists(_texts() | st.none() | st.integers(), min_size=3, max_size=3),
)
async def test_whatever_is_in_a_table_the_columns_stand_in_line(
    names: list[str], cells: list[object], labels: list[object]
) -> None:
    columns = [pd.Series((cells * 3)[at : at + 3], dtype=object) for at in range(len(names))]
    table = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    table.columns = pd.Index(names, dtype=object)
    table.index = pd.Index(labels, dtype=object)
    app = Looking({"df": table})
    async with app.run_test(size=(70, 30)) as pilot:
        frame = await app.open(pilot, "df")
        await pilot.press("down", "s", "h")
        await settled(pilot)
        drawn = [frame.render_line(y) for y in range(frame.size.height)]
        assert {strip.cell_length for strip in drawn} == {frame.scrollable_content_region.width}
        for strip in drawn[:5]:
            assert strip.text.isprintable()
            strip.text.encode()
            assert cell_len(strip.text) == strip.cell_length
        bars = {cell_len(strip.text[: strip.text.index("│")]) for strip in drawn[:5]}
        assert len(bars) == 1


async def test_a_hostile_kernels_window_is_drawn_as_far_as_it_goes() -> None:
    app = Looking({"df": wide()})
    async with app.run_test(size=(80, 24)) as pilot:
        frame = await app.open(pilot, "df")
        op = InspectVariable("df")
        for table in (
            VariableTable(("a",), ("int",), (), (), 1 << 48, 1 << 48, missing=(5, 99)),
            VariableTable((), (), ("x",), ((),), 0, 0),
            VariableTable(("a",), ("int",), ("x",), (("v",),), 5, 1 << 48),
        ):
            app.tell(VariableDetail(Variable("df", "x"), table=table))
            frame.take(op.start, frame.tiles.first_part(), table)
            await pilot.press("G", "end", "pageup", "ctrl+home", "home")
            assert len(lines(frame)) == frame.size.height
