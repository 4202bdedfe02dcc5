"""The kernel as a real ipykernel in a process of its own."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from codeact_tui.errors import KernelDied, KernelError, KernelNotReady
from codeact_tui.kernel.allowances import Allowances
from codeact_tui.kernel.answers import (
    CellProgress,
    CellResult,
    Checkpoint,
    CodeInspection,
    Completions,
    KernelInfo,
    KernelNews,
    NamespaceListing,
)
from codeact_tui.kernel.base import KernelListener, OnInput, OnOutput
from codeact_tui.kernel.bytecode import BytecodeKeeper
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport
from codeact_tui.kernel.layer import PackageLayer
from codeact_tui.kernel.processor_time import watch_processor_time
from codeact_tui.kernel.questions import Questions, keep_request
from codeact_tui.kernel.replies import read_version
from codeact_tui.kernel.running_kernel import RunningKernel
from codeact_tui.kernel.runtime_folder import RuntimeFolder
from codeact_tui.kernel.starting import KernelStarter, start_failure
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.protocol.permissions import Grant
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.travel import HeldCheckpoint
from codeact_tui.protocol.variables import FIRST_PART, TablePart, VariableDetail
from codeact_tui.sandbox.policy import CheckpointLimits

if TYPE_CHECKING:
    from codeact_tui.sandbox.choice import SandboxSettings

__all__ = ["JupyterKernel"]

_log = logging.getLogger(__name__)


class JupyterKernel:
    """One ipykernel at a time, in a process of its own; implements `Kernel`.

    Args:
        folder: The project's folder: where cells run.
        python: A path to a Python, or a kernelspec's name; empty to choose.
        extra_names: Environment variables that cells may see beside the harmless ones.
        start_seconds: Give up when it has not come up by then.
        cell_bytes: How much text one cell may put out; of what is more, the last is kept.
        display_bytes: How large one display may be.
        environment: What to choose from for the kernel's environment; None for this process's.
        sandbox: How cells are confined; None for not at all.
        layer: Where the session's own packages are kept; None to install into the kernel's environment.
        checkpoints: How many frozen copies of the kernel are kept; None for none. Linux only.
        exchange: A folder that the kernel writes variables to, and one that it reads them from; in a sandbox too.
    """

    def __init__(  # noqa: PLR0913 - each is independent of the others
        self,
        folder: Path,
        *,
        python: str = "",
        extra_names: Sequence[str] = (),
        start_seconds: float = 60.0,
        cell_bytes: int = 64 << 20,
        display_bytes: int = 20 << 20,
        environment: Mapping[str, str] | None = None,
        sandbox: "SandboxSettings | None" = None,
        layer: Path | None = None,
        checkpoints: CheckpointLimits | None = None,
        exchange: tuple[Path, Path] | None = None,
    ) -> None:
        self._layer = None if layer is None else PackageLayer(layer)
        self._allowances = Allowances(sandbox)
        self._starter = KernelStarter(
            folder,
            python,
            tuple(extra_names),
            cell_bytes,
            display_bytes,
            environment,
            self._layer,
            checkpoints,
            exchange,
            self._allowances,
        )
        self._start_seconds = start_seconds
        self._listener: KernelListener | None = None
        self._running: RunningKernel | None = None
        self._turn = asyncio.Lock()
        self._info: KernelInfo | None = None
        self._bytecode = BytecodeKeeper()

    @property
    def layer(self) -> PackageLayer | None:
        """The session's own packages; None where there are none."""
        return self._layer

    async def start(self, listener: KernelListener) -> KernelInfo:
        """Start the process and return when it can run code.

        Raises:
            KernelStartFailed: It ended or stayed silent; the message says what it printed.
        """
        self._listener = listener
        async with self._turn:
            await self._end("The kernel was started anew.")
            listener.on_state("starting")
            return await self._start(listener)

    async def execute(
        self, code: str, *, on_output: OnOutput, on_input: OnInput, timeout_s: float | None = None
    ) -> CellResult:
        """Run one cell and return when the kernel has replied and gone idle, all its output handed on.

        Output of threads and child processes that comes after that is still handed to `on_output`.

        Raises:
            KernelDied: The process ended before it replied.
            KernelNotReady: None is running.
        """
        running, sandbox = self._live, self._allowances.sandbox
        dispatcher = running.dispatcher
        limit_s = sandbox.limits.cpu_seconds if sandbox is not None else 0.0
        if not limit_s:
            return await dispatcher.execute(code, on_output, on_input, timeout_s)
        watch = watch_processor_time(
            running.process.pid,
            limit_s,
            interrupt=dispatcher.interrupt,
            kill=running.kill,
            say=lambda sentence: on_output(StreamOutput("stderr", f"{sentence}\n")),
        )
        watching = asyncio.create_task(watch, name="processor time")
        try:
            return await dispatcher.execute(code, on_output, on_input, timeout_s)
        finally:
            watching.cancel()

    async def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running cell. Does nothing when none runs."""
        if self._running is not None:
            self._running.dispatcher.interrupt()

    @property
    def keeps_fresh(self) -> bool:
        """A fresh kernel is kept ready, in the sandbox that is wanted now."""
        running = self._running
        return running is not None and running.checkpoints.is_warm and self._allowances.up_to_date

    async def restart(self, *, cold: bool = False, keep: bool = False) -> KernelInfo:
        """Have a fresh kernel, by force if it must be: one that was kept ready, or else a process of its own.

        Args:
            cold: A process of its own.
            keep: The checkpoints stay, where the fresh one was kept ready.

        Raises:
            KernelStartFailed: It did not come up again.
            KernelNotReady: None was ever started.
        """
        listener = self._listener
        if listener is None:
            raise KernelNotReady("No kernel was started.")
        async with self._turn:
            listener.on_state("restarting")
            info = None if cold else await self._start_over(keep)
            if info is not None:
                return info
            await self._end("The kernel was restarted.")
            return await self._start(listener)

    async def _start_over(self, keep: bool) -> KernelInfo | None:
        """Wake the fresh kernel that is kept; None where there is none, or the sandbox is to be another one."""
        running, began = self._running, asyncio.get_running_loop().time()
        if running is None or self._info is None or not self.keeps_fresh:
            return None
        try:
            await running.start_over(keep=keep)
        except KernelError as error:
            _log.info("a process is started instead of waking one: %s", error.message)
            return None
        return msgspec.structs.replace(self._info, seconds=asyncio.get_running_loop().time() - began, advice="")

    async def shutdown(self) -> None:
        """End the process and wait for it; by force after a short grace. Never raises."""
        async with self._turn:
            try:
                await self._bytecode.stop()
                await self._end("The kernel was ended.")
                await asyncio.to_thread(self._discard_layer)
            except Exception:
                _log.exception("the kernel could not be ended cleanly")

    def reached(self) -> tuple[Reached, ...]:
        """Give what cells have reached on the network so far, and what was refused them, host by host."""
        return self._allowances.connections.reached()

    async def news(self) -> KernelNews:
        """Give which programs were started since the last call, and which packages the session has."""
        if self._running is not None:
            self._running.process.hear()  # the supervisor tells of a program before it starts
        starts, more = self._allowances.programs.news()
        found = () if self._layer is None else await asyncio.to_thread(self._layer.packages)
        packages = tuple(f"{package.name} {package.version}" for package in found)
        return KernelNews(starts, more, packages, programs_seen=self._allowances.sees_programs)

    def allow(self, grants: Sequence[Grant]) -> bool:
        """Let through what is granted; say whether the kernel that runs has to be started anew for some of it."""
        return self._allowances.allow(grants, running=self._running is not None)

    def ask_hosts(self, on_host: Callable[[str, int], None] | None) -> None:
        """Have somebody asked about hosts that may not be reached, from the next start on."""
        self._allowances.hosts.asks = on_host

    def answer_host(self, host: str, port: int, *, allowed: bool) -> None:
        """Let connections to a host through, or refuse them, until `forget_hosts`."""
        self._allowances.hosts.answer(host, port, allowed=allowed)

    def forget_hosts(self) -> None:
        """Forget the answers."""
        self._allowances.hosts.forget()

    def refused(self, error_text: str) -> tuple[Refusal, ...]:
        """Find what of a failed cell's error was the sandbox's doing; nothing without one."""
        return self._allowances.refused(error_text)

    async def checkpoint(self, name: str) -> Checkpoint | None:
        """Freeze a copy of the kernel, between two cells; None where this kernel keeps none.

        Raises:
            KernelError: It could not be made; the kernel goes on.
        """
        return None if self._running is None else await self._running.checkpoint(name)

    async def wake(self, name: str) -> None:
        """Let a woken copy take the kernel's place, all its variables as they were; also of a kernel that has died.

        Raises:
            KernelError: It is not there any more, or can't be woken; the kernel is as it was.
        """
        async with self._turn:
            await self._live.wake(name)

    def held(self) -> tuple[HeldCheckpoint, ...]:
        """Give the checkpoints that can be woken now, the oldest first."""
        return () if self._running is None else self._running.checkpoints.held()

    def mark(self, name: str, *, marked: bool) -> None:
        """Keep a checkpoint longer than the others, or no longer."""
        if self._running is not None:
            self._running.process.order(do="mark", checkpoint=name, marked=marked)

    def drop(self, name: str) -> None:
        """Let go of a checkpoint."""
        if self._running is not None:
            self._running.checkpoints.drop(name)

    def hold_network(self, *, held: bool) -> bool:
        """Let nothing through to the network, or again what is allowed; False where no sandbox stands between."""
        return self._allowances.hold_network(held=held)

    async def variables(self, *, include_all: bool = False) -> NamespaceListing:
        """List the variables, also while a cell runs.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        return await self._questions.variables(include_all=include_all)

    async def inspect(
        self, name: str, path: tuple[str | int, ...] = (), start: int = 0, part: TablePart = FIRST_PART
    ) -> VariableDetail:
        """Look into a variable, also while a cell runs, without running its code.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        return await self._questions.inspect(name, path, start, part)

    async def complete(self, code: str, cursor: int) -> Completions:
        """Complete code at the cursor, a position in characters; also while a cell runs.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        return await self._questions.complete(code, cursor)

    async def inspect_code(self, code: str, cursor: int) -> CodeInspection:
        """Tell of the call or the name at the cursor; also while a cell runs.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        return await self._questions.inspect_code(code, cursor)

    async def keep_variables(self, folder: str, limits: KeepLimits, *, at: str | None = None) -> None:
        """Begin to keep the variables on disk, between two cells; cells can run again when this returns.

        Raises:
            KernelError: None is running, it could not begin, or that checkpoint is not held any more.
        """
        if at is None:
            await self._questions.keep(folder, limits)
        else:
            self._live.checkpoints.keep(at, keep_request(folder, limits))

    async def bring_back(self, folder: str, report: KeptReport, *, seconds: float) -> BroughtBack:
        """Bring variables back that were kept, between two cells.

        Raises:
            KernelError: None is running, or it did not answer.
        """
        return await self._questions.bring_back(folder, report, seconds=seconds)

    async def progress(self, *, memory: bool = True) -> CellProgress:
        """Look where the running cell is, and how much memory the kernel holds.

        Raises:
            KernelError: None is running, or it did not answer within a second.
        """
        running = self._live
        return await Questions(running.dispatcher).progress(running.process.pid, memory=memory)

    @property
    def _live(self) -> RunningKernel:
        if self._running is None:
            raise KernelNotReady("No kernel is running.", remedy="Start one: /restart.")
        return self._running

    @property
    def _questions(self) -> Questions:
        return Questions(self._live.dispatcher)

    # -- start and end

    async def _start(self, listener: KernelListener) -> KernelInfo:
        started_at = asyncio.get_running_loop().time()
        prepared = await self._starter.prepare()
        self._running = running = await self._starter.launch(prepared, listener)
        self._allowances.entered(prepared.confinement, prepared.granted)
        try:
            async with asyncio.timeout(self._start_seconds):
                reply = await running.dispatcher.ready()
            version = read_version(reply.content)
        except BaseException as error:
            printed = await asyncio.shield(self._give_up(prepared.folder))
            if isinstance(error, (KernelError, TimeoutError, msgspec.DecodeError)):
                raise start_failure(prepared.choice, error, printed, self._start_seconds) from error
            raise
        running.ready = True
        running.process.hear()
        self._allowances.programs.news()  # what the kernel itself has started is no cell's doing
        if (checkpoints := self._starter.checkpoints) is not None:
            try:
                await running.warm_up(checkpoints.warm)
            except KernelError as error:
                _log.info("no fresh kernel is kept: %s", error.message)
        listener.on_state("idle")
        self._bytecode.begin(prepared.choice.prefix, self._starter.folder)
        self._info = KernelInfo(
            python=str(prepared.choice.python),
            version=version,
            source=prepared.choice.source,
            seconds=asyncio.get_running_loop().time() - started_at,
            sandbox=self._allowances.mechanism,
            advice=prepared.choice.advice,
        )
        return self._info

    def _discard_layer(self) -> None:
        """Leave nothing behind where nothing was installed."""
        if self._layer is not None and self._layer.is_empty():
            self._layer.remove()

    async def _end(self, why: str) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running.end(KernelDied(why, remedy="Run the cell again if you need what it does."))

    async def _give_up(self, folder: RuntimeFolder) -> str:
        """End a kernel that did not come up, and give what it printed."""
        printed = await asyncio.to_thread(folder.printed)
        await self._end("The kernel did not come up.")
        return printed
