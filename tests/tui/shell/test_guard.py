"""When a key is an answer: a keystroke meant for the prompt never approves anything."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.events import Paste

from codeact_tui.model.base import Delta, Finished, TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.ops import Approve, SubmitPrompt
from codeact_tui.tui.guard import Guard
from tests.tui.shell.stage import Stage, cell, interface, stage

DELAY_S = 0.5
Steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 1)),
        st.tuples(st.sampled_from(["type", "show", "gone"]), st.just(0.0)),
    ),
    max_size=30,
)


@given(Steps)
def test_ready_means_shown_and_quiet_for_the_whole_delay(steps: list[tuple[str, float]]) -> None:
    now = 0.0
    guard = Guard(DELAY_S, lambda: now)
    shown: float | None = None
    typed = float("-inf")
    for step, seconds in steps:
        match step:
            case "wait":
                now += seconds
            case "type":
                guard.typed()
                typed = now
            case "show":
                guard.question_shown("question")
                shown = now if shown is None else shown
            case _:
                guard.question_gone()
                shown = None
        wait_s = guard.wait_s()
        assert (wait_s is None) == (shown is None)
        if guard.ready:
            assert shown is not None
            assert now - shown >= DELAY_S - 1e-9
            assert now - typed >= DELAY_S - 1e-9


def test_another_question_begins_the_delay_anew() -> None:
    now = 0.0
    guard = Guard(DELAY_S, lambda: now)
    guard.question_shown("one")
    now = 1.0
    assert guard.ready
    guard.question_shown("two")
    assert not guard.ready
    now = 1.6
    guard.question_shown("two")
    assert guard.ready


def approvals(play: Stage) -> list[Approve]:
    return [op for op in play.ops if isinstance(op, Approve)]


def held(code: str, hold: Hold) -> list[Delta | Hold]:
    """A reply whose cell comes when the hold is released."""
    return [TextDelta("Let me see."), hold, TextDelta(f"<execute>{code}</execute>"), Finished("stop")]


async def test_letters_typed_into_the_prompt_answer_nothing() -> None:
    hold = Hold()
    async with stage(held("1", hold), "Done.", settings=interface(approval_delay_ms=30)) as play:
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.type("yes")
        hold.release()
        await play.until(lambda: play.screen.situation().question and play.screen.guard.ready)
        await play.type(" yea")
        assert play.screen.prompt.text == "yes yea"
        assert play.screen.prompt.has_focus
        assert not approvals(play)


async def test_the_question_takes_the_focus_only_from_an_empty_prompt() -> None:
    hold = Hold()
    async with stage(held("1", hold), "Done.", settings=interface(approval_delay_ms=30)) as play:
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.type("x")
        hold.release()
        await play.until(lambda: play.screen.situation().question and play.screen.guard.ready)
        assert play.screen.prompt.has_focus
        await play.pilot.press("backspace")
        await play.question()
        assert play.screen.cell.view.has_focus


async def test_enter_in_an_empty_prompt_answers_nothing() -> None:
    async with stage(cell("1"), settings=interface(approval_delay_ms=60_000)) as play:
        await play.say("go")
        await play.until(lambda: play.screen.situation().question)
        await play.pilot.press("enter", "enter")
        assert play.screen.prompt.has_focus
        assert not approvals(play)


def hold_letters(play: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the next letter answer only when none has followed for much longer than a test takes."""
    monkeypatch.setattr("codeact_tui.tui.guard.LONE_KEY_S", 3600.0)
    guard: Any = play.screen.guard
    guard.delay_s, guard._shown_at, guard._typed_at = 3600.0, float("-inf"), float("-inf")
    assert guard.ready


async def test_a_burst_of_letters_is_typing_and_goes_to_the_prompt_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(cell("1")) as play:
        await play.ask()
        hold_letters(play, monkeypatch)
        await play.pilot.press("y", "e", "s")
        await play.until(lambda: play.screen.prompt.text == "yes")
        assert play.screen.prompt.has_focus
        assert not approvals(play)


async def test_a_lone_letter_answers_a_moment_later() -> None:
    async with stage(cell("1"), "Done.", settings=interface(approval_delay_ms=40)) as play:
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        assert len(approvals(play)) == 1
        assert play.screen.prompt.empty


async def test_another_letter_begins_a_prompt() -> None:
    async with stage(cell("1"), "Other.") as play:
        await play.ask()
        await play.type("what is this")
        assert play.screen.prompt.text == "what is this"
        assert not approvals(play)
        await play.pilot.press("enter")
        assert SubmitPrompt("what is this") in play.ops


async def test_what_is_pasted_goes_to_the_prompt() -> None:
    async with stage(cell("1")) as play:
        await play.ask()
        play.screen.cell.view.post_message(Paste("yes\ny\n"))
        await play.until(lambda: play.screen.prompt.text == "yes\ny\n")
        assert not approvals(play)


async def test_escape_takes_a_held_letter_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(cell("1")) as play:
        await play.ask()
        hold_letters(play, monkeypatch)
        await play.pilot.press("y", "escape")
        await play.idle()
        assert not approvals(play)
        assert play.kernel.executed == []


async def test_keys_pressed_in_the_help_are_no_answers() -> None:
    async with stage(cell("1"), settings=interface(approval_delay_ms=60_000)) as play:
        play.screen.guard.delay_s = 0.0
        await play.ask()
        await play.pilot.press("f1")
        await play.until(lambda: play.app.screen is not play.screen)
        play.screen.guard.delay_s = 60.0
        await play.pilot.press("enter")
        await play.until(lambda: play.app.screen is play.screen)
        await play.pilot.press("enter")
        assert not approvals(play)


async def test_what_is_on_its_way_to_a_pane_when_the_prompt_gets_the_focus_is_typed_there() -> None:
    async with stage() as play:
        assert play.screen.focused is play.screen.prompt
        for character in "run":
            key = events.Key(character, character)
            cast("Any", key)._set_forwarded()  # as the application does, which gives it to who has the focus then
            play.screen.cell.body.post_message(key)
        await play.until(lambda: play.screen.prompt.text == "run")
