"""The network of one kernel's sandbox: what listens there, and the proxy that answers."""

import asyncio
import logging
import secrets
import socket
from collections.abc import Coroutine, Sequence
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
        self._proxy = _Proxy(allowed, connections, hosts)
        self._ours, self._theirs = socket.socketpair()
        self.way_out = WayOut(_PORT, self._theirs.fileno())

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the supervisor has to be given."""
        return (self._theirs.fileno(),)

    def open(self) -> None:
        """Open the way, now that the supervisor was started; what connects until then waits."""
        self._theirs.close()
        self._proxy.begin(asyncio.to_thread(_received, self._ours))

    async def close(self) -> None:
        """End the proxy, and every connection through it."""
        self._theirs.close()
        await self._proxy.end(self._ours)


class SharedNetwork:
    """For a sandbox that is in this machine's network, where its filter lets it connect to one port of the loopback.

    Others on this machine can connect to that port too, so that the proxy asks for a password.

    Args:
        allowed: The entries of `sandbox.network`.
        connections: Takes in what the proxy tells.
        hosts: Tells the proxy of every change; None where nothing changes.
    """

    def __init__(self, allowed: Sequence[str], connections: Connections, hosts: AllowedHosts | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_WAITING)
        self.way_out = WayOut(self._listener.getsockname()[1], password=secrets.token_urlsafe(24))
        self._proxy = _Proxy(allowed, connections, hosts, self.way_out.password)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Nothing."""
        return ()

    def open(self) -> None:
        """Open the way, now that the supervisor was started; what connects until then waits."""
        self._proxy.begin(self._listen())

    async def close(self) -> None:
        """End the proxy, and every connection through it."""
        await self._proxy.end(self._listener)

    async def _listen(self) -> socket.socket:
        return self._listener


class _Proxy:
    """The proxy of one sandbox, started in the background.

    Args:
        allowed: The entries of `sandbox.network`.
        connections: Takes in what the proxy tells.
        hosts: Tells the proxy of every change; None where nothing changes.
        password: What it asks for; empty for nothing.
    """

    def __init__(
        self, allowed: Sequence[str], connections: Connections, hosts: AllowedHosts | None, password: str = ""
    ) -> None:
        self._allowed = allowed
        self._connections = connections
        self._hosts = hosts
        self._password = password
        self._opening: asyncio.Task[Gate | None] | None = None

    def begin(self, listener: Coroutine[None, None, socket.socket]) -> None:
        """Start it, once there is what it listens at."""
        self._opening = asyncio.create_task(self._open(listener), name="opening the network")

    async def end(self, way: socket.socket) -> None:
        """End it and every connection through it, and close the way to it."""
        opening, self._opening = self._opening, None
        if opening is not None and (gate := await opening) is not None:
            await gate.close()
        way.close()
        self._connections.ended()

    async def _open(self, coming: Coroutine[None, None, socket.socket]) -> Gate | None:
        try:
            listener = await coming
        except OSError:
            _log.exception("the sandbox has handed out nothing to listen at")
            return None
        add, password = self._connections.add, self._password
        try:
            return await Gate.open(
                listener, self._allowed, add, password=password, command=PROXY_COMMAND, hosts=self._hosts
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
