"""Requests to an HTTP proxy: `CONNECT`, and plain `http://` requests, which are written anew.

Nothing of a head goes on to the server but its method, the path of its address and its headers, checked one by one; the
server is told the host that was checked, whatever the request's own `Host` says. One request a connection.

Source: RFC 9110, RFC 9112.
"""

import base64
import binascii
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from codeact_tui.sandbox.proxy.incoming import Incoming, Malformed

__all__ = ["HttpRequest", "answer", "body_of", "read_http"]

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_HOST = r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,254})"
_CONNECT = re.compile(rf"CONNECT {_HOST}:(?P<port>[0-9]{{1,5}}) HTTP/1\.[01]", re.ASCII)
_PLAIN = re.compile(
    rf"(?P<method>{_TOKEN}) http://{_HOST}(?::(?P<port>[0-9]{{1,5}}))?(?P<path>[/?][!-~]*)? HTTP/1\.[01]",
    re.ASCII | re.IGNORECASE,
)
_HEADER = re.compile(rf"({_TOKEN}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_CHUNK = re.compile(r"([0-9A-Fa-f]{1,12})(?:;[ -~\t]*)?", re.ASCII)
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "upgrade", "host", "http2-settings"}
)
_HTTP_PORT = 80
_LINE_BYTES = 8192
_PIECE_BYTES = 1 << 16


@dataclass(frozen=True)
class HttpRequest:
    """What a client asks for."""

    host: str
    """As it is written, without brackets."""
    port: int
    password: str = ""
    """The proxy's, when it is given."""
    head: bytes = b""
    """What the server is sent first. Empty for a tunnel."""
    length: int | None = 0
    """The body's bytes; None when it comes in chunks."""


async def read_http(incoming: Incoming, most_bytes: int) -> HttpRequest:
    """Read a request's head.

    Raises:
        Malformed: It is no request to a proxy, or could be read in two ways.
    """
    lines = (await incoming.until(b"\r\n\r\n", most_bytes)).decode("latin-1").split("\r\n")
    headers = [_header(line) for line in lines[1:]]
    if found := _CONNECT.fullmatch(lines[0]):
        return HttpRequest(found["host"].strip("[]"), _port(found["port"]), _password(headers))
    if (found := _PLAIN.fullmatch(lines[0])) is None or found["method"] == "CONNECT":
        raise Malformed("no request to a proxy")
    path = found["path"] or "/"
    first = f"{found['method']} {path if path.startswith('/') else '/' + path} HTTP/1.1"
    authority = found["host"] + (f":{found['port']}" if found["port"] else "")
    kept = [f"{name}: {value}" for name, value in headers if name.lower() not in _not_handed_on(headers)]
    head = "\r\n".join([first, f"Host: {authority}", *kept, "Connection: close", "", ""])
    port = _port(found["port"] or str(_HTTP_PORT))
    return HttpRequest(found["host"].strip("[]"), port, _password(headers), head.encode("latin-1"), _length(headers))


async def body_of(incoming: Incoming, length: int | None) -> AsyncIterator[bytes]:
    """Give the bytes of one body as they come, and none of what follows it.

    Raises:
        Malformed: It ended early, or its chunks can't be read.
    """
    if length is not None:
        async for piece in _pieces(incoming, length):
            yield piece
        return
    size = -1
    while size:
        line = (await incoming.until(b"\r\n", _LINE_BYTES)).decode("latin-1")
        if (found := _CHUNK.fullmatch(line)) is None:
            raise Malformed("a chunk without its size")
        size = int(found[1], 16)
        yield f"{size:x}\r\n".encode()
        async for piece in _pieces(incoming, size):
            yield piece
        if size:
            if await incoming.exactly(2) != b"\r\n":
                raise Malformed("a chunk that does not end")
            yield b"\r\n"
    while await incoming.until(b"\r\n", _LINE_BYTES):  # trailers, which nobody needs
        pass
    yield b"\r\n"


async def _pieces(incoming: Incoming, length: int) -> AsyncIterator[bytes]:
    while length:
        piece = await incoming.exactly(min(length, _PIECE_BYTES))
        length -= len(piece)
        yield piece


def answer(status: int, reason: str, *, more: str = "") -> bytes:
    """Write an answer of the proxy's own, its reason said twice: some programs show one of them, some the other."""
    body = f"codeact: {reason}\n"
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n{more}"
    return f"{head}Connection: close\r\n\r\n{body}".encode("latin-1")


def _header(line: str) -> tuple[str, str]:
    if (found := _HEADER.fullmatch(line)) is None:
        raise Malformed("a header that can't be read")
    return found[1], found[2]


def _values(headers: list[tuple[str, str]], wanted: str) -> list[str]:
    return [value for name, value in headers if name.lower() == wanted]


def _not_handed_on(headers: list[tuple[str, str]]) -> set[str]:
    named = ",".join(_values(headers, "connection")).split(",")
    body = {"content-length", "transfer-encoding"}
    return {*_HOP_BY_HOP, *({name.strip().lower() for name in named} - body)}


def _length(headers: list[tuple[str, str]]) -> int | None:
    lengths, encodings = _values(headers, "content-length"), _values(headers, "transfer-encoding")
    if encodings:
        if lengths or len(encodings) > 1 or encodings[0].lower() != "chunked":
            raise Malformed("a body whose length is said in two ways")
        return None
    if len(lengths) > 1 or (lengths and not _LENGTH.fullmatch(lengths[0])):
        raise Malformed("a body whose length is said in two ways")
    return int(lengths[0]) if lengths else 0


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 1 << 16:
        raise Malformed("no such port")
    return port


def _password(headers: list[tuple[str, str]]) -> str:
    for value in _values(headers, "proxy-authorization")[:1]:
        kind, _, given = value.partition(" ")
        if kind.lower() == "basic":
            try:
                return base64.b64decode(given, validate=True).decode("latin-1").partition(":")[2]
            except binascii.Error:
                return ""
    return ""
