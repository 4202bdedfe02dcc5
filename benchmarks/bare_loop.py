"""What a turn costs at least: httpx and jupyter_client, and nothing around them. A process of its own.

`python -m benchmarks.bare_loop URL` prints a line when its kernel is up. Then it runs a turn for each line that it
reads, or, where that begins with `!`, a cell, and prints how many seconds that took.
"""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import httpx
from jupyter_client.manager import AsyncKernelManager

__all__ = ["main"]

_SYSTEM = "Write Python between <execute> and </execute>; what it prints comes back."


async def main(url: str) -> None:
    """Run turns as they are asked for."""
    manager: Any = AsyncKernelManager()
    await manager.start_kernel(stderr=subprocess.DEVNULL)
    kernel = manager.client()
    kernel.start_channels()
    await kernel.wait_for_ready()
    messages = [{"role": "system", "content": _SYSTEM}]
    async with httpx.AsyncClient(timeout=None) as client:
        print("ready", flush=True)
        while prompt := await asyncio.to_thread(sys.stdin.readline):
            started_s = time.perf_counter()
            if prompt.startswith("!"):
                await execute(kernel, prompt[1:])
            else:
                messages.append({"role": "user", "content": prompt})
                await turn(client, url, kernel, messages)
            print(json.dumps(time.perf_counter() - started_s), flush=True)
    kernel.stop_channels()
    await manager.shutdown_kernel(now=True)


async def turn(client: httpx.AsyncClient, url: str, kernel: Any, messages: list[dict[str, str]]) -> None:
    """Ask, run, ask again, until a reply holds no action."""
    while True:
        reply = await ask(client, url, messages)
        messages.append({"role": "assistant", "content": reply})
        _, opening, code = reply.partition("<execute>")
        if not opening:
            return
        messages.append({"role": "user", "content": f"Execution Output:\n{await execute(kernel, code)}"})


async def ask(client: httpx.AsyncClient, url: str, messages: list[dict[str, str]]) -> str:
    """Stream one reply."""
    body = {"model": "m", "messages": messages, "stream": True, "stop": ["</execute>"]}
    pieces: list[str] = []
    async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                pieces.append(json.loads(line[6:])["choices"][0]["delta"].get("content") or "")
    return "".join(pieces)


async def execute(kernel: Any, code: str) -> str:
    """Run one cell; wait for its reply and for idle."""
    request = kernel.execute(code)
    pieces: list[str] = []
    while True:
        message = await kernel.get_iopub_msg()
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "stream":
            pieces.append(message["content"]["text"])
        elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
    while (await kernel.get_shell_msg())["parent_header"].get("msg_id") != request:
        pass
    return "".join(pieces)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
