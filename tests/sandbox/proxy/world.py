"""A small internet on this machine's loopback: names, public addresses, and servers that answer there."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

from codeact_tui.sandbox.proxy.hosts import Hosts
from codeact_tui.sandbox.proxy.outgoing import Address
from codeact_tui.sandbox.proxy.rules import AllowList
from codeact_tui.sandbox.proxy.server import Bounds, Proxy, Record

__all__ = ["Client", "World", "connected", "open_world", "serving"]

PUBLIC = "93.184.216.34"


class World:
    """Which names there are, where they lead, and what was connected to.

    Attributes:
        names: Addresses of each name; a list of lists gives another answer each time.
        servers: The loopback port that stands for an address and a port.
        resolved: Every name that was looked up.
        dialled: Every address that was connected to.
        records: What the proxy told.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.servers: dict[tuple[str, int], int] = {}
        self.resolved: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        self.records: list[Record] = []
        self.port = 0
        self._told = asyncio.Event()

    async def resolve(self, name: str, port: int) -> Sequence[Address]:
        self.resolved.append(name)
        if name not in self.names:
            raise socket.gaierror(-2, "Name or service not known")
        return [ip_address(each) for each in self.names[name]]

    async def dial(self, address: IPv4Address | IPv6Address, port: int) -> socket.socket:
        self.dialled.append((str(address), port))
        to = self.servers.get((str(address), port))
        if to is None:
            raise ConnectionRefusedError
        server = socket.socket()
        server.setblocking(False)
        await asyncio.get_running_loop().sock_connect(server, ("127.0.0.1", to))
        return server

    def tell(self, record: Record) -> None:
        self.records.append(record)
        self._told.set()

    async def until_told(self, state: str) -> Record:
        """Wait until a connection came into this state."""
        async with asyncio.timeout(120):
            while not (found := [record for record in self.records if record.state == state]):
                self._told.clear()
                await self._told.wait()
        return found[-1]


class Client:
    """A connection to the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def says(self, words: bytes | str) -> None:
        self.writer.write(words.encode("latin-1") if isinstance(words, str) else words)
        await self.writer.drain()

    async def head(self) -> str:
        async with asyncio.timeout(120):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")

    async def rest(self) -> bytes:
        async with asyncio.timeout(120):
            return await self.reader.read()


@asynccontextmanager
async def open_world(
    *allowed: str, password: str = "", bounds: Bounds | None = None, hosts: Hosts | None = None
) -> AsyncGenerator[tuple[World, "asyncio.Task[None]"]]:
    """Run a proxy in a world whose `example.org` is at a public address."""
    world = World()
    world.names["example.org"] = [PUBLIC]
    proxy = Proxy(
        hosts or AllowList(allowed),
        world.tell,
        password=password,
        bounds=bounds,
        resolve=world.resolve,
        dial=world.dial,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        world.port = listener.getsockname()[1]
        serving = asyncio.create_task(proxy.serve(listener))
        try:
            yield world, serving
        finally:
            serving.cancel()
            await asyncio.wait([serving])


@asynccontextmanager
async def connected(world: World) -> AsyncGenerator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def serving(world: World, port: int, answer: bytes | None, address: str = PUBLIC) -> AsyncGenerator[list[bytes]]:
    """Run a server at an address of the world: it answers what it has heard by an answer, None: by the same again."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is not None:
            writer.write(answer)
            writer.write_eof()
        while piece := await reader.read(1 << 16):
            heard.append(piece)
            if answer is None:
                writer.write(piece)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        world.servers[address, port] = server.sockets[0].getsockname()[1]
        yield heard
