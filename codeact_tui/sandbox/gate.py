"""Starts the proxy in a process of its own, beside the kernel, and hears what it tells."""

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from codeact_tui.protocol.network import Connection
from codeact_tui.sandbox.hosts import AllowedHosts

__all__ = ["PROXY_COMMAND", "Gate"]

_log = logging.getLogger(__name__)

_START = (
    "import sys; sys.path.append(sys.argv.pop(1)); from codeact_tui.sandbox.proxy.main import main; main(sys.argv[1:])"
)
PROXY_COMMAND = (sys.executable, "-I", "-S", "-c", _START, str(Path(__file__).parents[2]))
"""What the proxy is started by. It sees nothing of the folder that codeact was started in, and no packages."""
_NEEDED = ("LD_LIBRARY_PATH", "LANG")
_LINE_BYTES = 1 << 14
_END_S = 2.0


class Gate:
    """The proxy's process."""

    def __init__(self, process: Process, on_connection: Callable[[Connection], None]) -> None:
        self._process = process
        self._hosts: AllowedHosts | None = None
        self._on_connection = on_connection
        self._hearing = asyncio.create_task(self._hear(), name="what the proxy tells")

    @classmethod
    async def open(
        cls,
        listener: socket.socket,
        allowed: Sequence[str],
        on_connection: Callable[[Connection], None],
        *,
        password: str = "",
        command: Sequence[str] = PROXY_COMMAND,
        hosts: AllowedHosts | None = None,
    ) -> "Gate":
        """Start the proxy.

        Args:
            listener: Where cells connect to; closed here, and the proxy's from now on.
            allowed: The entries of `sandbox.network`.
            on_connection: Hears of every connection, and of everything that was refused.
            password: What cells have to tell it; empty for nothing.
            command: What it is started by.
            hosts: Tells it of every change; None where nothing changes.

        Raises:
            OSError: It can't be started.
        """
        with listener:
            given = json.dumps({"listener": listener.fileno(), "allowed": list(allowed)})
            process = await asyncio.create_subprocess_exec(
                *command,
                given,
                stdin=PIPE,
                stdout=PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                env={name: os.environ[name] for name in _NEEDED if name in os.environ},
                cwd="/",
                limit=_LINE_BYTES,
            )
        assert process.stdin is not None
        process.stdin.write(password.encode() + b"\n")
        gate = cls(process, on_connection)
        if hosts is not None:
            gate._hosts = hosts
            hosts.connect(gate.say)
        return gate

    def say(self, line: bytes) -> None:
        """Tell the proxy what may be reached from now on; one that has ended needs not know."""
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(line)

    async def close(self) -> None:
        """End the proxy, and every connection through it."""
        assert self._process.stdin is not None
        if self._hosts is not None:
            self._hosts.connect(None)
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _END_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._hearing

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        while (line := await self._process.stdout.readline()).endswith(b"\n"):
            try:
                connection = msgspec.json.decode(line, type=Connection)
            except msgspec.DecodeError:
                _log.warning("the proxy told something that can't be understood")
                continue
            self._on_connection(connection)
