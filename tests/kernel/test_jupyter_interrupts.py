"""Interrupting a real kernel, at any moment and in whatever it does."""

import asyncio

import pytest

from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.outputs import ErrorOutput
from tests.kernel.helpers import DEADLINE_S, Cells

pytestmark = pytest.mark.kernel


async def test_a_flood_can_be_interrupted_and_leaves_the_loop_free(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    running = asyncio.create_task(cells.run("while True: print('x' * 1000)"))
    await cells.until(lambda: len(cells.outputs) > 50)
    for _ in range(50):  # each turn of the loop comes, whatever more there is to read
        await asyncio.sleep(0.002)
    await jupyter.interrupt()
    assert (await running).status == "interrupted"


async def test_awaiting_works_and_can_be_interrupted(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("import asyncio\nawait asyncio.sleep(0)\nprint('awaited')")
    running = asyncio.create_task(cells.run("print('begun', flush=True)\nawait asyncio.sleep(600)"))
    await cells.until(lambda: "begun" in cells.text)
    await jupyter.interrupt()
    assert (await running).status == "interrupted"


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "while True: print('x' * 50)",
        "import time\ntime.sleep(600)",
        "import asyncio\nawait asyncio.sleep(600)",
        "import asyncio\nawait asyncio.sleep(0)\nwhile True: pass",
        "import subprocess\nsubprocess.run(['sleep', '600'])",
        "import time\n" + "time.sleep(0.01)\n" * 2000,
    ],
    ids=["loop", "prints", "sleep", "await", "loop behind an await", "child process", "many statements"],
)
async def test_an_interrupt_works_at_whatever_moment_it_comes(jupyter: Kernel, code: str) -> None:
    cells = Cells(jupyter)
    for wait_s in (0.0, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03):
        running = asyncio.create_task(cells.run(code))
        await asyncio.wait([running], timeout=wait_s)
        await jupyter.interrupt()
        async with asyncio.timeout(DEADLINE_S):
            assert (await running).status == "interrupted", wait_s
    assert (await cells.run("1 + 1")).status == "ok"


async def test_an_interrupt_is_not_lost_that_comes_as_the_loop_goes_on_with_the_cell(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    running = asyncio.create_task(
        cells.run(
            "import asyncio, signal\n"
            "asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)\n"
            "await asyncio.sleep(0)\nwhile True: pass"
        )
    )
    async with asyncio.timeout(DEADLINE_S):
        await running
    assert [output.ename for output in cells.outputs if isinstance(output, ErrorOutput)] == ["CancelledError"]


async def test_an_interrupt_in_a_finalizer_is_not_lost(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    running = asyncio.create_task(
        cells.run(
            "import time\n"
            "class Slow:\n"
            "    def __del__(self):\n"
            "        print('begun', flush=True)\n"
            "        time.sleep(1)\n"
            "slow = Slow()\ndel slow\nwhile True: pass"
        )
    )
    await cells.until(lambda: "begun" in cells.text)
    await jupyter.interrupt()
    assert (await running).status == "interrupted"
    assert "ignored" not in cells.text


async def test_a_cell_that_takes_sigint_does_not_keep_it(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN);")
    running = asyncio.create_task(cells.run("print('begun', flush=True)\nwhile True: pass"))
    await cells.until(lambda: "begun" in cells.text)
    await jupyter.interrupt()
    assert (await running).status == "interrupted"
