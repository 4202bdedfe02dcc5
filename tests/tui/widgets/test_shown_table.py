"""A displayed table, scrolled in a screen of its own: nothing that its data says has it ask for ever."""

from textual.widgets import Static

from codeact_tui.protocol.variables import VariableTable
from codeact_tui.tui.screens.shown_table import ShownTableScreen
from codeact_tui.tui.widgets.frame_view import FrameView
from tests.tui.widgets.frame import Frame


async def test_a_table_that_calls_itself_unsorted_is_shown_at_once() -> None:
    table = VariableTable(
        columns=("a",), dtypes=("int64",), index=("0",), rows=(("7",),), total_rows=1, total_columns=1, sorting=True
    )
    async with Frame(Static()).run_test(size=(80, 24)) as pilot:
        await pilot.app.push_screen(ShownTableScreen("table of [1]", table))
        await pilot.pause()
        tiles = pilot.app.screen.query_one(FrameView).tiles
        assert not tiles.sorting
        assert tiles.cell(0, 0) == ("7", False)
