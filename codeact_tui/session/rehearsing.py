"""Tries code in a copy of the kernel: what it does is seen, then taken back, and can be made to have happened later.

The kernel is frozen, and the files of the workspace are kept; the code runs; what has become of both is frozen and kept
as well; then the files are put back and the frozen kernel is woken. So while the user looks at what would happen,
nothing has. To commit, the files of the other side are put in place and its kernel is woken: in this order, because a
copy that wakes opens its files anew, by their names.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from codeact_tui.config.schema import OutputConfig
from codeact_tui.errors import KernelDied, KernelError, OpRefused
from codeact_tui.kernel.answers import CellResult, Checkpoint, InputRequest, NamespaceDiff
from codeact_tui.kernel.base import OnOutput
from codeact_tui.protocol import events
from codeact_tui.protocol.dry_runs import DryRunFinished, DryRunStarted, DryRunStatus
from codeact_tui.protocol.events import (
    CellOutput,
    Envelope,
    Failed,
    OutputTruncated,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.outputs import ErrorOutput, Output, StreamOutput
from codeact_tui.protocol.records import ChangeKind, Happened
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.session.files import FileKeeper
from codeact_tui.session.happening import Recorder
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.pump import OutputPump
from codeact_tui.session.reaching import NetworkLog
from codeact_tui.session.rehearsal_changes import variable_differences
from codeact_tui.session.rehearsal_files import Kept, RehearsalFiles, Tried
from codeact_tui.session.rehearsed import Attempt, Stage

__all__ = ["Rehearser"]

_DEAF_S = 2.0
"""So long a dry run may take to heed an interrupt before its copy is ended."""
_NO_INPUT = "A dry run can't be answered: input() ends it. Run the cell itself for that.\n"
_LOST = "The kernel could not be taken back after the dry run: what it did to the variables stays."
_WHY_CHARS = 300
_NAMED = 5
_HOW: dict[ChangeKind, str] = {"created": "made", "modified": "changed", "deleted": "deleted"}
_NO_END: dict[str, str] = {
    "interrupted": "it was stopped",
    "timeout": "it was stopped: it ran longer than a cell may",
    "died": "the kernel died of it",
}


@dataclass
class _Running:
    """A try that goes on."""

    stage: Stage
    stopped: bool = False
    executing: bool = False
    """Code runs: until then, and after it, there is nothing to end."""
    asked: bool = False
    """It was stopped because it asked for input."""
    killing: "asyncio.Task[None] | None" = None


@dataclass
class Rehearser:
    """Tries one thing after the other.

    Attributes:
        ledger: Where events go.
        host: The kernel.
        files: The workspace's; None where they are not kept.
        limits: How much output is kept where.
        timeout_s: Seconds until what is tried is interrupted; None: never.
        recorder: Sees what cells do.
        network: Tells what was reached; the one that cells are recorded by.
        on_change: Called when something begins or ends to be tried.
        keeper: Keeps the files around cells, and must not see what is tried; None for nobody.
    """

    ledger: Ledger
    host: KernelHost
    files: RehearsalFiles | None
    limits: OutputConfig
    timeout_s: float | None
    recorder: Recorder
    network: NetworkLog
    on_change: Callable[[], None]
    keeper: FileKeeper | None = None
    _running: "_Running | None" = None

    @property
    def running(self) -> bool:
        """Something is being tried."""
        return self._running is not None

    # -- the stage

    async def set_up(self) -> Stage:
        """Freeze the kernel as it is; the caller holds the turnstile.

        Raises:
            OpRefused: What a copy would be is not what the kernel is, or none can be made.
            KernelError: The kernel is not there.
        """
        if self.files is None:
            raise OpRefused("A dry run needs snapshots of the files, and none are kept here.")
        await self.host.ready()
        base = await self.host.freeze()
        if base is None:
            raise OpRefused(
                "A dry run needs a copy of the kernel, and this one can't be copied.",
                remedy="Copies are made on Linux, with `checkpoints.enabled`, and in no container.",
            )
        if base.grade == "red":
            self.host.let_go(base.name)
            why = ", ".join(base.reasons)
            raise OpRefused(f"No dry run now: in a copy of the kernel some of it stops ({why}).")
        return Stage(base)

    def take_down(self, stage: Stage) -> None:
        """Let go of everything that was tried, and of what there was before, unless that was committed."""
        stage.void = True
        if not stage.committed:
            self.host.let_go(stage.base.name)
        for attempt in stage.attempts:
            if attempt.end:
                self.host.let_go(attempt.end)
        stage.attempts.clear()

    # -- a try

    async def interrupt(self) -> None:
        """Stop what is being tried, also what does not heed it."""
        running = self._running
        if running is None:
            return
        running.stopped = True
        await self.host.interrupt()
        if running.killing is None:
            running.killing = asyncio.create_task(self._kill(running), name="end a deaf dry run")

    async def _kill(self, running: _Running) -> None:
        await asyncio.sleep(_DEAF_S)
        if self._running is running and running.executing:
            with contextlib.suppress(KernelError):
                await self.host.wake(running.stage.base.name)

    async def try_out(self, stage: Stage, started: DryRunStarted, *, check: str = "") -> Attempt:
        """Run code as far as it goes, see what it did, and take it back; the caller holds the turnstile.

        Args:
            stage: Where.
            started: What is recorded before it begins.
            check: Code to run afterwards, whose doings do not count; empty for none.

        Raises:
            OpRefused: The files can't be kept, so nothing was run.
            StoreError: It can't be recorded.
        """
        self._running = _Running(stage)
        self.on_change()
        try:
            work = asyncio.create_task(self._try_out(self._running, started, check), name="try")
            return await self._see_through(work)
        finally:
            if self._running.killing is not None:
                self._running.killing.cancel()
            self._running = None
            self.on_change()

    async def _see_through(self, work: "asyncio.Task[Attempt]") -> Attempt:
        """Wait for its end; cancelled, have it stopped and wait till all is as it was."""
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            while not work.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await self.interrupt()
                    await asyncio.wait([work])
            raise

    async def _try_out(self, running: _Running, started: DryRunStarted, check: str) -> Attempt:
        assert self.files is not None
        closed = not started.network and self.host.kernel.hold_network(held=True)
        try:
            if self.keeper is not None:
                await self.keeper.settle()
            kept = await self.files.keep()
            stays = (*running.stage.base.reasons, *kept.not_kept, *(() if closed else ("what it sends",)))
            trial = _Trial(replace(started, not_undone=stays), check, kept)
            with self.host.rehearsing(), self._collecting(trial):
                try:
                    await self.ledger.record(trial.started)
                    await self._run(running, trial)
                finally:
                    tried = await kept.put_back(self.ledger.transcript.veil, more_ran=bool(check))
                    await self._wake_base(running.stage, trial)
        finally:
            self.host.kernel.hold_network(held=False)
        attempt = self._attempt(running, trial, tried)
        running.stage.attempts.append(attempt)
        await self.ledger.record(attempt.finished)
        return attempt

    @contextlib.contextmanager
    def _collecting(self, trial: "_Trial") -> Generator[None]:
        def collect(envelopes: Sequence[Envelope]) -> None:
            for envelope in envelopes:
                event = envelope.event
                if isinstance(event, CellOutput | OutputTruncated) and event.action == trial.started.dry_run:
                    trial.outputs.append(event)

        unlisten = self.ledger.listen(collect)
        try:
            yield
        finally:
            unlisten()

    async def _run(self, running: _Running, trial: "_Trial") -> None:
        """Run the code, and freeze what has become of the kernel."""
        code, action = trial.started.code, trial.started.action
        await self.recorder.begin(self.ledger.transcript.folder, trial.kept.walked)
        pump = OutputPump(trial.started.dry_run, self.ledger, self.limits)
        began = asyncio.get_running_loop().time()
        try:
            if not running.stopped:
                trial.result = await self._execute(running, action, code, pump.put)
        except KernelDied:
            pass
        trial.seconds = asyncio.get_running_loop().time() - began
        trial.reached, walked = await self.network.news(), await trial.kept.walk()
        trial.happened = await self.recorder.end(code, compared=True, walked=walked)
        await self.ledger.record(*await pump.finish())
        await trial.kept.look(walked)
        if trial.result is not None and trial.result.status in {"ok", "error"}:
            trial.end = await self._freeze_end()
            if trial.check and not running.stopped:
                await self._check(running, trial)
        trial.told = list(self.host.rehearsed)

    async def _execute(self, running: _Running, action: ActionId, code: str, put: OnOutput) -> CellResult:
        running.executing = True
        try:
            return await self.host.rehearse(action, code, put, self._no_input(running, put), self.timeout_s)
        finally:
            running.executing = False

    async def _freeze_end(self) -> Checkpoint | None:
        try:
            return await self.host.freeze()
        except KernelError:
            return None

    async def _check(self, running: _Running, trial: "_Trial") -> None:
        """Run the check in the copy; what it does is taken back with all else, and is not committed."""
        said: list[Output] = []
        try:
            ended = await self._execute(running, trial.started.action, trial.check, said.append)
        except KernelDied:
            trial.verdict, trial.why = "failed", "the kernel died"
            return
        if trial.result is not None and trial.result.status == "error":
            trial.verdict, trial.why = "failed", "the cell itself failed"
        elif ended.status == "ok":
            trial.verdict = "passed"
        else:
            error = next((each for each in said if isinstance(each, ErrorOutput)), None)
            words = f"{error.ename}: {error.evalue}" if error is not None else ended.status
            trial.verdict, trial.why = "failed", plain_text(words)[:_WHY_CHARS]

    def _no_input(self, running: _Running, put: OnOutput) -> Callable[[InputRequest], Awaitable[str]]:
        async def refuse(_request: InputRequest) -> str:
            running.asked = True
            put(StreamOutput("stderr", _NO_INPUT))
            await self.host.interrupt()
            return await asyncio.get_running_loop().create_future()

        return refuse

    async def _wake_base(self, stage: Stage, trial: "_Trial") -> None:
        """Have the kernel back as it was."""
        try:
            await self.host.wake(stage.base.name)
        except KernelError as error:
            trial.lost = error.message
            stage.void = True
            if self.host.state == "dead":
                await self.ledger.record(events.KernelDied("the copy from before the dry run was lost with it"))
            else:
                await self.ledger.record(Failed(type(error).__name__, _LOST, "Start the kernel anew: /restart."))

    def _attempt(self, running: _Running, trial: "_Trial", tried: Tried) -> Attempt:
        veil, end = self.ledger.transcript.veil, trial.end
        before, after = running.stage.base.variables, end.variables if end is not None else None
        variables, more = variable_differences(before, after, trial.told, veil)
        missed = [each for each in trial.happened.files if each.path not in tried.paths]
        stays = [*trial.started.not_undone, *tried.not_put_back]
        stays += [f"{each.path}, {_HOW[each.kind]}" for each in missed[:_NAMED]]
        stays += [f"{package}, installed" for package in trial.happened.packages[:_NAMED]]
        stays += ["the variables"] if trial.lost else []
        finished = DryRunFinished(
            trial.started.dry_run, self._status(running, trial.result), trial.seconds, variables, more,
            tried.differences, tried.more, tuple(dict.fromkeys(stays)), self._problem(running, trial, tried),
            trial.verdict, trial.why,
        )  # fmt: skip
        return Attempt(
            running.stage, trial.started, finished, tried, end.name if end is not None else "",
            after.total if after is not None else 0,
            trial.result.execution_count if trial.result is not None else None,
            tuple(trial.outputs), trial.reached, trial.happened,
        )  # fmt: skip

    @staticmethod
    def _status(running: _Running, result: CellResult | None) -> DryRunStatus:
        if result is None or result.status == "aborted":
            return "interrupted" if running.stopped else "died"
        return result.status

    def _problem(self, running: _Running, trial: "_Trial", tried: Tried) -> str:
        """Say why it can't be committed; nothing where it can."""
        status = self._status(running, trial.result)
        if running.asked:
            return "it asked for input"
        if status not in {"ok", "error"}:
            return _NO_END[status]
        if trial.lost or not tried.restored:
            return "not all could be put back"
        if not tried.after:
            return "the files that it made could not be kept"
        if trial.end is None:
            return "the kernel could not be copied after it"
        if trial.end.grade == "red":
            return f"it left behind what stops in a copy: {', '.join(trial.end.reasons)}"
        return ""


@dataclass
class _Trial:
    """What is known of a try while it goes on."""

    started: DryRunStarted
    check: str
    kept: Kept
    outputs: list[CellOutput | OutputTruncated] = field(default_factory=list[CellOutput | OutputTruncated])
    result: CellResult | None = None
    seconds: float = 0.0
    end: Checkpoint | None = None
    verdict: Literal["", "passed", "failed"] = ""
    why: str = ""
    told: list[NamespaceDiff] = field(default_factory=list[NamespaceDiff])
    reached: tuple[Reached, ...] = ()
    happened: Happened = field(default_factory=Happened)
    lost: str = ""
    """Why the kernel is not as it was."""
