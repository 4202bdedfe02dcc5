"""The application's sockets to a kernel: whoever waits for an answer hears of it, whatever is sent meanwhile."""

import asyncio
import select
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import zmq
import zmq.asyncio
from jupyter_client.session import Session

from codeact_tui.errors import KernelError
from codeact_tui.kernel.jupyter_process import SocketWire
from tests.kernel.helpers import DEADLINE_S

pytestmark = pytest.mark.asyncio


class Manager:
    """Knows where a kernel's sockets are: four that are one here."""

    def __init__(self, context: Any, folder: Path) -> None:
        self.session = Session(key=b"secret")
        self.ip = str(folder)
        self._context = context
        self.connect_shell = self.connect_control = self.connect_stdin = self.connect_iopub = self._connect

    def _connect(self, identity: bytes = b"") -> Any:
        socket = self._context.socket(zmq.DEALER)
        socket.connect(f"ipc://{self.ip}/k")
        return socket


@pytest_asyncio.fixture
async def ends(tmp_path: Path) -> AsyncIterator[tuple[SocketWire, Any]]:
    context, kernels = zmq.asyncio.Context(), zmq.Context()
    kernel = kernels.socket(zmq.ROUTER)
    kernel.bind(f"ipc://{tmp_path}/k")
    wire = SocketWire(Manager(context, tmp_path))
    yield wire, kernel
    wire.close()
    kernel.close(linger=0)
    context.term()
    kernels.term()


async def test_an_answer_that_came_before_the_next_request_was_sent_is_heard(ends: tuple[SocketWire, Any]) -> None:
    wire, kernel = ends
    waits = asyncio.create_task(wire.receive("control"))
    await asyncio.sleep(0)
    wire.send("control", "first", {})
    name, *_ = kernel.recv_multipart()
    for _ in range(20):  # until what is under way with the connection is over, and the answer alone wakes
        await asyncio.sleep(0)
    kernel.send_multipart([name, b"answer"])
    descriptor = wire._sockets["control"].get(zmq.FD)  # pyright: ignore[reportPrivateUsage]
    assert select.select([descriptor], [], [], DEADLINE_S)[0]
    wire.send("control", "second", {})
    async with asyncio.timeout(DEADLINE_S):
        assert await waits == [b"answer"]


async def test_all_that_a_kernel_has_sent_has_come_when_it_has_parted(ends: tuple[SocketWire, Any]) -> None:
    wire, kernel = ends
    wire.send("iopub", "first", {})
    name, *_ = await asyncio.to_thread(kernel.recv_multipart)
    for number in range(200):
        kernel.send_multipart([name, b"%d" % number])
    kernel.close(linger=int(DEADLINE_S * 1000))
    async with asyncio.timeout(DEADLINE_S):
        await wire.parted()
    socket: Any = wire._sockets["iopub"]  # pyright: ignore[reportPrivateUsage]
    received = [socket.recv_multipart(zmq.NOBLOCK).result() for _ in range(200)]
    assert received == [[b"%d" % number] for number in range(200)]


async def test_a_closed_socket_takes_nothing(ends: tuple[SocketWire, Any]) -> None:
    wire, _ = ends
    wire.close()
    with pytest.raises(KernelError, match="takes no more requests"):
        wire.send("shell", "any", {})
