"""The network of one kernel's sandbox: what listens inside, and the proxy that answers there."""

import asyncio
import logging
import socket
from collections.abc import Sequence

from codeact_tui.sandbox.confine import WayOut
from codeact_tui.sandbox.connections import Connections
from codeact_tui.sandbox.gate import PROXY_COMMAND, Gate

__all__ = ["Network"]

_log = logging.getLogger(__name__)

_PORT = 3128
_HAND_OUT_S = 30.0


class Network:
    """What is needed for a sandbox whose network namespace is its own.

    The supervisor makes a socket that listens on the sandbox's loopback and hands it out; the proxy, outside, takes
    what connects to it. No process in the sandbox carries bytes, and no name is looked up there.

    Args:
        allowed: The entries of `sandbox.network`.
        connections: Takes in what the proxy tells.
    """

    def __init__(self, allowed: Sequence[str], connections: Connections) -> None:
        self._allowed = allowed
        self._connections = connections
        self._ours, self._theirs = socket.socketpair()
        self.way_out = WayOut(_PORT, self._theirs.fileno())
        self._opening: asyncio.Task[Gate | None] | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the supervisor has to be given."""
        return (self._theirs.fileno(),)

    def open(self) -> None:
        """Open the way out, now that the supervisor was started; what connects until then waits."""
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
            return await Gate.open(listener, self._allowed, self._connections.add, command=PROXY_COMMAND)
        except OSError:
            _log.exception("the sandbox's network could not be opened")
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
