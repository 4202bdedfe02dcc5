"""Allowing for longer than once: rules, hosts, and what the sandbox has refused."""

import asyncio
import os
from typing import TYPE_CHECKING, cast

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.rules import Place, offered, sentence
from codeact_tui.protocol.ops import AddRules, AllowRefused, AnswerHost, Approve
from codeact_tui.protocol.permissions import HostAnswer, PermissionScope, Rule
from codeact_tui.session.permission_words import grant_words, offers_of
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.text import one_line

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = [
    "allow_careful",
    "allow_refused",
    "always",
    "host_never",
    "host_once",
    "host_project",
    "host_refuse",
    "host_session",
    "permissions",
]

_MOST_RULES = 6
_NO_RULE = "No rule can say what this cell does: some of it can't be told from its code."


def allow_careful(screen: "MainScreen", _argument: str) -> None:
    """Run what is shown, and the rest of the turn as long as it changes nothing."""
    shown = screen.cell.shown
    if shown is not None and shown.action == screen.live.waiting:
        screen.attention.answered()
        screen.send(Approve(shown.action, shown.revision, shown.sha256, scope="careful"))


# -- rules


def always(screen: "MainScreen", _argument: str) -> None:
    """Offer the rules by which a cell like the one that waits runs unasked."""
    record, shown = screen.record(), screen.cell.shown
    if record is None or record.request is None or shown is None or shown.action != screen.live.waiting:
        return
    told, folder = Analysis(record.request.effects, record.request.problem), screen.transcript.folder

    async def offer() -> None:
        from codeact_tui.tui.screens.rules import RuleScreen

        rules = await asyncio.to_thread(_offered, told, folder)
        if rules is None or len(rules) > _MOST_RULES:
            screen.chrome.say(_NO_RULE, "warning")
            return
        words = [sentence(rule, "project") for rule in rules]
        chosen = await app_of(screen).push_screen_wait(RuleScreen(words, screen.guard.delay_s))
        if chosen is None:
            return
        scopes: dict[PermissionScope, list[Rule]] = {}
        for rule, scope in chosen:
            scopes.setdefault(scope, []).append(rule)
        *before, (scope, last) = scopes.items()
        for place, rules in before:
            screen.send(AddRules(tuple(rules), place))
        screen.send(AddRules(tuple(last), scope, shown.action, shown.revision, shown.sha256))  # all are known by then

    screen.run_worker(offer(), group="pick", exclusive=True)


def _offered(told: Analysis, folder: str) -> tuple[Rule, ...] | None:
    return offered(told, Place(os.path.realpath(folder), real=os.path.realpath))


# -- hosts


def host_once(screen: "MainScreen", _argument: str) -> None:
    """Let the cell reach the host."""
    _answer(screen, "once")


def host_session(screen: "MainScreen", _argument: str) -> None:
    """Let cells reach it in this session."""
    _answer(screen, "session")


def host_project(screen: "MainScreen", _argument: str) -> None:
    """Let cells reach it in this project."""
    _answer(screen, "project")


def host_refuse(screen: "MainScreen", _argument: str) -> None:
    """Refuse it for now."""
    _answer(screen, "refuse")


def host_never(screen: "MainScreen", _argument: str) -> None:
    """Refuse it, and ask no more."""
    _answer(screen, "never")


def _answer(screen: "MainScreen", answer: HostAnswer) -> None:
    question = screen.host.question
    if question is not None and question == screen.transcript.host:
        screen.attention.answered()
        screen.send(AnswerHost(question.host, question.port, answer))


# -- what was refused


def allow_refused(screen: "MainScreen", _argument: str) -> None:
    """Offer to grant what the sandbox has refused last."""
    offers = offers_of(screen.transcript)

    async def offer() -> None:
        from codeact_tui.tui.screens.pick import Choice, PickScreen

        at = 0
        if len(offers) > 1:
            names = [Choice(str(place), f"cells may {grant_words(each.grant)}") for place, each in enumerate(offers)]
            chosen = await app_of(screen).push_screen_wait(PickScreen("What shall be allowed", names))
            if chosen is None:
                return
            at = int(chosen)
        found = offers[at]
        words = one_line(grant_words(found.grant))
        host = found.grant.setting == "network"
        lead = f"[{found.number}] was refused {one_line(found.what)}."
        if not host:
            lead += " Python has to be started anew for it, and the cells run again; both are offered then."
        scopes = [
            ("", "Not now", "It stays refused."),
            ("session", "In this session", "As long as this session, also when it is opened again."),
            ("project", "In this project", "In every session in this folder. `/rules` takes it back."),
            ("user", "In every project", "It is written into your config.toml."),
        ]
        choices = [Choice(value, label, words=said) for value, label, said in scopes]
        answer = await app_of(screen).push_screen_wait(PickScreen(f"Cells may {words}", choices, lead=lead))
        if answer:
            screen.send(AllowRefused(found.action, found.grant, cast("PermissionScope", answer)))

    if offers:
        screen.run_worker(offer(), group="pick", exclusive=True)


# -- the list


def permissions(screen: "MainScreen", _argument: str) -> None:
    """Show all that is allowed here, to look at and to take back."""
    from codeact_tui.tui.screens.permissions import PermissionsScreen

    if screen.link.session is not None:
        app_of(screen).push_screen(PermissionsScreen(screen.link.session))
