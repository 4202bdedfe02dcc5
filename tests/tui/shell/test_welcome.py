"""What an empty conversation, an empty list and a search that found nothing say; at every size nothing is cut."""

import pytest

from codeact_tui.model.demo_tasks import TASKS
from codeact_tui.tui.widgets.welcome import DEMO_ASKS
from tests.tui.shell.recorded import OPENING, RecordedSession, connect_to
from tests.tui.shell.stage import stage

SIZES = [(60, 20), (80, 24), (120, 36), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_conversation_says_what_can_be_done(size: tuple[int, int]) -> None:
    async with stage(size=size) as play:
        await play.shows("Ask for something.", "y run", "e edit", "n reject")
        assert "…" not in play.screen.welcome.render().plain  # type: ignore[union-attr]
        await play.say("hello")
        await play.until(lambda: not play.screen.welcome.display)


@pytest.mark.parametrize("ask", DEMO_ASKS)
def test_what_is_offered_in_the_demo_is_what_it_knows(ask: str) -> None:
    assert any(ask in task.ask for task in TASKS)


async def test_the_demo_offers_its_tasks_and_a_click_takes_one() -> None:
    async with stage() as play:
        play.screen.welcome.demo = True
        await play.shows("plot a damped wave", "offline demo")
        row = next(at for at, line in enumerate(play.lines()) if "plot a damped wave" in line)
        await play.pilot.click(offset=(play.lines()[row].index("plot") + 1, row))
        await play.until(lambda: play.screen.prompt.text == "plot a damped wave")


@pytest.mark.parametrize("demo", [False, True])
async def test_no_line_is_wider_than_its_room(demo: bool) -> None:
    async with stage(size=(60, 20)) as play:
        play.screen.welcome.demo = demo
        for width in range(36, 80):
            rows = play.screen.welcome.rows(width, 30)
            assert [line.plain for line, _ in rows if line.cell_length > width] == []
            assert any(line.plain.startswith("y run") for line, _ in rows)


@pytest.mark.parametrize("height", range(1, 30))
async def test_what_has_no_room_is_left_out_whole(height: int) -> None:
    async with stage(size=(60, 20)) as play:
        rows = play.screen.welcome.rows(58, height)
        assert 0 < len(rows) <= height


async def test_the_other_panes_say_what_they_are_for() -> None:
    async with stage() as play:
        await play.shows("Code stands here before it runs.", "What a cell prints", "What cells define")


async def test_a_folder_without_sessions_says_how_to_make_one() -> None:
    session = RecordedSession()
    session.play(*OPENING)
    async with stage(connect=connect_to(session)) as play:
        await play.until(lambda: play.screen.link.session is not None)
        await play.pilot.press("ctrl+r")
        await play.shows("This folder has no session yet", "f3 looks in all folders")
        await play.type("xyz")
        await play.shows("Nothing is called so")
        await play.pilot.press(*["backspace"] * 3, "f3")
        await play.shows("There is no session yet")


async def test_a_palette_that_finds_nothing_says_so() -> None:
    async with stage() as play:
        await play.pilot.press("ctrl+p")
        await play.shows("What would you like to do?")
        await play.type("qqqqzzzz")
        await play.shows("Nothing is called so.")
