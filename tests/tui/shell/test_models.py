"""Choosing a model: of what is found, unasked before the first prompt, and never in the way of somebody who types."""

import time

from codeact_tui.config.schema import Config
from codeact_tui.protocol.ops import SetModel, SubmitPrompt
from codeact_tui.tui.screens.pick import PickScreen
from tests.tui.shell.recorded import NOW, OPENING, STORY, RecordedSession, connect_to
from tests.tui.shell.stage import Stage, StageDesk, stage

TITLE = "Which model shall codeact ask?"


def newcomer() -> StageDesk:
    """Give a desk where models are found and none is chosen yet."""
    return StageDesk(Config(), ["Hi."], unasked=True)


async def first_screen(play: Stage) -> None:
    await play.shows(TITLE, "Ollama is running", "OPENAI_API_KEY is set", "the offline demo", "later")


async def test_what_is_found_is_offered_once_before_the_first_prompt() -> None:
    async with stage(desk=newcomer()) as play:
        await first_screen(play)
        await play.pilot.press("down", "enter")
        await play.shows("openai/gpt-4.1 from now on. Kept in ~/.config/codeact/config.toml.")
        assert SetModel("openai/gpt-4.1") in play.ops
        assert play.desk.remembered == {"model.name": "openai/gpt-4.1"}


async def test_the_mouse_chooses_too() -> None:
    async with stage(desk=newcomer()) as play:
        await first_screen(play)
        row = next(at for at, line in enumerate(play.lines()) if "ollama_chat/qwen3" in line)
        column = play.lines()[row].index("ollama_chat")
        await play.pilot.click(offset=(column + 2, row))
        await play.until(lambda: play.desk.remembered == {"model.name": "ollama_chat/qwen3"})


async def test_it_can_be_put_off_and_nothing_is_kept() -> None:
    async with stage(desk=newcomer()) as play:
        await first_screen(play)
        await play.pilot.press("escape")
        await play.shows("The demo for now.")
        assert (play.desk.left, play.desk.remembered) == (1, {})
        assert not any(isinstance(op, SetModel) for op in play.ops)


async def test_later_is_one_of_the_choices() -> None:
    async with stage(desk=newcomer()) as play:
        await first_screen(play)
        await play.pilot.press("down", "down", "down")
        await play.shows("You are asked again")
        await play.pilot.press("enter")
        await play.until(lambda: play.desk.left == 1)


async def test_somebody_who_has_asked_something_already_is_left_alone() -> None:
    async with stage(desk=newcomer(), first_prompt="hello") as play:
        await play.until(lambda: SubmitPrompt("hello") in play.ops)
        await play.idle()
        assert not isinstance(play.app.screen, PickScreen)


async def test_with_a_model_in_the_settings_nothing_is_offered_unasked() -> None:
    async with stage("Hi.") as play:
        await play.say("hello")
        await play.idle()
        assert not isinstance(play.app.screen, PickScreen)


async def test_the_list_says_why_each_can_be_used() -> None:
    async with stage() as play:
        await play.say("/model")
        await play.shows("Ollama is running", "OPENAI_API_KEY is set", "offline, scripted")


async def test_the_model_that_is_asked_already_is_not_set_again() -> None:
    async with stage() as play:
        await play.say("/model scripted")
        await play.shows("scripted is asked already.")
        assert not any(isinstance(op, SetModel) for op in play.ops)


async def test_a_session_that_only_may_be_looked_at_counts_no_time_of_a_turn_elsewhere() -> None:
    session = RecordedSession(writable=False)
    session.play(*OPENING, *STORY[len(OPENING) : len(OPENING) + 3])
    async with stage(connect=connect_to(session), clock=lambda: time.time()) as play:
        await play.shows("a turn was going on when this was opened")
        assert " min " not in play.text


async def test_a_turn_that_is_caught_up_with_counts_from_its_last_event() -> None:
    session = RecordedSession()
    session.play(*OPENING, *STORY[len(OPENING) : len(OPENING) + 3])
    async with stage(connect=connect_to(session), clock=lambda: NOW + 7) as play:
        await play.shows("thinking 7 s")
