r"""A kernel without a process, for tests of what uses one: it keeps the port's whole contract.

Code runs for real, in a thread, with stand-ins for what would leave the cell (`print`, `input`, `time.sleep`, …);
code that is scripted does what its script says instead:

    kernel = FakeKernel()
    kernel.on("train()", StreamOutput("stdout", "epoch 1\n"), Hang())
    kernel.on("os._exit(3)", Die(3))
    kernel.on("name = input()", Ask("Name? ", then=lambda answer: [StreamOutput("stdout", f"hello {answer}\n")]))
"""

import asyncio
import copy
from collections.abc import Callable, Sequence

import msgspec

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
from codeact_tui.kernel.fake_cell import FakeCell, ThreadCell, fresh_namespace
from codeact_tui.kernel.fake_script import Step, play
from codeact_tui.kernel.inside.bringing_back import bring_back
from codeact_tui.kernel.inside.completing import complete
from codeact_tui.kernel.inside.details import detail
from codeact_tui.kernel.inside.keeping import keep
from codeact_tui.kernel.inside.namespace import Differ, listing
from codeact_tui.kernel.inside.signatures import inspect_code
from codeact_tui.kernel.inside.sorting import Orders
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport, read_brought_back
from codeact_tui.kernel.process_watch import how_it_ended
from codeact_tui.kernel.replies import read_completions, read_detail, read_diff, read_inspection, read_listing
from codeact_tui.kernel.stopwatch import Stopwatch
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.permissions import Grant
from codeact_tui.protocol.records import ProgramStart
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.travel import HeldCheckpoint
from codeact_tui.protocol.variables import FIRST_PART, TablePart, VariableDetail
from codeact_tui.sandbox.policy import SandboxPolicy
from codeact_tui.sandbox.refusals import refusals

__all__ = ["FakeKernel"]


class FakeKernel:
    """Implements `Kernel` without a process.

    Args:
        scripts: Code and what happens instead of running it.
        start_error: What `start` and `restart` raise, as often as it says; None to come up.
        info: What the kernel says of itself.
    """

    def __init__(
        self,
        scripts: dict[str, Sequence[Step]] | None = None,
        *,
        start_error: KernelStartFailed | None = None,
        info: KernelInfo | None = None,
    ) -> None:
        self.executed: list[str] = []
        """All code that was run, in order."""
        self.interrupts = 0
        self.start_error = start_error
        self.namespace: dict[str, object] = {}
        self.network: list[Reached] = []
        self.programs: list[ProgramStart] = []
        self.programs_seen = True
        self.packages: tuple[str, ...] = ()
        self.grants: tuple[Grant, ...] = ()
        self.on_host: Callable[[str, int], None] | None = None
        """Who is asked about hosts."""
        self.answered_hosts: list[tuple[str, int, bool]] = []
        self.sandbox: SandboxPolicy | None = None
        """What `refused` holds an error against; None for no sandbox."""
        self._scripts = dict(scripts or {})
        self._info = info or KernelInfo("/usr/bin/python3", "3.12.1", "codeact's own", 0.0)
        self._listener: KernelListener | None = None
        self._alive = False
        self._turn = asyncio.Lock()
        self._count = 0
        self._aborts = 0
        self._life = 0
        self._waiting = 0
        self._interrupt_due = False
        self._cell: FakeCell | None = None
        self._hidden: dict[str, object] = {}
        self._differ = Differ()
        self._orders = Orders()
        self.checkpoints: dict[str, dict[str, object]] = {}
        """The variables of each checkpoint; in a fake's, what can't be copied is shared."""
        self.keeps_checkpoints = False
        """Set to have it take checkpoints."""
        self.network_held = False

    def on(self, code: str, *steps: Step) -> None:
        """Script what happens when this very code is run, from now on."""
        self._scripts[code] = steps

    def die(self, exit_code: int = -9) -> None:
        """End the process now, as if something had killed it."""
        if self._alive:
            self._end(KernelDied(f"The kernel died: {how_it_ended(exit_code)}.", exit_code=exit_code))
            assert self._listener is not None
            self._listener.on_state("dead")
            self._listener.on_died(how_it_ended(exit_code))

    async def start(self, listener: KernelListener) -> KernelInfo:
        """Come up."""
        self._listener = listener
        listener.on_state("starting")
        return await self._start(listener)

    async def execute(
        self, code: str, *, on_output: OnOutput, on_input: OnInput, timeout_s: float | None = None
    ) -> CellResult:
        """Run one cell: its script, or the code itself."""
        if not self._alive or self._listener is None:
            raise KernelNotReady("No kernel is running.", remedy="Start one: /restart.")
        listener, place = self._listener, (self._life, self._aborts)
        self._waiting += 1
        if self._waiting == 1:
            listener.on_state("busy")
        running = asyncio.create_task(self._in_turn(code, place, on_output, on_input, timeout_s), name="fake cell")
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            running.add_done_callback(lambda task: task.cancelled() or task.exception())
            raise

    async def interrupt(self) -> None:
        """Stop the running cell."""
        self.interrupts += 1
        if self._cell is not None:
            self._cell.interrupt()
        else:
            self._interrupt_due = self._waiting > 0

    @property
    def keeps_fresh(self) -> bool:
        """Where it takes checkpoints."""
        return self.keeps_checkpoints

    async def restart(self, *, cold: bool = False, keep: bool = False) -> KernelInfo:
        """Forget all variables."""
        listener = self._listener
        if listener is None:
            raise KernelNotReady("No kernel was started.")
        listener.on_state("restarting")
        kept = self.checkpoints if keep and not cold and self.keeps_fresh else {}
        self._end(KernelDied("The kernel was restarted."))
        info = await self._start(listener)
        self.checkpoints = kept
        return info

    async def shutdown(self) -> None:
        """End."""
        self._end(KernelDied("The kernel was ended."))

    def reached(self) -> tuple[Reached, ...]:
        """Give what a test has put into `network`."""
        return tuple(self.network)

    async def news(self) -> KernelNews:
        """Give what a test has put into `programs`, once, and into `packages`."""
        programs, self.programs = tuple(self.programs), []
        return KernelNews(programs, 0, self.packages, self.programs_seen)

    def allow(self, grants: Sequence[Grant]) -> bool:
        """Keep the grants; those about files need another start."""
        before, self.grants = self.grants, tuple(grants)
        new = set(self.grants) ^ set(before)
        return self._alive and any(grant.setting not in {"network", "never"} for grant in new)

    def ask_hosts(self, on_host: Callable[[str, int], None] | None) -> None:
        """Keep who is asked: a test calls it."""
        self.on_host = on_host

    def answer_host(self, host: str, port: int, *, allowed: bool) -> None:
        """Keep the answer."""
        self.answered_hosts.append((host, port, allowed))

    def forget_hosts(self) -> None:
        """Forget nothing that a test may want to see."""

    def refused(self, error_text: str) -> tuple[Refusal, ...]:
        """Find what of an error a sandbox of that policy would have done."""
        return tuple(refusals(error_text, self.sandbox)) if self.sandbox is not None else ()

    async def variables(self, *, include_all: bool = False) -> NamespaceListing:
        """List the variables."""
        self._check()
        return read_listing(msgspec.json.encode(listing(self.namespace, {}, include_all)))

    async def inspect(
        self, name: str, path: tuple[str | int, ...] = (), start: int = 0, part: TablePart = FIRST_PART
    ) -> VariableDetail:
        """Look into a variable."""
        self._check()
        found = detail(self.namespace, name, list(path), start, msgspec.to_builtins(part), self._orders)
        return read_detail(msgspec.json.encode(found))

    async def complete(self, code: str, cursor: int) -> Completions:
        """Complete names."""
        self._check()
        return read_completions(msgspec.json.encode(complete(self.namespace, {}, code, cursor)), code, cursor)

    async def inspect_code(self, code: str, cursor: int) -> CodeInspection:
        """Tell of the call or the name at the cursor."""
        self._check()
        found = inspect_code(self.namespace, code, cursor)
        return read_inspection(msgspec.json.encode({"metadata": {"codeact": found}}))

    async def checkpoint(self, name: str) -> Checkpoint | None:
        """Copy the variables."""
        self._check()
        if not self.keeps_checkpoints:
            return None
        self.checkpoints[name] = _copied(self.namespace)
        self._tell_held()
        return Checkpoint(name, variables=await self.variables())

    async def wake(self, name: str) -> None:
        """Put the variables back."""
        await asyncio.sleep(0)
        if name not in self.checkpoints:
            raise KernelError("That checkpoint is not held any more.", remedy="Older ones make room for newer ones.")
        self._end(KernelDied("The kernel was taken back to a checkpoint."))
        self.namespace = _copied(self.checkpoints[name])
        self._differ = Differ()
        self._alive = True
        assert self._listener is not None
        self._listener.on_state("idle")

    def held(self) -> tuple[HeldCheckpoint, ...]:
        """Give the checkpoints."""
        return tuple(HeldCheckpoint(name, 1 << 20) for name in self.checkpoints)

    def mark(self, name: str, *, marked: bool) -> None:
        """Do nothing: a fake lets go of none."""

    def drop(self, name: str) -> None:
        """Let go of a checkpoint, as a kernel also does that is short of memory."""
        if self.checkpoints.pop(name, None) is not None:
            self._tell_held()

    def hold_network(self, *, held: bool) -> bool:
        """Keep whether it is held back."""
        self.network_held = held
        return self.sandbox is not None

    def _tell_held(self) -> None:
        if self._listener is not None:
            self._listener.on_held()

    async def keep_variables(self, folder: str, limits: KeepLimits, *, at: str | None = None) -> None:
        """Keep the variables."""
        self._check()
        if at is not None and at not in self.checkpoints:
            raise KernelError("That checkpoint is not held any more.")
        namespace = self.namespace if at is None else self.checkpoints[at]
        async with self._turn:
            await asyncio.to_thread(keep, namespace, self._hidden, folder, msgspec.to_builtins(limits))

    async def bring_back(self, folder: str, report: KeptReport, *, seconds: float) -> BroughtBack:
        """Bring variables back."""
        self._check()
        asked = msgspec.json.decode(msgspec.json.encode(report.to_load()))
        async with self._turn:
            found = await asyncio.to_thread(bring_back, self.namespace, folder, asked["modules"], asked["groups"])
        asyncio.get_running_loop().call_soon(self._tell_changes)
        return read_brought_back(msgspec.json.encode(found))

    async def progress(self, *, memory: bool = True) -> CellProgress:
        """Look where the running cell is."""
        self._check()
        line = self._cell.line if isinstance(self._cell, ThreadCell) else 0
        return CellProgress(line, 1 << 20 if memory else 0)

    async def _start(self, listener: KernelListener) -> KernelInfo:
        await asyncio.sleep(0)
        if self.start_error is not None:
            raise self.start_error
        self.namespace = fresh_namespace()
        self.checkpoints = {}
        self._hidden = dict(self.namespace)
        self._differ = Differ()
        self._count, self._alive = 0, True
        listener.on_state("idle")
        return self._info

    def _check(self) -> None:
        if not self._alive:
            raise KernelNotReady("No kernel is running.", remedy="Start one: /restart.")

    def _end(self, error: KernelDied) -> None:
        self._alive = False
        self._life += 1
        if self._cell is not None:
            self._cell.end(error)

    async def _in_turn(
        self, code: str, place: tuple[int, int], on_output: OnOutput, on_input: OnInput, timeout_s: float | None
    ) -> CellResult:
        try:
            async with self._turn:
                if place[0] != self._life:
                    raise KernelDied("The kernel ended before the cell's turn came.")
                if place[1] != self._aborts:
                    return CellResult("aborted", 0.0)
                return await self._run(code, on_output, on_input, timeout_s)
        finally:
            self._waiting -= 1
            if not self._waiting and self._alive and self._listener is not None:
                self._listener.on_state("idle")

    async def _run(self, code: str, on_output: OnOutput, on_input: OnInput, timeout_s: float | None) -> CellResult:
        self.executed.append(code)
        self._count += 1
        count = self._count
        script = self._scripts.get(code)
        cell = FakeCell(on_output, on_input) if script is not None else ThreadCell(on_output, on_input)
        self._cell = cell
        watch = Stopwatch(timeout_s, cell.expire)
        cell.watch = watch
        watch.start()
        if self._interrupt_due:
            self._interrupt_due = False
            cell.interrupt()
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            if script is not None:
                failed = await cell.until_ended(play(script, cell, self.die))
            else:
                assert isinstance(cell, ThreadCell)
                failed = await cell.until_ended(cell.run(code, self.namespace, count))
        finally:
            watch.stop()
            self._cell = None
        if failed is not None:
            self._aborts += 1
        self._orders.forget()
        loop.call_soon(loop.call_soon, self._tell_changes)
        return CellResult(cell.status(failed), loop.time() - started, count)

    def _tell_changes(self) -> None:
        if not self._alive or self._listener is None:
            return
        changes = next(filter(None, self._differ.scan(self.namespace, {})))
        diff = read_diff(msgspec.json.encode(changes))
        if diff.added or diff.changed or diff.removed:
            self._listener.on_variables(diff)


def _copied(namespace: dict[str, object]) -> dict[str, object]:
    """Copy what is plain data, together, so that what they share stays shared; all else stays the same object."""
    plain: dict[str, object] = {
        name: value for name, value in namespace.items() if isinstance(value, _PLAIN) and name[:2] != "__"
    }
    return {**namespace, **copy.deepcopy(plain)}


_PLAIN = (int, float, str, bytes, list, dict, set, tuple)
