"""Keeps one kernel for the session: started in the background, noticed when it dies, restarted when asked."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator

from codeact_tui.errors import KernelError, KernelNotReady
from codeact_tui.kernel.answers import CellResult, Checkpoint, KernelInfo, NamespaceDiff, NamespaceListing
from codeact_tui.kernel.base import Kernel, OnInput, OnOutput
from codeact_tui.protocol.events import (
    CheckpointsHeld,
    CheckpointTaken,
    Failed,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    KernelStateChanged,
    Noted,
    VariablesChanged,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.travel import CheckpointId, HeldCheckpoint
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.progress import ProgressWatch
from codeact_tui.session.showing import shown_variable

__all__ = ["KernelHost"]


class KernelHost:
    """The session's kernel, whatever becomes of it. One cell at a time runs in it.

    Args:
        kernel: The kernel, not started.
        ledger: Where its story goes.
    """

    def __init__(self, kernel: Kernel, ledger: Ledger) -> None:
        self.kernel = kernel
        self._ledger = ledger
        self._turnstile = asyncio.Lock()
        self._watch = ProgressWatch(kernel, ledger.tell)
        self._starting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._state: KernelState = "none"
        self._running: ActionId | None = None
        self._last_cell: ActionId | None = None
        self._variables: dict[CheckpointId, NamespaceListing] = {}
        self._marked: set[CheckpointId] = set()
        self._told_problem = False
        self._just_recovered = False
        self._aside: set[CheckpointId] = set()
        self._rehearsing = False
        self._freezes = 0
        self._missed = ""
        """Tells the names of checkpoints from those that were asked for and did not come."""
        self.rehearsed: list[NamespaceDiff] = []
        """What the dry run that goes on has told of the variables."""

    @property
    def state(self) -> KernelState:
        """What the kernel does now."""
        return self._state

    @property
    def turnstile(self) -> asyncio.Lock:
        """Held while a cell runs, so that cells follow one another."""
        return self._turnstile

    def start(self, *, restarted: bool = False) -> None:
        """Start the kernel in the background; what comes of it comes as events."""
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start(restarted), name="kernel start")

    async def ready(self) -> None:
        """Wait until the kernel can run code; one that is dead is started anew.

        Raises:
            KernelNotReady: It could not be started; why has been told.
        """
        if self._state in {"none", "dead"}:
            self.start(restarted=self._state == "dead")
        if self._starting is not None:
            await asyncio.shield(self._starting)
        if self._state in {"none", "dead"}:
            raise KernelNotReady("No kernel is running.", remedy="Type /restart to start one.")

    async def execute(
        self, action: ActionId, code: str, on_output: OnOutput, on_input: OnInput, timeout_s: float | None
    ) -> CellResult:
        """Run one cell; the caller holds the turnstile and has waited for `ready`.

        Raises:
            KernelDied: The process ended before it replied.
        """
        self._running = self._last_cell = action
        self._just_recovered = False
        watching = asyncio.create_task(self._watch.follow(action), name="kernel progress")
        try:
            return await self.kernel.execute(code, on_output=on_output, on_input=on_input, timeout_s=timeout_s)
        finally:
            self._running = None
            watching.cancel()
            self._later(self._watch.at_rest())

    async def checkpoint(self, action: ActionId | None) -> CheckpointTaken | None:
        """Freeze a copy of the kernel, between two cells; the caller holds the turnstile, and records what is returned.

        Args:
            action: The cell that is about to run; None for none.

        Returns:
            None where none could be made; why has been told.
        """
        name = f"c{len(self._ledger.transcript.checkpoints) + 1}{self._missed}"
        try:
            taken = await self.kernel.checkpoint(name)
        except KernelError as error:
            self._missed = f"m{self._freezes + 1}"  # it may come late, and is not to be taken for the next one
            self._freezes += 1
            if not self._told_problem:
                self._told_problem = True
                await self._ledger.record(Noted(f"{error.message} Cells run, and can't be taken back."))
            return None
        if taken is None:
            return None
        if taken.variables is not None:
            self._variables[name] = taken.variables
        return CheckpointTaken(name, action, taken.grade, taken.reasons, taken.seconds)

    @contextlib.contextmanager
    def rehearsing(self) -> Generator[None]:
        """What happens meanwhile is no part of the session: nothing is told of variables, and a death is no death.

        The caller holds the turnstile, and wakes a copy from before at the end.
        """
        self._rehearsing = True
        self.rehearsed = []
        try:
            yield
        finally:
            self._rehearsing = False

    async def rehearse(
        self, action: ActionId, code: str, on_output: OnOutput, on_input: OnInput, timeout_s: float | None
    ) -> CellResult:
        """Run code while `rehearsing`.

        Raises:
            KernelDied: The process ended before it replied.
        """
        watching = asyncio.create_task(self._watch.follow(action), name="kernel progress")
        try:
            return await self.kernel.execute(code, on_output=on_output, on_input=on_input, timeout_s=timeout_s)
        finally:
            watching.cancel()

    async def freeze(self) -> Checkpoint | None:
        """Freeze a copy that nobody else knows of, until `let_go` or `reveal`; the caller holds the turnstile.

        Returns:
            None where this kernel keeps none.

        Raises:
            KernelError: It could not be made.
        """
        self._freezes += 1
        taken = await self.kernel.checkpoint(f"r{self._ledger.transcript.sequence}n{self._freezes}")
        if taken is not None:
            self._aside.add(taken.name)
            self.kernel.mark(taken.name, marked=True)
        return taken

    def reveal(self, taken: Checkpoint, action: ActionId) -> CheckpointTaken:
        """Count a frozen copy among the checkpoints, as the one before a cell; the caller records what is returned."""
        self._aside.discard(taken.name)
        self.kernel.mark(taken.name, marked=False)
        if taken.variables is not None:
            self._variables[taken.name] = taken.variables
        self._last_cell = action
        self.on_held()
        return CheckpointTaken(taken.name, action, taken.grade, taken.reasons, taken.seconds)

    def let_go(self, name: CheckpointId) -> None:
        """Let go of a frozen copy."""
        self._aside.discard(name)
        self.kernel.drop(name)

    async def wake(self, checkpoint: CheckpointId) -> None:
        """Go back to a checkpoint.

        Raises:
            KernelError: It is not there any more; the kernel is as it was.
        """
        if self._state == "dead":
            self._set_state("restarting")
        try:
            await self.kernel.wake(checkpoint)
        except KernelError:
            if self._state == "restarting":
                self._set_state("dead")
            raise
        self._set_state("idle")
        self._later(self._watch.at_rest())

    def held(self) -> dict[CheckpointId, HeldCheckpoint]:
        """Give the checkpoints that can be gone back to now, the oldest first."""
        return {each.checkpoint: each for each in self.kernel.held() if each.checkpoint not in self._aside}

    def mark(self, checkpoint: CheckpointId, *, marked: bool) -> None:
        """Keep a checkpoint longer than the others, or no longer."""
        (self._marked.add if marked else self._marked.discard)(checkpoint)
        self.kernel.mark(checkpoint, marked=marked)
        self.on_held()

    def variables_at(self, checkpoint: CheckpointId) -> NamespaceListing | None:
        """Give the variables that a checkpoint holds; None where they were not looked at."""
        return self._variables.get(checkpoint)

    async def recover(self, how: str) -> bool:
        """End the kernel, if it has not ended, and have the variables back as they were before its last cell.

        Args:
            how: It ended, in a few words.

        Returns:
            False where there is no checkpoint for that.
        """
        held = list(self.held())
        if not held:
            return False
        self._starting = asyncio.create_task(self._recover(how, held[-1]), name="kernel recovery")
        await asyncio.shield(self._starting)
        return True

    async def _recover(self, how: str, checkpoint: CheckpointId) -> None:
        began = asyncio.get_running_loop().time()
        self._just_recovered = True
        self._set_state("restarting")
        try:
            await self.kernel.wake(checkpoint)
        except KernelError:
            self._set_state("dead")
            await self._ledger.record(KernelDied(how))
            return
        seconds = asyncio.get_running_loop().time() - began
        self._set_state("idle")
        known = self._ledger.transcript.checkpoints.get(checkpoint)
        action = known.event.action if known is not None else None
        await self._ledger.record(KernelRecovered(how, checkpoint, action, seconds))
        self._later(self._watch.at_rest())

    async def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the cell that runs."""
        await self.kernel.interrupt()

    @property
    def keeps_fresh(self) -> bool:
        """A fresh kernel is kept ready, so that a restart need not end the checkpoints."""
        return self.kernel.keeps_fresh

    async def restart(self, *, cold: bool = False, keep: bool = False) -> None:
        """End the kernel, by force if it must be, and have a fresh one. A cell that runs dies with it.

        Args:
            cold: By a process of its own, also where a fresh kernel is kept ready.
            keep: The checkpoints stay, where a fresh kernel is kept ready.
        """
        if self._starting is not None and not self._starting.done():
            await asyncio.shield(self._starting)
            return
        self._set_state("restarting")
        self._starting = asyncio.create_task(self._restart(cold, keep), name="kernel restart")
        await asyncio.shield(self._starting)

    async def shutdown(self) -> None:
        """End the kernel and wait for it."""
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self.kernel.shutdown()
        self._state = "none"

    def on_state(self, state: KernelState) -> None:
        """Hear what the kernel does. Part of `KernelListener`."""
        if self._state != "dead" or state in {"starting", "restarting"}:
            self._set_state(state)

    def on_variables(self, diff: NamespaceDiff) -> None:
        """Hear what a cell did to the variables. Part of `KernelListener`."""
        if self._rehearsing:
            self.rehearsed.append(diff)
            return
        veil = self._ledger.transcript.veil
        added = tuple(shown_variable(each, veil) for each in diff.added)
        changed = tuple(shown_variable(each, veil) for each in diff.changed)
        self._ledger.tell(VariablesChanged(self._last_cell, added, changed, diff.removed, diff.total, diff.cut))

    def on_died(self, how: str) -> None:
        """Hear that the process ended. Part of `KernelListener`."""
        if self._rehearsing:
            self._set_state("dead")
            return
        held = list(self.held())
        if held and not self._just_recovered:  # what dies again before anything has run would do so for ever
            self._starting = asyncio.create_task(self._recover(how, held[-1]), name="kernel recovery")
            return
        self._set_state("dead")
        self._later(self._ledger.record(KernelDied(how)))

    def on_held(self) -> None:
        """Hear that other checkpoints are held than before. Part of `KernelListener`."""
        held = self.held()
        self._variables = {name: found for name, found in self._variables.items() if name in held}
        self._marked &= held.keys()
        self._ledger.tell(CheckpointsHeld(tuple(held.values()), tuple(sorted(self._marked))))

    async def _start(self, restarted: bool) -> None:
        self._set_state("starting")
        await self._bring_up(lambda: self.kernel.start(self), restarted)

    async def _restart(self, cold: bool, keep: bool) -> None:
        await self._bring_up(lambda: self.kernel.restart(cold=cold, keep=keep), True)

    async def _bring_up(self, start: Callable[[], Coroutine[None, None, KernelInfo]], restarted: bool) -> None:
        try:
            info = await start()
        except KernelError as error:
            self._set_state("dead")
            await self._ledger.record(Failed(type(error).__name__, error.message, error.remedy))
            return
        if self._state in {"starting", "restarting"}:
            self._set_state("idle")
        await self._ledger.record(
            KernelStarted(
                info.python,
                info.version,
                info.source,
                restarted=restarted,
                seconds=info.seconds,
                sandbox=info.sandbox,
            )
        )
        self._later(self._watch.at_rest())
        if info.advice:
            await self._ledger.record(Noted(info.advice))

    def _set_state(self, state: KernelState) -> None:
        if state != self._state:
            self._state = state
            self._ledger.tell(KernelStateChanged(state))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="kernel news")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
