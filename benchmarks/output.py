"""Much output: 200,000 printed lines from the cell to the record of the session, and what that needs of memory."""

import statistics
import tempfile
from pathlib import Path

from benchmarks.actions import chat_settings
from benchmarks.processes import child, memory_mb, peak_mb
from benchmarks.report import Row, table

__all__ = ["run"]

_ROUNDS = 3
_CELL = "!for number in range(200_000): print('line', number)"
_NOWHERE = "9"
"""A port at which no model is asked: nothing but the cell runs."""


def run() -> list[Row]:
    """Measure fresh processes in turns."""
    ours: list[tuple[float, float, float]] = []
    bare: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(_ROUNDS):
            ours.append(_measure(Path(folder), "benchmarks.our_loop"))
            bare.append(_measure(Path(folder), "benchmarks.bare_loop", f"http://127.0.0.1:{_NOWHERE}/v1"))
    idle, seconds, peak = ((_median(ours, column), _median(bare, column)) for column in range(3))
    return [
        Row("200,000 lines of output", *seconds, "s", "ours is kept in the store as well"),
        Row("  peak memory", *peak, "MB", "the kernel's included"),
        Row("idle with a kernel, no screen", *idle, "MB", "before the first request"),
    ]


def _measure(home: Path, module: str, *arguments: str) -> tuple[float, float, float]:
    """Give idle memory, seconds and peak memory."""
    with child(module, *arguments, home=home, environment=chat_settings(_NOWHERE)) as loop:
        loop.read()
        idle_mb = memory_mb(loop.pid)
        seconds = float(loop.ask(_CELL))
        return idle_mb, seconds, peak_mb(loop.pid)


def _median(measured: list[tuple[float, float, float]], column: int) -> float:
    return statistics.median(each[column] for each in measured)


if __name__ == "__main__":
    print(table(run()))
