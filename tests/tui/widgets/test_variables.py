import pytest
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.widgets.pane import PaneTitle
from codeact_tui.tui.widgets.variable_box import VariablesBox
from codeact_tui.tui.widgets.variable_filter import Filter
from codeact_tui.tui.widgets.variable_filter_line import FilterLine
from codeact_tui.tui.widgets.variable_row import VariableRow
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.tui.widgets.frame import Frame

FRAME = Variable("df", "pandas.DataFrame", "table", (1200, 5), 47_000, "region revenue month")
NUMBER = Variable("answer", "int", size_bytes=28, summary="42")
TEXT = Variable("note", "str", shape=(12,), size_bytes=61, summary="'[bold]\\x1b[31m'")


class Asked(Frame):
    """Keeps what is asked for."""

    def __init__(self, pane: Widget) -> None:
        super().__init__(pane)
        self.inspected: list[tuple[str, tuple[str | int, ...], int]] = []
        self.listed: list[bool] = []

    def on_variables_pane_inspect_requested(self, message: VariablesPane.InspectRequested) -> None:
        self.inspected.append((message.name, message.path, message.start))

    def on_variables_pane_list_requested(self, message: VariablesPane.ListRequested) -> None:
        self.listed.append(message.all)


def rows(view: BlockScroll) -> list[str]:
    shown = [view.render_line(y).text.rstrip() for y in range(view.size.height)]
    while shown and not shown[-1]:
        shown.pop()
    return shown


async def drawn(pilot: Pilot[None], view: BlockScroll) -> list[str]:
    view.flush()
    await pilot.pause()
    return rows(view)


async def test_new_changed_and_gone_are_marked_by_sign() -> None:
    pane = VariablesPane()
    async with Asked(pane).run_test(size=(80, 10)) as pilot:
        pane.changed(VariablesChanged(added=(FRAME, NUMBER), total=2))
        assert await drawn(pilot, pane) == [
            "▌+ df      DataFrame  1,200×5     47 kB  region revenue month",
            " + answer  int                     28 B  42",
        ]
        assert pane.list.news == "2 new"
        pane.changed(VariablesChanged(added=(TEXT,), changed=(NUMBER,), removed=("df",), total=2))
        assert await drawn(pilot, pane) == [
            "▌+ note    str        12           61 B  '[bold]\\x1b[31m'",
            " ~ answer  int                     28 B  42",
            " − df      DataFrame                     gone",
        ]
        assert pane.list.news == "1 new · 1 changed · 1 gone"
        pane.changed(VariablesChanged(total=2))
        assert [row[:9].strip(" ▌") for row in await drawn(pilot, pane)] == ["note", "answer"]
        pane.clear()
        assert (await drawn(pilot, pane))[0] == " What cells define shows up here."


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (80, "+ df      DataFrame  1,200×5     47 kB  region revenue month"),
        (52, "+ df      DataFrame  1,200×5  region revenue month"),
        (30, "+ df    DataFrame  region r…"),
        (18, "+ df    DataFra…"),
    ],
)
async def test_only_the_columns_that_fit_are_shown(width: int, row: str) -> None:
    pane = VariablesPane()
    async with Asked(pane).run_test(size=(width, 10)) as pilot:
        pane.changed(VariablesChanged(added=(FRAME,), total=1))
        shown = await drawn(pilot, pane)
        assert [line.strip(" ▌") for line in shown] == [row]


async def test_keys_choose_and_look_inside() -> None:
    pane = VariablesPane()
    app = Asked(pane)
    async with app.run_test(size=(80, 10)) as pilot:
        pane.changed(VariablesChanged(added=(FRAME, NUMBER, TEXT), total=3))
        await pilot.pause()
        pane.focus()
        await pilot.press("down", "enter", "j", "space", "down", "up", "up", "up", "enter", "v")
        assert app.inspected == [("answer", (), 0), ("note", (), 0), ("df", (), 0)]
        assert app.listed == [True]
        pane.listed(VariablesListed((NUMBER, FRAME), total=40, all=True))
        assert (await drawn(pilot, pane))[-1] == " … 38 more; /vars looks again"
        await pilot.press("v")
        assert app.listed == [True, False]


def names(shown: list[str]) -> list[str]:
    return [row.strip(" ▌~+•").split()[0] for row in shown]


async def test_keys_sort_and_turn_the_order() -> None:
    pane = VariablesPane()
    async with Asked(pane).run_test(size=(80, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, TEXT, FRAME), total=3))
        await pilot.pause()
        pane.focus()
        assert names(await drawn(pilot, pane)) == ["answer", "note", "df"]
        await pilot.press("S")
        assert names(await drawn(pilot, pane)) == ["df", "note", "answer"]
        await pilot.press("s", "S")
        assert names(await drawn(pilot, pane)) == ["note", "df", "answer"]
        for order, found in {
            "type": ["df", "answer", "note"],
            "shape": ["df", "note", "answer"],
            "size": ["df", "note", "answer"],
            "value": ["answer", "note", "df"],
            "newest": ["answer", "note", "df"],
        }.items():
            await pilot.press("s")
            assert (pane.list.order, names(await drawn(pilot, pane))) == (order, found)


async def test_what_is_pinned_stays_on_top_after_cells_and_in_every_order() -> None:
    pane = VariablesPane()
    async with Asked(pane).run_test(size=(80, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, TEXT), total=2))
        await pilot.pause()
        pane.focus()
        await pilot.press("down", "p")
        shown = await drawn(pilot, pane)
        assert names(shown) == ["note", "answer"]
        assert shown[0].startswith("▌ •note")
        pane.changed(VariablesChanged(added=(FRAME,), changed=(TEXT,), total=3))
        shown = await drawn(pilot, pane)
        assert names(shown) == ["note", "df", "answer"]
        assert shown[0].startswith("▌~•note")
        await pilot.press("s")
        assert names(await drawn(pilot, pane)) == ["note", "answer", "df"]
        await pilot.press("p")
        assert names(await drawn(pilot, pane)) == ["answer", "df", "note"]


async def test_a_click_chooses_and_a_second_one_looks_inside() -> None:
    pane = VariablesPane()
    app = Asked(pane)
    async with app.run_test(size=(80, 10)) as pilot:
        pane.changed(VariablesChanged(added=(FRAME, NUMBER), total=2))
        await pilot.pause()
        await pilot.click(offset=(5, 1))
        assert not app.inspected
        await pilot.click(offset=(5, 1))
        assert app.inspected == [("answer", (), 0)]


async def test_ten_thousand_variables_are_a_list_like_any_other() -> None:
    pane = VariablesPane()
    many = tuple(Variable(f"name_{number}", "int", summary=str(number)) for number in range(10_000))
    async with Asked(pane).run_test(size=(80, 10)) as pilot:
        pane.listed(VariablesListed(many, total=10_000))
        pane.focus()
        await pilot.press("end")
        assert (await drawn(pilot, pane))[-1].split() == ["name_9999", "int", "9999"]


# -- the heads


def head(pane: VariablesPane) -> str:
    return "".join(segment.text for segment in pane.heads.render_line(0)).rstrip()


async def test_the_heads_stand_over_their_columns_and_stay() -> None:
    pane = VariablesPane()
    many = tuple(Variable(f"name_{number}", "int", size_bytes=number, summary=str(number)) for number in range(40))
    async with Asked(VariablesBox(pane)).run_test(size=(80, 10)) as pilot:
        assert not pane.heads.display
        pane.listed(VariablesListed((FRAME, *many), total=41))
        pane.focus()
        await pilot.press("end")
        assert (await drawn(pilot, pane))[-1].split() == ["name_39", "int", "39", "B", "39"]
        assert head(pane) == "   name     type       shape        size  value"
        assert pane.heads.region.bottom == pane.region.y
        pane.clear()
        await pilot.pause()
        assert not pane.heads.display


@pytest.mark.parametrize("width", [200, 120, 80, 60, 52, 40, 30, 18])
async def test_heads_line_up_with_their_columns(width: int) -> None:
    pane = VariablesPane()
    variable = Variable("N" * 5, "T" * 5, shape=(123_456,), size_bytes=1, summary="V" * 300)
    async with Asked(VariablesBox(pane)).run_test(size=(width, 10)) as pilot:
        pane.listed(VariablesListed((variable,), total=1))
        row = (await drawn(pilot, pane))[0]
        line = head(pane)
        for word, letter in (("name", "N"), ("type", "T"), ("shape", "1"), ("value", "V")):
            assert (line.find(word) == row.find(letter)) or word not in line
        assert "name" in line
        assert "type" in line
        assert "size" not in line or line.index("size") + 4 == row.index("1 B") + 3
        assert len(line) <= width


@pytest.mark.parametrize("width", [200, 60, 30])
async def test_a_click_on_a_head_sorts_then_turns_then_goes_back(width: int) -> None:
    pane = VariablesPane()
    async with Asked(VariablesBox(pane)).run_test(size=(width, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, TEXT, FRAME), total=3))
        await pilot.pause()
        for arrow, found in {
            "name ↑": ["answer", "df", "note"],
            "name ↓": ["note", "df", "answer"],
            "name": ["answer", "note", "df"],
        }.items():
            await pilot.click(pane.heads, offset=(4, 0))
            assert names(await drawn(pilot, pane)) == found
            assert arrow.split() == head(pane).split()[: len(arrow.split())]
        assert pane.has_focus


async def test_the_heads_say_what_is_sorted_by_where_it_is_no_column() -> None:
    pane = VariablesPane()
    async with Asked(VariablesBox(pane)).run_test(size=(44, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, TEXT), total=2))
        pane.focus()
        await pilot.press("S")
        assert head(pane).endswith("  oldest first")
        await pilot.press("s", "s", "s", "s")
        assert pane.list.order == "size"
        assert head(pane).endswith("  size ↓")


# -- the filter


async def opened_filter(pilot: Pilot[None], pane: VariablesPane) -> FilterLine:
    pane.focus()
    await pilot.press("slash")
    await pilot.pause()
    assert pane.filter_line is not None
    assert pane.filter_line.field.has_focus
    return pane.filter_line


def counted(line: FilterLine) -> str:
    return str(line.query_one("#filter-count", Static).content)


async def test_a_filter_shows_what_fits_as_one_types_and_says_how_many() -> None:
    pane = VariablesPane()
    box = VariablesBox(pane)
    app = Asked(box)
    async with app.run_test(size=(80, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, TEXT, FRAME), total=3))
        line = await opened_filter(pilot, pane)
        await pilot.press("e")
        assert names(await drawn(pilot, pane)) == ["answer", "note", "df"]
        assert counted(line) == "3 of 3"
        await pilot.press("r")
        assert names(await drawn(pilot, pane)) == ["answer"]
        assert counted(line) == "1 of 3"
        await pilot.press("x")
        assert await drawn(pilot, pane) == [" Nothing fits. esc shows all again."]
        await pilot.press("backspace", "backspace", "down", "enter", "enter")
        assert pane.has_focus
        assert app.inspected == [("note", (), 0)]
        assert line.is_attached


async def test_a_filter_stays_over_cells_until_escape() -> None:
    pane = VariablesPane()
    box = VariablesBox(pane)
    async with Asked(box).run_test(size=(80, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, FRAME), total=2))
        line = await opened_filter(pilot, pane)
        await pilot.press("i", "n", "t", "enter")
        pane.changed(VariablesChanged(added=(TEXT, Variable("point", "Point")), removed=("df",), total=3))
        assert names(await drawn(pilot, pane)) == ["point", "answer"]
        assert counted(line) == "2 of 3"
        await pilot.press("slash")
        assert line.field.has_focus
        await pilot.press("tab")
        assert pane.has_focus
        await pilot.press("escape")
        assert names(await drawn(pilot, pane)) == ["note", "point", "answer", "−"]
        assert pane.filter_line is None
        line = await opened_filter(pilot, pane)
        await pilot.press("d", "escape")
        assert pane.has_focus
        assert pane.filter_line is None
        assert len(await drawn(pilot, pane)) == 4
        await opened_filter(pilot, pane)
        await pilot.press("enter")
        await pilot.pause()
        assert pane.filter_line is None


async def test_a_filter_asks_for_the_variables_that_were_left_out() -> None:
    pane = VariablesPane()
    app = Asked(VariablesBox(pane))
    async with app.run_test(size=(80, 10)) as pilot:
        pane.changed(VariablesChanged(added=(NUMBER,), total=2000, cut=True))
        assert not app.listed
        await opened_filter(pilot, pane)
        assert app.listed == [False]
        pane.listed(VariablesListed((NUMBER, TEXT), total=2))
        await pilot.press("n")
        pane.changed(VariablesChanged(added=(FRAME,), total=3))
        await pilot.pause()
        assert app.listed == [False]
        pane.changed(VariablesChanged(changed=(FRAME,), total=30, cut=True))
        await pilot.pause()
        assert app.listed == [False, False]


async def test_the_pane_stays_marked_while_the_focus_stays_in_it() -> None:
    pane = VariablesPane()
    box = VariablesBox(pane)
    async with Asked(box).run_test(size=(80, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, TEXT), total=2))
        await opened_filter(pilot, pane)
        for key in ("n", "enter", "slash", "escape"):
            await pilot.press(key)
            await pilot.pause()
            assert box.query_one(PaneTitle).active
        pane.screen.set_focus(None)
        await pilot.pause()
        assert not box.query_one(PaneTitle).active


async def test_what_is_typed_before_the_filter_has_the_focus_is_not_lost() -> None:
    pane = VariablesPane()
    async with Asked(VariablesBox(pane)).run_test(size=(80, 10)) as pilot:
        pane.listed(VariablesListed((NUMBER, TEXT, FRAME), total=3))
        pane.focus()
        await pilot.pause()
        for key in ("slash", "a", "n", "s"):
            pane.post_message(events.Key(key, "/" if key == "slash" else key))
        for _ in range(5):
            await pilot.pause()
        assert pane.filter_line is not None
        await pilot.press("w")
        assert pane.filter_line.field.value == "answ"
        assert names(await drawn(pilot, pane)) == ["answer"]
        assert pane.list.order == "newest"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["df", "answer", "note"]),
        ("DF", ["df"]),
        ("frame", ["df"]),
        ("type:frame", ["df"]),
        ("type:Pandas d", ["df"]),
        ("type:", ["df", "answer", "note"]),
        ("type:note", []),
        (">", ["df", "answer", "note"]),
        (">47k", []),
        (">46.9kb", ["df"]),
        ("<0.05k", ["answer"]),
        (">1 <1mb", ["df", "answer", "note"]),
        ("<1kb str", ["note"]),
        ("<x", []),
    ],
)
def test_what_a_filter_lets_through(text: str, found: list[str]) -> None:
    pane = VariablesPane()
    rows = [VariableRow(variable, pane) for variable in (FRAME, NUMBER, TEXT)]
    assert [row.variable.name for row in rows if Filter(text).fits(row)] == found
