"""What the variables' keys do can be done by name too, and so by mouse, from the palette."""

from codeact_tui.tui.screens.variable_change import VariableChangeScreen
from codeact_tui.tui.widgets.variable_groups import GroupRow
from codeact_tui.tui.widgets.variable_row import VariableRow
from tests.tui.shell.stage import Stage, stage
from tests.tui.shell.test_variables_pane import ran, shown


def choose(play: Stage, name: str) -> None:
    rows = [block for block in play.screen.variables.blocks if isinstance(block, VariableRow)]
    play.screen.variables.chosen = next(row for row in rows if row.variable.name == name)


async def test_the_variables_are_worked_on_by_name() -> None:
    async with stage() as play:
        await ran(play, "one = 1; two = 2")
        await ran(play, "one = 11")
        pane = play.screen.variables
        play.screen.action_do("sort_variables")
        await play.until(lambda: pane.has_focus)
        assert shown(play) == ["one", "two"]
        pane.chosen = next(
            each for each in pane.blocks if isinstance(each, VariableRow) and each.variable.name == "two"
        )
        play.screen.action_do("pin_variable")
        assert shown(play) == ["two", "one"]
        play.screen.action_do("group_variables")
        assert any(isinstance(block, GroupRow) for block in pane.blocks)
        play.screen.action_do("group_variables")
        pane.chosen = next(
            each for each in pane.blocks if isinstance(each, VariableRow) and each.variable.name == "one"
        )
        play.screen.action_do("compare_variable")
        await play.until(lambda: isinstance(play.app.screen, VariableChangeScreen))
        await play.pilot.press("escape")
        play.screen.action_do("mention_variable")
        await play.until(lambda: "@one" in play.screen.prompt.text)
        play.screen.action_do("filter_variables")
        await play.until(lambda: pane.filter_line is not None)
        await play.type("two")
        await play.shows("1 of 2")
