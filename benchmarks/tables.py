"""A table looked into, in a real kernel: how soon it opens, its end is in sight, a page turns, and it is sorted."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path, PurePath

from textual.app import App
from textual.pilot import Pilot

import codeact_tui.tui
from benchmarks.listener import SilentListener
from benchmarks.report import Row, table
from codeact_tui.kernel.answers import InputRequest
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.events import VariableInspected
from codeact_tui.protocol.ops import InspectVariable
from codeact_tui.protocol.outputs import Output
from codeact_tui.tui.screens.variable_detail import VariableDetailScreen
from codeact_tui.tui.themes import DEFAULT_VARIABLES, load_theme
from codeact_tui.tui.widgets.column_figures import ColumnFigures
from codeact_tui.tui.widgets.frame_view import FrameView

__all__ = ["run"]

_ROWS = 10_000_000
_BARE_ROWS = 1_000
_ROUNDS = 9
_MAKE = """
import numpy as np, pandas as pd
def make(n):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"price": rng.normal(size=n), "quantity": rng.integers(0, 100, n),
        "when": pd.date_range("2000", periods=n, freq="s"), "ok": rng.integers(0, 2, n) > 0,
        **{f"x{at}": np.arange(n) for at in range(6)}})
"""
_NAMES = {
    "open": ("a table of 10,000,000 rows: opened", "key to rows on the screen; bare: the same with 1,000 rows"),
    "end": ("  its end in sight", ""),
    "page": ("  a page down", "fetched ahead"),
    "figures": ("  a column's histogram", "of a sample"),
    "sort": ("  sorted by a column", "in a thread; floats"),
    "sorted end": ("  its end in sight, sorted", ""),
}


def run() -> list[Row]:
    """Measure in a folder for temporary files."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


class _Looking(App[None]):
    """Opens a variable of a kernel, as codeact does."""

    def __init__(self, kernel: JupyterKernel) -> None:
        folder = Path(codeact_tui.tui.__file__).parent
        sheets: list[str | PurePath] = [*sorted((folder / "widgets").glob("*.tcss"))]
        super().__init__(css_path=sheets)
        self._kernel = kernel
        self._tasks: set[asyncio.Task[None]] = set()
        self.told = asyncio.Event()
        self.animation_level = "none"
        loaded = load_theme("dark")
        self.register_theme(loaded.theme)
        self.theme = loaded.theme.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give what our sheets name."""
        return DEFAULT_VARIABLES

    def look(self, name: str) -> VariableDetailScreen:
        """Make the screen, which asks at once when it is shown."""
        screen = VariableDetailScreen(name, lambda op: self._ask(op, screen))
        return screen

    def _ask(self, op: InspectVariable, screen: VariableDetailScreen) -> None:
        task = asyncio.create_task(self._answer(op, screen))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, op: InspectVariable, screen: VariableDetailScreen) -> None:
        detail = await self._kernel.inspect(op.name, op.path, op.start, op.part)
        screen.show(VariableInspected(op.name, detail, op.path, op.start, op.part))
        self.told.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for answers until something is true."""
        async with asyncio.timeout(60):
            while not true():
                await self.told.wait()
                self.told.clear()


async def _measure(folder: Path) -> list[Row]:
    kernel = JupyterKernel(folder)
    await kernel.start(SilentListener())
    try:
        await _run(kernel, _MAKE)
        app = _Looking(kernel)
        async with app.run_test(size=(120, 36)) as pilot:
            await _run(kernel, f"small = make({_BARE_ROWS}); large = make({_ROWS})")
            bare = await _look(app, pilot, kernel, "small")
            ours = await _look(app, pilot, kernel, "large")
    finally:
        await kernel.shutdown()
    return [Row(name, ours[key] * 1e3, bare[key] * 1e3, "ms", note) for key, (name, note) in _NAMES.items()]


async def _run(kernel: JupyterKernel, code: str) -> None:
    await kernel.execute(code, on_output=_ignore, on_input=_no_input)


def _ignore(output: Output) -> None:
    del output


async def _no_input(request: InputRequest) -> str:
    raise AssertionError(request)


async def _look(app: _Looking, pilot: Pilot[None], kernel: JupyterKernel, name: str) -> dict[str, float]:
    taken: dict[str, list[float]] = {key: [] for key in _NAMES}
    for _ in range(_ROUNDS):
        await _run(kernel, "pass")  # what was sorted is forgotten with a cell
        await _look_once(app, pilot, name, taken)
    return {key: statistics.median(times) for key, times in taken.items()}


async def _look_once(app: _Looking, pilot: Pilot[None], name: str, taken: dict[str, list[float]]) -> None:
    screen = app.look(name)
    started = time.perf_counter()
    await app.push_screen(screen)
    frame, figures = screen.query_one(FrameView), screen.query_one(ColumnFigures)

    def in_sight() -> bool:
        return frame.tiles.cell(frame.row, frame.column) is not None

    async def timed(key: str, act: Callable[[], object], true: Callable[[], bool]) -> None:
        started = time.perf_counter()
        act()
        await app.until(true)
        taken[key].append(time.perf_counter() - started)
        await pilot.pause()

    await app.until(in_sight)
    taken["open"].append(time.perf_counter() - started)
    await pilot.pause()
    for _ in range(5):
        await timed("page", lambda: frame.action_page(1), in_sight)
    await timed("end", lambda: frame.action_to_row(-1), in_sight)
    await timed("figures", frame.action_figures, lambda: figures.is_known(frame.column))
    await timed("sort", frame.action_sort, lambda: frame.tiles.is_in_order)
    await timed("sorted end", lambda: frame.action_to_row(-1), in_sight)
    await app.pop_screen()


if __name__ == "__main__":
    print(table(run()))
