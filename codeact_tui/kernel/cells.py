"""One cell that was sent: what has come of it so far, and when it is done."""

import asyncio
from typing import Literal

import msgspec
from msgspec import Struct

from codeact_tui.kernel.answers import CellResult, InputRequest
from codeact_tui.kernel.base import OnInput, OnOutput
from codeact_tui.kernel.outputs import OutputReader
from codeact_tui.protocol.terminal_text import strip_controls

__all__ = ["Cell", "Reply"]

_PROMPT_CHARS = 4096


class Reply(Struct):
    """The content of an `execute_reply`."""

    status: str
    execution_count: int | None = None
    ename: str = ""


class _InputContent(Struct):
    prompt: str = ""
    password: bool = False


_reply_decoder = msgspec.json.Decoder(Reply)
_input_decoder = msgspec.json.Decoder(_InputContent)


class Cell:
    """Follows one cell from its sending to its end, and a little further, for output that comes late.

    Args:
        on_output: Takes each output.
        on_input: Answers `input()` and `getpass`.
        display_bytes: The largest display that is kept.
    """

    def __init__(self, on_output: OnOutput, on_input: OnInput, *, display_bytes: int) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.interrupted = False
        self.timed_out = False
        self._on_output = on_output
        self._on_input = on_input
        self._reader = OutputReader(display_bytes)
        self._reply: Reply | None = None
        self._idle = False
        self._started_at: float | None = None
        self._ended_at = 0.0
        self._execution_count: int | None = None

    @property
    def half_done(self) -> bool:
        """One of the two signs of the end has come, the other not."""
        return (self._reply is None) == self._idle and not self.done.done()

    @property
    def started(self) -> bool:
        """The kernel has begun with it."""
        return self._started_at is not None

    def start(self, execution_count: int | None) -> None:
        """The kernel has begun with it."""
        self._execution_count = execution_count
        if self._started_at is None:
            self._started_at = asyncio.get_running_loop().time()

    def go_idle(self) -> None:
        """The kernel has said that nothing more comes on iopub."""
        self._idle = True
        self._finish_if_done()

    def reply(self, content: bytes) -> None:
        """The kernel has replied.

        Raises:
            msgspec.DecodeError: Not in the form of a reply.
        """
        self._reply = _reply_decoder.decode(content)
        self._finish_if_done()

    def finish(self) -> None:
        """Wait no longer for what is missing."""
        if not self.done.done():
            self._ended_at = asyncio.get_running_loop().time()
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        """End it with an error."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # whoever awaits it is told; nobody need be

    def put_out(self, kind: str, content: bytes) -> None:
        """Hand on the outputs in a message.

        Raises:
            msgspec.DecodeError: Not in the form of that kind.
        """
        for output in self._reader.read(kind, content):
            self._on_output(output)

    async def answer(self, content: bytes) -> str:
        """Ask for the input that the cell waits for.

        Raises:
            msgspec.DecodeError: Not in the form of such a request.
        """
        asked = _input_decoder.decode(content)
        return await self._on_input(InputRequest(strip_controls(asked.prompt[:_PROMPT_CHARS]), asked.password))

    @property
    def result(self) -> CellResult:
        """How it ended."""
        started_at = self._ended_at if self._started_at is None else self._started_at
        count = self._reply.execution_count if self._reply else None
        return CellResult(
            status=self._status(),
            seconds=self._ended_at - started_at,
            execution_count=count if count is not None else self._execution_count,
        )

    def _status(self) -> Literal["ok", "error", "interrupted", "timeout", "aborted"]:
        match self._reply:
            case None:
                return "interrupted" if self.interrupted else "error"
            case Reply(status="ok"):
                return "ok"
            case Reply(status="aborted"):
                return "aborted"
            case Reply(ename=ename):
                stopped = ename in {"KeyboardInterrupt", "CancelledError"}
                if self.timed_out and stopped:
                    return "timeout"
                return "interrupted" if stopped and (self.interrupted or ename == "KeyboardInterrupt") else "error"

    def _finish_if_done(self) -> None:
        if self._idle and self._reply is not None:
            self.finish()
