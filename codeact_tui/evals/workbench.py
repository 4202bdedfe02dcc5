"""The kernel of one job: a fresh interpreter for each trial, with the task's tools in it."""

import asyncio
import shutil
from pathlib import Path

from msgspec import Struct

from codeact_tui.errors import KernelDied
from codeact_tui.evals.base import SuiteError, Task
from codeact_tui.kernel.answers import InputRequest, NamespaceDiff
from codeact_tui.kernel.base import Kernel
from codeact_tui.model.phrases import KERNEL_DIED, NO_OUTPUT
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.outputs import DisplayData, ExecuteResult, Output, StreamOutput, UpdateDisplay
from codeact_tui.session.observations import cut_middle, output_text
from codeact_tui.session.outputs import ErrorBlock, OutputLog

__all__ = ["Ran", "Workbench"]

_SETUP_SECONDS = 120.0
_KEPT_CHARS = 1 << 20


class Ran(Struct, frozen=True):
    """What a cell came to."""

    text: str
    """All it put out, as the model would be shown it, uncut up to a bound."""
    failed: bool
    error: str = ""
    """`ValueError: no such city`, of a cell that failed by an exception."""

    def shown(self, limit_chars: int) -> str:
        """Give what the model is shown."""
        return cut_middle(self.text, limit_chars) or NO_OUTPUT


class Workbench:
    """Runs the cells of one trial after the other.

    Args:
        kernel: Not started; ended by `close`.
        folder: Where it runs; emptied before each trial. None for a kernel that has none.
    """

    def __init__(self, kernel: Kernel, folder: Path | None = None) -> None:
        self._kernel = kernel
        self._folder = folder
        self._started = False

    async def prepare(self, task: Task) -> None:
        """Give the task a fresh interpreter with its tools.

        Raises:
            KernelStartFailed: It did not come up.
            SuiteError: The tools could not be made.
        """
        await self.begin()
        ran = await self.run(task.setup, _SETUP_SECONDS)
        if ran.failed:
            raise SuiteError(f"The tools of {task.id} could not be made: {ran.error or ran.text[-500:]}")

    async def begin(self) -> None:
        """Bring up a fresh interpreter, in an empty folder.

        Raises:
            KernelStartFailed: It did not come up.
        """
        if self._started:
            await self._kernel.restart(cold=True)  # nothing of one trial is left in the sandbox for the next
        if self._folder is not None:
            await asyncio.to_thread(_empty, self._folder)
        if not self._started:
            await self._kernel.start(_Deaf())
            self._started = True

    async def run(self, code: str, seconds: float) -> Ran:
        """Run one cell. Never raises for what the cell does; a kernel that dies of it stays dead until `prepare`.

        Raises:
            KernelNotReady: It died before.
        """
        outputs, room = OutputLog(), [_KEPT_CHARS]

        def take(output: Output) -> None:
            if room[0] > 0:
                outputs.add(output)
            room[0] -= _size(output)

        try:
            result = await self._kernel.execute(code, on_output=take, on_input=_no_input, timeout_s=seconds)
        except KernelDied as error:
            return Ran(f"{output_text(outputs)}\n[{KERNEL_DIED}: {error.message}]".strip(), True)
        text = output_text(outputs)
        if result.status == "timeout":
            text = f"{text}\n[The action was stopped: it ran longer than {seconds:g} s.]".strip()
        return Ran(text, result.status != "ok", _error_of(outputs))

    async def close(self) -> None:
        """End the kernel."""
        await self._kernel.shutdown()


def _size(output: Output) -> int:
    match output:
        case StreamOutput():
            return len(output.text)
        case DisplayData() | ExecuteResult() | UpdateDisplay():
            return sum(len(text) for text in output.data.values())
        case _:
            return 0


def _error_of(outputs: OutputLog) -> str:
    for block in reversed(outputs.blocks):
        if isinstance(block, ErrorBlock):
            return f"{block.ename}: {block.evalue}"
    return ""


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


async def _no_input(_: InputRequest) -> str:
    return ""


class _Deaf:
    """Hears nothing of what the kernel does unasked."""

    def on_state(self, state: KernelState) -> None:
        """Nothing is done."""

    def on_variables(self, diff: NamespaceDiff) -> None:
        """Nothing is done."""

    def on_died(self, how: str) -> None:
        """Nothing is done: the cell that runs has told."""

    def on_held(self) -> None:
        """Nothing is done: it keeps no checkpoints."""
