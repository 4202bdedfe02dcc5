"""The kernel's ends of its channels: what libzmq does, over unix sockets that the event loops watch, without threads.

What libzmq holds for a context, threads, pipes, buffers, is lost with each copy of the process, for nothing of it may
be touched there. Here there are descriptors, and little else. `Channels` stands for a `zmq.Context`, `Channel` for a
`zmq.Socket`, `ChannelStream` is a `ZMQStream`: as far as ipykernel and jupyter_client's Session use them.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import inspect
import os
import select
import socket
import time

import zmq
from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

from .zmtp import Peer

__all__ = ["Channel", "ChannelStream", "Channels", "available"]

_NAMES = {zmq.ROUTER: b"ROUTER", zmq.XPUB: b"XPUB"}
_EVENTS = 16
_GREETED_S = 10.0
"""How long a message waits for somebody who is just connecting."""


def available(transport: str) -> bool:
    """Say whether channels can be had here."""
    return transport == "ipc" and hasattr(select, "epoll")


class Channels:
    """Makes channels, and knows them."""

    def __init__(self):
        self._channels = []

    def socket(self, kind):
        """Make one."""
        channel = Channel(kind)
        self._channels.append(channel)
        return channel

    def abandon(self, dead):
        """Let go of all in a copy of the process: take out of `dead` the descriptors that are closed here."""
        for channel in self._channels:
            channel.abandon(dead)

    def term(self):
        """Close all."""
        for channel in self._channels:
            channel.close()


class Channel:
    """Listens at a path, and speaks with all who connect; used by one thread at a time.

    Args:
        kind: `zmq.ROUTER`, whose messages begin with whom they are from or to, or `zmq.XPUB`, which sends to all who
            have subscribed.
    """

    linger = 0

    def __init__(self, kind):
        self._kind = kind
        self._listener = None
        self._epoll = select.epoll()
        self._peers = {}
        self._known = {}
        self._received = collections.deque()

    def bind(self, address):
        """Listen at `ipc://PATH`."""
        path = address.partition("://")[2]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.setblocking(False)
        self._listener.bind(path)
        self._listener.listen()
        self._epoll.register(self._listener.fileno(), select.EPOLLIN)

    def fileno(self):
        """Give the descriptor that can be read when there may be something to receive."""
        return self._epoll.fileno()

    @property
    def closed(self):
        """It is closed."""
        return self._epoll.closed

    def recv_multipart(self, flags=0, copy=True, track=False):
        """Receive a message; raise `zmq.Again` when there is none and `flags` say not to wait."""
        self._pump()
        while not self._received:
            if flags & zmq.NOBLOCK:
                raise zmq.Again
            self._pump(None)
        parts = self._received.popleft()
        return parts if copy else [zmq.Frame(part) for part in parts]

    def send_multipart(self, parts, flags=0, copy=True, track=False):
        """Send a message, and return when the system has all of it; whoever does not read is waited for."""
        parts = [_flat(part) for part in parts]
        if self._kind == zmq.XPUB:
            for peer in [each for each in self._peers.values() if each.wants(parts[0])]:
                self._send(peer, parts)
            return
        peer = self._find(bytes(parts[0]))
        if peer is not None:
            self._send(peer, parts[1:])

    def close(self, linger=None):
        """Close it and all connections."""
        if not self.closed:
            for peer in list(self._peers.values()):
                self._part(peer)
            if self._listener is not None:
                self._listener.close()
            self._epoll.close()

    def abandon(self, dead):
        """Let go of it, in a copy of the process, where its descriptors lead nowhere and are closed by others."""
        if not self.closed:
            for peer in self._peers.values():
                peer.connection.detach()
            if self._listener is not None:
                self._listener.detach()
            dead.discard(self._epoll.fileno())
            self._epoll.close()
        self._peers.clear()
        self._known.clear()
        self._received.clear()

    def _find(self, name):
        """Give who goes by this name; None when they are gone."""
        deadline = time.monotonic() + _GREETED_S
        while name not in self._known:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return None
            self._pump(left_s)
        return self._known[name]

    def _pump(self, wait_s=0):
        """Take in connections, and what came through them."""
        for descriptor, _ in self._epoll.poll(wait_s, _EVENTS):
            peer = self._peers.get(descriptor)
            if peer is None:
                self._accept()
            elif not peer.read(self._take):
                self._part(peer)

    def _accept(self):
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            self._peers[connection.fileno()] = Peer(connection, _NAMES[self._kind])
            self._epoll.register(connection.fileno(), select.EPOLLIN)

    def _take(self, peer, parts):
        """Take a message in; None for the greeting that comes before them."""
        if parts is None:
            self._known[peer.name] = peer
        elif self._kind == zmq.ROUTER:
            self._received.append([peer.name, *parts])
        elif parts[0][:1] in (b"\0", b"\1"):
            peer.subscribe(parts[0])
            self._received.append(parts)

    def _part(self, peer):
        self._peers.pop(peer.connection.fileno(), None)
        if self._known.get(peer.name) is peer:
            self._known[peer.name] = None
        with contextlib.suppress(OSError):
            self._epoll.unregister(peer.connection.fileno())
        peer.connection.close()

    def _send(self, peer, parts):
        try:
            peer.send(parts)
        except OSError:
            self._part(peer)


class ChannelStream(ZMQStream):
    """Calls back for what is received on a channel, in an event loop's thread, and sends at once.

    Args:
        channel: The channel; None for one where nothing ever comes.
        io_loop: The loop; None for this thread's.
    """

    def __init__(self, channel, io_loop=None):
        self.socket = channel
        self.io_loop = io_loop or IOLoop.current()
        self._recv_callback = None
        self._recv_copy = True
        self._is_watched = channel is None
        self._under_way = set()
        self.on_idle = None
        """Called when all that was received has been handled."""

    def on_recv(self, callback, copy=True):
        """Have a function called with each message."""
        self._recv_callback, self._recv_copy = callback, copy
        if not self._is_watched:
            self._is_watched = True
            self.io_loop.add_callback(self._watch)

    def send_multipart(self, msg, flags=0, copy=True, track=False, callback=None, **kwargs):
        """Send a message."""
        self.socket.send_multipart(msg)

    def flush(self, flag=zmq.POLLIN | zmq.POLLOUT, limit=None):
        """Call back for what has been received by now."""
        if flag & zmq.POLLIN and self.socket is not None:
            self._receive()

    def getsockopt(self, option):
        """Give the channel's descriptor, all that the event loops of user interfaces ask for."""
        return self.socket.fileno()

    @property
    def is_idle(self):
        """Nothing was received that is not handled to its end."""
        return not self._under_way

    def sending(self):
        """Say that nothing waits to be sent."""
        return False

    def close(self, linger=None):
        """Close the channel."""
        if self.socket is not None and not self.socket.closed:
            self.io_loop.asyncio_loop.remove_reader(self.socket.fileno())
            self.socket.close()
        self.socket = None

    def _watch(self):
        if not self.closed():
            self.io_loop.asyncio_loop.add_reader(self.socket.fileno(), self._receive)

    def _receive(self):
        while not self.closed():
            try:
                message = self.socket.recv_multipart(zmq.NOBLOCK, copy=self._recv_copy)
            except zmq.Again:
                return
            self._run_callback(self._handle, message)

    def _handle(self, message):
        handling = self._recv_callback(message)
        if inspect.isawaitable(handling):
            handling = asyncio.ensure_future(handling)
            self._under_way.add(handling)
            handling.add_done_callback(self._has_handled)
        return handling

    def _has_handled(self, handling):
        self._under_way.discard(handling)
        if not self._under_way and self.on_idle is not None:
            self.on_idle()


def _flat(part):
    view = memoryview(part)
    return view.cast("B") if view.nbytes else b""
