"""`/rules` and `/allow`: what is allowed for longer than once."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from codeact_tui.errors import CodeActError
from codeact_tui.line.base import Surface
from codeact_tui.line.words import one_line
from codeact_tui.protocol.events import Envelope
from codeact_tui.protocol.ops import AllowRefused, ListPermissions, Op, RemovePermission
from codeact_tui.protocol.permissions import Permission, PermissionScope, PermissionsListed
from codeact_tui.session.base import Session
from codeact_tui.session.permission_words import Offer, grant_words, offers_of, permission_lines

__all__ = ["PermittingCommands"]

_LIST_S = 10.0
_SCOPES: dict[str, PermissionScope] = {"session": "session", "project": "project", "everywhere": "user"}


class _House(Protocol):
    @property
    def surface(self) -> Surface: ...

    @property
    def session(self) -> Session: ...

    def send(self, op: Op) -> None: ...


class PermittingCommands:
    """Lists, takes back, grants.

    Args:
        house: What they work on.
    """

    def __init__(self, house: _House) -> None:
        self._house = house

    async def rules(self, rest: str) -> None:
        """List what is allowed, or take back the one with a number.

        Raises:
            CodeActError: There is none with this number.
        """
        found = await self._listed()
        if not rest:
            self._house.surface.write("\n".join(one_line(line, 600) for line in permission_lines(found)))
            return
        verb, _, number = rest.partition(" ")
        if verb != "remove" or not number.strip().isdecimal() or not 0 < int(number[:6]) <= len(found):
            raise CodeActError("Which one?", remedy="Type /rules remove and its number; /rules lists them.")
        self._house.send(RemovePermission(found[int(number) - 1]))

    async def allow(self, rest: str) -> None:
        """Grant what the sandbox has refused to the last cell, or say what could be.

        Raises:
            CodeActError: There is nothing to grant.
        """
        offers = offers_of(self._house.session.transcript)
        if not offers:
            raise CodeActError("The sandbox has refused the last cell nothing that can be allowed.")
        words = rest.split()
        at = int(words.pop(0)[:6]) - 1 if words and words[0].isdecimal() else 0
        scope = _SCOPES.get(words[0]) if len(words) == 1 else None
        if scope is None or not 0 <= at < len(offers):
            self._offer(offers)
            return
        self._house.send(AllowRefused(offers[at].action, offers[at].grant, scope))

    def _offer(self, offers: Sequence[Offer]) -> None:
        lines = [
            f"{number}. cells may {one_line(grant_words(each.grant), 400)}"
            for number, each in enumerate(offers, start=1)
        ]
        number = " 1" if len(offers) > 1 else ""
        how = f"Type /allow{number} session, /allow{number} project or /allow{number} everywhere."
        self._house.surface.write("\n".join([*lines, how]))

    async def _listed(self) -> tuple[Permission, ...]:
        answer: asyncio.Future[tuple[Permission, ...]] = asyncio.get_running_loop().create_future()

        def hear(envelopes: Sequence[Envelope]) -> None:
            for envelope in envelopes:
                if isinstance(envelope.event, PermissionsListed) and not answer.done():
                    answer.set_result(envelope.event.permissions)

        stop = self._house.session.listen(hear)
        try:
            self._house.session.send(ListPermissions())
            async with asyncio.timeout(_LIST_S):
                return await answer
        except TimeoutError:
            raise CodeActError("The session does not answer.", remedy="Try again.") from None
        finally:
            stop()
