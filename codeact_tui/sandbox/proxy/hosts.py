"""Which hosts may be reached now. What the application says changes it while the proxy serves.

A connection to a host of which nothing is said waits, where somebody can be asked: within bounds, and before any name
is looked up.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal, TypedDict

from codeact_tui.sandbox.proxy.rules import AllowList, Host

__all__ = ["Hosts", "Told", "Verdict"]

Verdict = Literal["allowed", "unlisted", "unanswered", "refused", "held"]

_HELD = 64
"""Connections that wait at once; what comes beyond is refused."""
_WAIT_S = 300.0


class Told(TypedDict):
    """What the application says, as it comes."""

    allowed: list[str]
    never: list[str]
    """Entries as well: what is not asked about, and refused."""
    once: list[str]
    """`host:port`: allowed for now."""
    refused: list[str]
    """The same, refused for now."""
    asks: bool
    """Somebody can be asked."""
    held: bool
    """Nothing is let through for now, whatever is allowed."""


@dataclass(frozen=True)
class _Said:
    allowed: AllowList
    never: AllowList
    once: Collection[str]
    refused: Collection[str]
    asks: bool
    held: bool = False


class Hosts:
    """What the application says of hosts.

    Args:
        allowed: Which may be reached.
        wait_s: Until a connection that nobody says anything about is refused.
        held: How many may wait at once.
    """

    def __init__(self, allowed: AllowList, *, wait_s: float = _WAIT_S, held: int = _HELD) -> None:
        self._said = _Said(allowed, AllowList(()), (), (), False)
        self._wait_s = wait_s
        self._most = held
        self._held = 0
        self._changed = asyncio.Event()

    def say(self, told: Told) -> None:
        """Take in what the application says: all of it anew."""
        self._said = _Said(
            AllowList(told["allowed"]),
            AllowList(told["never"]),
            frozenset(told["once"]),
            frozenset(told["refused"]),
            told["asks"],
            told["held"],
        )
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def verdict(self, host: Host, port: int, ask: Callable[[], None]) -> Verdict:
        """Say whether a host may be reached, and wait for the answer where somebody can be asked.

        Args:
            host: What was asked for.
            port: And where.
            ask: Called once if it has to be asked about.
        """
        found = self._now(host, port)
        if found is not None:
            return found
        if self._held >= self._most:
            return "unlisted"
        self._held += 1
        try:
            async with asyncio.timeout(self._wait_s):
                ask()
                while (found := self._now(host, port)) is None:
                    await self._changed.wait()
            return "unanswered" if found == "unlisted" else found
        except TimeoutError:
            return "unanswered"
        finally:
            self._held -= 1

    def _now(self, host: Host, port: int) -> Verdict | None:
        """Say what is known; None where it has to be asked about."""
        said, name = self._said, f"{host}:{port}"
        if said.held:
            return "held"
        if said.allowed.allows(host, port) or (isinstance(host, str) and name in said.once):
            return "allowed"
        if isinstance(host, str) and (said.never.allows(host, port) or name in said.refused):
            return "refused"
        return None if said.asks and isinstance(host, str) and "." in host else "unlisted"
