"""The proxy's process as it is, in a world whose names and addresses are said on its command line.

`python in_a_world.py ROOT WORLD GIVEN`: WORLD is JSON: `names`, and what each leads to; `servers`, the port of this
machine's loopback that stands for an address and a port, and `elsewhere` for all others; `lookups`, a file that every
name which is looked up is written to. All else is the process that codeact starts.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import NotRequired, TypedDict

sys.path.append(sys.argv.pop(1))

from codeact_tui.sandbox.proxy.main import main
from codeact_tui.sandbox.proxy.outgoing import Address


class _World(TypedDict):
    names: dict[str, list[list[str]]]
    """What is answered the first time, the second, …; the last for ever."""
    servers: dict[str, int]
    elsewhere: NotRequired[int]
    lookups: str


def _run(world: _World, given: str) -> None:
    def note(name: str) -> None:
        with Path(world["lookups"]).open("a") as file:
            file.write(name + "\n")

    async def resolve(name: str, port: int) -> Sequence[Address]:
        note(name)
        answers = world["names"].get(name)
        if not answers:
            raise socket.gaierror(-2, "Name or service not known")
        return [ip_address(each) for each in (answers.pop(0) if len(answers) > 1 else answers[0])]

    async def dial(address: Address, port: int) -> socket.socket:
        server = socket.socket()
        server.setblocking(False)
        to = world["servers"].get(f"{address} {port}", world.get("elsewhere", 1))
        await asyncio.get_running_loop().sock_connect(server, ("127.0.0.1", to))
        return server

    main([given], resolve=resolve, dial=dial)


if __name__ == "__main__":
    _run(json.loads(sys.argv[1]), sys.argv[2])
