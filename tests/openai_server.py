"""A local HTTP server that speaks the OpenAI streaming protocol, with every fault that real ones have.

For tests (`OpenAIServer`; from another thread `tests.openai_thread.ThreadedOpenAIServer`) and by hand:
`python -m tests.openai_server --port 8999 --reply "Hello"`, or `--script replies.json`.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tests.http_connection import ClientGone, Connection, Received, WeReset
from tests.openai_script import (
    Comment,
    Data,
    EndEarly,
    Fail,
    Gate,
    Reasoning,
    Refusal,
    Reply,
    Reset,
    Stall,
    Step,
    StopCutter,
    Streamed,
    ToolCallPart,
    Wait,
    chunk,
    event,
    refusal,
    step_delta,
    text,
)
from tests.openai_script_file import in_turn, read_script

__all__ = ["Chooser", "OpenAIServer", "Received", "Script"]


Script = Iterable[Reply | str]
Chooser = Callable[[Received], Reply | str]


class OpenAIServer:
    """Replies to chat completions what it was given, one reply for each request, and keeps the requests.

    Args:
        replies: What is replied, in order. A string is a text.
        choose: Chooses a reply when `replies` is at its end; without it that is a 500.
        models: What `GET …/models` lists.
        models_reply: What it replies instead.
        port: 0 takes any that is free.
    """

    def __init__(
        self,
        replies: Script = (),
        *,
        choose: Chooser | None = None,
        models: Iterable[str] = ("m",),
        models_reply: Reply | None = None,
        port: int = 0,
    ) -> None:
        self.replies: list[Reply | str] = list(replies)
        self.requests: list[Received] = []
        self.disconnected = asyncio.Event()
        self.connections = 0
        self._choose = choose
        listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in models]}
        self._models_reply: Reply = models_reply or Refusal(200, json.dumps(listed))
        self._port = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Condition()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests have come in."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(Connection(reader, writer)), name="openai connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: "Connection") -> None:
        try:
            while True:
                request = await connection.request()
                await self._answer(connection, request)
        except (ClientGone, WeReset, ConnectionError):
            pass
        finally:
            await connection.close()

    async def _answer(self, connection: "Connection", request: Received) -> None:
        if request.method == "GET":
            return await connection.until_gone(_Answer(connection, request).give(self._models_reply))
        async with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        try:
            await connection.until_gone(_Answer(connection, request).give(self._reply(request)))
        except (ClientGone, ConnectionError):
            request.disconnected.set()
            self.disconnected.set()
            raise
        finally:
            request.last_byte_s = time.perf_counter()
            request.over.set()

    def _reply(self, request: Received) -> Reply:
        if self.replies:
            chosen = self.replies.pop(0)
        elif self._choose is not None:
            chosen = self._choose(request)
        else:
            chosen = refusal(500, "the script is at its end")
        return text(chosen) if isinstance(chosen, str) else chosen


class _Asked(msgspec.Struct):
    """Of a request, what changes the reply."""

    model: str = ""
    stop: list[str] | str | None = None
    stream_options: dict[str, bool] = {}


class _Answer:
    """Gives one reply to one request."""

    def __init__(self, connection: "Connection", request: Received) -> None:
        self._connection = connection
        asked = msgspec.convert(request.body or {}, _Asked)
        self._model = asked.model
        self._usage_wanted = asked.stream_options.get("include_usage", False)
        self._cutter = StopCutter([asked.stop] if isinstance(asked.stop, str) else asked.stop or [])

    async def give(self, reply: Reply) -> None:
        match reply:
            case Streamed():
                await self._stream(reply)
            case Refusal():
                await self._connection.respond(reply.status, reply.body, dict(reply.headers))
            case Reset():
                self._connection.reset()
            case Stall():
                await asyncio.Event().wait()

    async def _stream(self, reply: Streamed) -> None:
        connection, model = self._connection, self._model
        await connection.begin_stream()
        await connection.send(chunk(model, {"role": "assistant", "content": ""}))
        for step in reply.steps:
            if reply.delay_s:
                await asyncio.sleep(reply.delay_s)
            if isinstance(step, str):
                sure, stopped = self._cutter.feed(step)
                await self._content(sure)
                if stopped:
                    return await self._finish(reply, "stop")
            elif not await self._step(step):
                return await connection.end_stream()
        await self._content(self._cutter.rest())
        return await self._finish(reply, reply.finish)

    async def _step(self, step: Step) -> bool:
        """Do one step; say whether the stream goes on."""
        connection = self._connection
        match step:
            case str():
                await self._content(step)
            case Reasoning() | ToolCallPart():
                await connection.send(chunk(self._model, step_delta(step)))
            case Data():
                await connection.send(event(step.payload))
            case Comment():
                await connection.send(f": {step.text}\n\n".encode())
            case Fail():
                error = {"message": step.message, "type": "server_error", "code": step.code}
                await connection.send(event(json.dumps({"error": error})))
                return False
            case Wait():
                await asyncio.sleep(step.seconds)
            case Gate():
                await step.pass_through()
            case EndEarly():
                return False
            case Reset():
                connection.reset()
            case Stall():
                await asyncio.Event().wait()
        return True

    async def _content(self, content: str) -> None:
        if content:
            await self._connection.send(chunk(self._model, {"content": content}))

    async def _finish(self, reply: Streamed, finish: str | None) -> None:
        if finish is not None:
            await self._connection.send(chunk(self._model, {}, finish=finish))
        if reply.usage is not None and self._usage_wanted:
            read, written = reply.usage
            usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
            await self._connection.send(chunk(self._model, None, usage=usage))
        await self._connection.send(event("[DONE]"))
        await self._connection.end_stream()


async def _serve_by_hand(port: int, replies: Sequence[Reply]) -> None:
    async with OpenAIServer(choose=in_turn(replies), port=port) as server:
        print(f"Listening at {server.base_url}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve one reply, or a script of replies, again and again, until Ctrl+C."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--reply", default="Hello.", help="the text of every reply")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each piece of --reply")
    parser.add_argument("--script", type=Path, help="a JSON file of replies; tests/openai_script_file.py says how")
    given = parser.parse_args()
    try:
        replies = read_script(given.script.read_bytes()) if given.script else [text(given.reply, delay_s=given.delay)]
        asyncio.run(_serve_by_hand(given.port, replies))
    except (OSError, msgspec.DecodeError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print("Stopped.")


if __name__ == "__main__":
    main()
