"""Checkpoints of a real kernel: what comes back, in every kind of sandbox, and what becomes of processes and memory."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.errors import KernelDied, KernelError
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from tests.kernel.helpers import Cells, Listener, eventually
from tests.kernel.states import STATES
from tests.sandbox.mechanisms import working_mechanisms

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
    pytest.mark.asyncio(loop_scope="module"),
]

_BUDGET_BYTES = 1 << 30
_LOOK = """
wrong = {{}}
for kind, true in {looked!r}.items():
    try:
        found = bool(eval(true))
    except Exception as error:
        found = error
    if found is not True:
        wrong[kind] = found
print(wrong)
"""


class Bench:
    """A kernel that keeps checkpoints, and short ways to use it."""

    def __init__(self, kernel: JupyterKernel, listener: Listener) -> None:
        self.kernel = kernel
        self.listener = listener
        self._taken = 0

    async def run(self, code: str) -> str:
        """Run a cell; give what it printed."""
        cells = Cells(self.kernel)
        result = await self.kernel.execute(code, on_output=cells.take, on_input=cells.answer)
        return cells.text if result.status == "ok" else f"{result.status}: {cells.text}"

    async def take(self) -> str:
        self._taken += 1
        name = f"t{self._taken}"
        assert await self.kernel.checkpoint(name) is not None
        return name

    async def until(self, condition: Callable[[], object]) -> None:
        await eventually(condition)


async def _open(folder: Path, kind: str, count: int = 10) -> Bench:
    sandbox = None if kind == "plain" else SandboxSettings(cast("SandboxMode", kind))
    listener = Listener()
    kernel = JupyterKernel(folder, sandbox=sandbox, checkpoints=CheckpointLimits(count, _BUDGET_BYTES))
    await kernel.start(listener)
    return Bench(kernel, listener)


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=("plain", *working_mechanisms()))
async def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    made = await _open(tmp_path_factory.mktemp("workspace"), cast("str", request.param))
    yield made
    await made.kernel.shutdown()


async def test_every_kind_of_state_comes_back(bench: Bench) -> None:
    assert len(STATES) >= 45
    assert await bench.run("\n".join(state.made for state in STATES.values())) == ""
    name = await bench.take()
    assert await bench.run("\n".join(state.spoiled for state in STATES.values())) == ""
    await bench.kernel.wake(name)
    looked = {kind: state.true for kind, state in STATES.items()}
    assert await bench.run(_LOOK.format(looked=looked)) == "{}\n"


async def test_one_checkpoint_can_be_gone_back_to_again_and_again(bench: Bench) -> None:
    await bench.run("n = 0; fh = open(__import__('os').devnull)")
    name = await bench.take()
    for _ in range(3):
        assert await bench.run("n += 1; print(n)") == "1\n"
        await bench.kernel.wake(name)
    assert await bench.run("print(n)") == "0\n"


async def test_a_woken_copy_is_checkpointed_and_woken_in_turn(bench: Bench) -> None:
    await bench.run("depth = 0")
    for _ in range(4):
        await bench.run("depth += 1")
        name = await bench.take()
        await bench.run("depth = -1")
        await bench.kernel.wake(name)
    assert await bench.run("print(depth)") == "4\n"


async def test_a_file_that_was_replaced_meanwhile_is_written_on_in_a_copy(bench: Bench) -> None:
    await bench.run("log = open('log.txt', 'w'); log.write('one '); log.flush()")
    await bench.run("lost = open('lost.txt', 'w+'); import os; os.remove('lost.txt'); open('lost.txt', 'w').close()")
    before = await bench.take()
    await bench.run("log.write('never'); log.flush()")
    await bench.run("with open('again', 'w') as new: new.write('one ')\nos.replace('again', 'log.txt')")
    await bench.kernel.wake(before)
    await bench.run("log.write('two'); log.flush(); lost.write('x'); lost.flush()")
    assert await bench.run("print(open('log.txt').read(), open('lost.txt').read() == '')") == "one two True\n"


async def test_a_woken_copy_is_interrupted_asks_and_completes(bench: Bench) -> None:
    await bench.run("value = 'seen'")
    await bench.kernel.wake(await bench.take())
    running = asyncio.create_task(bench.run("print('on')\nwhile True: pass"))
    await asyncio.sleep(0)
    await bench.kernel.interrupt()
    assert (await running).startswith("interrupted")
    cells = Cells(bench.kernel, answers=["blue"])
    await cells.run("print(input('colour? '))")
    assert cells.text == "blue\n"
    assert "value" in (await bench.kernel.complete("valu", 4)).matches
    assert (await bench.kernel.variables()).total > 0
    assert (await bench.kernel.progress()).memory_bytes > 0


async def test_an_asyncio_task_goes_on_in_a_copy(bench: Bench) -> None:
    await bench.run(
        "import asyncio\nticks = 0\n"
        "async def tick():\n  global ticks\n  while True:\n    ticks += 1\n    await asyncio.sleep(.001)\n"
        "task = asyncio.create_task(tick())\nawait asyncio.sleep(.01)"
    )
    await bench.kernel.wake(await bench.take())
    assert await bench.run("before = ticks\nawait asyncio.sleep(.05)\nprint(ticks > before); task.cancel()") == "True\n"


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import ctypes; ctypes.string_at(0)", "segmentation fault"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import os, time; os.closerange(3, 5000); time.sleep(60)", "aborted"),
    ],
)
async def test_a_kernel_that_died_is_there_again(bench: Bench, code: str, how: str) -> None:
    await bench.run("survives = 'yes'")
    name = await bench.take()
    with pytest.raises(KernelDied):
        await bench.run(code)
    await bench.listener.until(lambda: how in bench.listener.deaths)
    await bench.kernel.wake(name)
    assert await bench.run("print(survives)") == "yes\n"


async def test_a_cell_deaf_to_interrupts_is_left(bench: Bench) -> None:
    await bench.run("import signal; here = 1")
    name = await bench.take()
    deaf = asyncio.create_task(bench.run("signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\nwhile True: pass"))
    await bench.listener.until(lambda: bench.listener.states[-1] == "busy")
    await bench.kernel.wake(name)
    with pytest.raises(KernelDied):
        await deaf
    assert await bench.run("print(here)") == "1\n"


async def test_what_is_not_exact_is_named(bench: Bench) -> None:
    await bench.kernel.restart()
    clean = await bench.kernel.checkpoint("clean")
    assert clean is not None
    assert (clean.grade, clean.reasons) == ("green", ())
    await bench.run("import os; ends = os.pipe()")
    piped = await bench.kernel.checkpoint("piped")
    assert piped is not None
    assert (piped.grade, piped.reasons) == ("yellow", ("a pipe",))
    await bench.run(
        "import threading; stop = threading.Event(); th = threading.Thread(target=stop.wait, name='waiter'); th.start()"
    )
    threaded = await bench.kernel.checkpoint("threaded")
    assert threaded is not None
    assert (threaded.grade, threaded.reasons) == ("red", ("thread waiter", "a pipe"))
    await bench.run("stop.set(); [os.close(end) for end in ends]")


async def test_cells_never_see_the_copies(bench: Bench) -> None:
    await bench.take()
    code = "import os\ntry:\n  os.wait()\nexcept ChildProcessError:\n  print('no children')"
    assert await bench.run(code) == "no children\n"


async def test_more_than_may_be_kept_are_let_go_of(bench: Bench) -> None:
    for _ in range(12):
        await bench.take()
    await bench.until(lambda: len(bench.kernel.held()) == 10)
    with pytest.raises(KernelError):
        await bench.kernel.wake("nowhere")
    assert await bench.run("print('goes on')") == "goes on\n"


async def test_nothing_is_left_when_the_kernel_ends(tmp_path: Path) -> None:
    made = await _open(tmp_path, "plain")
    try:
        await made.run("import os; n = 1")
        await made.kernel.wake(await made.take())
        pid = int(await made.run("print(os.getpid())"))
    finally:
        await made.kernel.shutdown()
    await made.until(lambda: not Path(f"/proc/{pid}").exists())


_LOOK_ABOUT = """
import os
def look_about():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    pss = next(line.split()[1] for line in open("/proc/self/smaps_rollup") if line.startswith("Pss:"))
    processes = sum(name.isdigit() for name in os.listdir("/proc"))
    rss = status["VmRSS"].split()[0]
    return len(os.listdir("/proc/self/fd")), int(status["Threads"]), int(rss), int(pss), processes
print(*look_about())
"""
_COMES_AND_GOES = 5
"""Descriptors that there may be more or fewer of at any moment: connections come a little later than the request that
they are for."""
_COMES_AND_GOES_KIB = 2048
_LEFT_BEHIND_KIB = 8
"""How much memory each going back may cost: Python makes some locks anew in each copy, and leaves the old ones."""


async def travels(folder: Path, rounds: int, kind: str = "plain") -> None:
    """Take checkpoints and go back to every second one; nothing is lost, and nothing is left lying about."""
    made = await _open(folder, kind, count=8)
    try:
        await made.run("n = 0; seen = []")
        for _ in range(2):
            await made.kernel.wake(await made.take())
        before = await _look_about(made)
        for expected in range(rounds):
            assert await made.run("n += 1; seen.append(n); print(n)") == f"{expected + 1}\n"
            name = await made.take()
            if expected % 2:
                await made.run("n = -1; seen.clear()")
                await made.kernel.wake(name)
            if expected % 100 == 99:
                print(kind, expected + 1, await _look_about(made))
        assert await made.run("print(n, len(seen))") == f"{rounds} {rounds}\n"
        after = await _look_about(made)
        # What is left behind is left at each going back, and there were more of these than descriptors come and go.
        assert rounds // 2 > _COMES_AND_GOES
        for what in ("descriptors", "threads", "files"):
            assert after[what] <= before[what] + _COMES_AND_GOES, (what, before, after)
        if kind == "bubblewrap":  # elsewhere there are those of others
            assert after["processes"] <= before["processes"] + 8 + _COMES_AND_GOES, (before, after)
        assert after["rss_kib"] < before["rss_kib"] + _COMES_AND_GOES_KIB + _LEFT_BEHIND_KIB * (rounds // 2)
        assert len(made.kernel.held()) <= 8
    finally:
        await made.kernel.shutdown()


async def _look_about(made: Bench) -> dict[str, int]:
    names = ("descriptors", "threads", "rss_kib", "pss_kib", "processes")
    found = dict(zip(names, map(int, (await made.run(_LOOK_ABOUT)).split()), strict=True))
    running = made.kernel._running  # pyright: ignore[reportPrivateUsage]
    assert running is not None
    folder = running._folder.path  # pyright: ignore[reportPrivateUsage]
    return {**found, "files": sum(1 for _ in folder.rglob("*"))}


async def test_goings_back_leave_nothing_behind(tmp_path: Path) -> None:
    await travels(tmp_path, 12)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["plain", *working_mechanisms()])
async def test_a_thousand_checkpoints_and_five_hundred_goings_back(tmp_path: Path, kind: str) -> None:
    await travels(tmp_path, 1000, kind)
