"""One connection that speaks ZMTP 3.0 as libzmq does: how it begins, and messages in parts, in both directions.

Source: ZeroMQ Message Transport Protocol 3.0 (rfc.zeromq.org/spec/23), mechanism NULL.
"""

from __future__ import annotations

import collections
import os
import select
import socket

__all__ = ["Peer"]

_SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
_GREETING = _SIGNATURE + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_MORE, _LONG, _COMMAND = 1, 2, 4
_READ_BYTES = 1 << 16
_MESSAGE_BYTES = 1 << 28
_JOINED_BYTES = 1 << 16
_PIECES = 256
"""How many pieces are handed to the system at once; it takes 1,024."""


class Peer:
    """Somebody who has connected.

    Args:
        connection: The socket.
        kind: What to say that this end is: `ROUTER` or `XPUB`.

    Raises:
        OSError: Nobody is there any more.
    """

    def __init__(self, connection, kind):
        connection.setblocking(False)
        self.connection = connection
        self.name = b""
        self._greeted = False
        self._unread = bytearray()
        self._parts = []
        self._topics = collections.Counter()
        self._write([_GREETING, _ready(kind)])

    def wants(self, topic):
        """Say whether a message of this topic is to be sent there."""
        return any(bytes(topic[: len(each)]) == each for each in self._topics)

    def subscribe(self, what):
        """Take in the wish to have messages of a topic, or no longer to."""
        topic = bytes(what[1:])
        self._topics[topic] += 1 if what[0] else -1
        if self._topics[topic] <= 0:
            del self._topics[topic]

    def read(self, take):
        """Read once, and hand on what is complete; say whether there may be more to come."""
        try:
            data = self.connection.recv(_READ_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._unread += data
        return bool(data) and self._greet() and self._parse(take)

    def send(self, parts):
        """Send a message, and return when the system has all of it.

        Raises:
            OSError: Nobody is there any more.
        """
        pieces = []
        for place, part in enumerate(parts, 1):
            pieces += (_head(_MORE if place < len(parts) else 0, len(part)), part)
        self._write(pieces)

    def _write(self, pieces):
        if sum(map(len, pieces)) <= _JOINED_BYTES:
            pieces = [b"".join(pieces)]
        pieces = collections.deque(map(memoryview, pieces))
        while pieces:
            try:
                sent = self.connection.sendmsg([*_first(pieces)], [], socket.MSG_NOSIGNAL)
            except BlockingIOError:
                poll = select.poll()
                poll.register(self.connection.fileno(), select.POLLOUT)
                poll.poll()
                continue
            while pieces and sent >= len(pieces[0]):
                sent -= len(pieces.popleft())
            if sent:
                pieces[0] = pieces[0][sent:]

    def _greet(self):
        """Read how the connection begins; say whether it is one of ours."""
        if self._greeted or len(self._unread) < len(_GREETING):
            return True
        greeting, self._greeted = self._unread[: len(_GREETING)], True
        del self._unread[: len(_GREETING)]
        return greeting[0] == 0xFF and greeting[9] & 1 and greeting[10] >= 3 and greeting[12:17] == b"NULL\0"

    def _parse(self, take):
        place = 0
        unread = self._unread
        while self._greeted and len(unread) - place >= 2:
            flags = unread[place]
            head = 9 if flags & _LONG else 2
            if len(unread) - place < head:
                break
            size = int.from_bytes(unread[place + 1 : place + head], "big")
            if size > _MESSAGE_BYTES:
                return False
            if len(unread) - place < head + size:
                break
            self._part(flags, bytes(unread[place + head : place + head + size]), take)
            place += head + size
        del unread[:place]
        return True

    def _part(self, flags, part, take):
        if flags & _COMMAND:
            if part.startswith(b"\5READY"):
                self.name = _properties(part[6:]).get(b"identity") or os.urandom(8)
                take(self, None)
            return
        self._parts.append(part)
        if not flags & _MORE:
            parts, self._parts = self._parts, []
            take(self, parts)


def _head(flags, size):
    if size > 255:
        return bytes((flags | _LONG,)) + size.to_bytes(8, "big")
    return bytes((flags, size))


def _ready(kind):
    """Give the command that ends the greeting."""
    body = b"\5READY"
    for name, value in ((b"Socket-Type", kind), (b"Identity", b"")):
        body += bytes((len(name),)) + name + len(value).to_bytes(4, "big") + value
    return _head(_COMMAND, len(body)) + body


def _properties(data):
    """Read the properties of a command, by their names in small letters."""
    found = {}
    while data:
        name, data = data[1 : 1 + data[0]], data[1 + data[0] :]
        size = int.from_bytes(data[:4], "big")
        found[bytes(name).lower()], data = bytes(data[4 : 4 + size]), data[4 + size :]
    return found


def _first(pieces):
    """Give as many pieces as the system takes at once."""
    return [pieces[place] for place in range(min(len(pieces), _PIECES))]
