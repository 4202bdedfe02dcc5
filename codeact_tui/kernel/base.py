"""The port to a kernel: code in, outputs and variables out."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from codeact_tui.kernel.answers import (
    CellProgress,
    CellResult,
    Checkpoint,
    CodeInspection,
    Completions,
    InputRequest,
    KernelInfo,
    KernelNews,
    NamespaceDiff,
    NamespaceListing,
)
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.outputs import Output
from codeact_tui.protocol.permissions import Grant
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.travel import HeldCheckpoint
from codeact_tui.protocol.variables import FIRST_PART, TablePart, VariableDetail

__all__ = [
    "Kernel",
    "KernelListener",
    "OnInput",
    "OnOutput",
]


OnOutput = Callable[[Output], None]
"""Called in order, on the event loop. Stream text arrives in pieces of at most 64 Ki characters.

May be called again after the cell has ended, for what its threads and child processes put out later.
"""

OnInput = Callable[[InputRequest], Awaitable[str]]


class KernelListener(Protocol):
    """Hears what the kernel does unasked. Called on the event loop; must not block."""

    def on_state(self, state: KernelState) -> None:
        """The kernel became idle, busy, …."""
        ...

    def on_variables(self, diff: NamespaceDiff) -> None:
        """The cell that just ended changed variables. Comes after its `execute` returned."""
        ...

    def on_died(self, how: str) -> None:
        """The process ended without being asked to, within a second of it."""
        ...

    def on_held(self) -> None:
        """Checkpoints came, went, or changed in size: see `Kernel.held`."""
        ...


class Kernel(Protocol):
    """One interpreter that lives as long as the session."""

    async def start(self, listener: KernelListener) -> KernelInfo:
        """Start the process and return when it can run code.

        Raises:
            KernelStartFailed: It ended or stayed silent; the message says what it printed.
        """
        ...

    async def execute(
        self,
        code: str,
        *,
        on_output: OnOutput,
        on_input: OnInput,
        timeout_s: float | None = None,
    ) -> CellResult:
        """Run one cell and return when the kernel has replied and gone idle, all its output handed on.

        An exception in the cell is output and the status "error", not a raise. Cancelling this call does not stop
        the cell: `interrupt` does.

        Args:
            code: The cell's source, sent as it is.
            on_output: Takes each output.
            on_input: Answers `input()` and `getpass`.
            timeout_s: Seconds until the cell is interrupted, time spent waiting for an answer not counted; None waits
                for ever.

        Raises:
            KernelDied: The process ended before it replied.
            KernelNotReady: None is running.

        Source: Jupyter messaging protocol 5.4, "Request-Reply".
        """
        ...

    async def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running cell. Does nothing when none runs."""
        ...

    @property
    def keeps_fresh(self) -> bool:
        """A fresh kernel is kept ready, so that a restart need not end the checkpoints."""
        ...

    async def restart(self, *, cold: bool = False, keep: bool = False) -> KernelInfo:
        """Have a fresh kernel, by force if it must be, in the place of this one, with none of its checkpoints.

        A cell that runs ends by `KernelDied`; `on_died` is not called.

        Args:
            cold: By a process of its own, also where a fresh kernel is kept ready.
            keep: The checkpoints stay, where a fresh kernel is kept ready.

        Raises:
            KernelStartFailed: It did not come up again.
        """
        ...

    async def shutdown(self) -> None:
        """End the process and wait for it; by force after a short grace. Never raises."""
        ...

    def reached(self) -> tuple[Reached, ...]:
        """Give what cells have reached on the network so far, and what was refused them, host by host.

        Only what a sandbox lets through is known: without one, and without a network, there is nothing.
        """
        ...

    async def news(self) -> KernelNews:
        """Give which programs were started since the last call, and which packages the session has."""
        ...

    def allow(self, grants: Sequence[Grant]) -> bool:
        """Let through what is granted, beside what the settings do and in the place of earlier grants.

        Hosts can be reached at once, where the sandbox has a way to the network; files at the next start.

        Returns:
            Whether the kernel that runs has to be started anew for some of it.
        """
        ...

    def ask_hosts(self, on_host: Callable[[str, int], None] | None) -> None:
        """Have somebody asked about hosts that may not be reached, from the next start on; None refuses them at once.

        Args:
            on_host: Hears of a host and a port, on the event loop; connections to it wait until `answer_host`, though
                not for ever.
        """
        ...

    def answer_host(self, host: str, port: int, *, allowed: bool) -> None:
        """Let connections to a host through, or refuse them, until `forget_hosts`."""
        ...

    def forget_hosts(self) -> None:
        """Forget the answers: what they allowed and the grants do not is asked about again."""
        ...

    def refused(self, error_text: str) -> tuple[Refusal, ...]:
        """Find what of a failed cell's error was the sandbox's doing; nothing without one.

        Args:
            error_text: What the cell ended with: a traceback, or what a program printed.
        """
        ...

    async def checkpoint(self, name: str) -> Checkpoint | None:
        """Freeze a copy of the kernel, between two cells, to go back to. Older ones may be let go of for it.

        Args:
            name: What it is called by: letters and digits.

        Returns:
            None where this kernel keeps none.

        Raises:
            KernelError: It could not be made; the kernel goes on.
        """
        ...

    async def wake(self, name: str) -> None:
        """Let a woken copy take the kernel's place, all its variables as they were; also of a kernel that has died.

        A cell that runs ends by `KernelDied`; `on_died` is not called. The checkpoint stays.

        Raises:
            KernelError: It is not there any more, or can't be woken; the kernel is as it was.
        """
        ...

    def held(self) -> tuple[HeldCheckpoint, ...]:
        """Give the checkpoints that can be woken now, the oldest first."""
        ...

    def mark(self, name: str, *, marked: bool) -> None:
        """Keep a checkpoint longer than the others, or no longer."""
        ...

    def drop(self, name: str) -> None:
        """Let go of a checkpoint; one that is not held any more is no matter."""
        ...

    def hold_network(self, *, held: bool) -> bool:
        """Let nothing through to the network, or again what is allowed.

        Returns:
            False where that can't be held back, because no sandbox stands between.
        """
        ...

    async def variables(self, *, include_all: bool = False) -> NamespaceListing:
        """List the variables, also while a cell runs.

        Args:
            include_all: Modules, functions, classes and private names too.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        ...

    async def inspect(
        self, name: str, path: tuple[str | int, ...] = (), start: int = 0, part: TablePart = FIRST_PART
    ) -> VariableDetail:
        """Look into a variable, also while a cell runs, without running its code.

        Args:
            name: The variable.
            path: Steps into it, as `VariableNode.path` gave them.
            start: First row of a table, first item of a container.
            part: Which part of a table, and in which order its rows stand. While they are being sorted the answer
                comes at once, without rows, and says so.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        ...

    async def complete(self, code: str, cursor: int) -> Completions:
        """Complete code at the cursor, a position in characters; also while a cell runs, without running its code.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        ...

    async def inspect_code(self, code: str, cursor: int) -> CodeInspection:
        """Tell of the call or the name at the cursor; also while a cell runs, without running its code.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        ...

    async def keep_variables(self, folder: str, limits: KeepLimits, *, at: str | None = None) -> None:
        """Begin to keep the variables on disk, between two cells; cells can run again when this returns.

        What was kept is written into the folder as it is finished, and told of in the file `log` there, see
        `kernel.keeping.read_report`.

        Args:
            folder: An empty one, in the folder that the kernel may write to.
            limits: How much, and for how long.
            at: A checkpoint, to keep the variables that it holds; it goes on being held. None for those of now.

        Raises:
            KernelError: None is running, it could not begin, or that checkpoint is not held any more.
        """
        ...

    async def bring_back(self, folder: str, report: KeptReport, *, seconds: float) -> BroughtBack:
        """Bring variables back that were kept, between two cells. Runs what is in them.

        Args:
            folder: Where the files are, which someone has checked.
            report: What is in it.
            seconds: What is not back by then stays away.

        Raises:
            KernelError: None is running, or it did not answer.
        """
        ...

    async def progress(self, *, memory: bool = True) -> CellProgress:
        """Look where the running cell is, and how much memory the kernel holds. Costs the cell nothing.

        Args:
            memory: Look at the memory too.

        Raises:
            KernelError: None is running, or it did not answer within a second, because code holds the interpreter.
        """
        ...
