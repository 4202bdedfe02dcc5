"""The start: from the process's first moment to a painted prompt, and to a key that is echoed."""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.pty import Pty
from benchmarks.report import Row, table

__all__ = ["empty_app_ms", "run"]

_ROUNDS = 9
_OURS = (str(Path(sys.executable).with_name("codeact")), "chat")
_EMPTY = (sys.executable, "-m", "benchmarks.empty_app")
_PLACEHOLDER = "anything"
"""In the prompt of both; the cursor stands on what is before it."""
_KEY = "ŵ"
"""Stands in no control sequence."""


def run() -> list[Row]:
    """Start both in turns."""
    ours: list[tuple[float, float]] = []
    empty: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(_ROUNDS + 1):
            ours.append(_start(_OURS, Path(folder)))
            empty.append(_start(_EMPTY, Path(folder)))
    painted, ready = (_medians(ours, empty, column) for column in (0, 1))
    note = "bare: a Textual application with one input"
    return [Row("first paint", *painted, "ms", note), Row("prompt ready", *ready, "ms", "a typed key is echoed")]


def empty_app_ms(home: Path) -> float:
    """Start the empty application; give the milliseconds to its first paint."""
    with Pty(_EMPTY, home=home) as terminal:
        return terminal.wait_for(_PLACEHOLDER) * 1e3


def _start(argv: tuple[str, ...], home: Path) -> tuple[float, float]:
    """Give the milliseconds to the first paint and to the echo of a key typed then."""
    with Pty(argv, home=home) as terminal:
        painted_s = terminal.wait_for(_PLACEHOLDER)
        terminal.press(_KEY)
        return painted_s * 1e3, terminal.wait_for(_KEY) * 1e3


def _medians(ours: list[tuple[float, float]], empty: list[tuple[float, float]], column: int) -> tuple[float, float]:
    """Leave the first out, which found the disk's cache cold."""
    first, second = (statistics.median(times[column] for times in each[1:]) for each in (ours, empty))
    return first, second


if __name__ == "__main__":
    print(table(run()))
