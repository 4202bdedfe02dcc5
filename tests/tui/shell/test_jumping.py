"""Jump labels, and what the mouse can press: everything in sight, by the same actions as the keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Offset
from textual.widget import Widget

from codeact_tui.protocol.ops import Approve, Reject
from codeact_tui.tui.jumping import targets
from codeact_tui.tui.screens.jump import JumpScreen, labels
from tests.tui.shell.stage import Stage, cell, interface, stage


@given(st.integers(0, 26 * 26))
def test_no_label_is_the_beginning_of_another(count: int) -> None:
    found = labels(count)
    assert len(set(found)) == count
    singles = {label for label in found if len(label) == 1}
    assert not [label for label in found if len(label) == 2 and label[0] in singles]
    assert count > 26 or len(singles) == count


async def overlay(play: Stage, key: str = "f9") -> JumpScreen:
    await play.pilot.press(key)
    await play.until(lambda: isinstance(play.app.screen, JumpScreen) and play.app.screen.is_attached)
    await play.pilot.pause()
    screen = play.app.screen
    assert isinstance(screen, JumpScreen)
    return screen


def label_at(play: Stage, place: Offset) -> str:
    """Give the label that stands over a place of the main screen."""
    found = targets(play.screen)
    names = labels(len(found))
    return next(names[at] for at, target in enumerate(found) if target.place == place)


def corner(widget: Widget) -> Offset:
    return widget.region.offset


async def test_a_pane_is_two_keys_away() -> None:
    async with stage() as play:
        label = label_at(play, corner(play.screen.variables_pane))
        await overlay(play)
        await play.shows(f" {label} ")
        await play.pilot.press(*label)
        await play.until(lambda: play.screen.variables.has_focus)
        assert play.app.screen is play.screen


async def test_escape_and_wrong_letters_leave_everything_as_it_was() -> None:
    async with stage() as play:
        await overlay(play, "alt+j")
        await play.pilot.press("escape")
        await play.until(lambda: play.app.screen is play.screen)
        await overlay(play)
        await play.pilot.press("exclamation_mark")
        await play.until(lambda: play.app.screen is play.screen)
        assert play.screen.prompt.has_focus
        assert play.screen.prompt.empty


async def test_a_cell_of_the_conversation_is_chosen() -> None:
    async with stage(cell("x = 1"), cell("y = 2"), "Done.") as play:
        await play.ask()
        await play.pilot.press("t")
        await play.idle()
        view = play.screen.conversation
        rows = [y for y, line in enumerate(play.lines()) if "[1] " in line and y < view.region.bottom]
        label = label_at(play, Offset(view.region.x, rows[0]))
        await overlay(play)
        await play.pilot.press(*label)
        await play.until(lambda: view.selected == "a1")
        assert view.has_focus


async def test_typing_a_label_answers_no_question() -> None:
    async with stage(cell("1"), settings=interface(approval_delay_ms=60_000)) as play:
        play.screen.guard.delay_s = 0.0
        await play.ask()
        await overlay(play)
        await play.pilot.press("y")
        await play.until(lambda: play.app.screen is play.screen)
        assert not [op for op in play.ops if isinstance(op, Approve)]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36), (200, 60)], ids=str)
async def test_every_pane_in_sight_can_be_gone_to(size: tuple[int, int]) -> None:
    async with stage(cell("x = 1"), "Done.", size=size) as play:
        await play.ask()
        found = targets(play.screen)
        assert len({target.place for target in found}) == len(found)
        for widget in play.screen.focus_chain:
            if widget.region.area:
                goes = [target.go for target in found if getattr(target.go, "__self__", None) is widget]
                assert len(goes) == 1, widget
                goes[0]()
                await play.until(lambda widget=widget: play.screen.focused is widget, f"{widget} has the focus")


async def click(play: Stage, words: str) -> None:
    """Click on words where they stand on the screen."""
    await play.shows(words)
    y, line = next((y, line) for y, line in enumerate(play.lines()) if words in line)
    await play.pilot.click(offset=(line.index(words) + 1, y))
    await play.pilot.pause()


async def test_the_keys_of_a_question_can_be_clicked() -> None:
    async with stage(cell("x = 1"), cell("y = 2"), "Done.") as play:
        await play.ask()
        await click(play, "y run")
        await play.until(lambda: play.kernel.executed == ["x = 1"])
        await play.question()
        await click(play, "n reject")
        await play.idle()
        assert [op for op in play.ops if isinstance(op, Reject)]
        assert play.kernel.executed == ["x = 1"]


async def test_a_question_just_come_is_not_answered_by_a_click() -> None:
    async with stage(cell("x = 1"), settings=interface(approval_delay_ms=60_000)) as play:
        await play.say("go")
        await play.until(lambda: play.screen.situation().question)
        await click(play, "y run")
        assert not [op for op in play.ops if isinstance(op, Approve)]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("f1 help", "Here and now"),
        ("ctrl+p palette", "What would you like to do?"),
        ("ask ·", "turn"),
        ("scripted", "gpt-4.1"),
    ],
)
async def test_hints_and_status_can_be_clicked(words: str, shown: str) -> None:
    async with stage() as play:
        await click(play, words)
        await play.until(lambda: play.app.screen is not play.screen)
        await play.shows(shown)


async def test_tabs_can_be_clicked() -> None:
    async with stage(cell("x = 1"), "Done.", size=(80, 24)) as play:
        await play.ask()
        await click(play, " variables ")
        assert play.screen.tabs.chosen == "variables"


@pytest.mark.parametrize("size", [(60, 20), (120, 36)], ids=str)
async def test_where_the_focus_is_can_be_seen(size: tuple[int, int]) -> None:
    async with stage(cell("x = 1"), "Done.", size=size) as play:
        await play.ask()
        for _ in range(6):
            await play.pilot.press("f6")
            focused = play.screen.focused
            assert focused is not None
            in_prompt = focused is play.screen.prompt
            heavy = sum(line.count("━") for line in play.lines())
            assert in_prompt or heavy, focused
            assert not in_prompt or focused.region.area
