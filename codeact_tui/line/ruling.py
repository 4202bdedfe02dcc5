"""The rule that is offered for an action, in lines: taken as it is, written another way, or left."""

import asyncio
import os
from collections.abc import Callable

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.rules import NotARule, Place, offered, parse_rule, sentence
from codeact_tui.line.base import Ask, Surface
from codeact_tui.line.words import one_line
from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.protocol.ops import AddRules, Op
from codeact_tui.protocol.permissions import PermissionScope, Rule
from codeact_tui.session.transcript import Transcript

__all__ = ["Ruling"]

_MOST_RULES = 6


class Ruling:
    """Offers rules and takes the answer.

    Args:
        surface: Where words go.
        transcript: The fold of the events.
        send: Sends an Op.
    """

    def __init__(self, surface: Surface, transcript: Transcript, send: Callable[[Op], None]) -> None:
        self._surface = surface
        self._transcript = transcript
        self._send = send
        self._about: tuple[ActionId, int, str] | None = None
        self._rules: tuple[Rule, ...] = ()

    async def offer(self, action: ActionId, revision: int, sha256: str) -> None:
        """Work out which rules would cover an action as it was shown."""
        record = self._transcript.actions.get(action)
        if record is None or record.request is None:
            return
        told, folder = Analysis(record.request.effects, record.request.problem), self._transcript.folder
        rules = await asyncio.to_thread(_offered, told, folder)
        if record.state != "waiting":
            return
        if rules is None or len(rules) > _MOST_RULES:
            words = f"No rule can say what [{record.number}] does: some of it can't be told from its code."
            self._surface.write(words)
            return
        self._about, self._rules = (action, revision, sha256), rules

    def ask(self) -> Ask | None:
        """Give the question that is open; None when none is."""
        if self._about is None:
            return None
        action, revision, _ = self._about
        rules = "; ".join(one_line(sentence(rule, "project"), 400) for rule in self._rules)
        label = f"Rule for [{action_number(action)}]: {rules}. y keep it · n none · or write it another way:"
        return Ask("rule", label, keys=frozenset("yn"), topic=f"rule {action} {revision}")

    def take(self, line: str) -> None:
        """Answer by a line."""
        about = self._about
        if about is None:
            return
        words = line.strip()
        if words.lower() in {"", "n", "no"}:
            self.drop()
            return
        if words.lower() in {"y", "yes"}:
            rules: tuple[Rule, ...] = self._rules
            scope: PermissionScope = "project"
        else:
            try:
                rule, scope = parse_rule(words)
            except NotARule as error:
                self._surface.write(f"That is no rule: {error}.")
                return
            rules = (rule,)
        self.drop()
        self._send(AddRules(rules, scope, *about))

    def drop(self) -> None:
        """Nothing is offered any more."""
        self._about, self._rules = None, ()


def _offered(told: Analysis, folder: str) -> tuple[Rule, ...] | None:
    return offered(told, Place(os.path.realpath(folder), real=os.path.realpath))
