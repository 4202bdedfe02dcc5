"""The variables under the heads of their kinds, and what lights up when a cell changes them."""

import pytest
from textual.color import Color
from textual.pilot import Pilot

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.themes import load_theme
from codeact_tui.tui.widgets.variable_box import VariablesBox
from codeact_tui.tui.widgets.variable_groups import group_of
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.tui.widgets.frame import Frame
from tests.tui.widgets.test_variables import FRAME, NUMBER, TEXT, Asked, drawn, names, opened_filter

LIST = Variable("items", "list", shape=(3,), size_bytes=80, summary="[1, 2, 3]")
ARRAY = Variable("grid", "numpy.ndarray", "array", (3, 3), 72, "float64")
MODULE = Variable("pd", "module", "module")
ALL = (MODULE, ARRAY, LIST, TEXT, NUMBER, FRAME)


@pytest.mark.parametrize(
    ("variable", "group"),
    [
        (FRAME, "tables"),
        (ARRAY, "arrays"),
        (LIST, "containers"),
        (Variable("d", "collections.deque", "other", (2,)), "containers"),
        (TEXT, "values"),
        (NUMBER, "values"),
        (Variable("p", "Point", "other"), "other"),
        (Variable("f", "function", "function"), "functions"),
        (Variable("C", "type", "class"), "classes"),
        (MODULE, "modules"),
        (Variable("x", "y", "never heard of"), "values"),
    ],
)
def test_each_kind_has_its_group(variable: Variable, group: str) -> None:
    assert group_of(variable) == group


def found(shown: list[str]) -> list[str]:
    """Give heads with their counts, and names."""
    return [
        " ".join(row.strip("▌ ").split()) if row.strip("▌ ")[0] in "▾▸" else names([row])[0] for row in shown if row
    ]


async def grouped(pilot: Pilot[None], pane: VariablesPane) -> None:
    pane.listed(VariablesListed(ALL, total=len(ALL), all=True))
    pane.focus()
    await pilot.press("g")


async def test_groups_have_heads_with_counts_and_fold() -> None:
    pane = VariablesPane()
    app = Asked(VariablesBox(pane))
    async with app.run_test(size=(80, 20)) as pilot:
        await grouped(pilot, pane)
        whole = ["▾ tables 1", "df", "▾ arrays 1", "grid", "▾ containers 1", "items"]
        rest = ["▾ values 2", "note", "answer", "▾ modules 1", "pd"]
        assert found(await drawn(pilot, pane)) == [*whole, *rest]
        pane.action_step(-100)
        await pilot.press(*["up"] * 12, "enter", "down", "space")
        folded = ["▸ tables 1", "▸ arrays 1", "▾ containers 1", "items"]
        assert found(await drawn(pilot, pane)) == [*folded, *rest]
        await pilot.press("down", "down", "enter")
        assert app.inspected == [("items", (), 0)]
        await pilot.press("up", "up", "p", "enter")
        assert found(await drawn(pilot, pane)) == ["▸ tables 1", *whole[2:], *rest]
        await pilot.press("g")
        assert len(await drawn(pilot, pane)) == len(ALL)


async def test_a_click_on_a_groups_head_folds_it() -> None:
    pane = VariablesPane()
    async with Asked(VariablesBox(pane)).run_test(size=(80, 20)) as pilot:
        await grouped(pilot, pane)
        for count in (len(ALL) + 4, len(ALL) + 5):
            await pilot.click(pane, offset=(4, 0))
            assert len(await drawn(pilot, pane)) == count


async def test_groups_live_with_pins_filters_sorting_and_cells() -> None:
    pane = VariablesPane()
    async with Asked(VariablesBox(pane)).run_test(size=(80, 20)) as pilot:
        await grouped(pilot, pane)
        await pilot.press(*["down"] * 20, "p")
        assert found(await drawn(pilot, pane))[:2] == ["▾ pinned 1", "pd"]
        pane.changed(VariablesChanged(changed=(NUMBER,), removed=("df",), total=5))
        shown = found(await drawn(pilot, pane))
        assert shown[2:] == [
            "▾ arrays 1",
            "grid",
            "▾ containers 1",
            "items",
            "▾ values 2",
            "answer",
            "note",
            *shown[-2:],
        ]
        assert shown[-2] == "▾ gone 1"
        await pilot.press("s", "S")
        assert found(await drawn(pilot, pane))[-5:-2] == ["▾ values 2", "note", "answer"]
        await opened_filter(pilot, pane)
        await pilot.press(*"int")
        assert found(await drawn(pilot, pane)) == ["▾ values 1", "answer"]


# -- what lights up


def backgrounds(pane: VariablesPane) -> list[str | None]:
    """Give the background of each row's fourth cell."""
    found: list[str | None] = []
    for y in range(len(pane.blocks)):
        segments = list(pane.render_line(y).crop(3, 4))
        style = segments[0].style
        found.append(style.bgcolor.name if style is not None and style.bgcolor is not None else None)
    return found


SELECTION = Color.parse(load_theme("dark").theme.variables["selection"]).rich_color.name


async def test_what_a_cell_changed_is_lit_once() -> None:
    pane = VariablesPane()
    app = Asked(VariablesBox(pane))
    app.animation_level = "basic"
    async with app.run_test(size=(80, 20)) as pilot:
        pane.listed(VariablesListed((NUMBER, FRAME), total=2))
        await drawn(pilot, pane)
        assert SELECTION not in backgrounds(pane)
        pane.changed(VariablesChanged(added=(TEXT,), changed=(NUMBER,), total=3))
        await drawn(pilot, pane)
        assert [each == SELECTION for each in backgrounds(pane)] == [True, True, False]
        lit = pane._flash  # pyright: ignore[reportPrivateUsage]
        drawn_before = {index: pane.drawn(index) for index in range(3)}
        lit.stop()
        assert not lit.on
        assert SELECTION not in backgrounds(pane)
        assert [row[1] for row in await drawn(pilot, pane)] == ["+", "~", " "]
        assert all(pane.drawn(index) is each for index, each in drawn_before.items())
        pane.changed(VariablesChanged(total=3))
        assert not lit.on


async def test_the_light_goes_out_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codeact_tui.tui.widgets.variable_flash.FLASH_S", 0.01)
    pane = VariablesPane()
    app = Asked(VariablesBox(pane))
    app.animation_level = "basic"
    async with app.run_test(size=(80, 20)) as pilot:
        pane.changed(VariablesChanged(added=(TEXT,), total=1))
        lit = pane._flash  # pyright: ignore[reportPrivateUsage]
        for _ in range(500):
            if not lit.on:
                break
            await pilot.pause(0.005)
        assert not lit.on
        assert SELECTION not in backgrounds(pane)


async def test_nothing_is_lit_where_nothing_may_move() -> None:
    pane = VariablesPane()
    async with Asked(VariablesBox(pane)).run_test(size=(80, 20)) as pilot:
        pane.changed(VariablesChanged(added=(TEXT,), total=1))
        assert [row[1] for row in await drawn(pilot, pane)] == ["+"]
        assert SELECTION not in backgrounds(pane)


async def test_where_the_terminals_own_colours_are_used_the_row_is_bold() -> None:
    pane = VariablesPane()
    app = Frame(VariablesBox(pane), theme="ansi")
    app.animation_level = "basic"
    async with app.run_test(size=(80, 20)) as pilot:
        pane.changed(VariablesChanged(added=(TEXT,), total=1))
        await drawn(pilot, pane)
        styles = [segment.style for segment in pane.render_line(0).crop(3, 4)]
        assert all(style is not None and style.bold for style in styles)
