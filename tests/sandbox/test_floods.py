"""Every flood, for real, inside each mechanism that this machine has."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.errors import KernelDied
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.sandbox.choice import Limits, SandboxMode, SandboxSettings
from tests.kernel.helpers import DEADLINE_S, Cells, Listener, eventually
from tests.sandbox.floods import FLOODS, Flood, Outcome
from tests.sandbox.mechanisms import working_mechanisms

pytestmark = pytest.mark.kernel

LIMITS = Limits(
    memory_bytes=600 << 20, processes=200, open_files=200, file_bytes=8 << 20, disk_bytes=48 << 20, cpu_seconds=3.0
)
MARKS = count(os.getpid() * 1000)


@dataclass
class Machine:
    mechanism: SandboxMode
    kernel: JupyterKernel
    cells: Cells
    listener: Listener
    workspace: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=working_mechanisms())
async def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Machine]:
    workspace = tmp_path_factory.mktemp("workspace")
    mode = cast("SandboxMode", request.param)
    kernel = JupyterKernel(workspace, sandbox=SandboxSettings(mode, limits=LIMITS), cell_bytes=1 << 20)
    listener = Listener()
    await kernel.start(listener)
    yield Machine(mode, kernel, Cells(kernel), listener, workspace)
    await kernel.shutdown()


def is_running(mark: str) -> bool:
    """Say whether a process of this machine has the mark in its command line."""

    def words(path: Path) -> str:
        try:
            return path.read_text(errors="replace")
        except OSError:
            return ""

    return any(mark in words(path) for path in Path("/proc").glob("[0-9]*/cmdline"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: cast("Flood", flood).name)
async def test_a_flood_ends_as_is_said(machine: Machine, flood: Flood) -> None:
    mark = str(next(MARKS))
    outcome: Outcome = (flood.landlock if machine.mechanism == "landlock" else None) or flood.outcome
    if flood.name.startswith("start processes") and os.getuid() == 0:
        outcome = "harmless"  # the system does not count those of root
    cells = machine.cells
    cells.outputs.clear()
    died = ""
    try:
        code = flood.code.replace("{mark}", mark)
        async with asyncio.timeout(DEADLINE_S):
            result = await machine.kernel.execute(code, on_output=cells.take, on_input=cells.answer)
        status = result.status
    except KernelDied as error:
        status, died = "died", error.message
    text = cells.text
    if died:
        await machine.kernel.restart()
    match outcome:
        case "refused":
            assert "HARM" not in text
            assert status == "error" or "refused" in text
        case "cut":
            assert status == "ok"
            assert len(text) < 2 << 20
        case "interrupted":
            assert status == "interrupted"
            assert "sandbox.cpu_seconds" in text
        case "killed":
            assert "HARM" not in text
            assert died.startswith("The kernel died: killed, because")
        case "ended":
            assert status == "died"
        case "harmless":
            assert status == "ok"
    assert not (machine.workspace / mark).exists()
    await machine.kernel.variables()
    await eventually(lambda: not is_running(mark))
    assert (await cells.run("1 + 1")).status == "ok"
