"""The proxy: takes connections from a sandbox, asks the list, resolves names, and connects to what it has checked."""

import asyncio
import contextlib
import hmac
import itertools
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address
from typing import Literal

from codeact_tui.sandbox.proxy.addresses import is_public
from codeact_tui.sandbox.proxy.hosts import Hosts, Verdict
from codeact_tui.sandbox.proxy.http import HttpRequest, answer, body_of, read_http
from codeact_tui.sandbox.proxy.incoming import Incoming, Malformed
from codeact_tui.sandbox.proxy.outgoing import Address, Dial, Resolve, ask_system, connect_to
from codeact_tui.sandbox.proxy.relay import Idle, copy, send
from codeact_tui.sandbox.proxy.rules import AllowList, Host, NotAHost, read_host
from codeact_tui.sandbox.proxy.socks import (
    GRANTED,
    NOT_ALLOWED,
    UNREACHABLE,
    VERSION,
    SocksRequest,
    read_socks,
    socks_answer,
)

__all__ = ["Bounds", "Proxy", "Record"]

_log = logging.getLogger(__name__)

_MOST_ADDRESSES = 8
_PAUSE_S = 0.05
_FORBIDDEN, _NO_GATEWAY, _BAD, _PASSWORD = 403, 502, 400, 407
_CONNECTED = b"HTTP/1.1 200 Connected\r\n\r\n"
_WHY_NOT: dict[Verdict, str] = {
    "unlisted": "sandbox.network does not list {}",
    "unanswered": "sandbox.network does not list {} and nobody has answered",
    "refused": "{} was asked for and not allowed",
    "held": "the network is off during a dry run and {} is not reached",
}
_ASK = 'Proxy-Authenticate: Basic realm="codeact"\r\n'


@dataclass(frozen=True)
class Bounds:
    """How much of it there may be."""

    connections: int = 128
    """At once; more wait."""
    head_bytes: int = 1 << 16
    request_s: float = 20.0
    """Until a connection has said what it wants."""
    resolve_s: float = 20.0
    connect_s: float = 10.0
    """For each address of a name."""
    idle_s: float = 600.0
    """Without a byte either way."""


@dataclass(frozen=True)
class Record:
    """What became of one connection. Told when it opens, and again when it closes, under the same number."""

    number: int
    state: Literal["open", "closed", "refused", "asking"]
    """asking: it waits for the application to say something of its host."""
    host: str = ""
    """As it was asked for; empty where that could not be read."""
    port: int = 0
    reason: str = ""
    """Why it was refused, or could not be made."""
    sent_bytes: int = 0
    received_bytes: int = 0


class _Refused(Exception):
    """This connection is not made."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass
class _Visit:
    """One connection from the sandbox."""

    client: socket.socket
    number: int
    is_socks: bool = False
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        self.record = Record(self.number, "refused")

    def sent(self, count: int) -> None:
        self.record = replace(self.record, sent_bytes=self.record.sent_bytes + count)

    def received(self, count: int) -> None:
        self.record = replace(self.record, received_bytes=self.record.received_bytes + count)


class Proxy:
    """Lets through what is allowed.

    Args:
        allowed: Which hosts; `Hosts` where that may change.
        tell: Hears what becomes of each connection. Called on the event loop; must not block.
        password: What each request has to bring; empty for nothing.
        bounds: How much of it there may be.
        resolve: Gives the addresses of a name.
        dial: Connects to an address.
    """

    def __init__(
        self,
        allowed: AllowList | Hosts,
        tell: Callable[[Record], None],
        *,
        password: str = "",
        bounds: Bounds | None = None,
        resolve: Resolve = ask_system,
        dial: Dial = connect_to,
    ) -> None:
        self._hosts = Hosts(allowed) if isinstance(allowed, AllowList) else allowed
        self._tell = tell
        self._password = password
        self._bounds = bounds or Bounds()
        self._resolve = resolve
        self._dial = dial
        self._numbers = itertools.count(1)

    async def serve(self, listener: socket.socket) -> None:
        """Take connections until cancelled. The listener is not closed."""
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        free = asyncio.Semaphore(self._bounds.connections)
        async with asyncio.TaskGroup() as visits:
            while True:
                await free.acquire()
                try:
                    client, _ = await loop.sock_accept(listener)
                except OSError:  # the client has gone already, or there are no descriptors left for a moment
                    free.release()
                    await asyncio.sleep(_PAUSE_S)
                    continue
                task = visits.create_task(self._take(client))
                task.add_done_callback(lambda _: free.release())

    async def _take(self, client: socket.socket) -> None:
        client.setblocking(False)
        visit = _Visit(client, next(self._numbers))
        try:
            with client, contextlib.suppress(OSError, Malformed):
                await self._serve(visit)
        except Exception:
            self._tell(replace(visit.record, state="refused", reason="the proxy failed"))
            visit.record = replace(visit.record, state="refused")
            _log.exception("a connection could not be served")
        finally:
            if visit.record.state == "open":
                self._tell(replace(visit.record, state="closed"))

    async def _serve(self, visit: _Visit) -> None:
        """Read what is wanted, and do it or say why not."""
        incoming = Incoming(visit.client)
        try:
            try:
                async with asyncio.timeout(self._bounds.request_s):
                    request = await self._read(visit, incoming)
            except Malformed as error:
                raise _Refused(_BAD, f"not understood: {error}") from error
            except TimeoutError:
                raise _Refused(408, "nothing was asked for in time") from None
            host = await self._check(visit, request)
            server = await self._connect(host, request)
        except _Refused as refused:
            await self._refuse(visit, refused)
            return
        with server:
            visit.record = replace(visit.record, state="open")
            self._tell(visit.record)
            await self._carry(visit, incoming, request, server)

    async def _read(self, visit: _Visit, incoming: Incoming) -> HttpRequest | SocksRequest:
        visit.is_socks = await incoming.peek() == VERSION
        if visit.is_socks:
            return await read_socks(incoming, visit.client, password=bool(self._password))
        return await read_http(incoming, self._bounds.head_bytes)

    async def _check(self, visit: _Visit, request: HttpRequest | SocksRequest) -> Host:
        if self._password and not hmac.compare_digest(request.password.encode(), self._password.encode()):
            raise _Refused(_PASSWORD, "the proxy's password is missing")
        try:
            host = read_host(request.host)
        except NotAHost as error:
            raise _Refused(_BAD, f"not understood: {error}") from error
        visit.record = replace(visit.record, host=str(host), port=request.port)
        asking = replace(visit.record, state="asking")
        verdict = await self._hosts.verdict(host, request.port, lambda: self._tell(asking))
        if verdict != "allowed":
            raise _Refused(_FORBIDDEN, _WHY_NOT[verdict].format(f"{_shown(host)}:{request.port}"))
        return host

    async def _connect(self, host: Host, request: HttpRequest | SocksRequest) -> socket.socket:
        """Connect to the very addresses that were checked; no name is looked up a second time."""
        addresses = await self._addresses(host, request.port)
        if not all(is_public(address) for address in addresses):
            raise _Refused(_FORBIDDEN, f"{_shown(host)} leads to an address that is not public")
        for address in addresses:
            with contextlib.suppress(OSError):  # that it took too long is one of these
                async with asyncio.timeout(self._bounds.connect_s):
                    return await self._dial(address, request.port)
        raise _Refused(_NO_GATEWAY, f"{_shown(host)}:{request.port} can't be connected to")

    async def _addresses(self, host: Host, port: int) -> Sequence[Address]:
        if not isinstance(host, str):
            return [host]
        try:
            async with asyncio.timeout(self._bounds.resolve_s):
                found = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise _Refused(_NO_GATEWAY, f"{host} has no address")
        return found[:_MOST_ADDRESSES]

    async def _refuse(self, visit: _Visit, refused: _Refused) -> None:
        visit.record = replace(visit.record, reason=refused.reason)
        self._tell(visit.record)
        if visit.is_socks:
            words = socks_answer(UNREACHABLE if refused.status == _NO_GATEWAY else NOT_ALLOWED)
        else:
            words = answer(refused.status, refused.reason, more=_ASK if refused.status == _PASSWORD else "")
        async with asyncio.timeout(self._bounds.connect_s):
            await asyncio.get_running_loop().sock_sendall(visit.client, words)
            await _end_gently(visit.client)

    async def _carry(
        self, visit: _Visit, incoming: Incoming, request: HttpRequest | SocksRequest, server: socket.socket
    ) -> None:
        async with Idle(self._bounds.idle_s) as idle:
            if isinstance(request, HttpRequest) and request.head:
                await self._forward(visit, incoming, request, server, idle)
            else:
                await self._tunnel(visit, incoming, server, idle)

    async def _forward(
        self, visit: _Visit, incoming: Incoming, request: HttpRequest, server: socket.socket, idle: Idle
    ) -> None:
        """Send one request, and hand back whatever the server says until it ends."""
        await asyncio.get_running_loop().sock_sendall(server, request.head)
        visit.sent(len(request.head))
        body = asyncio.create_task(_send_all(incoming, request, visit, server, idle))
        try:
            await copy(server, visit.client, visit.received, idle)
        finally:
            body.cancel()
            await asyncio.wait([body])
            if not body.cancelled():
                body.exception()  # that the rest of it could not be sent is nothing that the answer does not show

    async def _tunnel(self, visit: _Visit, incoming: Incoming, server: socket.socket, idle: Idle) -> None:
        """Carry bytes both ways until both sides have ended, or one of them has broken."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(visit.client, socks_answer(GRANTED) if visit.is_socks else _CONNECTED)
        if early := incoming.rest():
            await loop.sock_sendall(server, early)
            visit.sent(len(early))
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(copy(server, visit.client, visit.received, idle))
                ways.create_task(copy(visit.client, server, visit.sent, idle))
        except* OSError:
            pass  # one side broke off: that is an end as well


async def _send_all(incoming: Incoming, request: HttpRequest, visit: _Visit, server: socket.socket, idle: Idle) -> None:
    """Send a request's body, and tell the server when the client has ended: it may be waiting for more of it."""
    await send(body_of(incoming, request.length), server, visit.sent, idle)
    await incoming.end()
    server.shutdown(socket.SHUT_WR)


def _shown(host: Host) -> str:
    return f"[{host}]" if isinstance(host, IPv6Address) else str(host)


async def _end_gently(client: socket.socket) -> None:
    """Let the client read the answer before the connection is reset because of what it has sent and nobody read."""
    client.shutdown(socket.SHUT_WR)
    loop = asyncio.get_running_loop()
    for _ in range(16):
        if not await loop.sock_recv(client, 1 << 16):
            return
