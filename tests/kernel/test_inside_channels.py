"""The kernel's ends of its channels, spoken with by libzmq itself."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import zmq
import zmq.asyncio

from codeact_tui.kernel.inside.channels import Channels, ChannelStream
from tests.kernel.helpers import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="channels of our own are Linux's")

LARGE = b"x" * 3_000_000


class Ends:
    """A channel that an event loop watches, and libzmq's sockets that connect to it."""

    def __init__(self, folder: Path) -> None:
        self.address = f"ipc://{folder}/s"
        self.channels: Any = Channels()
        self.context: Any = zmq.asyncio.Context()
        self.received: list[list[bytes]] = []
        self.others: list[Any] = []

    def listen(self, kind: int) -> Any:
        channel = self.channels.socket(kind)
        channel.bind(self.address)
        self.stream: Any = ChannelStream(channel)
        self.stream.on_recv(self.received.append)
        return channel

    def connect(self, kind: int, identity: bytes = b"me") -> Any:
        other = self.context.socket(kind)
        other.identity = identity
        other.linger = 0
        other.reconnect_ivl = 10
        other.connect(self.address)
        self.others.append(other)
        return other


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    made = Ends(tmp_path)
    yield made
    made.stream.close()
    made.channels.term()
    for other in made.others:
        other.close()
    made.context.term()


async def test_messages_of_any_size_come_whole_and_are_answered(ends: Ends) -> None:
    channel = ends.listen(zmq.ROUTER)
    other = ends.connect(zmq.DEALER)
    sent = [[b""], [b"a", b"", b"b" * 255], [b"c" * 256, LARGE], [b"end"]]
    for parts in sent:
        await other.send_multipart(parts)
    await eventually(lambda: len(ends.received) == len(sent))
    assert ends.received == [[b"me", *parts] for parts in sent]
    answer = asyncio.ensure_future(other.recv_multipart())
    await asyncio.to_thread(channel.send_multipart, [b"me", b"1", memoryview(LARGE), b"", zmq.Frame(b"4")])
    assert await answer == [b"1", LARGE, b"", b"4"]


async def test_many_messages_keep_their_order(ends: Ends) -> None:
    channel = ends.listen(zmq.ROUTER)
    other = ends.connect(zmq.DEALER)
    for number in range(500):
        await other.send_multipart([b"%d" % number])
    await eventually(lambda: len(ends.received) == 500)
    assert [int(parts[1]) for parts in ends.received] == list(range(500))
    for number in range(500):
        channel.send_multipart([b"me", b"%d" % number])
    assert [int((await other.recv_multipart())[0]) for _ in range(500)] == list(range(500))


async def test_topics_are_sent_to_who_has_subscribed(ends: Ends) -> None:
    channel = ends.listen(zmq.XPUB)
    everything, some = ends.connect(zmq.SUB), ends.connect(zmq.SUB)
    everything.subscribe(b"")
    some.subscribe(b"stream")
    await eventually(lambda: len(ends.received) == 2)
    assert sorted(ends.received) == [[b"\1"], [b"\1stream"]]
    channel.send_multipart([b"status", b"1"])
    channel.send_multipart([b"stream.out", b"2"])
    assert await everything.recv_multipart() == [b"status", b"1"]
    assert await everything.recv_multipart() == [b"stream.out", b"2"]
    assert await some.recv_multipart() == [b"stream.out", b"2"]
    some.unsubscribe(b"stream")
    await eventually(lambda: len(ends.received) == 3)
    channel.send_multipart([b"stream.out", b"3"])
    assert await everything.recv_multipart() == [b"stream.out", b"3"]
    assert not await some.poll(0)


async def test_who_comes_again_by_the_same_name_takes_the_place(ends: Ends) -> None:
    channel = ends.listen(zmq.ROUTER)
    for turn in (b"1", b"2"):
        other = ends.connect(zmq.DEALER)
        await other.send_multipart([turn])
        await eventually(lambda: ends.received and ends.received[-1] == [b"me", turn])  # noqa: B023
        channel.send_multipart([b"me", turn])
        assert await other.recv_multipart() == [turn]
        other.close()
    await eventually(lambda: not channel._peers)
    channel.send_multipart([b"me", b"nobody hears this"])


async def test_what_is_asked_waits_for_who_is_just_connecting(ends: Ends) -> None:
    channel = ends.channels.socket(zmq.ROUTER)
    ends.stream = ChannelStream(None)
    channel.bind(ends.address)
    other = ends.connect(zmq.DEALER)
    await asyncio.to_thread(channel.send_multipart, [b"me", b"colour?"])
    assert await other.recv_multipart() == [b"colour?"]
    with pytest.raises(zmq.Again):
        channel.recv_multipart(zmq.NOBLOCK)
    await other.send_multipart([b"blue"])
    assert await asyncio.to_thread(channel.recv_multipart) == [b"me", b"blue"]


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n" * 9, b"\xff" + bytes(70), b"\xff" * 80], ids=range(3))
async def test_who_speaks_otherwise_is_left(ends: Ends, said: bytes) -> None:
    channel = ends.listen(zmq.ROUTER)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(ends.address.removeprefix("ipc://"))
        await eventually(lambda: channel._peers)
        stranger.sendall(said)
        await eventually(lambda: not channel._peers)
    other = ends.connect(zmq.DEALER)
    await other.send_multipart([b"hello"])
    await eventually(lambda: ends.received == [[b"me", b"hello"]])
