"""Sessions, models, policy; and leaving."""

from typing import TYPE_CHECKING, get_args

from codeact_tui.errors import CodeActError
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Continue, Policy, RenameSession, SetPolicy
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.widgets.status import tokens_words

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["cost", "cycle_policy", "export", "go_on", "leave", "new", "pick", "policy", "rename", "switch"]

_POLICIES: dict[Policy, str] = {
    "ask": "you decide about each cell",
    "safe": "what only computes, and reads in this folder, runs by itself",
    "sandbox": "what the sandbox confines runs by itself",
    "turn": "the rest of a turn runs by itself",
    "all": "everything runs by itself",
}
_CYCLE: tuple[Policy, ...] = ("ask", "safe", "sandbox")


def go_on(screen: "MainScreen", _argument: str) -> None:
    """Go on with the turn."""
    screen.attention.answered()
    screen.send(Continue())


def policy(screen: "MainScreen", argument: str) -> None:
    """Set who decides, or ask."""
    if argument in get_args(Policy):
        _set_policy(screen, next(each for each in _POLICIES if each == argument))
        return

    async def choose() -> None:
        from codeact_tui.tui.screens.pick import Choice, PickScreen

        choices = [Choice(name, words=f"From now on {words}.") for name, words in _POLICIES.items()]
        chosen = await app_of(screen).push_screen_wait(PickScreen("Who decides", choices, screen.transcript.policy))
        if chosen is not None:
            policy(screen, chosen)

    screen.run_worker(choose(), group="pick", exclusive=True)


def cycle_policy(screen: "MainScreen", _argument: str) -> None:
    """Go on to the next policy: ask, safe, sandbox."""
    now = screen.transcript.policy
    at = _CYCLE.index(now) if now in _CYCLE else -1
    _set_policy(screen, _CYCLE[(at + 1) % len(_CYCLE)])


def _set_policy(screen: "MainScreen", chosen: Policy) -> None:
    screen.send(SetPolicy(chosen))
    screen.chrome.say(f"From now on {_POLICIES[chosen]}.")


def new(screen: "MainScreen", _argument: str) -> None:
    """Begin a new session."""
    switch(screen, None)


def switch(screen: "MainScreen", session: SessionId | None) -> None:
    """Show another session, or a new one."""

    async def open_it() -> None:
        try:
            await screen.link.switch(session)
        except CodeActError as error:
            screen.chrome.say(error.sentence, "error")
            return
        screen.session_opened()

    screen.run_worker(open_it(), group="session", exclusive=True)


def pick(screen: "MainScreen", _argument: str) -> None:
    """Let the user find a session."""

    async def choose() -> None:
        from codeact_tui.tui.screens.sessions import SessionsScreen

        if screen.link.desk is None:
            return
        current = screen.link.session.id if screen.link.session else None
        chosen = await app_of(screen).push_screen_wait(SessionsScreen(screen.link.desk, current, screen.clock))
        if chosen is not None or current is None:
            switch(screen, chosen)

    screen.run_worker(choose(), group="pick", exclusive=True)


def rename(screen: "MainScreen", argument: str) -> None:
    """Give the session a title."""
    if argument:
        screen.send(RenameSession(argument))
    else:
        screen.prompt.put("/rename ")
        screen.prompt.focus()


def export(screen: "MainScreen", argument: str) -> None:
    """Write the session in another form."""

    async def write() -> None:
        link = screen.link
        if link.desk is None or link.session is None:
            return
        try:
            said = await link.desk.export(link.session.id, argument)
        except CodeActError as error:
            screen.chrome.say(error.sentence, "error")
            return
        screen.chrome.say(" ".join(said))

    screen.run_worker(write(), group="export", exclusive=True)


def cost(screen: "MainScreen", _argument: str) -> None:
    """Say what has been used."""
    transcript = screen.transcript
    used = transcript.usage
    words = [
        f"{tokens_words(used.input_tokens or 0)} tokens in, {tokens_words(used.output_tokens or 0)} out",
        f"${used.cost_usd:.4f}" if used.cost_usd is not None else "cost unknown",
    ]
    if used.cost_usd is not None and transcript.unpriced:
        words.append(f"{transcript.unpriced} requests of unknown cost")
    if transcript.last_input_tokens is not None:
        words.append(f"{tokens_words(transcript.last_input_tokens)} in the last request")
    screen.chrome.say(" · ".join(words))


def leave(screen: "MainScreen", _argument: str) -> None:
    """Close the session and the application."""
    app_of(screen).exit()
