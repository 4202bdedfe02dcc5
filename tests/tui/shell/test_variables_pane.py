"""The variables in the whole screen: their keys beside those of the registry, what a real cell does to them."""

from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.ops import Continue, Interrupt
from codeact_tui.tui.screens.variable_change import VariableChangeScreen
from codeact_tui.tui.widgets.variable_row import VariableRow
from tests.tui.shell.stage import Stage, cell, stage


async def ran(play: Stage, code: str) -> None:
    """Run a cell of the user's, and wait until what it did is listed."""
    before = play.screen.variables.list.touched
    await play.say(f"!{code}")
    await play.until(lambda: not play.screen.live.busy and play.screen.variables.list.touched != before, code)


def shown(play: Stage) -> list[str]:
    return [block.variable.name for block in play.screen.variables.blocks if isinstance(block, VariableRow)]


async def test_a_filter_is_typed_in_the_pane_and_stays_over_cells() -> None:
    async with stage() as play:
        await ran(play, "one = 1; word = 'w'")
        await play.pilot.press("f4")
        await play.type("/str")
        await play.shows("1 of 2")
        assert shown(play) == ["word"]
        assert play.screen.prompt.empty
        await play.pilot.press("enter")
        assert play.screen.variables.has_focus
        play.screen.prompt.focus()
        await ran(play, "other = 'o'; two = 2")
        assert shown(play) == ["other", "word"]
        await play.shows("2 of 4")


async def test_escape_clears_the_filter_and_only_then_stops() -> None:
    hold = Hold()
    async with stage([hold], "Later.") as play:
        await ran(play, "one = 1")
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.pilot.press("f4")
        await play.type("/one")
        await play.pilot.press("enter", "escape")
        assert Interrupt() not in play.ops
        assert play.screen.variables.filter_line is None
        await play.pilot.press("escape")
        assert play.ops[-1] == Interrupt()
        hold.release()


async def test_a_variable_is_compared_before_and_after_a_real_cell() -> None:
    async with stage() as play:
        await ran(play, "numbers = [1, 2]; other = 1")
        await ran(play, "numbers.append(3)")
        await play.pilot.press("f4", "c")
        await play.until(lambda: isinstance(play.app.screen, VariableChangeScreen))
        await play.shows("numbers · changed by [2]", "~ shape  2 → 3", "[1, 2] → [1, 2, 3]")
        await play.pilot.press("escape")
        await play.until(lambda: play.app.screen is play.screen)
        assert play.screen.variables.has_focus


async def test_where_there_is_nothing_to_compare_the_key_means_what_it_does_elsewhere() -> None:
    hold = Hold()
    async with stage([hold], "Done.") as play:
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.pilot.press("escape")
        hold.release()
        await play.until(lambda: play.screen.live.can_continue)
        await play.pilot.press("f4", "c")
        await play.until(lambda: Continue() in play.ops)


async def test_the_panes_keys_answer_no_question() -> None:
    async with stage(cell("print(1)"), "Done.") as play:
        await ran(play, "one = 1; word = 'w'")
        await play.ask()
        await play.pilot.press("f4", "g", "s", "v", "p")
        assert play.screen.variables.list.grouped
        assert play.screen.situation().question
        await play.shows("▾ pinned  1", "▾ values  1")


async def test_a_restart_forgets_what_was_before() -> None:
    async with stage() as play:
        await ran(play, "one = 1")
        assert play.screen.variables.list.changes.of("one") is not None
        await play.pilot.press("f7")
        await play.until(lambda: not play.screen.variables.list.known)
        assert play.screen.variables.list.changes.of("one") is None
