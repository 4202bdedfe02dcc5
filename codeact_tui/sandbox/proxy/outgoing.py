"""Names to addresses, and connections to them: what the proxy does to the outside."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

__all__ = ["Address", "Dial", "Resolve", "ask_system", "connect_to"]

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Gives the addresses of a name, or raises OSError where it has none."""
Dial = Callable[[Address, int], Awaitable[socket.socket]]
"""Connects to an address, or raises OSError."""


async def ask_system(name: str, port: int) -> Sequence[Address]:
    """Ask the system for the addresses of a name.

    Raises:
        OSError: It has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [ip_address(address[0]) for *_, address in found]


async def connect_to(address: Address, port: int) -> socket.socket:
    """Connect to an address.

    Raises:
        OSError: It can't be connected to, or it is one of this machine's own, which may look like any other.
    """
    server = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(server, (str(address), port))
        if server.getsockname()[0] == server.getpeername()[0]:
            raise ConnectionRefusedError("this machine itself")
    except BaseException:
        server.close()
        raise
    return server
