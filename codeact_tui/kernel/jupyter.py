"""The kernel as a real ipykernel in a process of its own."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct, field

from codeact_tui.errors import KernelDied, KernelError, KernelNotReady, KernelStartFailed
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
from codeact_tui.kernel.dispatcher import Dispatcher
from codeact_tui.kernel.environment import kernel_environment
from codeact_tui.kernel.find_python import PythonChoice, find_python
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport, read_brought_back, read_kept
from codeact_tui.kernel.layer import PackageLayer
from codeact_tui.kernel.memory import memory_bytes
from codeact_tui.kernel.process_watch import how_it_ended
from codeact_tui.kernel.processor_time import watch_processor_time
from codeact_tui.kernel.replies import (
    read_completions,
    read_detail,
    read_inspection,
    read_listing,
    read_progress,
)
from codeact_tui.kernel.running_kernel import RunningKernel
from codeact_tui.kernel.runtime_folder import RuntimeFolder
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.protocol.permissions import Grant
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.terminal_text import strip_controls
from codeact_tui.protocol.travel import HeldCheckpoint
from codeact_tui.protocol.variables import FIRST_PART, TablePart, VariableDetail
from codeact_tui.sandbox.connections import Connections
from codeact_tui.sandbox.granting import files_of, granted
from codeact_tui.sandbox.hosts import AllowedHosts
from codeact_tui.sandbox.policy import CheckpointLimits, SandboxPolicy
from codeact_tui.sandbox.programs import Programs

if TYPE_CHECKING:
    from codeact_tui.kernel.jupyter_process import KernelProcess
    from codeact_tui.sandbox.choice import SandboxSettings
    from codeact_tui.sandbox.provisioner import Confinement

__all__ = ["JupyterKernel"]

_log = logging.getLogger(__name__)

T = TypeVar("T")

_LAUNCH = Path(__file__).parent / "inside" / "launch.py"
_KEEPER_FD = "3"
"""Where the supervisor gives the kernel the socket for its checkpoints, see `sandbox/inside/supervisor.py`."""
_WITHOUT_CHECKPOINTS = ("container", "seatbelt")
"""Mechanisms in which nobody could keep them."""
_WITHOUT_PROGRAMS = ("container", "seatbelt")
"""Mechanisms without the filter of system calls that tells of them."""
_ASK_S = 4.0
_COMPLETE_S = 3.0
_PROGRESS_S = 1.0
_KEEP_S = 10.0
_BRING_BACK_GRACE_S = 10.0


class _LanguageInfo(Struct):
    version: str = ""


class _KernelInfo(Struct):
    language_info: _LanguageInfo = field(default_factory=_LanguageInfo)


class _Prepared(Struct):
    choice: PythonChoice
    folder: RuntimeFolder
    launch: "Callable[..., Coroutine[None, None, KernelProcess]]"
    confinement: "Confinement | None" = None
    layer: str = ""
    granted: "SandboxSettings | None" = None
    """What the confinement was made of."""


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
        self._checkpoints = checkpoints
        self._exchange = exchange
        self._sandbox = sandbox
        self._folder = folder
        self._wanted = python
        self._extra_names = tuple(extra_names)
        self._start_seconds = start_seconds
        self._cell_bytes = cell_bytes
        self._display_bytes = display_bytes
        self._environment = environment
        self._listener: KernelListener | None = None
        self._running: RunningKernel | None = None
        self._turn = asyncio.Lock()
        self._hosts = AllowedHosts(sandbox.network if sandbox else ())
        self._connections = Connections(on_asked=self._hosts.on_asked)
        self._programs = Programs()
        self._granted = self._given = sandbox
        self._confinement: Confinement | None = None
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
        dispatcher, running = self._dispatcher, self._running
        limit_s = self._sandbox.limits.cpu_seconds if self._sandbox is not None else 0.0
        if not limit_s or running is None:
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
        return running is not None and running.checkpoints.is_warm and self._granted == self._given

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
        return self._connections.reached()

    async def news(self) -> KernelNews:
        """Give which programs were started since the last call, and which packages the session has."""
        if self._running is not None:
            self._running.process.hear()  # the supervisor tells of a program before it starts
        starts, more = self._programs.news()
        found = () if self._layer is None else await asyncio.to_thread(self._layer.packages)
        seen = self._confinement is not None and self._confinement.mechanism not in _WITHOUT_PROGRAMS
        packages = tuple(f"{package.name} {package.version}" for package in found)
        return KernelNews(starts, more, packages, programs_seen=seen)

    def allow(self, grants: Sequence[Grant]) -> bool:
        """Let through what is granted; say whether the kernel that runs has to be started anew for some of it."""
        if self._sandbox is None:
            return False
        self._granted = granted(self._sandbox, grants)
        self._hosts.grant(
            [grant.value for grant in grants if grant.setting == "network"],
            [grant.value for grant in grants if grant.setting == "never"],
        )
        confinement = self._confinement
        if self._running is None or confinement is None or self._given is None:
            return False
        if self._hosts.told:
            policy = msgspec.structs.replace(confinement.policy, network=self._hosts.allowed)
            self._confinement = msgspec.structs.replace(confinement, policy=policy)
            return files_of(self._granted) != files_of(self._given)
        return self._granted != self._given

    def ask_hosts(self, on_host: Callable[[str, int], None] | None) -> None:
        """Have somebody asked about hosts that may not be reached, from the next start on."""
        self._hosts.asks = on_host

    def answer_host(self, host: str, port: int, *, allowed: bool) -> None:
        """Let connections to a host through, or refuse them, until `forget_hosts`."""
        self._hosts.answer(host, port, allowed=allowed)

    def forget_hosts(self) -> None:
        """Forget the answers."""
        self._hosts.forget()

    def refused(self, error_text: str) -> tuple[Refusal, ...]:
        """Find what of a failed cell's error was the sandbox's doing; nothing without one."""
        if self._confinement is None:
            return ()
        from codeact_tui.sandbox.refusals import refusals

        return tuple(refusals(error_text, self._confinement.policy, self._confinement.mechanism))

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
            if self._running is None:
                raise KernelNotReady("No kernel is running.", remedy="Start one: /restart.")
            await self._running.wake(name)

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
        self._hosts.hold(held=held)
        return self._confinement is not None and self._confinement.mechanism != "none"

    async def variables(self, *, include_all: bool = False) -> NamespaceListing:
        """List the variables, also while a cell runs.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        content: dict[str, object] = {"all": include_all}
        reply = await self._dispatcher.ask("control", "codeact_variables_request", content, _ASK_S)
        return _read(read_listing, reply)

    async def inspect(
        self, name: str, path: tuple[str | int, ...] = (), start: int = 0, part: TablePart = FIRST_PART
    ) -> VariableDetail:
        """Look into a variable, also while a cell runs, without running its code.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        content: dict[str, object] = {
            "name": name,
            "path": list(path),
            "start": start,
            "part": msgspec.to_builtins(part),
        }
        reply = await self._dispatcher.ask("control", "codeact_inspect_request", content, _ASK_S)
        return _read(read_detail, reply)

    async def complete(self, code: str, cursor: int) -> Completions:
        """Complete code at the cursor, a position in characters; also while a cell runs.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        content: dict[str, object] = {"code": code, "cursor_pos": cursor}
        reply = await self._dispatcher.ask("control", "complete_request", content, _COMPLETE_S)
        return _read(lambda found: read_completions(found, code, cursor), reply)

    async def inspect_code(self, code: str, cursor: int) -> CodeInspection:
        """Tell of the call or the name at the cursor; also while a cell runs.

        Raises:
            KernelError: None is running, or it did not answer within a few seconds.
        """
        content: dict[str, object] = {"code": code, "cursor_pos": cursor, "detail_level": 0}
        reply = await self._dispatcher.ask("control", "inspect_request", content, _COMPLETE_S)
        return _read(read_inspection, reply)

    async def keep_variables(self, folder: str, limits: KeepLimits, *, at: str | None = None) -> None:
        """Begin to keep the variables on disk, between two cells; cells can run again when this returns.

        Raises:
            KernelError: None is running, it could not begin, or that checkpoint is not held any more.
        """
        content: dict[str, object] = {"folder": folder, "limits": msgspec.to_builtins(limits)}
        if at is not None:
            if self._running is None:
                raise KernelNotReady("No kernel is running.", remedy="Start one: /restart.")
            self._running.checkpoints.keep(at, content)
            return
        problem = _read(read_kept, await self._dispatcher.ask("shell", "codeact_keep_request", content, _KEEP_S))
        if problem:
            raise KernelError(f"The kernel can't keep its variables: {problem}.")

    async def bring_back(self, folder: str, report: KeptReport, *, seconds: float) -> BroughtBack:
        """Bring variables back that were kept, between two cells.

        Raises:
            KernelError: None is running, or it did not answer.
        """
        content: dict[str, object] = {"folder": folder, "seconds": seconds, **report.to_load()}
        timeout_s = seconds + _BRING_BACK_GRACE_S
        return _read(
            read_brought_back,
            await self._dispatcher.ask("shell", "codeact_bring_back_request", content, timeout_s),
        )

    async def progress(self, *, memory: bool = True) -> CellProgress:
        """Look where the running cell is, and how much memory the kernel holds.

        The system is asked for the memory where it can tell, so that it is known while code holds the interpreter too.

        Raises:
            KernelError: None is running, or it did not answer within a second.
        """
        dispatcher, running = self._dispatcher, self._running
        held = None
        if memory and running is not None:
            held = await asyncio.to_thread(memory_bytes, running.process.pid)
        try:
            content: dict[str, object] = {"memory": memory and held is None}
            reply = await dispatcher.ask("control", "codeact_progress_request", content, _PROGRESS_S)
        except KernelError:
            if held:
                return CellProgress(0, held)
            raise
        found = _read(read_progress, reply)
        return found if held is None else CellProgress(found.line, held)

    @property
    def _dispatcher(self) -> Dispatcher:
        if self._running is None:
            raise KernelNotReady("No kernel is running.", remedy="Start one: /restart.")
        return self._running.dispatcher

    # -- start and end

    async def _start(self, listener: KernelListener) -> KernelInfo:
        started_at = asyncio.get_running_loop().time()
        preparing = asyncio.get_running_loop().run_in_executor(None, self._prepare)
        try:
            prepared = await asyncio.shield(preparing)
        except asyncio.CancelledError:
            preparing.add_done_callback(_discard)
            raise
        self._running = running = await self._launch(prepared, listener)
        confined = prepared.confinement is not None and prepared.confinement.mechanism != "none"
        self._confinement = prepared.confinement if confined else None
        self._given = prepared.granted
        try:
            async with asyncio.timeout(self._start_seconds):
                reply = await running.dispatcher.ready()
            info = msgspec.json.decode(reply.content, type=_KernelInfo)
        except BaseException as error:
            printed = await asyncio.shield(self._give_up(prepared.folder))
            if isinstance(error, (KernelError, TimeoutError, msgspec.DecodeError)):
                raise self._start_failed(prepared.choice, error, printed) from error
            raise
        running.ready = True
        running.process.hear()
        self._programs.news()  # what the kernel itself has started is no cell's doing
        if self._checkpoints is not None:
            try:
                await running.warm_up(self._checkpoints.warm)
            except KernelError as error:
                _log.info("no fresh kernel is kept: %s", error.message)
        listener.on_state("idle")
        self._bytecode.begin(prepared.choice.prefix, self._folder)
        self._info = KernelInfo(
            python=str(prepared.choice.python),
            version=info.language_info.version,
            source=prepared.choice.source,
            seconds=asyncio.get_running_loop().time() - started_at,
            sandbox="none" if self._confinement is None else self._confinement.mechanism,
            advice=prepared.choice.advice,
        )
        return self._info

    def _prepare(self) -> _Prepared:
        """Do what blocks: look for a Python, import what speaks with kernels, make a folder."""
        environment = os.environ if self._environment is None else self._environment
        choice = find_python(self._folder, self._wanted, environment=environment)
        from codeact_tui.kernel.jupyter_process import launch

        folder = RuntimeFolder(environment)
        try:
            layer, granted = self._prepare_layer(), self._granted
            return _Prepared(choice, folder, launch, self._confine(folder, layer, granted), layer, granted)
        except BaseException:
            folder.remove()
            raise

    def _prepare_layer(self) -> str:
        """Have a place for the session's packages; empty where there can be none."""
        if self._layer is None:
            return ""
        try:
            self._layer.prepare()
        except OSError as error:
            _log.warning("packages can't be kept with the session: %s", error)
            return ""
        return str(self._layer.folder.resolve())

    def _confine(self, folder: RuntimeFolder, layer: str, wanted: "SandboxSettings | None") -> "Confinement | None":
        """Say how the kernel is confined; where only its checkpoints have to be kept, by nothing."""
        from codeact_tui.sandbox.provisioner import Confinement

        checkpoints = self._checkpoints if sys.platform == "linux" else None
        plain = Confinement("none", SandboxPolicy(str(self._folder)), str(folder.inside), checkpoints=checkpoints)
        if wanted is None:
            return plain if checkpoints else None
        from codeact_tui.sandbox.choice import choose_mechanism, make_policy
        from codeact_tui.sandbox.detect import find_engine, find_mechanisms

        environment = os.environ if self._environment is None else self._environment
        mechanism = choose_mechanism(wanted)
        if mechanism == "none":
            return plain if checkpoints else None
        policy = make_policy(wanted, self._folder, folder.inside, _LAUNCH.parent, environment)
        if layer:
            policy = msgspec.structs.replace(policy, writable=(*policy.writable, layer))
        kept = None if mechanism in _WITHOUT_CHECKPOINTS else checkpoints
        if self._exchange is not None:
            written, read = (str(path) for path in self._exchange)
            policy = msgspec.structs.replace(
                policy, writable=(*policy.writable, written), readable=(*policy.readable, read)
            )
        bwrap = find_mechanisms().bwrap if mechanism == "bubblewrap" else ""
        container = (find_engine(), wanted.image) if mechanism == "container" else ("", "")
        found = Confinement(mechanism, policy, str(folder.inside), bwrap, self._connections, container, kept)
        return msgspec.structs.replace(found, hosts=self._hosts, programs=self._programs)

    async def _launch(self, prepared: _Prepared, listener: KernelListener) -> RunningKernel:
        choice, folder = prepared.choice, prepared.folder
        environment = os.environ if self._environment is None else self._environment
        given = [str(folder.connection_file), str(folder.inside), str(self._cell_bytes), str(self._display_bytes)]
        keeps = prepared.confinement is not None and prepared.confinement.checkpoints is not None
        try:
            process = await prepared.launch(
                choice.python,
                [str(_LAUNCH), *given, prepared.layer, _KEEPER_FD if keeps else "-1"],
                folder=folder,
                working_folder=self._folder,
                environment=kernel_environment(environment, choice.python, self._extra_names, prefix=choice.prefix),
                confinement=prepared.confinement,
            )
        except BaseException as error:
            await asyncio.to_thread(folder.remove)
            if isinstance(error, OSError):
                raise KernelStartFailed(f"{choice.python} can't be run in {self._folder}: {error}.") from error
            raise
        return RunningKernel(process, folder, listener, self._display_bytes)

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

    def _start_failed(self, choice: PythonChoice, error: Exception, printed: str) -> KernelStartFailed:
        match error:
            case TimeoutError():
                what = f"The kernel of {choice.python} did not come up within {self._start_seconds:g} seconds"
            case KernelDied(exit_code=exit_code):
                what = f"The kernel of {choice.python} ended while it was starting ({how_it_ended(exit_code)})"
            case _:
                what = f"The kernel of {choice.python} could not be understood"
        return KernelStartFailed(
            f"{what}. It printed: {strip_controls(printed)}" if printed else f"{what}. It printed nothing.",
            remedy="Try another Python with --python.",
        )


def _discard(preparing: "asyncio.Future[_Prepared]") -> None:
    """Remove what was prepared for a start that was called off."""
    if not preparing.cancelled() and preparing.exception() is None:
        preparing.result().folder.remove()


def _read(read: Callable[[bytes], T], content: bytes) -> T:
    try:
        return read(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise KernelError(
            "The kernel's answer could not be understood.", remedy="Restart it if that goes on: /restart."
        ) from error
