"""The kernel's own threads rest while it is copied: nothing is lost by it, and nothing waits for them for ever."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import zmq
from jupyter_client.session import Session
from tornado.ioloop import IOLoop

from codeact_tui.kernel.inside.app import IOPub  # pyright: ignore[reportUnknownVariableType]
from codeact_tui.kernel.inside.channels import Channels
from codeact_tui.kernel.inside.resting import LoopThread, rest, resume  # pyright: ignore[reportUnknownVariableType]
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import DisplayData
from codeact_tui.sandbox.policy import CheckpointLimits
from tests.kernel.helpers import DEADLINE_S, Cells, Listener, eventually

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
]
_TAKEN = 12
_TALKS = """
import threading, time
done = False
def talk():
    count = 0
    while not done:
        count += 1
        print(count)
        if count % 50 == 0:
            display(count)
        time.sleep(.0002)
    print("end", count, flush=True)
talking = threading.Thread(target=talk)
talking.start()
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def cells(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cells]:
    folder = tmp_path_factory.mktemp("workspace")
    kernel = JupyterKernel(folder, sandbox=None, checkpoints=CheckpointLimits(4, 1 << 30))
    await kernel.start(Listener())
    yield Cells(kernel)
    await kernel.shutdown()


_STOPPED_BY_THE_NEXT = """
import asyncio
kernel = get_ipython().kernel
stream, known = kernel.shell_stream, type(kernel)._settle.__globals__
handle, soon, known["_SETTLED_S"] = stream._handle, known["_SETTLED_S"], 3600
seen = []
def handle_while_stopping(message):
    seen.append(message)
    if len(seen) == 1:
        return handle(message)
    if kernel.checkpoint_due is None:
        asyncio.get_running_loop().call_later(.001, stream._run_callback, handle_while_stopping, message)
        return
    known["_SETTLED_S"], stream._handle = soon, handle
    asyncio.get_running_loop().stop()
    return handle(message)
stream._handle = handle_while_stopping
"""
"""Until the next request comes, a checkpoint waits; and as it comes, the loop stops."""


async def told(cells: Cells, code: str) -> str:
    """Run a cell; give what it printed."""
    asked = Cells(cells.kernel)
    await asked.run(code)
    return asked.text


@pytest.mark.asyncio(loop_scope="module")
async def test_no_thread_is_there_when_the_process_is_copied(cells: Cells) -> None:
    look = "seen.append(len(os.listdir('/proc/self/task')))"
    await told(cells, f"import os; seen = []; os.register_at_fork(before=lambda: {look})")
    for taken in range(100):  # a thread that is busy is not waited for
        assert await cells.kernel.checkpoint(f"n{taken}") is not None
        if await told(cells, "print(min(seen))") == "1\n":
            break
    assert await told(cells, "print(min(seen), len(os.listdir('/proc/self/task')))") == "1 4\n"


@pytest.mark.asyncio(loop_scope="module")
async def test_what_threads_put_out_while_the_process_is_copied_is_all_there(cells: Cells) -> None:
    cells.outputs.clear()
    await cells.run(_TALKS)
    for taken in range(_TAKEN):
        assert await cells.kernel.checkpoint(f"t{taken}") is not None
    await cells.run("done = True; talking.join()")
    await cells.until(lambda: "end" in cells.text and cells.text.endswith("\n"))
    *numbers, end = cells.text.split("\n")[:-1]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert end == f"end {len(numbers)}"
    displayed = [int(each.data["text/plain"]) for each in cells.outputs if isinstance(each, DisplayData)]
    assert displayed == list(range(50, len(numbers) + 1, 50))


@pytest.mark.asyncio(loop_scope="module")
async def test_requests_are_answered_while_the_process_is_copied(cells: Cells) -> None:
    async with asyncio.timeout(DEADLINE_S):
        for taken in range(4):
            checkpoint = asyncio.create_task(cells.kernel.checkpoint(f"c{taken}"))
            answers = await asyncio.gather(*(cells.kernel.complete("prin", 4) for _ in range(10)))
            assert all("print" in answer.matches for answer in answers)
            assert await checkpoint is not None


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("before", ["", "import asyncio; await asyncio.sleep(.01); "])
async def test_a_cell_that_comes_beside_a_checkpoint_is_all_in_it_or_not_at_all(cells: Cells, before: str) -> None:
    name = "later" if before else "soon"
    await told(cells, "met = None")
    cells.kernel._live.dispatcher._wire.send("shell", "codeact_checkpoint_request", {"name": name})  # pyright: ignore
    assert await told(cells, f"met = 0; {before}met += 1; print(met)") == "1\n"
    await eventually(lambda: name in {each.checkpoint for each in cells.kernel.held()})
    assert await told(cells, "met += 1; print(met)") == "2\n"
    await cells.kernel.wake(name)
    assert await told(cells, "print(met)") in {"1\n", "None\n"}  # it has come first, unless the machine is busy


@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_that_comes_while_the_loop_stops_is_no_part_of_the_copy(cells: Cells) -> None:
    await told(cells, _STOPPED_BY_THE_NEXT)
    cells.kernel._live.dispatcher._wire.send("shell", "codeact_checkpoint_request", {"name": "between"})  # pyright: ignore
    assert await told(cells, "met = 'once'; print(met)") == "once\n"
    await eventually(lambda: "between" in {each.checkpoint for each in cells.kernel.held()})
    await cells.kernel.wake("between")
    assert await told(cells, "print(met)") == "once\n"


@pytest.mark.asyncio(loop_scope="module")
async def test_what_cells_have_called_in_threads_is_not_called_in_the_kernels(cells: Cells) -> None:
    await told(cells, "import threading; called = []\ndef trace(*_):\n  called.append(1); raise ValueError")
    await told(cells, "threading.settrace(trace); threading.setprofile(trace)")
    assert await cells.kernel.checkpoint("hooked") is not None
    assert await told(cells, "print(called, threading._trace_hook is trace)") == "[] True\n"
    await told(cells, "threading.settrace(None); threading.setprofile(None)")


@contextmanager
def running() -> Generator[Any]:
    worker: Any = LoopThread(IOLoop(make_current=False), "worked")
    worker.start()
    yield worker
    worker.stop()
    worker.join(DEADLINE_S)
    assert not worker.is_alive()


def test_work_goes_on_in_another_thread() -> None:
    with running() as worker:
        first = worker.thread
        while worker.is_alive():  # one that is only slow to end goes on in the same
            rest([worker])
            if worker.is_alive():
                resume([worker])
        handled = threading.Event()
        worker.io_loop.add_callback(handled.set)
        assert not handled.is_set()
        resume([worker])
        assert handled.wait(DEADLINE_S)
        assert worker.thread is not first
        assert first not in threading._dangling  # pyright: ignore


def test_work_that_is_busy_is_not_waited_for_and_goes_on() -> None:
    with running() as worker:
        first, busy, free, handled = worker.thread, threading.Event(), threading.Event(), threading.Event()
        worker.io_loop.add_callback(lambda: (busy.set(), free.wait(DEADLINE_S)))
        assert busy.wait(DEADLINE_S)
        rest([worker])
        assert worker.is_alive()
        resume([worker])
        free.set()
        worker.io_loop.add_callback(handled.set)
        assert handled.wait(DEADLINE_S)
        assert worker.thread is first


def test_no_other_thread_does_the_work_of_one_that_is_about_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    channels: Any = Channels()
    iopub: Any = IOPub(channels.socket(zmq.XPUB), Session())
    iopub.start()
    while iopub.thread.is_alive():
        rest([iopub])
    did: list[threading.Thread] = []
    done = threading.Event()

    def start(thread: threading.Thread) -> None:
        iopub.schedule(lambda: (did.append(threading.current_thread()), done.set()))
        thread.start()

    monkeypatch.setattr("codeact_tui.kernel.inside.resting._start", start)
    resume([iopub])
    assert done.wait(DEADLINE_S)
    assert did == [iopub.thread]
    iopub.stop()


_MET = """
import os, signal, sys
from codeact_tui.kernel.inside import checkpoints, keeping

def interrupted(number, frame):
    raise KeyboardInterrupt

def fork(fork=os.fork):
    pid = fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGINT)
    return pid

signal.signal(signal.SIGINT, interrupted)
os.fork, kernel = fork, os.getpid()
limits = {{"seconds": 1, "bytes": 0, "each_seconds": 1, "each_bytes": 0}}
try:
    {copy}
except KeyboardInterrupt:
    print("a second kernel" if os.getpid() != kernel else "interrupted", flush=True)
finally:
    os._exit(0)
"""


@pytest.mark.parametrize("copy", ["checkpoints._fork([])", "keeping.keep_in_copy({}, {}, sys.argv[1], limits)"])
def test_an_interrupt_is_not_raised_in_a_copy(copy: str, tmp_path: Path) -> None:
    run = [sys.executable, "-c", _MET.format(copy=copy), str(tmp_path)]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == ""


def test_work_that_was_stopped_stays_so() -> None:
    worker: Any = LoopThread(IOLoop(make_current=False), "worked")
    worker.start()
    worker.stop()
    worker.join(DEADLINE_S)
    rest([worker])
    resume([worker])
    assert not worker.is_alive()
    assert worker.io_loop.asyncio_loop.is_closed()
