"""HTTP/1.1 as the local model server needs it: one connection, read and written by hand."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NoReturn

__all__ = ["ClientGone", "Connection", "Received", "WeReset"]


class ClientGone(Exception):
    """The client closed the connection."""


class WeReset(Exception):
    """The script had the connection reset."""


@dataclass
class Received:
    """A request, and what became of it.

    Attributes:
        method: The HTTP method.
        path: Path and query.
        headers: Names in lower case.
        body: The JSON, or None.
        at_s: When it had come in whole, by `time.perf_counter`.
        last_byte_s: When the last byte of the reply was handed to the system; 0 before that.
        disconnected: The client went before the reply was complete.
        over: The reply is complete, or the client is gone.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at_s: float
    last_byte_s: float = 0.0
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Connection:
    """HTTP/1.1 on one connection: requests in turn, chunked replies, and notice when the client goes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._buffer = bytearray()
        self._more = asyncio.Event()
        self._gone = asyncio.Event()
        self._pump = asyncio.create_task(self._read(reader), name="openai reader")

    async def request(self) -> Received:
        """Read the next request.

        Raises:
            ClientGone: There is none any more.
        """
        head = await self._take(lambda: self._buffer.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in self._buffer else 0)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        size = int(headers.get("content-length", "0"))
        data = await self._take(lambda: size if len(self._buffer) >= size else 0) if size else b""
        return Received(method, path, headers, json.loads(data) if data else None, time.perf_counter())

    async def until_gone(self, answer: Coroutine[Any, Any, None]) -> None:
        """Give an answer as long as the client is there.

        Raises:
            ClientGone: It went first.
        """
        giving, going = asyncio.create_task(answer), asyncio.create_task(self._gone.wait())
        try:
            await asyncio.wait({giving, going}, return_when=asyncio.FIRST_COMPLETED)
            if not giving.done():
                raise ClientGone
            giving.result()
        finally:
            for task in (giving, going):
                task.cancel()
            await asyncio.gather(giving, going, return_exceptions=True)

    async def respond(self, status: int, body: str, headers: dict[str, str]) -> None:
        """Send a whole response."""
        data = body.encode()
        fields = {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}
        await self._write(_head(status, fields) + data)

    async def begin_stream(self) -> None:
        """Send the headers of a stream."""
        await self._write(_head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))

    async def send(self, data: bytes) -> None:
        """Send a piece of a stream."""
        await self._write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def end_stream(self) -> None:
        """End a stream in order."""
        await self._write(b"0\r\n\r\n")

    def reset(self) -> NoReturn:
        """Reset the connection, so that the client sees ECONNRESET.

        Raises:
            WeReset: Always.
        """
        underlying: socket.socket = self._writer.get_extra_info("socket")
        underlying.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise WeReset

    async def close(self) -> None:
        """Let go of the connection."""
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _take(self, ready: Callable[[], int]) -> bytes:
        while not (size := ready()):
            if self._gone.is_set():
                raise ClientGone
            self._more.clear()
            await self._more.wait()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(65536):
                self._buffer += data
                self._more.set()
        except ConnectionError:
            pass
        finally:
            self._gone.set()
            self._more.set()


def _head(status: int, fields: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
