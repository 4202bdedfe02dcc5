"""Checkpoints of the kernel at several sizes of its heap, beside the same variables pickled and loaded again."""

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.listener import SilentListener
from benchmarks.report import Row
from codeact_tui.kernel.base import InputRequest
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import Output, StreamOutput
from codeact_tui.sandbox.policy import CheckpointLimits

__all__ = ["run"]

_MIB = 1 << 20
_SIZES = {"10 MB": 10 * _MIB, "1 GB": 1 << 30, "4 GB": 4 << 30}
_ROUNDS = 5
_PICKLED = """
import pickle, time, os, tempfile
began = time.perf_counter()
with tempfile.TemporaryFile() as file:
    pickle.dump(heap, file, protocol=5); file.seek(0); pickle.load(file)
print((time.perf_counter() - began) * 1000)
"""


def run() -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Row]:
    rows: list[Row] = []
    for name, size in _SIZES.items():
        kernel = JupyterKernel(folder, checkpoints=CheckpointLimits(4, 8 << 30))
        await kernel.start(SilentListener())
        try:
            await _print(kernel, f"import numpy as np; heap = np.ones({size // 8})")
            pickled_ms = float(await _print(kernel, _PICKLED))
            taken, woken = await _travel(kernel)
        finally:
            await kernel.shutdown()
        rows.append(Row(f"checkpoint, {name}", taken, pickled_ms, "ms", "beside pickling and loading it"))
        rows.append(Row(f"going back, {name}", woken, pickled_ms, "ms", "beside pickling and loading it"))
    return rows


async def _travel(kernel: JupyterKernel) -> tuple[float, float]:
    """Give the medians of taking and of waking, in milliseconds, as the application waits for them."""
    taken: list[float] = []
    woken: list[float] = []
    for number in range(_ROUNDS):
        began = time.perf_counter()
        await kernel.checkpoint(f"b{number}")
        taken.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        await kernel.wake(f"b{number}")
        woken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[_ROUNDS // 2], sorted(woken)[_ROUNDS // 2]


async def _print(kernel: JupyterKernel, code: str) -> str:
    told: list[str] = []

    def take(output: Output) -> None:
        if isinstance(output, StreamOutput):
            told.append(output.text)

    async def no_input(_: InputRequest) -> str:
        return ""

    await kernel.execute(code, on_output=take, on_input=no_input)
    return "".join(told)
