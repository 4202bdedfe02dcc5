"""The network of one kernel's sandbox: what listens there, and the proxy that answers."""

import asyncio
import logging
import secrets
import socket
from collections.abc import Sequence
from typing import Protocol

from codeact_tui.sandbox.confine import WayOut
from codeact_tui.sandbox.connections import Connections
from codeact_tui.sandbox.gate import PROXY_COMMAND, Gate
from codeact_tui.sandbox.hosts import AllowedHosts

__all__ = ["Network", "OwnNetwork", "SharedNetwork"]

_log = logging.getLogger(__name__)

_PORT = 3128
_HAND_OUT_S = 30.0
_WAITING = 512
"""Connections that the proxy has not taken yet."""


class Network(Protocol):
    """The way from a sandbox to the proxy, and the proxy."""

    @property
    def way_out(self) -> WayOut:
        """How the sandbox reaches the proxy."""
        ...

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the supervisor has to be given."""
        ...

    def open(self) -> None:
        """Open the way, now that the supervisor was started; what connects until then waits."""
        ...

    async def close(self) -> None:
        """End the proxy, and every connection through it."""
        ...


class OwnNetwork:
    """For a sandbox whose network namespace is its own.

    The supervisor makes a socket that listens on the sandbox's loopback and hands it out; the proxy, outside, takes
    what connects to it. No process in the sandbox carries bytes, and no name is looked up there.

    Args:
        allowed: The entries of `sandbox.network`.
        connections: Takes in what the proxy tells.
        hosts: Tells the proxy of every change; None where nothing changes.
    """

    def __init__(self, allowed: Sequence[str], connections: Connections, hosts: AllowedHosts | None = None) -> None:
        self._allowed = allowed
        self._connections = connections
        self._hosts = hosts
        self._ours, self._theirs = socket.socketpair()
        self.way_out = WayOut(_PORT, self._theirs.fileno())
        self._opening: asyncio.Task[Gate | None] | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the supervisor has to be given."""
        return (self._theirs.fileno(),)

    def open(self) -> None:
        """Open the way, now that the supervisor was started; what connects until then waits."""
        self._theirs.close()
        self._opening = asyncio.create_task(self._open(), name="opening the network")

    async def close(self) -> None:
        """End the proxy, and every connection through it."""
        self._theirs.close()
        opening, self._opening = self._opening, None
        if opening is not None and (gate := await opening) is not None:
            await gate.close()
        self._ours.close()
        self._connections.ended()

    async def _open(self) -> Gate | None:
        try:
            listener = await asyncio.to_thread(_received, self._ours)
        except OSError:
            _log.exception("the sandbox has handed out nothing to listen at")
            return None
        return await _gate(listener, self._allowed, self._connections, hosts=self._hosts)


class SharedNetwork:
    """For a sandbox that is in this machine's network, where its filter lets it connect to one port of the loopback.

    Others on this machine can connect to that port too, so that the proxy asks for a password.

    Args:
        allowed: The entries of `sandbox.network`.
        connections: Takes in what the proxy tells.
        hosts: Tells the proxy of every change; None where nothing changes.
    """

    def __init__(self, allowed: Sequence[str], connections: Connections, hosts: AllowedHosts | None = None) -> None:
        self._allowed = allowed
        self._connections = connections
        self._hosts = hosts
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_WAITING)
        self.way_out = WayOut(self._listener.getsockname()[1], password=secrets.token_urlsafe(24))
        self._opening: asyncio.Task[Gate | None] | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Nothing."""
        return ()

    def open(self) -> None:
        """Open the way, now that the supervisor was started; what connects until then waits."""
        opening = _gate(
            self._listener, self._allowed, self._connections, password=self.way_out.password, hosts=self._hosts
        )
        self._opening = asyncio.create_task(opening, name="opening the network")

    async def close(self) -> None:
        """End the proxy, and every connection through it."""
        opening, self._opening = self._opening, None
        if opening is not None and (gate := await opening) is not None:
            await gate.close()
        self._listener.close()
        self._connections.ended()


async def _gate(
    listener: socket.socket,
    allowed: Sequence[str],
    connections: Connections,
    *,
    password: str = "",
    hosts: AllowedHosts | None = None,
) -> Gate | None:
    try:
        return await Gate.open(
            listener, allowed, connections.add, password=password, command=PROXY_COMMAND, hosts=hosts
        )
    except OSError:
        _log.exception("the proxy can't be started")
        return None


def _received(way: socket.socket) -> socket.socket:
    """Wait for the socket that the supervisor hands out.

    Raises:
        OSError: It has none to give.
    """
    way.settimeout(_HAND_OUT_S)
    _, descriptors, _, _ = socket.recv_fds(way, 1, 1)
    if not descriptors:
        raise OSError("the supervisor has ended")
    return socket.socket(fileno=descriptors[0])
