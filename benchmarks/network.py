"""What the sandbox's proxy adds: requests and a download through it, against the same server directly."""

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Row, table
from codeact_tui.sandbox.gate import Gate

__all__ = ["run"]

_REQUESTS = 200
_ROUNDS = 5
_DOWNLOAD_MB = 256
_ROOT = Path(__file__).parents[1]
_WORLD = _ROOT / "tests" / "sandbox" / "proxy" / "in_a_world.py"
_ADDRESS = "93.184.216.34"
_SERVER = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
piece = bytes(1 << 20)
while True:
    connection, _ = listener.accept()
    with connection:
        head = b""
        while b"\\r\\n\\r\\n" not in head:
            head += connection.recv(4096)
        megabytes = int(head.split()[1].rpartition(b"/")[2])
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n")
        for _ in range(megabytes):
            connection.sendall(piece)
"""

Ask = Callable[[int], None]
"""Asks for so many megabytes, on a connection of its own."""


def run() -> list[Row]:
    """Measure both ways in turn, each round both, and give medians."""
    with tempfile.TemporaryDirectory() as folder, _server() as port, _proxy(port, Path(folder)) as proxy_port:
        direct, plain, tunnel = _direct(port), _plain(proxy_port), _tunnel(proxy_port)
        for ask in (direct, plain, tunnel):
            ask(0)
        rounds = [[_requests_ms(ask) for ask in (direct, plain, tunnel)] for _ in range(_ROUNDS)]
        bare_ms, plain_ms, tunnel_ms = (statistics.median(column) for column in zip(*rounds, strict=True))
        rounds = [[_rate(ask) for ask in (direct, tunnel)] for _ in range(_ROUNDS)]
        bare_rate, tunnel_rate = (statistics.median(column) for column in zip(*rounds, strict=True))
    return [
        Row("a request through the proxy", plain_ms, bare_ms, "ms", "http; bare: the same server on the loopback"),
        Row("  through a tunnel", tunnel_ms, bare_ms, "ms", "CONNECT, as https has it, without TLS"),
        Row(
            "  a download, MB/s", tunnel_rate, bare_rate, "MB/s", f"{_DOWNLOAD_MB} MB through a tunnel; more is better"
        ),
    ]


@contextmanager
def _server() -> Generator[int]:
    process = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def _proxy(server_port: int, folder: Path) -> Generator[int]:
    """Run the proxy's process in a world in which `example.org` is that server."""
    servers = {f"{_ADDRESS} 80": server_port}
    world = {
        "names": {"example.org": [[_ADDRESS]]},
        "servers": servers,
        "elsewhere": 1,
        "lookups": str(folder / "names"),
    }
    command = (sys.executable, "-I", "-S", str(_WORLD), str(_ROOT), json.dumps(world))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with asyncio.Runner() as runner:
        gate = runner.run(Gate.open(listener, ["example.org"], lambda _: None, command=command))
        try:
            yield port
        finally:
            runner.run(gate.close())


def _direct(port: int) -> Ask:
    def ask(megabytes: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            _fetch(connection, f"GET /{megabytes} HTTP/1.1\r\nHost: example.org\r\n\r\n", megabytes)

    return ask


def _plain(port: int) -> Ask:
    def ask(megabytes: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            _fetch(connection, f"GET http://example.org/{megabytes} HTTP/1.1\r\n\r\n", megabytes)

    return ask


def _tunnel(port: int) -> Ask:
    def ask(megabytes: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"CONNECT example.org:80 HTTP/1.1\r\n\r\n")
            assert b" 200 " in connection.recv(4096)
            _fetch(connection, f"GET /{megabytes} HTTP/1.1\r\nHost: example.org\r\n\r\n", megabytes)

    return ask


def _fetch(connection: socket.socket, request: str, megabytes: int) -> None:
    connection.sendall(request.encode())
    buffer = bytearray(1 << 20)
    got = 0
    while length := connection.recv_into(buffer):
        got += length
    assert got > megabytes << 20, "the answer is not whole"


def _requests_ms(ask: Ask) -> float:
    started_s = time.perf_counter()
    for _ in range(_REQUESTS):
        ask(0)
    return (time.perf_counter() - started_s) / _REQUESTS * 1e3


def _rate(ask: Ask) -> float:
    started_s = time.perf_counter()
    ask(_DOWNLOAD_MB)
    return _DOWNLOAD_MB / (time.perf_counter() - started_s)


if __name__ == "__main__":
    print(table(run()))
