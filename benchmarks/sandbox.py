"""What the sandbox costs: a kernel's start, a cell, and a cell that does much with files, inside against outside."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.listener import SilentListener
from benchmarks.report import Row, table
from codeact_tui.kernel.answers import InputRequest
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import Output, StreamOutput
from codeact_tui.sandbox.choice import SandboxSettings
from codeact_tui.sandbox.detect import find_mechanisms
from codeact_tui.sandbox.policy import CheckpointLimits, SandboxMode

__all__ = ["run"]

_STARTS = 40
_ROUNDS = 150
_CELLS = 10
_FILES = """
import os, shutil, time
def work(folder):
    os.mkdir(folder)
    for n in range(200):
        with open(f"{folder}/{n}", "w") as f:
            f.write("x" * 1000)
    for n in range(200):
        with open(f"{folder}/{n}") as f:
            f.read()
        os.stat(f"{folder}/{n}")
    os.listdir(folder)
    shutil.rmtree(folder)
"""
_TIMED = "t = time.perf_counter(); work('made'); print(time.perf_counter() - t)"


def run() -> list[Row]:
    """Measure each mechanism that works here beside no sandbox, in turn."""
    found = find_mechanisms()
    modes: list[SandboxMode] = ["off"]
    if found.bubblewrap.works:
        modes.append("bubblewrap")
    if found.landlock.works:
        modes.append("landlock")
    measured, unwatched_ms = asyncio.run(_measure(modes))
    rows: list[Row] = []
    for mode in modes[1:]:
        for name, ours, bare in zip(
            ("kernel start", "a cell of `pass`", "200 files made, read, removed"),
            measured[mode],
            measured["off"],
            strict=True,
        ):
            rows.append(Row(f"{mode}: {name}", ours, bare, "ms", "bare: --sandbox off" if not rows else ""))
        note = "bare: no checkpoints either, so no supervisor"
        rows.append(Row(f"{mode}: kernel start", measured[mode][0], unwatched_ms, "ms", note))
    return rows


async def _measure(modes: list[SandboxMode]) -> tuple[dict[SandboxMode, tuple[float, float, float]], float]:
    starts: dict[SandboxMode, list[float]] = {mode: [] for mode in modes}
    cells: dict[SandboxMode, list[float]] = {mode: [] for mode in modes}
    files: dict[SandboxMode, list[float]] = {mode: [] for mode in modes}
    unwatched_starts: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        kernels: dict[SandboxMode, JupyterKernel] = {}
        for mode in modes:
            kernels[mode] = await _kernel(Path(folder, mode), mode, CheckpointLimits())
        unwatched = await _kernel(Path(folder, "unwatched"), "off", None)
        for _ in range(_ROUNDS):
            for mode in modes:
                started_s = time.perf_counter()
                for _ in range(_CELLS):
                    await _run(kernels[mode], "pass")
                cells[mode].append((time.perf_counter() - started_s) / _CELLS * 1e3)
                files[mode].append(await _files_ms(kernels[mode]))
        for _ in range(_STARTS):
            for mode in modes:
                starts[mode].append((await kernels[mode].restart(cold=True)).seconds * 1e3)
            unwatched_starts.append((await unwatched.restart(cold=True)).seconds * 1e3)
        for kernel in (*kernels.values(), unwatched):
            await kernel.shutdown()
    found: dict[SandboxMode, tuple[float, float, float]] = {}
    found |= {mode: (median(starts[mode]), min(cells[mode]), median(files[mode])) for mode in starts}
    return found, median(unwatched_starts)


async def _kernel(workspace: Path, mode: SandboxMode, checkpoints: CheckpointLimits | None) -> JupyterKernel:
    workspace.mkdir()  # noqa: ASYNC240 - nothing else runs here
    kernel = JupyterKernel(workspace, sandbox=SandboxSettings(mode), checkpoints=checkpoints)
    await kernel.start(SilentListener())
    await _run(kernel, _FILES)
    await _run(kernel, _TIMED)
    return kernel


async def _files_ms(kernel: JupyterKernel) -> float:
    while not (printed := await _run(kernel, _TIMED)):  # lost, where the machine is very busy
        pass
    return float(printed) * 1e3


async def _run(kernel: JupyterKernel, code: str) -> str:
    printed: list[str] = []

    def take(output: Output) -> None:
        if isinstance(output, StreamOutput):
            printed.append(output.text)

    await kernel.execute(code, on_output=take, on_input=_no_input)
    return "".join(printed)


async def _no_input(request: InputRequest) -> str:
    return ""


if __name__ == "__main__":
    print(table(run()))
