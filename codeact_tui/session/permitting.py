"""What is allowed for longer than once: rules that let cells run unasked, and grants of what the sandbox refuses."""

import asyncio
import os
from collections.abc import Callable
from typing import assert_never

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.rules import Place, covering, sentence
from codeact_tui.errors import OpRefused
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.events import Noted, StoredEvent
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.permissions import (
    AddRules,
    Allowed,
    AllowRefused,
    AnswerHost,
    Grant,
    ListPermissions,
    Permission,
    PermissionScope,
    PermissionsListed,
    RemovePermission,
    Rule,
    RulesAdded,
    RulesRemoved,
    SandboxGranted,
    SandboxRevoked,
)
from codeact_tui.session.host_questions import HostQuestions, host_entry
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.permission_book import PermissionBook
from codeact_tui.session.permission_words import granted_words, revoked_words

__all__ = ["PermissionOp", "Permissions"]

PermissionOp = AnswerHost | AllowRefused | RemovePermission | ListPermissions
_MOST_SESSION = 200


class Permissions:
    """The session's permissions and the project's, and the questions about them.

    Args:
        ledger: Where all of it is recorded; the session's own are the fold of that.
        kernel: What they are for.
        book: Where the project's are kept.
        running: Gives the cell that runs.
    """

    def __init__(
        self, ledger: Ledger, kernel: Kernel, book: PermissionBook, running: Callable[[], ActionId | None]
    ) -> None:
        self._ledger = ledger
        self._kernel = kernel
        self._book = book
        self._project = Allowed()
        self._user: list[Grant] = []
        self.hosts = HostQuestions(ledger, kernel, running)

    async def prepare(self, *, asks: bool) -> None:
        """Read what the project allows, and give the kernel, not started yet, what is granted.

        Args:
            asks: Somebody is there who can be asked about hosts.
        """
        self._project = await asyncio.to_thread(self._book.read)
        self._kernel.allow(self._grants())
        self._kernel.ask_hosts(self.hosts.on_host if asks else None)

    async def covering(self, told: Analysis, working: str = "") -> tuple[Rule, ...]:
        """Give the rules by which a cell may run unasked; none where something of it is covered by none.

        Args:
            told: What the cell would do.
            working: Where its relative paths begin; empty for the project's folder.
        """
        rules = (*self._ledger.transcript.rules, *self._project.rules)
        if not rules:
            return ()
        folder = self._ledger.transcript.folder
        return await asyncio.to_thread(_covering, rules, told, folder, working)

    async def add_rules(self, op: AddRules) -> None:
        """Keep rules.

        Raises:
            OpRefused: There are none, or too many.
            ConfigError: They can't be kept.
        """
        if not op.rules or op.scope == "user":
            raise OpRefused("There is no rule to keep.", remedy="Say what may run unasked: reading ./data, say.")
        if op.scope == "project":
            await asyncio.to_thread(self._book.add, *op.rules)
            self._project = await asyncio.to_thread(self._book.read)
        elif len(self._ledger.transcript.rules) + len(op.rules) > _MOST_SESSION:
            raise OpRefused(f"There are {_MOST_SESSION} rules in this session, and no more are kept.")
        words = [Noted(_capital(f"{sentence(rule, op.scope)}.")) for rule in op.rules]
        await self._ledger.record(RulesAdded(op.rules, op.scope), *words)

    async def take(self, op: PermissionOp) -> None:
        """Do what is asked.

        Raises:
            OpRefused: It does not apply now.
            ConfigError: It can't be kept.
        """
        match op:
            case AnswerHost():
                await self._answer_host(op)
            case AllowRefused():
                await self._allow_refused(op)
            case RemovePermission():
                await self._remove(op.permission)
            case ListPermissions():
                self._project = await asyncio.to_thread(self._book.read)
                self._ledger.tell(PermissionsListed(self._all()))
            case _:
                assert_never(op)

    async def _answer_host(self, op: AnswerHost) -> None:
        self.hosts.check(op)
        events: list[StoredEvent] = []
        if op.answer in {"session", "project", "never"}:
            entry = host_entry(op.host, op.port)
            grant = Grant("never" if op.answer == "never" else "network", entry)
            scope: PermissionScope = "session" if op.answer == "session" else "project"
            await self._keep(grant, scope)
            self.hosts.check(op)  # it may have gone by meanwhile
            events += self._granted(grant, scope)
        await self._ledger.record(self.hosts.answered(op.answer), *events)

    async def _allow_refused(self, op: AllowRefused) -> None:
        record = self._ledger.transcript.actions.get(op.action)
        offers = record.refusals if record is not None else ()
        if not any(each.grant and (each.setting, each.value) == (op.grant.setting, op.grant.value) for each in offers):
            raise OpRefused("That was not offered.")
        await self._keep(op.grant, op.scope)
        await self._ledger.record(*self._granted(op.grant, op.scope))

    async def _keep(self, grant: Grant, scope: PermissionScope) -> None:
        if scope == "project":
            await asyncio.to_thread(self._book.add, grant)
            self._project = await asyncio.to_thread(self._book.read)
        elif scope == "user":
            await asyncio.to_thread(self._book.add_for_user, grant)
            self._user.append(grant)
        elif len(self._ledger.transcript.grants) >= _MOST_SESSION:
            raise OpRefused(f"There are {_MOST_SESSION} grants in this session, and no more are kept.")

    def _granted(self, grant: Grant, scope: PermissionScope) -> list[StoredEvent]:
        """Let the kernel have it; give what to record."""
        restart = self._kernel.allow(tuple(dict.fromkeys([*self._grants(), grant])))
        return [SandboxGranted(grant, scope, restart), Noted(granted_words(grant, scope, restart=restart))]

    async def _remove(self, permission: Permission) -> None:
        if permission not in self._all():
            raise OpRefused("That is not allowed any more.")
        item, scope = permission.item, permission.scope
        if scope == "user":
            raise OpRefused("That stands in your config.toml.", remedy="Take it out there.")
        if scope == "project":
            await asyncio.to_thread(self._book.remove, item)
            self._project = await asyncio.to_thread(self._book.read)
        if isinstance(item, Rule):
            said = f"No longer: {sentence(item, scope)}."
            await self._ledger.record(RulesRemoved((item,), scope), Noted(said))
        else:
            mine = [grant for grant in self._ledger.transcript.grants if scope != "session" or grant != item]
            restart = self._kernel.allow(tuple(dict.fromkeys([*self._user, *self._project.grants, *mine])))
            said = revoked_words(item, scope, restart=restart)
            await self._ledger.record(SandboxRevoked(item, scope, restart), Noted(said))

    def _grants(self) -> tuple[Grant, ...]:
        transcript = self._ledger.transcript
        return tuple(dict.fromkeys([*self._user, *self._project.grants, *transcript.grants]))

    def _all(self) -> tuple[Permission, ...]:
        transcript, project = self._ledger.transcript, self._project
        return (
            *(Permission(rule, "session") for rule in transcript.rules),
            *(Permission(rule, "project") for rule in project.rules),
            *(Permission(grant, "session") for grant in transcript.grants),
            *(Permission(grant, "project") for grant in project.grants),
            *(Permission(grant, "user") for grant in self._user),
        )


def _covering(rules: tuple[Rule, ...], told: Analysis, folder: str, working: str) -> tuple[Rule, ...]:
    real = os.path.realpath(folder)
    return covering(rules, told, Place(real, working and os.path.realpath(working), os.path.realpath))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
