"""Requests to a SOCKS5 proxy: `CONNECT` alone.

Source: RFC 1928, RFC 1929.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from codeact_tui.sandbox.proxy.incoming import Incoming, Malformed

__all__ = ["GRANTED", "NOT_ALLOWED", "UNREACHABLE", "VERSION", "SocksRequest", "read_socks", "socks_answer"]

VERSION = 5
GRANTED, NOT_ALLOWED, UNREACHABLE = 0, 2, 4
_NO_PASSWORD, _WITH_PASSWORD, _NO_METHOD = 0, 2, 0xFF
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4


@dataclass(frozen=True)
class SocksRequest:
    """What a client asks for."""

    host: str
    port: int
    password: str = ""


async def read_socks(incoming: Incoming, connection: socket.socket, *, password: bool) -> SocksRequest:
    """Agree on a method and read the request.

    Args:
        incoming: What the client sends.
        connection: Where it is answered.
        password: One is asked for.

    Raises:
        Malformed: It is not the protocol, or a part of it that is not spoken here.
    """
    _, count = await incoming.exactly(2)
    method = _WITH_PASSWORD if password else _NO_PASSWORD
    if method not in await incoming.exactly(count):
        connection.send(bytes([VERSION, _NO_METHOD]))
        raise Malformed("no method in common")
    connection.send(bytes([VERSION, method]))
    given = await _password(incoming, connection) if password else ""
    version, command, _, kind = await incoming.exactly(4)
    if version != VERSION or command != _CONNECT:
        raise Malformed("no request to connect")
    if kind == _NAME:
        [length] = await incoming.exactly(1)
        host = (await incoming.exactly(length)).decode("latin-1")
    elif kind == _IPV4:
        host = str(IPv4Address(await incoming.exactly(4)))
    elif kind == _IPV6:
        host = str(IPv6Address(await incoming.exactly(16)))
    else:
        raise Malformed("no kind of address")
    port = int.from_bytes(await incoming.exactly(2), "big")
    if not port:
        raise Malformed("no such port")
    return SocksRequest(host, port, given)


async def _password(incoming: Incoming, connection: socket.socket) -> str:
    """Read user name and password; the answer says that they are right, and the request is refused if they are not."""
    _, length = await incoming.exactly(2)
    await incoming.exactly(length)
    [length] = await incoming.exactly(1)
    given = (await incoming.exactly(length)).decode("latin-1")
    connection.send(b"\x01\x00")
    return given


def socks_answer(code: int) -> bytes:
    """Write the answer to a request; the address that it would tell is nobody's business."""
    return bytes([VERSION, code, 0, _IPV4, 0, 0, 0, 0, 0, 0])
