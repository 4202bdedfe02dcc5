"""Sends requests to a kernel and brings what comes back to whoever asked: one reader task for each channel.

Output that comes after its cell has ended (a thread of the cell's that goes on, a child process) is still handed to
that cell's `on_output`, for the last cells; of others it is dropped. What is malformed is logged and dropped.
"""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine

import msgspec
from msgspec import Struct

from codeact_tui.errors import KernelError
from codeact_tui.kernel.answers import CellResult, NamespaceDiff
from codeact_tui.kernel.base import OnInput, OnOutput
from codeact_tui.kernel.cells import Cell
from codeact_tui.kernel.outputs import OUTPUT_KINDS
from codeact_tui.kernel.replies import read_diff
from codeact_tui.kernel.stopwatch import Stopwatch
from codeact_tui.kernel.wire import BadMessage, Channel, Message, Wire, parse

__all__ = ["Dispatcher"]

_log = logging.getLogger(__name__)

_SLICE_S = 0.004
"""How long a reader may keep the loop when messages come faster than they are handled."""
_RECENT_CELLS = 32
_SILENCE_S = 5.0
"""When only one sign of a cell's end has come and iopub is silent for so long, the other is taken to be lost."""
_MARK_S = 0.5
_PARTED_S = 0.5
"""When a process that has ended is not known to have let go of iopub, another one may hold it."""
_QUIET_S = 0.02
_QUIET_LOOKS = 50
_QUIET_TURNS = 10
"""So often the loop turns in each look: what can be received may take a few turns to be handled."""
_LISTEN_S = 0.02
_LOOK_AGAIN_S = (0.05, 0.1, 0.3)
_DROPS_LOGGED = 20
_END_OF_INPUT = "\x04"
_PENDING_REPLY_BYTES = 64 << 20


class _Status(Struct):
    execution_state: str


class _Input(Struct):
    execution_count: int | None = None


_status_decoder = msgspec.json.Decoder(_Status)
_execute_input_decoder = msgspec.json.Decoder(_Input)

_MALFORMED = (msgspec.DecodeError, UnicodeError, RecursionError, BadMessage)


class Dispatcher:
    """Speaks with one kernel, from its start to its end.

    Args:
        wire: The sockets.
        display_bytes: The largest display that is kept.
        interrupt: Interrupts the cell that runs.
        on_busy: Hears whether any cell is on its way.
        on_variables: Hears what a cell did to the variables.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        display_bytes: int,
        interrupt: Callable[[], Coroutine[None, None, None]],
        on_busy: Callable[[bool], None],
        on_variables: Callable[[NamespaceDiff], None],
    ) -> None:
        self._wire = wire
        self._display_bytes = display_bytes
        self._interrupt = interrupt
        self._on_busy = on_busy
        self._on_variables = on_variables
        self._cells: dict[str, Cell] = {}
        self._recent: OrderedDict[str, Cell] = OrderedDict()
        self._watches: dict[str, Stopwatch] = {}
        self._marks: dict[str, asyncio.Event] = {}
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard_at = 0.0
        self._dropped = 0
        self._listened = asyncio.Event()
        self._error: KernelError | None = None

    def start(self) -> None:
        """Start reading."""
        for channel in ("shell", "control", "iopub", "stdin"):
            self._spawn(self._read(channel), f"kernel {channel}")

    async def ready(self) -> Message:
        """Wait until the kernel answers and what it puts out is heard; give its `kernel_info_reply`.

        Raises:
            KernelError: The process ended meanwhile.
        """
        reply = await self._answered("shell", "kernel_info_request", {})
        while not self._listened.is_set():
            # The subscription may have reached the kernel after the request: then its status was not heard.
            await self._answered("control", "kernel_info_request", {})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._listened.wait(), _LISTEN_S)
        return reply

    @property
    def is_busy(self) -> bool:
        """A cell is on its way."""
        return bool(self._cells)

    async def execute(
        self, code: str, on_output: OnOutput, on_input: OnInput, timeout_s: float | None = None
    ) -> CellResult:
        """Send a cell and wait for its end: reply and idle, in either order.

        Raises:
            KernelError: The process ended before.
        """
        if self._error is not None:
            raise self._error
        cell = Cell(on_output, on_input, display_bytes=self._display_bytes)
        content: dict[str, object] = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": True,
            "stop_on_error": True,
        }
        request = self._wire.send("shell", "execute_request", content)
        self._cells[request] = cell
        self._watches[request] = Stopwatch(timeout_s, lambda: self._expire(cell))
        if len(self._cells) == 1:
            self._on_busy(True)
        cell.done.add_done_callback(lambda _: self._retire(request))
        await asyncio.shield(cell.done)
        return cell.result

    def interrupt(self) -> None:
        """Interrupt the cell that runs; one that the kernel has yet to begin with, as soon as it does."""
        cell = next(iter(self._cells.values()), None)
        if cell is None:
            return
        cell.interrupted = True
        if cell.started:
            self._spawn(self._send_interrupt(cell), "kernel interrupt")

    async def _send_interrupt(self, cell: Cell) -> None:
        """Send the signal, and then see to it that it was seen: one that comes at a bad moment wakes nobody."""
        if cell.done.done():
            return  # what follows it is not to be met by the signal
        sent_at = time.monotonic()
        await self._interrupt()
        for wait_s in _LOOK_AGAIN_S:
            await asyncio.wait([cell.done], timeout=wait_s)
            if cell.done.done():
                return
            with contextlib.suppress(KernelError):
                self._wire.send("control", "codeact_interrupt_request", {"sent_at": sent_at})

    async def ask(self, channel: Channel, kind: str, content: dict[str, object], timeout_s: float) -> bytes:
        """Send a request and give the content of its reply.

        Raises:
            KernelError: No answer came in time, or the process ended.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return (await self._answered(channel, kind, content)).content
        except TimeoutError:
            raise KernelError(
                f"The kernel did not answer within {timeout_s:g} seconds.",
                remedy="Code that does not let go of the interpreter keeps it busy: wait, or interrupt the cell.",
            ) from None

    async def drain(self) -> None:
        """Wait until nothing more comes: what was on its way when the process ended is still handed on."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PARTED_S):
                await self._wire.parted()
        for _ in range(_QUIET_LOOKS):
            heard_at = self._heard_at
            await asyncio.sleep(_QUIET_S)
            for _ in range(_QUIET_TURNS):
                await asyncio.sleep(0)
            if heard_at == self._heard_at:
                return

    def fail(self, error: KernelError) -> None:
        """End everything that waits, now and from now on."""
        self._error = error
        for cell in list(self._cells.values()):
            cell.fail(error)
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(error)
        self._replies.clear()

    async def close(self) -> None:
        """Stop reading and close the sockets."""
        for watch in self._watches.values():
            watch.stop()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._wire.close()

    # -- reading

    async def _read(self, channel: Channel) -> None:
        loop = asyncio.get_running_loop()
        slice_end = loop.time() + _SLICE_S
        while True:
            frames = await self._wire.receive(channel)
            try:
                self._handle(channel, parse(frames, self._wire.sign))
            except _MALFORMED as error:
                self._drop(channel, error)
            except Exception:
                _log.exception("a message on %s could not be handled", channel)
            if loop.time() >= slice_end:
                await asyncio.sleep(0)
                slice_end = loop.time() + _SLICE_S

    def _drop(self, channel: Channel, error: Exception) -> None:
        self._dropped += 1
        if self._dropped <= _DROPS_LOGGED:
            _log.warning("dropped a malformed message on %s: %.200s", channel, error)
        if self._dropped == _DROPS_LOGGED:
            _log.warning("more malformed messages are dropped without a word")

    def _handle(self, channel: Channel, message: Message) -> None:
        match channel:
            case "iopub":
                self._heard_at = asyncio.get_running_loop().time()
                self._listened.set()
                self._handle_iopub(message)
            case "stdin":
                self._handle_input(message)
            case "shell" | "control":
                self._handle_reply(message)

    def _handle_reply(self, message: Message) -> None:
        cell = self._cells.get(message.parent)
        if cell is not None and message.kind == "execute_reply":
            cell.reply(message.content[:_PENDING_REPLY_BYTES])
            self._wait_for_silence(cell)
            return
        waiting = self._replies.pop(message.parent, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def _handle_iopub(self, message: Message) -> None:
        if message.kind == "codeact_variables":
            self._handle_variables(message)
            return
        cell = self._cells.get(message.parent) or self._recent.get(message.parent)
        if cell is None:
            return
        match message.kind:
            case "status":
                self._handle_status(message, cell)
            case "execute_input" if message.parent in self._cells:
                cell.start(_execute_input_decoder.decode(message.content).execution_count)
                self._watches[message.parent].start()
                if cell.interrupted:
                    self._spawn(self._send_interrupt(cell), "kernel interrupt")
            case "codeact_input":
                self._mark(message.parent).set()
            case kind if kind in OUTPUT_KINDS:
                cell.put_out(kind, message.content)
            case _:
                pass

    def _handle_status(self, message: Message, cell: Cell) -> None:
        if _status_decoder.decode(message.content).execution_state == "idle":
            cell.go_idle()
            self._wait_for_silence(cell)

    def _handle_variables(self, message: Message) -> None:
        """Hand on what a cell did to the variables, once its `execute` has returned."""
        diff = read_diff(message.content)
        cell = self._cells.get(message.parent)
        if cell is None:
            self._on_variables(diff)
        else:
            loop = asyncio.get_running_loop()
            cell.done.add_done_callback(lambda _: loop.call_soon(self._on_variables, diff))

    # -- input

    def _handle_input(self, message: Message) -> None:
        cell = self._cells.get(message.parent)
        if cell is not None and message.kind == "input_request":
            self._spawn(self._answer(message, cell), "kernel input")

    async def _answer(self, message: Message, cell: Cell) -> None:
        """Have a request for input answered, when all that was put out before it has been handed on."""
        mark = self._mark(message.parent)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(mark.wait(), _MARK_S)
        mark.clear()
        watch = self._watches.get(message.parent)
        if watch is None:
            return
        watch.pause()
        answering = asyncio.create_task(cell.answer(message.content), name="kernel answer")
        try:
            await asyncio.wait([answering, cell.done], return_when=asyncio.FIRST_COMPLETED)
            if not cell.done.done():
                self._wire.send("stdin", "input_reply", {"value": _value(answering)})
        finally:
            answering.cancel()
            watch.start()

    def _mark(self, request: str) -> asyncio.Event:
        return self._marks.setdefault(request, asyncio.Event())

    # -- bookkeeping

    async def _answered(self, channel: Channel, kind: str, content: dict[str, object]) -> Message:
        if self._error is not None:
            raise self._error
        request = self._wire.send(channel, kind, content)
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._replies[request] = reply
        try:
            return await reply
        finally:
            self._replies.pop(request, None)

    def _retire(self, request: str) -> None:
        cell = self._cells.pop(request)
        self._watches.pop(request).stop()
        self._marks.pop(request, None)
        self._recent[request] = cell
        while len(self._recent) > _RECENT_CELLS:
            self._recent.popitem(last=False)
        if not self._cells:
            self._on_busy(False)

    def _wait_for_silence(self, cell: Cell) -> None:
        """Where one of the two signs of the end does not come, do not wait for ever: from the other one on."""
        if cell.half_done:
            asyncio.get_running_loop().call_later(_SILENCE_S, self._look_for_silence, cell)

    def _look_for_silence(self, cell: Cell) -> None:
        if not cell.half_done:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - self._heard_at >= _SILENCE_S:
            _log.warning("a sign of the end of a cell was lost")
            cell.finish()
        else:
            loop.call_later(_SILENCE_S, self._look_for_silence, cell)

    def _expire(self, cell: Cell) -> None:
        cell.timed_out = True
        self._spawn(self._send_interrupt(cell), "kernel timeout")

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _value(answering: asyncio.Task[str]) -> str:
    """Give the answer; where asking ended without one, that is the end of input."""
    if answering.cancelled():
        return _END_OF_INPUT
    error = answering.exception()
    if error is None:
        return answering.result()
    if not isinstance(error, EOFError):
        _log.error("a request for input could not be answered", exc_info=error)
    return _END_OF_INPUT
