"""Going back, and forth again."""

from typing import TYPE_CHECKING

from codeact_tui.errors import CodeActError
from codeact_tui.protocol.events import CheckpointsHeld, RewindPreviewed, TravelAsked
from codeact_tui.protocol.ops import Fork, Redo, Rewind, Undo
from codeact_tui.session.points import before_cell
from codeact_tui.tui.commands.session import switch
from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.store.base import SessionSummary
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["fork", "redo", "rewind", "told", "undo"]


def undo(screen: "MainScreen", _argument: str) -> None:
    """Take the last cell back."""
    screen.send(Undo())


def redo(screen: "MainScreen", _argument: str) -> None:
    """Take the last going back itself back."""
    screen.send(Redo())


def fork(screen: "MainScreen", argument: str) -> None:
    """Go on in a new session: from here, or from before the cell of this number."""
    number = argument.strip().strip("[]")
    try:
        point = before_cell(screen.transcript, int(number)).sequence if number.isdecimal() else None
    except CodeActError as error:
        screen.chrome.say(error.sentence, "error")
        return
    _fork_at(screen, point)


def _fork_at(screen: "MainScreen", point: int | None) -> None:
    screen.chrome.say("Making a fork: the conversation so far, and its variables …")
    screen.send(Fork(point))


def told(screen: "MainScreen", event: RewindPreviewed | CheckpointsHeld | TravelAsked) -> None:
    """Hand what was told of going back to the timeline, where that is open; put a question about it."""
    if isinstance(event, TravelAsked):
        _decide(screen, event)
        return
    if screen.travel is None or not screen.travel.is_attached:
        return
    if isinstance(event, RewindPreviewed):
        screen.travel.show(event)
    else:
        screen.travel.refresh_held()


def _decide(screen: "MainScreen", asked: TravelAsked) -> None:
    """Put what has to be decided before going back, and go as the user says; one question at a time."""
    if screen.deciding:
        return
    screen.deciding = True

    async def put() -> None:
        from codeact_tui.tui.screens.travel_question import TravelQuestion

        try:
            answer = await app_of(screen).push_screen_wait(TravelQuestion(asked, screen.guard.delay_s))
        finally:
            screen.deciding = False
        if answer is None:
            screen.chrome.say("Nothing was changed.", "muted")
        elif asked.undoes:
            screen.send(Redo(answer.conflicts, answer.overwrite))
        else:
            screen.send(Rewind(asked.point, asked.what, answer.conflicts, answer.overwrite, answer.way))

    screen.run_worker(put(), group="decide")


def rewind(screen: "MainScreen", argument: str) -> None:
    """Open the timeline, at the cell of this number or at the last point, and go where the user chooses."""

    async def choose() -> None:
        from codeact_tui.tui.screens.travel import TravelScreen

        number = int(argument) if argument.strip().isdecimal() else 0
        forks = await _forks_of(screen)
        screen.travel = TravelScreen(screen.transcript, screen.live, screen.send, number, forks)
        journey = await app_of(screen).push_screen_wait(screen.travel)
        screen.travel = None
        if journey is None:
            return
        if journey.session is not None:
            switch(screen, journey.session)
            return
        if isinstance(journey.op, Fork):
            _fork_at(screen, journey.op.point)
        elif journey.op is not None:
            screen.send(journey.op)
        if journey.prompt and screen.situation().prompt_empty:
            screen.prompt.put(journey.prompt)
        screen.prompt.focus()

    screen.run_worker(choose(), group="pick", exclusive=True)


async def _forks_of(screen: "MainScreen") -> "list[SessionSummary]":
    """List the sessions that go on from a point of this one."""
    link = screen.link
    if link.desk is None or link.session is None:
        return []
    try:
        return [each for each in await link.desk.sessions(everywhere=True) if each.parent == link.session.id]
    except CodeActError as error:
        screen.chrome.say(error.sentence, "error")
        return []
