"""Forks on the screen: made from the prompt and the timeline, opened, and drawn as a tree."""

from codeact_tui.protocol.ops import Fork
from codeact_tui.tui.screens.travel import TravelScreen
from tests.tui.shell.stage import stage


async def test_a_fork_opens_in_the_place_of_its_parent_and_stands_below_it_in_the_list() -> None:
    async with stage("One.", "Two.", "Three.") as play:
        await play.say("a first question")
        await play.idle()
        parent = play.screen.transcript.session
        await play.say("/fork")
        await play.until(lambda: play.screen.transcript.session != parent)
        await play.shows("a fork of “a first question”", "› a first question")
        play.desk.model.scripts[:] = ["Another answer."]
        await play.say("another question")
        await play.shows("Another answer.")
        await play.idle()
        await play.pilot.press("ctrl+r")
        await play.shows("a first question ", "└╴another question")
        for columns in (60, 80, 200):
            await play.pilot.resize_terminal(columns, 30)
            await play.shows("└╴another question")
        for letter in "first":
            await play.pilot.press(letter)
        await play.until(lambda: "└╴" not in play.text)


async def test_the_timeline_forks_at_a_point_and_shows_the_forks_that_there_are() -> None:
    async with stage("One.", "Two.") as play:
        for prompt in ("a first question", "a second question"):
            await play.say(prompt)
            await play.idle()
        parent = play.screen.transcript.session
        await play.pilot.press("f10")
        await play.shows("› a second question", "f fork")
        await play.pilot.press("f")
        await play.until(lambda: any(isinstance(op, Fork) and op.point for op in play.ops))
        await play.until(lambda: play.screen.transcript.session != parent)
        assert play.screen.transcript.turn == 1
        fork = play.screen.transcript.session
        play.screen.run_worker(play.screen.link.switch(parent))
        await play.until(lambda: play.screen.transcript.session == parent)
        play.screen.session_opened()
        await play.pilot.press("f10")
        await play.shows("↳ a first question", "a fork")
        await play.until(lambda: isinstance(play.app.screen, TravelScreen))
        await play.pilot.press("down")
        await play.shows("A session that goes on from here")
        await play.pilot.press("enter")
        await play.until(lambda: play.screen.transcript.session == fork)
