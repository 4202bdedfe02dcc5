"""The application's end of the litellm worker: started when it is first wanted, and again after it has died."""

import asyncio
import itertools
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence

import msgspec

from codeact_tui.errors import ModelUnavailable
from codeact_tui.model.base import Delta, Finished
from codeact_tui.model.litellm_wire import (
    Ask,
    Cancel,
    Failed,
    Ping,
    Pong,
    Ready,
    Said,
    ToWorker,
    body_size,
    decode_from_worker,
    framed,
)

__all__ = ["LiteLLMProcess"]

_COMMAND = (sys.executable, "-P", "-W", "ignore", "-m", "codeact_tui.model.litellm_worker")
_QUEUED = 1000
_TAIL_BYTES = 4096
_AGAIN = "Type /continue to try again."

_Queue = asyncio.Queue[Said | Failed | None]


class LiteLLMProcess:
    """Keeps one worker, for as many requests at a time as are wanted.

    Args:
        environment: The worker's; providers' keys are looked for in it.
        start_s: The longest that it may take to come up.
        silence_s: How long a worker that owes an answer may be silent before it is asked whether it is there; and
            then again before it is given up.
        command: What is run.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        start_s: float = 60.0,
        silence_s: float = 10.0,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        self._environment = environment
        self._start_s = start_s
        self._silence_s = silence_s
        self._command = command
        self._running: _Running | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._ids = itertools.count(1)

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while there is none."""
        running = self._running
        return running.process.pid if running is not None and not running.gone else None

    async def warm_up(self) -> None:
        """Start the worker and wait until it has imported litellm.

        Raises:
            ModelUnavailable: It did not come up.
        """
        await self._ready()

    async def close(self) -> None:
        """End the worker, for good: nothing is started any more, also not by a request that is under way."""
        self._closed = True
        async with self._starting:
            await self._drop()

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta]:
        """Ask, and give the reply as it comes; closing the iterator closes the provider's stream.

        Args:
            ask: The request; its id is chosen here.

        Raises:
            ModelError: What the worker says, or `ModelUnavailable` when it died or hangs.
        """
        running = await self._ready()
        ask = msgspec.structs.replace(ask, id=next(self._ids))
        queue = running.open(ask.id)
        over = False
        try:
            running.send(ask)
            while not over:
                said = await self._next(running, queue)
                over = isinstance(said, Failed) or isinstance(said.delta, Finished)
                if isinstance(said, Failed):
                    raise said.error()
                yield said.delta
        finally:
            running.forget(ask.id)
            if not over:
                running.send(Cancel(ask.id))

    async def _next(self, running: "_Running", queue: _Queue) -> Said | Failed:
        while True:
            try:
                async with asyncio.timeout(self._silence_s):
                    said = await queue.get()
            except TimeoutError:
                if running.owes_pong:
                    await running.kill()
                    raise ModelUnavailable("The litellm worker hung and was ended.", remedy=_AGAIN) from None
                running.ping()
                continue
            if said is None:
                raise running.died()
            return said

    async def _ready(self) -> "_Running":
        """Give a worker that has imported litellm."""
        async with self._starting:
            if self._closed:
                raise ModelUnavailable("The litellm worker was closed.", remedy=_AGAIN)
            if self._running is not None and self._running.gone:
                await self._drop()
            if self._running is None:
                self._running = await _Running.start(self._command, self._environment)
            running = self._running
        try:
            async with asyncio.timeout(self._start_s):
                await running.ready.wait()
        except TimeoutError:
            await running.kill()
            raise ModelUnavailable(
                f"The litellm worker did not come up within {self._start_s:g} s.", remedy=_AGAIN
            ) from None
        if running.gone:
            raise running.died()
        return running

    async def _drop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running.end()


class _Running:
    """One process, from its start to its end."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.ready = asyncio.Event()
        """litellm is imported, or the process is gone."""
        self.gone = False
        self.owes_pong = False
        self._streams: dict[int, _Queue] = {}
        self._tail = b""
        self._tasks = (
            asyncio.create_task(self._read(), name="litellm worker"),
            asyncio.create_task(self._keep_tail(), name="litellm worker's stderr"),
        )

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str]) -> "_Running":
        """Start a process in a session of its own, out of reach of the terminal's signals."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=dict(environment), start_new_session=True
            )
        except OSError as error:
            raise ModelUnavailable(f"The litellm worker can't be started: {error.strerror}.", remedy=_AGAIN) from error
        return cls(process)

    def open(self, request_id: int) -> _Queue:
        """Give the queue that a request's deltas will come in."""
        queue = self._streams[request_id] = _Queue(_QUEUED)
        if self.gone:
            queue.put_nowait(None)
        return queue

    def forget(self, request_id: int) -> None:
        """Drop what still comes of a request."""
        queue = self._streams.pop(request_id, None)
        if queue is not None:
            _empty(queue)

    def send(self, message: ToWorker) -> None:
        """Write to the process, unless it is gone."""
        assert self.process.stdin is not None
        if not self.gone and not self.process.stdin.is_closing():
            self.process.stdin.write(framed(message))

    def ping(self) -> None:
        """Ask for a sign of life."""
        self.owes_pong = True
        self.send(Ping())

    def died(self) -> ModelUnavailable:
        """Give the error that says how the process ended."""
        lines = self._tail.decode("utf-8", "replace").strip().splitlines()
        last = "".join(char for char in lines[-1] if char.isprintable())[:200] if lines else ""
        why = f": {last}" if last else f" (exit code {self.process.returncode})"
        return ModelUnavailable(f"The litellm worker died{why}.", remedy=_AGAIN)

    async def kill(self) -> None:
        """End the process at once."""
        if self.process.returncode is None:
            self.process.kill()
        await self.end()

    async def end(self) -> None:
        """Close the process's stdin, which ends it, and wait until it is gone. Streams that are open fail."""
        assert self.process.stdin is not None
        self.gone = True
        self._fail_streams()
        self.process.stdin.close()
        try:
            async with asyncio.timeout(2.0):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        await asyncio.gather(*self._tasks)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while True:
                size = body_size(await self.process.stdout.readexactly(4))
                await self._take(decode_from_worker(await self.process.stdout.readexactly(size)))
        except asyncio.IncompleteReadError:
            await self.process.wait()
        except (ValueError, msgspec.DecodeError):
            self._tail = b"it said something that is not of the protocol"
            self.process.kill()
            while await self.process.stdout.read(_TAIL_BYTES):
                pass
        self.gone = True
        self.ready.set()
        for queue in list(self._streams.values()):
            await queue.put(None)

    async def _take(self, message: Said | Failed | Ready | Pong) -> None:
        self.owes_pong = False
        match message:
            case Ready():
                self.ready.set()
            case Pong():
                pass
            case Said() | Failed():
                queue = self._streams.get(message.id)
                if queue is not None:
                    await queue.put(message)

    def _fail_streams(self) -> None:
        """Wake whoever waits for a delta, and the reader that waits for room where nobody reads."""
        streams, self._streams = self._streams, {}
        for queue in streams.values():
            _empty(queue)
            queue.put_nowait(None)

    async def _keep_tail(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(_TAIL_BYTES):
            self._tail = (self._tail + data)[-_TAIL_BYTES:]


def _empty(queue: _Queue) -> None:
    while not queue.empty():
        queue.get_nowait()
