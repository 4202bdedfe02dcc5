"""A variable before and after the last cell that changed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.lines import width_of
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.variable_change import ChangeBlock, VariableChangeScreen
from codeact_tui.tui.widgets.variable_box import VariablesBox
from codeact_tui.tui.widgets.variable_changes import Change, VariableChanges
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.hostile_text import HOSTILE
from tests.tui.widgets.test_variables import FRAME, NUMBER, TEXT, Asked, rows

WIDER = Variable("df", "pandas.DataFrame", "table", (1200, 6), 56_600, "region revenue month share")
FIRST, SECOND = ActionId("a1"), ActionId("a2")


def test_the_last_change_is_remembered_with_what_was_before() -> None:
    changes = VariableChanges()
    changes.take(VariablesChanged(FIRST, added=(FRAME, NUMBER)))
    assert changes.of("df") == Change(FIRST, FRAME, new=True)
    changes.take(VariablesChanged(SECOND, changed=(WIDER,)))
    assert changes.of("df") == Change(SECOND, WIDER, FRAME)
    assert changes.of("answer") == Change(FIRST, NUMBER, new=True)
    changes.take(VariablesChanged(SECOND, removed=("df",)))
    assert changes.of("df") is None
    changes.clear()
    assert changes.of("answer") is None


def test_a_list_tells_what_was_before_only_where_nothing_is_known() -> None:
    changes = VariableChanges()
    changes.learn((FRAME,))
    changes.learn((WIDER, NUMBER))
    changes.take(VariablesChanged(FIRST, changed=(WIDER,)))
    assert changes.of("df") == Change(FIRST, WIDER, FRAME)


def test_after_a_look_that_was_cut_short_nothing_is_certain() -> None:
    changes = VariableChanges()
    changes.take(VariablesChanged(FIRST, added=(FRAME, NUMBER)))
    changes.take(VariablesChanged(SECOND, changed=(NUMBER,), cut=True))
    changes.take(VariablesChanged(SECOND, changed=(WIDER, NUMBER)))
    assert changes.of("df") == Change(SECOND, WIDER)
    assert changes.of("answer") == Change(SECOND, NUMBER, NUMBER)


def shown(change: Change, width: int = 70) -> list[str]:
    return [line.text.rstrip() for line in ChangeBlock(change).render(width, Paint())]


def test_what_changed_is_marked() -> None:
    assert shown(Change(FIRST, WIDER, FRAME)) == [
        "  type   pandas.DataFrame",
        "~ shape  1,200×5 → 1,200×6",
        "~ size   47 kB → 57 kB",
        "~ value  region revenue month → region revenue month share",
    ]
    assert shown(Change(FIRST, WIDER, FRAME), 40)[3:] == [
        "~ value  region revenue month",
        "       → region revenue month share",
    ]
    assert shown(Change(FIRST, TEXT, Variable("note", "int", summary="1")))[:3] == [
        "~ type   int → str",
        "~ shape  – → 12",
        "~ size   – → 61 B",
    ]


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (Change(FIRST, NUMBER, new=True), "It was not there before."),
        (Change(FIRST, NUMBER), "What it was before is not known: there were too many variables to look"),
        (Change(FIRST, NUMBER, NUMBER), "It was set anew; all that can be seen of it is as before."),
    ],
)
def test_where_there_is_nothing_to_compare_it_is_said(change: Change, note: str) -> None:
    lines = shown(change, 76)
    assert lines[:3] == ["  type   int", "  size   28 B", "  value  42"]
    assert lines[4].strip().startswith(note)


HOSTILE_TEXT = st.one_of(st.text(max_size=300), st.sampled_from(sorted(HOSTILE.values())))


@given(HOSTILE_TEXT, HOSTILE_TEXT, st.integers(12, 120))
def test_hostile_values_keep_the_box(before: str, after: str, width: int) -> None:
    was, now = (Variable("x", text, summary=text) for text in (before, after))
    for line in ChangeBlock(Change(FIRST, now, was)).render(width, Paint()):
        assert width_of(line.pieces) <= width
        assert not {"\x1b", "\n", "\r", "\u202e"} & set(line.text)


async def test_a_key_shows_the_change_and_only_where_there_is_one() -> None:
    pane = VariablesPane()
    app = Asked(VariablesBox(pane))
    async with app.run_test(size=(80, 20)) as pilot:
        pane.listed(VariablesListed((FRAME, NUMBER), total=2))
        pane.focus()
        await pilot.press("c")
        assert len(app.screen_stack) == 1
        pane.changed(VariablesChanged(SECOND, changed=(WIDER,), total=2))
        await pilot.press("c")
        screen = app.screen
        assert isinstance(screen, VariableChangeScreen)
        await pilot.pause()
        view = screen.query_one("#change", BlockScroll)
        assert [row.strip() for row in rows(view)] == [
            "type   pandas.DataFrame",
            "~ shape  1,200×5 → 1,200×6",
            "~ size   47 kB → 57 kB",
            "~ value  region revenue month → region revenue month share",
        ]
        assert view.size.height == 4
        assert "df · changed by [2]" in str(screen.query_one("#change-box").border_title)
        await pilot.press("escape")
        assert len(app.screen_stack) == 1
        await pilot.press("down", "c")
        assert len(app.screen_stack) == 1
