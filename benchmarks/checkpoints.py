"""Checkpoints of the kernel at several sizes of its heap, beside the same variables pickled and loaded again.

And a fresh kernel that was kept ready, beside a process that is started; and one that has died, beside one that lives.
"""

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path

from benchmarks.listener import SilentListener
from benchmarks.report import Row
from codeact_tui.errors import KernelDied
from codeact_tui.kernel.answers import InputRequest
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import Output, StreamOutput
from codeact_tui.sandbox.policy import CheckpointLimits

__all__ = ["run"]

_MIB = 1 << 20
_SIZES = {"10 MB": 10 * _MIB, "1 GB": 1 << 30, "4 GB": 4 << 30}
_ROUNDS = 5
_UNTIL_WARM_S = 20.0
_LIBRARIES = ("cloudpickle", "dill")
_PICKLED = """
import importlib, time, tempfile
try:
    library = importlib.import_module({library!r})
except ImportError:
    print(0)
else:
    began = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        library.dump(heap, file, protocol=5); file.seek(0); library.load(file)
    print((time.perf_counter() - began) * 1000)
"""
_DIES = "import ctypes, time; print(end='%.6f' % time.monotonic(), flush=True); ctypes.string_at(0)"
_IMPORTS = ("numpy", "pandas", "matplotlib")


def run() -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_both(Path(folder)))


async def _both(folder: Path) -> list[Row]:
    return [*await _measure(folder), *await _warm(folder), await _recovery(folder)]


async def _recovery(folder: Path) -> Row:
    """Measure from the last moment of a kernel that dies to its variables being there again, as a session does it."""
    kernel = JupyterKernel(folder, checkpoints=CheckpointLimits(4, 8 << 30))
    await kernel.start(SilentListener())
    died: list[float] = []
    woken: list[float] = []

    def take(output: Output) -> None:
        if isinstance(output, StreamOutput):
            died.append(float(output.text))

    async def no_input(_: InputRequest) -> str:
        return ""

    try:
        for number in range(_ROUNDS):
            await kernel.checkpoint(f"b{number}")
            with contextlib.suppress(KernelDied):
                await kernel.execute(_DIES, on_output=take, on_input=no_input)
            await kernel.wake(f"b{number}")
            died[-1] = (time.monotonic() - died[-1]) * 1000
            began = time.perf_counter()
            await kernel.wake(f"b{number}")
            woken.append((time.perf_counter() - began) * 1000)
    finally:
        await kernel.shutdown()
    note = "from the fault on; bare: going back"
    return Row("back after a segmentation fault", sorted(died)[_ROUNDS // 2], sorted(woken)[_ROUNDS // 2], "ms", note)


async def _warm(folder: Path) -> list[Row]:
    kernel = JupyterKernel(folder, checkpoints=CheckpointLimits(4, 8 << 30, _IMPORTS))
    await kernel.start(SilentListener())
    code = f"import time; began = time.perf_counter(); import {', '.join(_IMPORTS)}; print(time.perf_counter() - began)"
    found: dict[bool, tuple[float, float]] = {}
    try:
        for cold in (True, False):
            await asyncio.sleep(_UNTIL_WARM_S)
            restarted: list[float] = []
            for _ in range(_ROUNDS if not cold else 1):
                began = time.perf_counter()
                await kernel.restart(cold=cold)
                restarted.append((time.perf_counter() - began) * 1000)
            found[cold] = sorted(restarted)[len(restarted) // 2], float(await _print(kernel, code)) * 1000
    finally:
        await kernel.shutdown()
    note = "bare: /restart cold"
    return [
        Row("a fresh kernel, /restart", found[False][0], found[True][0], "ms", note),
        Row("  its imports there", found[False][1], found[True][1], "ms", note),
    ]


async def _measure(folder: Path) -> list[Row]:
    rows: list[Row] = []
    for name, size in _SIZES.items():
        kernel = JupyterKernel(folder, checkpoints=CheckpointLimits(4, 8 << 30))
        await kernel.start(SilentListener())
        try:
            await _print(kernel, f"import numpy as np; heap = np.ones({size // 8})")
            pickled = {name: float(await _print(kernel, _PICKLED.format(library=name))) for name in _LIBRARIES}
            taken, woken = await _travel(kernel)
        finally:
            await kernel.shutdown()
        for library, pickled_ms in pickled.items():
            if pickled_ms:
                note = f"bare: {library}, dumped and loaded"
                rows.append(Row(f"checkpoint, {name}", taken, pickled_ms, "ms", note))
                rows.append(Row("  going back", woken, pickled_ms, "ms", note))
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
