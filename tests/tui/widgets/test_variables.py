import pytest
from textual.pilot import Pilot

from codeact_tui.protocol.events import VariableInspected, VariablesChanged, VariablesListed
from codeact_tui.protocol.variables import Variable, VariableDetail, VariableNode, VariableTable
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.variable_detail import VariableDetailScreen
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.tui.widgets.frame import Frame

FRAME = Variable("df", "pandas.DataFrame", "table", (1200, 5), 47_000, "region revenue month")
NUMBER = Variable("answer", "int", size_bytes=28, summary="42")
TEXT = Variable("note", "str", shape=(12,), size_bytes=61, summary="'[bold]\\x1b[31m'")


class Asked(Frame):
    """Keeps what is asked for."""

    def __init__(self, pane: VariablesPane) -> None:
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
        assert pane.news == "2 new"
        pane.changed(VariablesChanged(added=(TEXT,), changed=(NUMBER,), removed=("df",), total=2))
        assert await drawn(pilot, pane) == [
            "▌+ note    str        12      61 B  '[bold]\\x1b[31m'",
            " ~ answer  int                28 B  42",
            " − df      DataFrame                gone",
        ]
        assert pane.news == "1 new · 1 changed · 1 gone"
        pane.changed(VariablesChanged(total=2))
        assert [row[:9].strip(" ▌") for row in await drawn(pilot, pane)] == ["note", "answer"]
        pane.clear()
        assert (await drawn(pilot, pane))[0] == " What cells define shows up here."


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (80, "+ df  DataFrame  1,200×5     47 kB  region revenue month"),
        (52, "+ df  DataFrame  1,200×5  region revenue month"),
        (30, "+ df  DataFrame  region rev…"),
        (18, "+ df  DataFrame"),
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
    return [row.strip(" ▌~+•").split()[0] for row in shown if " by " not in row]


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
        shown = await drawn(pilot, pane)
        assert names(shown) == ["note", "df", "answer"]
        assert shown[-1] == " ↓ by name; s sorts on, S turns"
        await pilot.press("s")
        assert names(await drawn(pilot, pane)) == ["df", "answer", "note"]
        await pilot.press("s")
        assert names(await drawn(pilot, pane)) == ["df", "note", "answer"]
        await pilot.press("s")
        assert names(await drawn(pilot, pane)) == ["answer", "note", "df"]


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


# -- the detail


NODES = (
    VariableNode("'name'", "str", "'x'", (0,)),
    VariableNode("'inner'", "dict", "2 items", (1,), expandable=True),
)


def inspected(detail: VariableDetail, path: tuple[str | int, ...] = (), start: int = 0) -> VariableInspected:
    return VariableInspected(detail.variable.name, detail, path, start)


def table(start: int, rows: int = 10, columns: int = 3) -> VariableDetail:
    return VariableDetail(
        FRAME,
        table=VariableTable(
            tuple(f"column{number}" for number in range(columns)),
            ("int64", *("object" for _ in range(columns - 1))),
            tuple(str(start + number) for number in range(rows)),
            tuple(tuple(f"v{start + number}" for _ in range(columns)) for number in range(rows)),
            1200,
            columns,
        ),
    )


async def opened(pilot: Pilot[None], name: str) -> tuple[VariableDetailScreen, BlockScroll]:
    screen = VariableDetailScreen(name)
    await pilot.app.push_screen(screen)
    await pilot.pause()
    return screen, screen.query_one("#detail", BlockScroll)


async def test_a_table_is_turned_by_rows_and_columns() -> None:
    app = Asked(VariablesPane())
    async with app.run_test(size=(80, 24)) as pilot:
        screen, view = await opened(pilot, "df")
        screen.show(inspected(table(0)))
        assert (await drawn(pilot, view))[:3] == [
            "   column0  column1  column2",
            "     int64  object   object",
            "0       v0  v0       v0",
        ]
        await pilot.press("n")
        screen.show(inspected(table(10), start=10))
        assert (await drawn(pilot, view))[2] == "10      v10  v10      v10"
        await pilot.press("p", "n", "pagedown")
        assert app.inspected == [("df", (), 10), ("df", (), 0), ("df", (), 20), ("df", (), 20)]
        screen.show(inspected(table(0, columns=20)))
        assert (await drawn(pilot, view))[-1] == "columns 1-7 of 20, ← → for the others"
        await pilot.press("right", "right")
        assert (await drawn(pilot, view))[0].split()[0] == "column14"
        await pilot.press("left", "left", "left")
        assert (await drawn(pilot, view))[0].split()[0] == "column0"


async def test_a_tree_asks_for_what_lies_deeper_when_it_is_opened() -> None:
    app = Asked(VariablesPane())
    variable = Variable("d", "dict", shape=(500,))
    async with app.run_test(size=(80, 24)) as pilot:
        screen, view = await opened(pilot, "d")
        screen.show(inspected(VariableDetail(variable, nodes=NODES, total_nodes=500)))
        assert await drawn(pilot, view) == [
            "▌  'name'  str  'x'",
            " ▸ 'inner'  dict  2 items",
            "   … 498 more",
        ]
        await pilot.press("down", "enter")
        assert app.inspected == [("d", (1,), 0)]
        deeper = (VariableNode("'deep'", "int", "1", (1, 0)),)
        screen.show(inspected(VariableDetail(variable, nodes=deeper, total_nodes=1), (1,)))
        assert await drawn(pilot, view) == [
            "   'name'  str  'x'",
            "▌▾ 'inner'  dict  2 items",
            "     'deep'  int  1",
            "   … 498 more",
        ]
        await pilot.press("down", "down", "enter")
        assert app.inspected[1:] == [("d", (), 2)]
        more = (VariableNode("'third'", "int", "3", (2,)),)
        screen.show(inspected(VariableDetail(variable, nodes=more, total_nodes=500), (), 2))
        assert (await drawn(pilot, view))[3:] == ["▌  'third'  int  3", "   … 497 more"]
        await pilot.press("up", "up", "left")
        assert len(await drawn(pilot, view)) == 4
        screen.show(inspected(VariableDetail(variable, error="The kernel is busy."), (1,)))
        await pilot.press("right")
        assert "The kernel is busy." in (await drawn(pilot, view))[2]


async def test_figures_text_source_and_errors_are_shown() -> None:
    app = Asked(VariablesPane())
    detail = VariableDetail(
        Variable("f", "function", "function"),
        statistics=(("mean", "1.5"), ("standard deviation", "0.5")),
        text="a longer [bold] value\nin two lines",
        source="def f(x):\n    return x  # \u202ehidden",
        error="It is gone.",
    )
    async with app.run_test(size=(80, 24)) as pilot:
        screen, view = await opened(pilot, "f")
        screen.show(inspected(detail))
        assert await drawn(pilot, view) == [
            "It is gone.",
            "mean                1.5",
            "standard deviation  0.5",
            "a longer [bold] value",
            "in two lines",
            "def f(x):",
            "    return x  # ⟨U+202E⟩hidden",
        ]
        screen.show(inspected(VariableDetail(Variable("other", "int"))))
        assert len(rows(view)) == 7
        await pilot.press("escape")
        assert not screen.is_attached
