"""A local HTTP server that speaks the OpenAI streaming protocol, with every fault that real ones have.

For tests (`OpenAIServer`), for programs under test in other processes (`ThreadedOpenAIServer`) and by hand:
`python -m tests.openai_server --port 8999 --reply "Hello"`.
"""

import argparse
import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

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

__all__ = ["OpenAIServer", "Received", "ThreadedOpenAIServer"]


class _Gone(Exception):
    """The client closed the connection, or we did."""


@dataclass
class Received:
    """A request, and what became of it.

    Attributes:
        method: The HTTP method.
        path: Path and query.
        headers: Names in lower case.
        body: The JSON, or None.
        at_s: When it had come in whole, by `time.perf_counter`.
        last_byte_s: When the last byte of the reply was handed to the system; 0 before that.
        disconnected: The client went before the reply was complete.
        over: The reply is complete, or the client is gone.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at_s: float
    last_byte_s: float = 0.0
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


Script = Iterable[Reply | str]
Chooser = Callable[[Received], Reply | str]


class OpenAIServer:
    """Replies to chat completions what it was given, one reply for each request, and keeps the requests.

    Args:
        replies: What is replied, in order. A string is a text.
        choose: Chooses a reply when `replies` is at its end; without it that is a 500.
        models: What `GET …/models` lists.
        port: 0 takes any that is free.
    """

    def __init__(
        self, replies: Script = (), *, choose: Chooser | None = None, models: Iterable[str] = ("m",), port: int = 0
    ) -> None:
        self.replies: list[Reply | str] = list(replies)
        self.requests: list[Received] = []
        self.disconnected = asyncio.Event()
        self.connections = 0
        self._choose = choose
        self._models = list(models)
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
        task = asyncio.create_task(self._serve(_Connection(reader, writer)), name="openai connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: "_Connection") -> None:
        try:
            while True:
                request = await connection.request()
                await self._answer(connection, request)
        except (_Gone, ConnectionError):
            pass
        finally:
            await connection.close()

    async def _answer(self, connection: "_Connection", request: Received) -> None:
        if request.method == "GET":
            listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in self._models]}
            named = {"models": [{"name": name, "model": name} for name in self._models]}
            return await connection.respond(200, json.dumps(named if request.path == "/api/tags" else listed), {})
        async with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        try:
            await connection.until_gone(_Answer(connection, request).give(self._reply(request)))
        except (_Gone, ConnectionError):
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


class _Answer:
    """Gives one reply to one request."""

    def __init__(self, connection: "_Connection", request: Received) -> None:
        self._connection = connection
        self._request = request
        self._model = str(request.body.get("model", ""))
        stops = request.body.get("stop") or []
        self._cutter = StopCutter([stops] if isinstance(stops, str) else stops)

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
        wanted = (self._request.body.get("stream_options") or {}).get("include_usage")
        if reply.usage is not None and wanted:
            read, written = reply.usage
            usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
            await self._connection.send(chunk(self._model, None, usage=usage))
        await self._connection.send(event("[DONE]"))
        await self._connection.end_stream()


class _Connection:
    """HTTP/1.1 on one connection: requests in turn, chunked replies, and notice when the client goes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._buffer = bytearray()
        self._more = asyncio.Event()
        self._gone = asyncio.Event()
        self._pump = asyncio.create_task(self._read(reader), name="openai reader")

    async def request(self) -> Received:
        """Read the next request.

        Raises:
            _Gone: There is none any more.
        """
        head = await self._take(lambda: self._buffer.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in self._buffer else 0)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        size = int(headers.get("content-length", "0"))
        data = await self._take(lambda: size if len(self._buffer) >= size else 0) if size else b""
        return Received(method, path, headers, json.loads(data) if data else None, time.perf_counter())

    async def until_gone(self, answer: Any) -> None:
        """Give an answer as long as the client is there.

        Raises:
            _Gone: It went first.
        """
        giving, going = asyncio.ensure_future(answer), asyncio.create_task(self._gone.wait())
        try:
            await asyncio.wait({giving, going}, return_when=asyncio.FIRST_COMPLETED)
            if not giving.done():
                raise _Gone
            giving.result()
        finally:
            for task in (giving, going):
                task.cancel()
            await asyncio.gather(giving, going, return_exceptions=True)

    async def respond(self, status: int, body: str, headers: dict[str, str]) -> None:
        """Send a whole response."""
        data = body.encode()
        fields = {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}
        await self._write(_head(status, fields) + data)

    async def begin_stream(self) -> None:
        """Send the headers of a stream."""
        await self._write(_head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))

    async def send(self, data: bytes) -> None:
        """Send a piece of a stream."""
        await self._write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def end_stream(self) -> None:
        """End a stream in order."""
        await self._write(b"0\r\n\r\n")

    def reset(self) -> None:
        """Reset the connection, so that the client sees ECONNRESET.

        Raises:
            _Gone: Always.
        """
        underlying: socket.socket = self._writer.get_extra_info("socket")
        underlying.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise _Gone

    async def close(self) -> None:
        """Let go of the connection."""
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _take(self, ready: Callable[[], int]) -> bytes:
        while not (size := ready()):
            if self._gone.is_set():
                raise _Gone
            self._more.clear()
            await self._more.wait()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(65536):
                self._buffer += data
                self._more.set()
        except ConnectionError:
            pass
        finally:
            self._gone.set()
            self._more.set()


def _head(status: int, fields: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class ThreadedOpenAIServer:
    """The same server on a loop of its own in a thread, for tests that start other processes."""

    def __init__(
        self, replies: Script = (), *, choose: Chooser | None = None, models: Iterable[str] = ("m",), port: int = 0
    ) -> None:
        self.server = OpenAIServer(replies, choose=choose, models=models, port=port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openai server")

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return self.server.base_url

    @property
    def requests(self) -> list[Received]:
        """What was asked so far."""
        return list(self.server.requests)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self.server.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self.server.__aexit__(kind, error, trace))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def add(self, *replies: Reply | str) -> None:
        """Append to the script."""
        self._loop.call_soon_threadsafe(self.server.replies.extend, replies)

    def release(self, gate: Gate) -> None:
        """Let a stream go on that waits at a gate."""
        self._loop.call_soon_threadsafe(gate.release)

    def wait_for(self, event_of_server: asyncio.Event, timeout_s: float = 30.0) -> None:
        """Wait for an event of the server, of a request or of a gate.

        Raises:
            TimeoutError: It did not come.
        """
        self._run(asyncio.wait_for(event_of_server.wait(), timeout_s))

    def wait_for_requests(self, count: int, timeout_s: float = 30.0) -> None:
        """Wait until so many requests have come in.

        Raises:
            TimeoutError: They did not come.
        """
        self._run(asyncio.wait_for(self.server.wait_for_requests(count), timeout_s))

    def _run(self, wanted: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(wanted, self._loop).result()


async def _serve_by_hand(port: int, reply: str, delay_s: float) -> None:
    async with OpenAIServer(choose=lambda _: text(reply, delay_s=delay_s), port=port) as server:
        print(f"Listening at {server.base_url}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve one reply, again and again, until Ctrl+C."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--reply", default="Hello.", help="the text of every reply")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each piece")
    given = parser.parse_args()
    try:
        asyncio.run(_serve_by_hand(given.port, given.reply, given.delay))
    except KeyboardInterrupt:
        print("Stopped.")


if __name__ == "__main__":
    main()
