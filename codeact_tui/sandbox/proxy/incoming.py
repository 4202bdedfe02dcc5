"""Reads what a connection sends, no further than it is asked to."""

import asyncio
import socket

__all__ = ["Incoming", "Malformed"]

_PIECE_BYTES = 1 << 14


class Malformed(ValueError):
    """What came is not the protocol, or more of it than is taken."""


class Incoming:
    """The bytes that a connection sends.

    Args:
        connection: Does not block.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    async def until(self, mark: bytes, most: int) -> bytes:
        """Read up to a mark, and give what stands before it.

        Raises:
            Malformed: The end, or more bytes than `most`, came before the mark.
        """
        looked_at = 0
        while (at := self._buffer.find(mark, looked_at)) < 0:
            looked_at = max(0, len(self._buffer) - len(mark) + 1)
            if len(self._buffer) > most:
                raise Malformed("a line or a head that is too long")
            await self._more()
        if at > most:
            raise Malformed("a line or a head that is too long")
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    async def exactly(self, count: int) -> bytes:
        """Read so many bytes.

        Raises:
            Malformed: The end came before.
        """
        while len(self._buffer) < count:
            await self._more()
        found, self._buffer = self._buffer[:count], self._buffer[count:]
        return found

    async def peek(self) -> int:
        """Give the first byte, which stays to be read.

        Raises:
            Malformed: There is none.
        """
        if not self._buffer:
            await self._more()
        return self._buffer[0]

    def rest(self) -> bytes:
        """Give what was received and not read."""
        found, self._buffer = self._buffer, b""
        return found

    async def end(self) -> None:
        """Wait until no more comes; what does is thrown away."""
        self._buffer = b""
        loop = asyncio.get_running_loop()
        more = True
        while more:
            more = bool(await loop.sock_recv(self._connection, _PIECE_BYTES))
            await asyncio.sleep(0)  # where there is always more, the call above never waits, and nobody else would run

    async def _more(self) -> None:
        piece = await asyncio.get_running_loop().sock_recv(self._connection, _PIECE_BYTES)
        if not piece:
            raise Malformed("an end in the middle")
        self._buffer += piece
