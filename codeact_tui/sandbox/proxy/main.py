"""The proxy's process: `main(arguments)`, started by `codeact_tui.sandbox.gate`.

The one argument is JSON: `listener`, the descriptor of a socket that listens; `allowed`, the entries of
`sandbox.network`. Standard input brings a line, the password or nothing, and stays open as long as the application
lives: its end is the proxy's. Standard output is a JSON object a line: `server.Record`.
"""

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TypedDict

from codeact_tui.sandbox.proxy.outgoing import Dial, Resolve, ask_system, connect_to
from codeact_tui.sandbox.proxy.rules import AllowList
from codeact_tui.sandbox.proxy.server import Proxy, Record

__all__ = ["main"]

_MOST_UNREAD_BYTES = 1 << 20
_DESCRIPTORS = 1024


def main(arguments: Sequence[str], *, resolve: Resolve = ask_system, dial: Dial = connect_to) -> None:
    """Serve until the application is gone. Does not return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the application, whose process group this is in
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asyncio.run(_serve(json.loads(arguments[0]), resolve, dial))


class _Given(TypedDict):
    listener: int
    allowed: list[str]


async def _serve(given: _Given, resolve: Resolve, dial: Dial) -> None:
    password = (await asyncio.to_thread(sys.stdin.buffer.readline)).decode().strip()
    telling = _Telling()
    proxy = Proxy(AllowList(given["allowed"]), telling.tell, password=password, resolve=resolve, dial=dial)
    with socket.socket(fileno=given["listener"]) as taken:
        serving = asyncio.create_task(proxy.serve(taken))
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), lambda: _end_with_the_application(serving))
        await asyncio.wait([serving])
    telling.flush()
    os._exit(0)  # names may still be looked up in threads that nothing can end


def _end_with_the_application(serving: "asyncio.Task[None]") -> None:
    if not os.read(sys.stdin.fileno(), 1 << 12):
        serving.cancel()


class _Telling:
    """Writes records without ever waiting; what the application does not read in time is kept up to a bound."""

    def __init__(self) -> None:
        self._out = sys.stdout.fileno()
        os.set_blocking(self._out, False)
        self._unread = bytearray()

    def tell(self, record: Record) -> None:
        """Write a record; it is left out where far too much is unread already."""
        if len(self._unread) < _MOST_UNREAD_BYTES:
            self._unread += json.dumps(asdict(record)).encode() + b"\n"
            self._write()

    def flush(self) -> None:
        """Write what is left, and wait for it: how many bytes there were, of connections that end with the proxy."""
        os.set_blocking(self._out, True)
        with contextlib.suppress(BrokenPipeError):
            while self._unread:
                del self._unread[: os.write(self._out, self._unread)]

    def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            del self._unread[: os.write(self._out, self._unread)]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            os._exit(0)
        if self._unread:
            loop.add_writer(self._out, self._write)
        else:
            loop.remove_writer(self._out)
