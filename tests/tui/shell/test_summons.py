"""Who looks elsewhere is told once that codeact waits; what is told can do nothing but be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import AppBlur, AppFocus

from codeact_tui.config.schema import InterfaceConfig
from codeact_tui.model.base import Finished, TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.ops import Approve
from codeact_tui.tui.terminal_words import KEEP_TITLE, RESTORE_TITLE, harmless, notification, title
from tests.hostile_text import HOSTILE
from tests.tui.shell.stage import Stage, cell, interface, stage

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@given(st.text(max_size=1000))
def test_any_text_is_harmless_in_a_title(text: str) -> None:
    assert CONTROL.search(harmless(text)) is None
    assert len(harmless(text)) <= 120
    assert re.fullmatch(r"\x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x07", title(text))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_cannot_leave_its_notification(text: str) -> None:
    assert re.fullmatch(r"\x1b\]9;[^\x00-\x1f\x7f-\x9f]*\x07", notification(text, {}))


def test_tmux_and_screen_pass_it_on() -> None:
    assert notification("hi", {"TMUX": "/tmp/tmux-0/default,1,0"}) == "\x1bPtmux;\x1b\x1b]9;hi\x07\x1b\\\x07"
    assert notification("hi", {"STY": "123.pts-0"}) == "\x1bP\x1b]9;hi\x07\x1b\\\x07"
    assert notification("hi", {"TERM": "xterm-256color"}) == "\x1b]9;hi\x07"


def listen(play: Stage) -> list[str]:
    written: list[str] = []
    play.screen.summons.write = written.append
    return written


async def leave_window(play: Stage) -> None:
    play.app.post_message(AppBlur())
    await play.until(lambda: not play.app.app_focus)


async def come_back(play: Stage) -> None:
    play.app.post_message(AppFocus())
    await play.until(lambda: play.app.app_focus)
    await play.pilot.pause()


async def ask_unseen(play: Stage, hold: Hold) -> list[str]:
    """Let a question come up while the window has no focus; give what the terminal was told."""
    await play.say("go")
    await play.until(hold.reached.is_set)
    await leave_window(play)
    written = listen(play)
    hold.release()
    await play.until(lambda: play.screen.live.waiting)
    await play.until(lambda: any("waits for you" in each for each in written))
    return written


def held(hold: Hold) -> list[object]:
    return [TextDelta("Let me see."), hold, TextDelta("<execute>1</execute>"), Finished("stop")]


@pytest.mark.parametrize(
    ("setting", "told"),
    [("desktop", "\x1b]9;codeact waits for you"), ("bell", "\x07"), ("off", "")],
)
async def test_a_question_is_told_once_to_who_looks_elsewhere(
    setting: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    hold = Hold()
    settings: InterfaceConfig = interface(notify=setting)
    async with stage(held(hold), "Done.", settings=settings) as play:  # pyright: ignore[reportArgumentType]
        written = await ask_unseen(play, hold)
        play.screen.settle(())
        play.screen.settle(())
        notices = [each for each in written if not each.startswith("\x1b]2;")]
        assert [each.startswith(told) for each in notices] == ([True] if told else [])
        assert any(each.startswith("\x1b]2;● codeact waits for you") for each in written)
        written.clear()
        await come_back(play)
        await play.until(lambda: written[-1:] == [title("codeact · go")])


async def test_who_looks_is_not_told() -> None:
    async with stage(cell("1"), "Done.") as play:
        written = listen(play)
        await play.ask()
        assert [each for each in written if not each.startswith("\x1b]2;codeact")] == []


async def test_the_end_of_a_turn_is_told_too() -> None:
    hold = Hold()
    async with stage([TextDelta("Well,"), hold, TextDelta(" yes."), Finished("stop")]) as play:
        await play.say("go")
        await play.until(hold.reached.is_set)
        await leave_window(play)
        written = listen(play)
        hold.release()
        await play.until(lambda: any("codeact is done" in each for each in written))
        await come_back(play)
        await play.until(lambda: written[-1] == title("codeact · go"))


async def test_a_question_that_came_unseen_does_not_take_the_prompt() -> None:
    hold = Hold()
    async with stage(held(hold), "Done.") as play:  # pyright: ignore[reportArgumentType]
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.type("not yet")
        await leave_window(play)
        hold.release()
        await play.until(lambda: play.screen.live.waiting)
        await come_back(play)
        await play.until(lambda: play.screen.prompt.has_focus)
        await play.type("y")
        assert play.screen.prompt.text == "not yety"
        assert not [op for op in play.ops if isinstance(op, Approve)]


async def test_an_unseen_question_gets_the_focus_when_one_looks_again() -> None:
    hold = Hold()
    async with stage(held(hold), "Done.") as play:  # pyright: ignore[reportArgumentType]
        await ask_unseen(play, hold)
        assert play.screen.focused is None
        await come_back(play)
        await play.question()


async def test_the_terminal_gets_its_title_back() -> None:
    async with stage() as play:
        written = listen(play)
        play.screen.summons.begin()
        play.screen.summons.end()
        play.screen.summons.end()
        assert written == [KEEP_TITLE, RESTORE_TITLE]
