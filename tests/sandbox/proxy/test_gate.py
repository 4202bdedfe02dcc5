"""The proxy's process: that it does what the application says, tells what it does, and never outlives it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codeact_tui.protocol.network import Connection, Reached
from codeact_tui.sandbox.connections import Connections
from codeact_tui.sandbox.gate import PROXY_COMMAND, Gate

ROOT = Path(__file__).parents[3]
WORLD = Path(__file__).parent / "in_a_world.py"


async def answer_of(port: int, words: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    async with asyncio.timeout(120):
        found = await reader.read()
    writer.close()
    return found


async def test_it_serves_tells_and_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the folder was looked into')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    heard: list[Connection] = []
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    gate = await Gate.open(listener, ["example.org"], heard.append, password="secret")
    assert listener.fileno() == -1
    assert (await answer_of(port, b"CONNECT a.example:443 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 407 ")
    words = b"CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic eDpzZWNyZXQ=\r\n\r\n"
    assert (await answer_of(port, words)).startswith(b"HTTP/1.1 403 sandbox.network does not list a.example:443\r\n")
    await gate.close()
    assert heard == [
        Connection(1, "refused", reason="the proxy's password is missing"),
        Connection(2, "refused", "a.example", 443, "sandbox.network does not list a.example:443"),
    ]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.fixture
def process() -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """A proxy that was started, nobody listening to it, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = json.dumps({"listener": listener.fileno(), "allowed": []})
        started = subprocess.Popen(
            [*PROXY_COMMAND, given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[listener.fileno()]
        )
        port = listener.getsockname()[1]
    assert started.stdin is not None
    started.stdin.write(b"\n")
    started.stdin.flush()
    yield started, port
    for stream in (started.stdin, started.stdout):
        assert stream is not None
        stream.close()
    started.kill()
    started.wait()


async def test_it_ends_with_the_application_and_heeds_no_interrupt(
    process: "tuple[subprocess.Popen[bytes], int]",
) -> None:
    started, port = process
    assert await answer_of(port, b"\r\n\r\n\r\n")  # it is up
    os.kill(started.pid, signal.SIGINT)
    assert await answer_of(port, b"\r\n\r\n\r\n")
    assert started.stdin is not None
    started.stdin.close()
    assert started.wait(timeout=120) == 0


async def test_what_went_through_an_open_tunnel_is_told_at_the_end(tmp_path: Path) -> None:
    heard: list[Connection] = []
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as server:
        servers = {"93.184.216.34 443": server.getsockname()[1]}
        world = {"names": {"example.org": [["93.184.216.34"]]}, "servers": servers, "lookups": str(tmp_path / "names")}
        command = (sys.executable, "-I", "-S", str(WORLD), str(ROOT), json.dumps(world))
        gate = await Gate.open(listener, ["example.org"], heard.append, command=command)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"CONNECT example.org:443 HTTP/1.1\r\n\r\n")
        assert b"200" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello")
        with server.accept()[0] as taken:
            assert await asyncio.to_thread(taken.recv, 5) == b"hello"
            await gate.close()
        writer.close()
    assert heard[-1] == Connection(1, "closed", "example.org", 443, "", 5, 0)


async def test_a_proxy_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codeact_tui.sandbox.gate._END_S", 0.1)
    deaf = (sys.executable, "-c", "import signal; print('{', flush=True); signal.pause()")
    gate = await Gate.open(socket.create_server(("127.0.0.1", 0)), [], lambda _: None, command=deaf)
    await gate.close()


async def test_a_flood_that_nobody_hears_of_does_not_hold_it_up(
    process: "tuple[subprocess.Popen[bytes], int]",
) -> None:
    words = b"CONNECT " + b"a" * 60 + b".example:443 HTTP/1.1\r\n\r\n"
    for _ in range(40):  # more than a pipe holds
        assert all(await asyncio.gather(*(answer_of(process[1], words) for _ in range(20))))


def test_connections_are_added_up_by_host_and_beyond_a_bound_together() -> None:
    heard: list[Connection] = []
    connections = Connections(heard.append)
    told = [
        Connection(1, "open", "a.example", 443),
        Connection(2, "open", "a.example", 443),
        Connection(1, "closed", "a.example", 443, "", 10, 20),
        Connection(3, "refused", "b.example", 443, "no"),
    ]
    for connection in told:
        connections.add(connection)
    a = Reached("a.example", 443, connections=2, open=1, sent_bytes=10, received_bytes=20)
    b = Reached("b.example", 443, refused=1, reason="no")
    assert (connections.reached(), heard) == ((a, b), told)
    connections.ended()
    assert connections.reached()[0].open == 0
    for number in range(2000):
        connections.add(Connection(number, "refused", f"{number}.example", 443, "no"))
    assert len(connections.reached()) == 501
    assert connections.reached()[-1] == Reached("others", 0, refused=1502, reason="no")
