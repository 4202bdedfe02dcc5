"""How `FakeKernel` runs a cell: by script on the event loop, or as code in a thread, with stand-ins."""

import ast
import asyncio
import builtins
import contextlib
import ctypes
import getpass
import io
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from codeact_tui.errors import KernelDied
from codeact_tui.kernel.answers import InputRequest
from codeact_tui.kernel.base import OnInput, OnOutput
from codeact_tui.kernel.inside.progress import blank_lines_before, running_line
from codeact_tui.kernel.stopwatch import Stopwatch
from codeact_tui.protocol.outputs import (
    ClearOutput,
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    Output,
    StreamOutput,
    UpdateDisplay,
)
from codeact_tui.protocol.terminal_text import strip_controls

__all__ = ["FakeCell", "ThreadCell", "fresh_namespace"]

_PIECE_CHARS = 1 << 16


class _Interrupted(Exception):
    """An interrupt reached a scripted cell."""


class FakeCell:
    """A cell on the event loop.

    Args:
        on_output: Takes each output.
        on_input: Answers `input()`.
    """

    watch: Stopwatch

    def __init__(self, on_output: OnOutput, on_input: OnInput) -> None:
        self._on_output = on_output
        self._on_input = on_input
        self._loop = asyncio.get_running_loop()
        self._interrupted = asyncio.Event()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._timed_out = False

    def put(self, output: Output) -> None:
        """Hand on an output, long text in pieces; nothing once the process has ended."""
        if self._ended.done():
            return
        if not isinstance(output, StreamOutput):
            self._on_output(output)
            return
        text = strip_controls(output.text, moves=True)
        for start in range(0, len(text), _PIECE_CHARS):
            self._on_output(StreamOutput(output.name, text[start : start + _PIECE_CHARS]))

    async def ask(self, request: InputRequest) -> str:
        """Have a request for input answered; an interrupt ends the waiting."""
        self.watch.pause()
        asking = asyncio.ensure_future(self._on_input(request))
        try:
            await self._unless_interrupted(asking)
            return asking.result()
        finally:
            asking.cancel()
            self.watch.start()

    async def wait(self, seconds: float | None, *, deaf: bool = False) -> None:
        """Let time pass."""
        passing = asyncio.ensure_future(asyncio.sleep(3600 if seconds is None else seconds))
        try:
            if deaf:
                await passing
            else:
                await self._unless_interrupted(passing)
        finally:
            passing.cancel()

    async def until_ended(self, running: Coroutine[None, None, str | None]) -> str | None:
        """Run to the end, or until the process's.

        Returns:
            The exception's name, or None.

        Raises:
            KernelDied: The process ended before.
        """
        task = asyncio.create_task(running, name="fake cell code")
        await asyncio.wait([task, self._ended], return_when=asyncio.FIRST_COMPLETED)
        if self._ended.done():
            self.interrupt()
            task.cancel()
            await asyncio.wait([task])
            self._ended.result()
        try:
            return task.result()
        except _Interrupted:
            self.put(ErrorOutput("KeyboardInterrupt", "", ("KeyboardInterrupt: ",)))
            return "KeyboardInterrupt"

    def interrupt(self) -> None:
        """Stop it."""
        self._interrupted.set()

    def expire(self) -> None:
        """Its time is over."""
        self._timed_out = True
        self.interrupt()

    def end(self, error: KernelDied) -> None:
        """The process has ended."""
        if not self._ended.done():
            self._ended.set_exception(error)
            self._ended.exception()

    def status(self, failed: str | None) -> Literal["ok", "error", "interrupted", "timeout"]:
        """Say how it ended, given the exception's name."""
        if failed is None:
            return "ok"
        if failed != "KeyboardInterrupt":
            return "error"
        return "timeout" if self._timed_out else "interrupted"

    async def _unless_interrupted(self, waiting: "asyncio.Future[Any]") -> None:
        interrupt = asyncio.create_task(self._interrupted.wait())
        try:
            await asyncio.wait([waiting, interrupt], return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise _Interrupted
        finally:
            interrupt.cancel()


class ThreadCell(FakeCell):
    """A cell whose code runs in a thread."""

    def __init__(self, on_output: OnOutput, on_input: OnInput) -> None:
        super().__init__(on_output, on_input)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._waits = False
        self._stopped = threading.Event()
        self._file, self._blank_lines = "", 0

    @property
    def line(self) -> int:
        """The line that runs, counted from 1; 0 where none does."""
        line = running_line(self._file, self._thread.ident if self._thread is not None else None)
        return line + self._blank_lines if line else 0

    async def run(self, code: str, namespace: dict[str, object], count: int) -> str | None:
        """Run code in the namespace; give the exception's name, or None."""
        done: asyncio.Future[str | None] = self._loop.create_future()

        def work() -> None:
            try:
                failed = self._work(code, namespace, count)
                with self._lock:
                    self._waits = True  # no interrupt from here on
            except KeyboardInterrupt:
                failed = "KeyboardInterrupt"
            self._on_loop(lambda: done.done() or done.set_result(failed))

        namespace["__builtins__"] = _stand_ins(self)
        self._file, self._blank_lines = _file_name(count), blank_lines_before(code)
        self._thread = threading.Thread(target=work, name="fake cell", daemon=True)
        self._thread.start()
        return await done

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the thread."""
        with self._lock:
            self._stopped.set()
            thread = self._thread
            if thread is not None and thread.ident is not None and not self._waits:
                error = ctypes.py_object(KeyboardInterrupt)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), error)

    def sleep(self, seconds: float) -> None:
        """Stand in for `time.sleep`."""
        self._blocking(lambda: self._stopped.wait(seconds))

    def put_from_thread(self, output: Output) -> None:
        """Hand on an output."""
        self._on_loop(lambda: self.put(output))

    def _on_loop(self, call: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(call)

    def ask_from_thread(self, prompt: object = "", *, password: bool = False) -> str:
        """Stand in for `input`."""
        asking = asyncio.run_coroutine_threadsafe(self.ask(InputRequest(str(prompt), password)), self._loop)
        answered = threading.Event()
        asking.add_done_callback(lambda _: answered.set())
        try:
            self._blocking(lambda: _wait_for_either(answered, self._stopped))
        finally:
            asking.cancel()
        return asking.result()

    def _blocking(self, wait: Callable[[], object]) -> None:
        with self._lock:
            self._waits = True
        try:
            wait()
        finally:
            with self._lock:
                self._waits = False
        if self._stopped.is_set():
            raise KeyboardInterrupt

    def _work(self, code: str, namespace: dict[str, object], count: int) -> str | None:
        try:
            if self._stopped.is_set():
                raise KeyboardInterrupt
            value = _evaluate(code, namespace, count)
            if value is not None:
                self.put_from_thread(ExecuteResult({"text/plain": repr(value)}, {}, count))
        except BaseException as error:
            lines = traceback.format_exception(type(error), error, error.__traceback__)
            written = f'File "{_file_name(count)}"', f"Cell In[{count}]"
            kept = [line.replace(*written) for line in lines if __file__ not in line]
            self.put_from_thread(ErrorOutput(type(error).__name__, str(error), tuple(line.rstrip() for line in kept)))
            return type(error).__name__
        return None


def _wait_for_either(first: threading.Event, second: threading.Event) -> None:
    while not first.wait(0.005) and not second.is_set():
        pass


def _file_name(count: int) -> str:
    return f"<cell {count}>"


def _evaluate(code: str, namespace: dict[str, object], count: int) -> object:
    """Run code; give the value of its last expression."""
    name = _file_name(count)
    tree = ast.parse("".join(code.splitlines(keepends=True)[blank_lines_before(code) :]), name)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, name, "exec"), namespace)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), name, "exec"), namespace)
    return eval(compile(ast.Expression(last.value), name, "eval"), namespace)


def fresh_namespace() -> dict[str, object]:
    """Give the variables of a kernel that has just come up."""
    return {"__name__": "__main__"}


class _Writer(io.TextIOBase):
    def __init__(self, cell: ThreadCell, name: Literal["stdout", "stderr"]) -> None:
        self._cell = cell
        self._name: Literal["stdout", "stderr"] = name

    def write(self, text: str, /) -> int:
        if text:
            self._cell.put_from_thread(StreamOutput(self._name, text))
        return len(text)


class _Handle:
    """What `display(…, display_id=True)` gives."""

    def __init__(self, cell: ThreadCell, display_id: str) -> None:
        self._cell = cell
        self._display_id = display_id

    def update(self, value: object) -> None:
        """Show something else in its place."""
        self._cell.put_from_thread(UpdateDisplay(self._display_id, {"text/plain": repr(value)}))


def _stand_ins(cell: ThreadCell) -> dict[str, object]:
    """Give the builtins of a cell: what would reach outside goes to the cell."""
    out, err = _Writer(cell, "stdout"), _Writer(cell, "stderr")

    def shown(*values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, **_: object) -> None:
        text = (" " if sep is None else sep).join(str(value) for value in values) + ("\n" if end is None else end)
        (out if file is None else file).write(text)

    def display(*values: object, display_id: object = None) -> _Handle | None:
        name = f"display-{id(values):x}" if display_id is True else display_id
        for value in values:
            kept = name if isinstance(name, str) else None
            cell.put_from_thread(DisplayData({"text/plain": repr(value)}, {}, kept))
        return _Handle(cell, name) if isinstance(name, str) else None

    def clear_output(wait: bool = False) -> None:
        cell.put_from_thread(ClearOutput(wait))

    def asked(prompt: object = "", stream: object = None) -> str:
        return cell.ask_from_thread(prompt, password=True)

    modules = {
        "sys": _changed(sys, stdout=out, stderr=err),
        "time": _changed(time, sleep=cell.sleep),
        "getpass": _changed(getpass, getpass=asked),
        "IPython.display": _changed(types.ModuleType("IPython.display"), display=display, clear_output=clear_output),
    }

    def imported(name: str, *arguments: Any, **named: Any) -> Any:
        return modules[name] if name in modules else builtins.__import__(name, *arguments, **named)

    changed = {"print": shown, "input": cell.ask_from_thread, "display": display, "__import__": imported}
    return {**vars(builtins), **changed}


def _changed(module: types.ModuleType, **attributes: object) -> types.ModuleType:
    """Give a copy of a module with some names put in place of its own."""
    copy = types.ModuleType(module.__name__)
    vars(copy).update({**vars(module), **attributes})
    return copy
