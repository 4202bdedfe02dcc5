"""The local model server on a loop of its own, for tests that start other processes."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Self

from tests.openai_script import Gate, Reply
from tests.openai_server import Chooser, OpenAIServer, Received, Script

__all__ = ["ThreadedOpenAIServer"]


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

    def wait_for(self, event_of_server: asyncio.Event, timeout_s: float = 120.0) -> None:
        """Wait for an event of the server, of a request or of a gate.

        Raises:
            TimeoutError: It did not come.
        """
        self._run(asyncio.wait_for(event_of_server.wait(), timeout_s))

    def wait_for_requests(self, count: int, timeout_s: float = 120.0) -> None:
        """Wait until so many requests have come in.

        Raises:
            TimeoutError: They did not come.
        """
        self._run(asyncio.wait_for(self.server.wait_for_requests(count), timeout_s))

    def _run(self, wanted: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(wanted, self._loop).result()
