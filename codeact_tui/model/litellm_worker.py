"""The process that litellm lives in: requests come in on stdin, deltas go out on stdout.

litellm's import takes seconds and hundreds of MiB, and it prints: here nobody is held up by the one, and the other
goes nowhere. The process ends as soon as its stdin does.
"""

import asyncio
import gc
import importlib
import logging
import os
import sys
import threading
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import msgspec

from codeact_tui.errors import ModelError, ModelStreamEnded
from codeact_tui.model.base import Alive, Finished
from codeact_tui.model.litellm_errors import translated
from codeact_tui.model.litellm_wire import (
    Ask,
    Cancel,
    Failed,
    FromWorker,
    Ping,
    Pong,
    Ready,
    Said,
    ToWorker,
    body_size,
    decode_to_worker,
    failed,
    framed,
)
from codeact_tui.model.openai_wire import ChunkReader, message_json, tool_json
from codeact_tui.protocol.turns import Usage

__all__ = ["main"]

_SETTINGS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "CRITICAL",
    "REPEATED_STREAMING_CHUNK_LIMIT": "1000000000",
}
"""Looked at when litellm is imported: fetch no prices, read no `.env`, be silent, let replies repeat themselves."""


def main() -> None:
    """Serve until stdin ends."""
    stdin, stdout = _take_pipes()
    outbox = _Outbox(stdout)
    loop = asyncio.new_event_loop()
    worker = _Worker(outbox)
    threading.Thread(target=_read, args=(stdin, loop, worker), daemon=True).start()
    worker.litellm = _import_litellm()
    loop.run_until_complete(worker.warm_up())
    outbox.send(Ready())
    loop.run_forever()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes to ourselves: whatever else reads or prints here meets /dev/null."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return pipes


def _import_litellm() -> Any:
    os.environ.update(_SETTINGS)
    gc.disable()
    import litellm

    gc.enable()
    gc.freeze()
    module = cast("Any", litellm)
    module.suppress_debug_info = True
    module.drop_params = True
    module.telemetry = False
    module.num_retries = 0
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    return module


def _read(stdin: BinaryIO, loop: asyncio.AbstractEventLoop, worker: "_Worker") -> None:
    """Hand on what comes in; end the process when nothing can come any more, or what comes makes no sense."""
    try:
        while len(prefix := stdin.read(4)) == 4:
            message = decode_to_worker(stdin.read(body_size(prefix)))
            loop.call_soon_threadsafe(worker.take, message)
    finally:
        os._exit(0)


class _Outbox:
    """Writes frames. A full pipe holds up the whole process, and so the providers' streams."""

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout

    def send(self, message: FromWorker) -> None:
        """Write a message.

        It ends the process when the application is gone.
        """
        rest = memoryview(framed(message))
        try:
            while rest:
                rest = rest[self._stdout.write(rest) :]
        except BrokenPipeError:
            os._exit(0)


class _Worker:
    """Turns requests into tasks, and tasks into deltas."""

    def __init__(self, outbox: _Outbox) -> None:
        self.litellm: Any = None
        self._outbox = outbox
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def take(self, message: ToWorker) -> None:
        """Do what a message asks for. Called on the loop."""
        match message:
            case Ask():
                task = asyncio.get_running_loop().create_task(self._reply(message), name=f"request {message.id}")
                self._tasks[message.id] = task
                task.add_done_callback(lambda done: self._over(message.id, done))
            case Cancel():
                if (task := self._tasks.get(message.id)) is not None:
                    task.cancel()
            case Ping():
                self._outbox.send(Pong())

    async def warm_up(self) -> None:
        """Load what litellm loads at its first call: a call that no server sees."""
        call: dict[str, Any] = {"model": "openai/none", "messages": [{"role": "user", "content": ""}]}
        async for _ in await self.litellm.acompletion(**call, stream=True, mock_response="ready"):
            pass
        importlib.import_module("openai.resources")

    def _over(self, request_id: int, task: asyncio.Task[None]) -> None:
        """Drop a task; say so when it could not even tell how it failed."""
        del self._tasks[request_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._outbox.send(Failed(request_id, "ModelError", f"The litellm worker failed: {type(error).__name__}."))

    async def _reply(self, ask: Ask) -> None:
        where = urlsplit(ask.base_url).netloc.rpartition("@")[2]
        try:
            await self._stream(ask, where or ask.model.partition("/")[0])
        except ModelError as error:
            self._outbox.send(failed(ask.id, error))
        except Exception as error:
            self._outbox.send(failed(ask.id, translated(error, model=ask.model, address=where)))

    async def _stream(self, ask: Ask, where: str) -> None:
        reader = ChunkReader(model=ask.model, where=where)
        stream = await self.litellm.acompletion(**_arguments(ask))
        try:
            async for chunk in stream:
                deltas = list(reader.read(chunk.model_dump_json(exclude_none=True)))
                for delta in deltas or [Alive()]:
                    self._outbox.send(Said(ask.id, delta))
        finally:
            await stream.aclose()
        if (stream.received_finish_reason or stream.intermittent_finish_reason) is None:
            raise ModelStreamEnded(
                f"{where} ended the reply before it was complete.", remedy="Type /continue to ask again."
            )
        usage = msgspec.structs.replace(reader.usage, cost_usd=self._cost(ask.model, reader.usage))
        self._outbox.send(Said(ask.id, Finished(reader.finished().reason, usage)))

    def _cost(self, model: str, usage: Usage) -> float | None:
        """Give what a usage costs in US dollars; None where that is unknown."""
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        counts = {"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens}
        try:
            costs = self.litellm.cost_per_token(model, **counts, cache_read_input_tokens=usage.cached_tokens or 0)
        except Exception:  # litellm raises a bare Exception for some models that it has no price of
            return None
        return float(sum(costs))


def _arguments(ask: Ask) -> dict[str, Any]:
    """Write a request as litellm takes it."""
    request = ask.request
    wanted: dict[str, Any] = {
        "model": ask.model,
        "messages": [message_json(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "num_retries": 0,
        "max_retries": 0,
        "stop": list(request.stop) or None,
        "tools": [tool_json()] if request.tool else None,
        "_skip_mcp_handler": True if request.tool else None,  # else tools ask for a package that litellm may lack
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "base_url": ask.base_url or None,
        "api_key": _key(ask),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _key(ask: Ask) -> str | None:
    """Find the key; None lets litellm look for the provider's usual one."""
    if ask.key:
        return ask.key
    if ask.key_env:
        return os.environ.get(ask.key_env)
    keyless = ask.base_url and ask.model.startswith("openai/") and not os.environ.get("OPENAI_API_KEY")
    return "none" if keyless else None


if __name__ == "__main__":
    sys.exit(main())
