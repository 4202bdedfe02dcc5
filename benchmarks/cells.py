"""Sessions of 10 to 5,000 cells in a real pty: until the last reply is seen, memory, a page, a cell that is added."""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import memory_mb
from benchmarks.pty import Pty
from benchmarks.report import Row, table
from benchmarks.resume import LAST, session_events
from codeact_tui.store.sqlite import SqliteCatalog

__all__ = ["run"]

_SIZES = (10, 100, 1_000, 5_000)
_SIZE = (120, 40)
_STARTS = 3
_STEPS = 15
_CODEACT = (sys.executable, "-m", "codeact_tui", "chat")
_PLACEHOLDER = "anything"


def run() -> list[Row]:
    """Open each size in turn; what is bare is the session of ten cells."""
    rows: list[Row] = []
    measured: dict[int, tuple[float, float, float, float]] = {}
    for cells in _SIZES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder).resolve()
            asyncio.run(_write(home, cells))
            opened_ms = statistics.median([_open(home) for _ in range(_STARTS + 1)][1:])
            measured[cells] = (opened_ms, *_use(home))
    for cells in _SIZES[1:]:
        opened, page, added, memory = measured[cells]
        few = measured[_SIZES[0]]
        note = "bare: the same with ten cells" if cells == _SIZES[1] else ""
        rows += [
            Row(f"{cells:,} cells: opened", opened, few[0], "ms", note),
            Row("  a page up or down", page, few[1], "ms"),
            Row("  a cell that is added", added, few[2], "ms"),
            Row("  memory", memory, few[3], "MB"),
        ]
    return rows


async def _write(home: Path, cells: int) -> None:
    catalog = SqliteCatalog(home / "codeact" / "data" / "sessions.db")
    journal = await catalog.create(folder=str(home), model="demo")
    await journal.append(session_events(str(home), journal.session, cells))
    await journal.close()
    await catalog.close()


def _open(home: Path) -> float:
    """Give the milliseconds until the last reply is seen."""
    with Pty((*_CODEACT, "--continue"), home=home, size=_SIZE) as terminal:
        return terminal.wait_for(LAST) * 1e3


def _use(home: Path) -> tuple[float, float, float]:
    """Give the milliseconds for a page, for a cell, and the memory in MB."""
    with Pty((*_CODEACT, "--continue"), home=home, size=_SIZE) as terminal:
        terminal.wait_for("● Python")
        terminal.read_for(1.0)
        held_mb = memory_mb(terminal.pid)
        added_ms = [_added(terminal, number) for number in range(_STEPS)]
        terminal.press("\x1b[17~")  # F6: to the conversation
        terminal.read_for(0.3)
        pages_ms = [_page(terminal, up=number % 2 == 0) for number in range(_STEPS)]
    return statistics.median(pages_ms), statistics.median(added_ms), held_mb


def _page(terminal: Pty, *, up: bool) -> float:
    terminal.forget()
    started_s = time.perf_counter()
    terminal.press("\x1b[5~" if up else "\x1b[6~")
    terminal.wait_for("\x1b[")  # the first of the frame, which is written at once
    seconds = time.perf_counter() - started_s
    terminal.read_for(0.1)
    return seconds * 1e3


def _added(terminal: Pty, number: int) -> float:
    """Run a cell of the user's own; give the time until its output is seen."""
    terminal.press(f"!print({number}+1000,'ŵ'*3)")
    terminal.read_for(0.2)
    started_s = time.perf_counter()
    terminal.press("\r")
    terminal.wait_for(f"{number + 1000} ŵŵŵ")
    seconds = time.perf_counter() - started_s
    terminal.read_for(0.3)
    return seconds * 1e3


if __name__ == "__main__":
    print(table(run()))
