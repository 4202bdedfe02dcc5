"""A fresh kernel that was kept ready: it is as fresh as one that was started, and there at once."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.permissions import Grant
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from tests.kernel.helpers import Cells, Listener, eventually
from tests.sandbox.mechanisms import working_mechanisms

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
    pytest.mark.asyncio(loop_scope="module"),
]

LIMITS = CheckpointLimits(5, 1 << 30, ("numpy", "nothing.of.this.name"))
LOOK = "print(sorted(name for name in globals() if not name.startswith('_')), In, Out, __import__('os').getcwd())"


class Bench:
    """A kernel whose fresh copy is warm, and what it said of itself when it was fresh for the first time."""

    def __init__(self, kernel: JupyterKernel, folder: Path) -> None:
        self.kernel, self.folder = kernel, folder

    async def run(self, code: str) -> str:
        cells = Cells(self.kernel)
        result = await cells.run(code)
        return cells.text.strip() if result.status == "ok" else f"{result.status}: {cells.outputs}"

    async def warm(self) -> None:
        """Have the copy made now, and not a while after the start."""
        running = self.kernel._running  # pyright: ignore[reportPrivateUsage]
        assert running is not None
        running.checkpoints.make_warm(LIMITS.warm)
        await eventually(lambda: running.checkpoints.is_warm)

    @property
    def process(self) -> int:
        running = self.kernel._running  # pyright: ignore[reportPrivateUsage]
        assert running is not None
        return running.process.pid


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=("plain", *working_mechanisms()))
async def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    folder = tmp_path_factory.mktemp("workspace")
    kind = cast("str", request.param)
    sandbox = None if kind == "plain" else SandboxSettings(cast("SandboxMode", kind))
    kernel = JupyterKernel(folder, sandbox=sandbox, checkpoints=LIMITS)
    try:
        await kernel.start(Listener())
        yield Bench(kernel, folder)
    finally:
        await kernel.shutdown()


async def test_a_fresh_kernel_is_woken_with_nothing_of_the_one_before(bench: Bench) -> None:
    first = await bench.run(LOOK)
    assert await bench.run("import sys; print('numpy' in sys.modules)") == "False"
    await bench.run("x = 1; import os; os.environ['LEFT'] = '1'; os.chdir('/')")
    assert await bench.kernel.checkpoint("c1") is not None
    await bench.warm()
    assert [each.checkpoint for each in bench.kernel.held()] == ["c1"]
    process = bench.process
    drawn: set[str] = set()
    for _ in range(2):
        info = await bench.kernel.restart()
        assert bench.process == process
        assert info.version
        assert bench.kernel.held() == ()
        assert await bench.run(LOOK) == first
        look = "import sys, os, random; print('numpy' in sys.modules, 'LEFT' in os.environ, random.random())"
        numpy, left, chance = (await bench.run(look)).split()
        assert (numpy, left) == ("True", "False")
        drawn |= {chance, await bench.run("import numpy; print(numpy.random.random())")}
    assert len(drawn) == 4
    assert await bench.kernel.checkpoint("c2") is not None
    await bench.run("x = 2")
    await bench.kernel.wake("c2")
    assert "NameError" in await bench.run("x")


async def test_what_goes_by_the_name_of_a_warm_module_is_found_by_a_kernel_of_its_own(bench: Bench) -> None:
    await bench.warm()
    process = bench.process
    shadow = bench.folder / "numpy.py"
    shadow.write_text("mine = True")
    try:
        await bench.kernel.restart()
        assert bench.process != process
        assert await bench.run("import numpy; print(numpy.mine)") == "True"
    finally:
        shadow.unlink()


async def test_a_kernel_that_ended_is_there_again_and_a_cold_one_is_another_process(bench: Bench) -> None:
    await bench.kernel.restart(cold=True)
    await bench.warm()
    process = bench.process
    with pytest.raises(Exception, match="died"):
        await Cells(bench.kernel).run("import os; os._exit(3)")
    await bench.kernel.restart()
    assert bench.process == process
    assert await bench.run("print(1)") == "1"
    await bench.kernel.restart(cold=True)
    assert bench.process != process


async def test_other_grants_need_a_process_of_its_own(bench: Bench) -> None:
    if bench.kernel._allowances.sandbox is None:  # pyright: ignore[reportPrivateUsage]
        pytest.skip("nothing is granted where nothing is confined")
    await bench.warm()
    process = bench.process
    bench.kernel.allow([Grant("readable", str(Path(__file__).parent))])
    await bench.kernel.restart()
    assert bench.process != process
    bench.kernel.allow([])
