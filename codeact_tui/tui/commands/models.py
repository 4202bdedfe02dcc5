"""Choosing the model: of what is found, when the user asks, and once unasked before the first prompt."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from codeact_tui.errors import CodeActError
from codeact_tui.protocol.ops import SetModel
from codeact_tui.session.base import ModelOffer
from codeact_tui.tui.commands.looks import keep_choice
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.text import one_line

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["model", "offer_models"]

_LATER = "\0later"
_DEMO = "demo"
_NOTES = {_DEMO: "offline, scripted"}
_WORDS = "Asked from the next request on, and by every new session."
_DEMO_WORDS = "Plays nine tasks on the real Python, and says that it is a script. Nothing leaves this machine."
_LATER_WORDS = "The demo for now. You are asked again when another key or server is found; /model chooses at any time."
_LEAD = "codeact found these. Keys stay in the environment: they are never shown, stored or visible from a cell."


def model(screen: "MainScreen", argument: str) -> None:
    """Set the model of this session, or let the user choose one for this and the next ones."""
    if argument:
        if argument != screen.transcript.model:
            screen.send(SetModel(argument))
        else:
            screen.chrome.say(f"{one_line(argument)} is asked already.")
        return

    async def choose() -> None:
        if screen.link.desk is None:
            return
        screen.chrome.say("Looking for keys and local servers …")
        try:
            found = await screen.link.desk.offers()
        except CodeActError as error:
            screen.chrome.say(error.sentence, "error")
            return
        screen.chrome.unsay()
        await _ask(screen, found, title="model")

    screen.run_worker(choose(), group="pick", exclusive=True)


async def offer_models(screen: "MainScreen") -> None:
    """Offer what was found to somebody who has not decided yet; one who is typing already is only told."""
    link = screen.link
    if link.desk is None or not link.writable or screen.transcript.turn:
        return
    try:
        found = await link.desk.offers(unasked=True)
    except CodeActError:
        return
    if not found or screen.transcript.turn or not screen.link.writable:
        return
    if screen.prompt.empty and screen.is_current:
        await _ask(screen, found, title="Which model shall codeact ask?", unasked=True)
    else:
        screen.chrome.say(f"Found {one_line(found[0].name)}: /model chooses it.")


async def _ask(screen: "MainScreen", found: Sequence[ModelOffer], *, title: str, unasked: bool = False) -> None:
    from codeact_tui.tui.screens.pick import Choice, PickScreen

    choices = [
        Choice(
            offer.name,
            label="the offline demo" if offer.name == _DEMO else "",
            note=_NOTES.get(offer.name, one_line(offer.why, 60)),
            words=_DEMO_WORDS if offer.name == _DEMO else _WORDS,
        )
        for offer in found
    ]
    keys = "enter choose · esc back"
    if unasked:
        choices.append(Choice(_LATER, label="I will configure it later", words=_LATER_WORDS))
        keys = "↑ ↓ move · enter choose · esc later"
    current = "" if unasked else screen.transcript.model
    chosen = await app_of(screen).push_screen_wait(PickScreen(title, choices, current, lead=_LEAD, keys=keys))
    if chosen is None or chosen == _LATER:
        if unasked and screen.link.desk is not None:
            await screen.link.desk.put_off()
            screen.chrome.say("The demo for now. /model chooses another at any time.")
        return
    if chosen != screen.transcript.model:
        screen.send(SetModel(chosen))
    keep_choice(screen, "model.name", chosen)
