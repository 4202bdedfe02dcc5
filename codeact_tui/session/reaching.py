"""What a cell has reached on the network, and what was refused it: recorded with the cell's end."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.events import ApprovalRequested
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.visible import visible
from codeact_tui.session.entries import ActionRecord

__all__ = ["NetworkLog", "network_lines"]

_HOSTS = 20
"""More are recorded together."""
_OTHERS = "others"
_REASON_CHARS = 200
_LINES = 5
_TURNS = 5
_BEAT_S = 0.02
_BEATS = 5


class NetworkLog:
    """Gives what is new since the last time, so that nothing goes missing between cells.

    Args:
        kernel: Knows what was reached so far.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._told: tuple[Reached, ...] = ()

    async def news(self) -> tuple[Reached, ...]:
        """Give what was reached and refused since the last call; waits a moment for connections to close.

        How many bytes there were is known when a connection closes, which is right after a program is done with it.
        """
        for _ in range(_TURNS):  # what the proxy has written already is read
            await asyncio.sleep(0)
        for _ in range(_BEATS):
            if not any(each.open for each in _new(self._told, self._kernel.reached())):
                break
            await asyncio.sleep(_BEAT_S)
        before, self._told = self._told, self._kernel.reached()
        return _bounded(_new(before, self._told))


def network_lines(record: ActionRecord) -> list[str]:
    """Say what a cell has reached and what was refused it, a line for each host, and whether it was foretold.

    Args:
        record: A cell that has ended.
    """
    lines = [f"{_said(each)}{_foretold(each, record)}" for each in record.reached[:_LINES]]
    more = len(record.reached) - _LINES
    return [*lines, f"… {more} more"] if more > 0 else lines


def _new(before: Sequence[Reached], now: Sequence[Reached]) -> list[Reached]:
    known = {(each.host, each.port): each for each in before}
    news: list[Reached] = []
    for each in now:
        old = known.get((each.host, each.port), Reached(each.host, each.port))
        refused = each.refused - old.refused
        new = replace(
            each,
            connections=each.connections - old.connections,
            refused=refused,
            sent_bytes=each.sent_bytes - old.sent_bytes,
            received_bytes=each.received_bytes - old.received_bytes,
            reason=each.reason[:_REASON_CHARS] if refused else "",
        )
        if new.connections or new.refused or new.sent_bytes or new.received_bytes:
            news.append(new)
    return news


def _bounded(news: list[Reached]) -> tuple[Reached, ...]:
    if len(news) <= _HOSTS:
        return tuple(news)
    rest = news[_HOSTS - 1 :]
    others = Reached(
        _OTHERS,
        0,
        connections=sum(each.connections for each in rest),
        open=sum(each.open for each in rest),
        refused=sum(each.refused for each in rest),
        sent_bytes=sum(each.sent_bytes for each in rest),
        received_bytes=sum(each.received_bytes for each in rest),
    )
    return (*news[: _HOSTS - 1], others)


def _said(each: Reached) -> str:
    parts: list[str] = []
    if each.connections:
        parts.append(f"{each.connections} connection{'s' * (each.connections != 1)}")
    elif not each.refused:
        parts.append("by a connection opened before")
    if each.sent_bytes or each.received_bytes:
        parts.append(f"{human_bytes(each.sent_bytes)} sent, {human_bytes(each.received_bytes)} received")
    if each.open:
        parts.append(f"{each.open} still open")
    if each.refused:
        times = f" {each.refused} times" if each.refused > 1 else ""
        parts.append(f"refused{times}: {visible(each.reason)}" if each.reason else f"refused{times}")
    return " ".join(f"{_name(each)} · {', '.join(parts)}".split())


def _name(each: Reached) -> str:
    if (each.host, each.port) == (_OTHERS, 0):
        return "other hosts"
    host = visible(each.host[:253])
    return f"{f'[{host}]' if ':' in host else host}:{each.port}" if host else "a host that can't be read"


def _foretold(each: Reached, record: ActionRecord) -> str:
    """Say whether the question named the host, where it could have been known."""
    request = record.request
    if request is None or request.revision != record.revision or each.host == _OTHERS or not each.host:
        return ""
    if {each.host.lower(), f"{each.host}:{each.port}".lower()} & set(_hosts(request)):
        return ", as foretold"
    return ", not foretold" if _tells_all(request) else ""


def _hosts(request: ApprovalRequested) -> list[str]:
    return [effect.target.lower() for effect in request.effects if effect.kind == "network"]


def _tells_all(request: ApprovalRequested) -> bool:
    """Say whether the code told every host that it would ask."""
    hidden = any(effect.kind in {"install", "process", "dynamic", "unknown"} for effect in request.effects)
    return not (hidden or request.problem or "" in _hosts(request))
