"""The proxy's process: `main(arguments)`, started by `codeact_tui.sandbox.gate`.

The one argument is JSON: `listener`, the descriptor of a socket that listens; `allowed`, the entries of
`sandbox.network`. Standard input brings a line, the password or nothing; then a JSON object a line, whenever something
else may be reached (`hosts.Hosts.say`); and stays open as long as the application lives: its end is the proxy's.
Standard output is a JSON object a line: `server.Record`.
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

from codeact_tui.sandbox.proxy.hosts import Hosts
from codeact_tui.sandbox.proxy.outgoing import Dial, Resolve, ask_system, connect_to
from codeact_tui.sandbox.proxy.rules import AllowList
from codeact_tui.sandbox.proxy.server import Proxy, Record

__all__ = ["main"]

_MOST_UNREAD_BYTES = 1 << 20
_DESCRIPTORS = 1024
_MOST_UNHEARD_BYTES = 1 << 20


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
    hosts = Hosts(AllowList(given["allowed"]))
    hearing = _Hearing(hosts)
    password = await asyncio.to_thread(hearing.first)
    telling = _Telling()
    proxy = Proxy(hosts, telling.tell, password=password, resolve=resolve, dial=dial)
    with socket.socket(fileno=given["listener"]) as taken:
        serving = asyncio.create_task(proxy.serve(taken))
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), lambda: hearing.read(serving))
        hearing.heed()
        await asyncio.wait([serving])
    telling.flush()
    os._exit(0)  # names may still be looked up in threads that nothing can end


class _Hearing:
    """Takes in what the application says, line by line.

    Args:
        hosts: What it says it of.
    """

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._in = sys.stdin.fileno()
        self._begun = b""

    def first(self) -> str:
        """Wait for the first line."""
        while b"\n" not in self._begun and (more := os.read(self._in, 1 << 12)):
            self._begun += more
        line, _, self._begun = self._begun.partition(b"\n")
        return line.decode().strip()

    def read(self, serving: "asyncio.Task[None]") -> None:
        """Take in what has come; its end is the proxy's."""
        more = os.read(self._in, 1 << 16)
        self._begun += more
        if not more or len(self._begun) > _MOST_UNHEARD_BYTES:
            serving.cancel()
        self.heed()

    def heed(self) -> None:
        """Heed every whole line."""
        *lines, self._begun = self._begun.split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # what can't be read changes nothing
                self._hosts.say(json.loads(line))


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
