from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.kernel.base import Kernel
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Die
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from tests.kernel.helpers import Cells, Listener
from tests.sandbox.mechanisms import working_mechanisms

DEADLY = {
    "import os; os._exit(3)": ("exit code 3", 3),
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": ("killed", -9),
    "import ctypes; ctypes.string_at(0)": ("segmentation fault", -11),
}


@pytest.fixture
def listener() -> Listener:
    return Listener()


def make_kernel(kind: str, folder: Path) -> Kernel:
    if kind == "jupyter":
        return JupyterKernel(folder)
    if kind != "fake":
        sandbox = SandboxSettings(cast("SandboxMode", kind))
        return JupyterKernel(folder, sandbox=sandbox, checkpoints=CheckpointLimits(10, 1 << 30))  # as by default
    kernel = FakeKernel()
    for code, (_, exit_code) in DEADLY.items():
        kernel.on(code, Die(exit_code))
    return kernel


_REAL = ("jupyter", *working_mechanisms())


@pytest_asyncio.fixture(params=["fake", *(pytest.param(kind, marks=pytest.mark.kernel) for kind in _REAL)])
async def kernel(request: pytest.FixtureRequest, tmp_path: Path, listener: Listener) -> AsyncIterator[Kernel]:
    made = make_kernel(cast("str", request.param), tmp_path)
    await made.start(listener)
    yield made
    await made.shutdown()


@pytest.fixture
def cells(kernel: Kernel) -> Cells:
    return Cells(kernel)


@pytest_asyncio.fixture
async def jupyter(tmp_path: Path, listener: Listener) -> AsyncIterator[Kernel]:
    made = JupyterKernel(tmp_path)
    await made.start(listener)
    yield made
    await made.shutdown()
