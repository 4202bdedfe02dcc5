"""`@name`: a variable named in the prompt, from the list of variables or as one types."""

from codeact_tui.protocol.ops import SubmitPrompt
from tests.tui.shell.stage import Stage, stage


async def made(play: Stage, code: str = "answer = 42") -> None:
    """Run a cell of the user's."""
    await play.say(f"!{code}")
    await play.until(lambda: play.screen.variables.list.known and not play.screen.live.busy, "there is a variable")


async def test_a_key_in_the_list_puts_the_name_into_the_prompt() -> None:
    async with stage("It is a number.") as play:
        await made(play)
        await play.type("double")
        await play.pilot.press("f4", "at")
        await play.until(lambda: play.screen.prompt.has_focus)
        assert play.screen.prompt.text == "double @answer "
        await play.type("now")
        await play.pilot.press("enter")
        assert play.ops[-1] == SubmitPrompt("double @answer now")
        await play.shows("› double @answer now", "  @answer: int", "It is a number.")
    sent = play.desk.model.requests[0].messages[-1].content
    assert "@answer: int, 28 bytes, 42" in sent


async def test_in_code_of_ones_own_it_is_the_name_alone() -> None:
    async with stage() as play:
        await made(play)
        await play.type("!print(")
        await play.pilot.press("f4", "at")
        await play.until(lambda: "answer" in play.screen.prompt.text)
        assert play.screen.prompt.text == "!print( answer "


async def test_a_variable_is_completed_before_files() -> None:
    async with stage() as play:
        await made(play, "sales = [1]; salary = 2")
        await play.type("look at @sal")
        await play.until(lambda: play.screen.completions.open)
        await play.shows("sales", "list 1", "salary", "int")
        await play.pilot.press("tab")
        assert play.screen.prompt.text in {"look at @sales ", "look at @salary "}


async def test_a_name_that_is_none_of_pythons_is_not_put_in() -> None:
    async with stage() as play:
        await made(play, "globals()['two words'] = 1")
        await play.pilot.press("f4", "at")
        await play.shows("A prompt can only name variables")
        assert play.screen.prompt.empty


async def test_what_names_no_variable_stays_text() -> None:
    async with stage("Well.") as play:
        await made(play)
        await play.say("see @nothing")
        await play.idle()
        await play.shows("› see @nothing", "Well.")
    assert play.desk.model.requests[0].messages[-1].content.endswith("see @nothing")
