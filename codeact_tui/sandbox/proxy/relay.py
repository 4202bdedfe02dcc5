"""Carries bytes between two connections, and counts them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

__all__ = ["Idle", "copy", "send"]

_CHUNK_BYTES = 1 << 17

Count = Callable[[int], None]


class Idle:
    """Ends what it is around once nothing has come for so long, in either direction.

    Args:
        seconds: How long.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> "Idle":
        """Begin."""
        await self._timeout.__aenter__()
        return self

    async def __aexit__(self, *how: object) -> bool | None:
        """End."""
        return await self._timeout.__aexit__(*how)  # pyright: ignore[reportArgumentType]

    def again(self) -> None:
        """Something came."""
        self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)


async def copy(source: socket.socket, target: socket.socket, count: Count, idle: Idle) -> None:
    """Carry bytes one way until the source ends; the target is told.

    Raises:
        OSError: One of them is broken.
    """
    loop = asyncio.get_running_loop()
    buffer = bytearray(_CHUNK_BYTES)
    view = memoryview(buffer)
    while length := await loop.sock_recv_into(source, buffer):
        await loop.sock_sendall(target, view[:length])
        count(length)
        idle.again()
        await asyncio.sleep(0)  # where there is always more, the calls above never wait, and nobody else would run
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


async def send(pieces: AsyncIterator[bytes], target: socket.socket, count: Count, idle: Idle) -> None:
    """Send pieces as they come.

    Raises:
        OSError: The target is broken.
    """
    loop = asyncio.get_running_loop()
    async for piece in pieces:
        await loop.sock_sendall(target, piece)
        count(len(piece))
        idle.again()
        await asyncio.sleep(0)
