"""Runs one approved action: its start on disk, its output recorded, its end told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from codeact_tui.config.schema import OutputConfig
from codeact_tui.errors import KernelDied, KernelError
from codeact_tui.kernel.answers import CellResult, InputRequest
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    CellFinished,
    CellStarted,
    Failed,
    InputAnswered,
    InputRequested,
    SandboxRefused,
    StoredEvent,
)
from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.records import Happened
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.files import FileKeeper
from codeact_tui.session.happening import Recorder
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.pump import OutputPump
from codeact_tui.session.reaching import NetworkLog
from codeact_tui.session.refusing import refusal_texts
from codeact_tui.snapshots.files import Walked

__all__ = ["CellRunner"]


@dataclass
class CellRunner:
    """Runs cells one after the other in the session's kernel.

    Attributes:
        host: The kernel.
        ledger: Where events go.
        limits: How much output is kept where.
        timeout_s: Seconds until a cell is interrupted; None: never.
        on_change: Called when a cell began or ended to run.
        recorder: Sees what cells do; None for nobody.
        files: Keeps the workspace's files; None for nobody.
        running: The cell that runs now.
    """

    host: KernelHost
    ledger: Ledger
    limits: OutputConfig
    timeout_s: float | None
    on_change: Callable[[], None]
    recorder: Recorder | None = None
    files: FileKeeper | None = None
    running: ActionId | None = None
    recording: bool = False
    """The kernel has done with the cell that runs: what came of it is looked at and recorded."""
    _answer: "asyncio.Future[str] | None" = field(default=None)
    _stopped: bool = False
    _walked: Walked | None = None
    """What was seen of the workspace when the cell had ended."""

    def __post_init__(self) -> None:
        self.network = NetworkLog(self.host.kernel)

    async def run(
        self, record: ActionRecord, *before: StoredEvent, stopped: Callable[[], bool] = lambda: False
    ) -> CellStatus:
        """Run the newest revision of an action and return when its end is recorded.

        Args:
            record: An action whose approval is recorded, or is among `before`.
            before: Events to commit together with the cell's start.
            stopped: Says whether it is still to run: others may have kept it waiting.

        Returns:
            How the cell ended; "aborted" when it never began.
        """
        async with self.host.turnstile:
            self.running, self.recording, self._stopped = record.action, False, False
            self.on_change()
            try:
                await self.host.ready()
            except KernelError as error:
                failure = Failed(type(error).__name__, error.message, error.remedy)
                await self.ledger.record(*before, CellFinished(record.action, "aborted"), failure)
                return "aborted"
            else:
                return await self._run(record, before, stopped)
            finally:
                if self.files is not None:
                    self.files.after(record.action, self._walked)
                self.running, self.recording, self._walked = None, False, None
                self.on_change()

    async def interrupt(self) -> None:
        """Stop the cell that runs, also one that waits for an answer."""
        if self.running is not None:
            self._stopped = True
            await self.host.interrupt()

    def answer(self, action: ActionId, text: str) -> bool:
        """Answer the question that the running cell asks; say whether there was one."""
        if self.running != action or self._answer is None or self._answer.done():
            return False
        self._answer.set_result(text)
        return True

    async def _run(
        self, record: ActionRecord, before: tuple[StoredEvent, ...], stopped: Callable[[], bool]
    ) -> CellStatus:
        code, sha256 = record.code, record.sha256
        if code_sha256(code) != sha256:
            refusal = Failed("OpRefused", f"[{record.number}] is not what was approved; it was not run.")
            await self.ledger.record(*before, CellFinished(record.action, "aborted"), refusal)
            return "aborted"
        frozen, kept = await asyncio.gather(self.host.checkpoint(record.action), self._keep_files(record.action))
        taken = [] if frozen is None else [frozen]
        await self.ledger.record(*before, *taken, *kept, CellStarted(record.action, record.revision, sha256))
        if self._stopped or stopped():
            await self.ledger.record(CellFinished(record.action, "interrupted"))
            return "interrupted"
        return await self._execute(record, code)

    async def _keep_files(self, action: ActionId) -> list[StoredEvent]:
        """Look at the files once, and keep them as they are."""
        walked = await self._walk()
        if self.recorder is not None:
            await self.recorder.begin(self.ledger.transcript.folder, walked)
        return [] if self.files is None else await self.files.before(action, walked)

    async def _walk(self) -> Walked | None:
        return None if self.files is None else await self.files.walk()

    async def _execute(self, record: ActionRecord, code: str) -> CellStatus:
        pump = OutputPump(record.action, self.ledger, self.limits)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            result: CellResult | None = await self.host.execute(
                record.action, code, pump.put, self._asker(record.action), self.timeout_s
            )
        except KernelDied:
            result = None
        except KernelError:  # it is being started anew, say: the code has not reached it
            await self.ledger.record(CellFinished(record.action, "aborted"))
            raise
        self.recording = True
        reached = await self.network.news()
        self._walked = await self._walk()
        happened = await self._happened(record)
        rest = await pump.finish()
        finished = (
            CellFinished(record.action, result.status, result.seconds, result.execution_count, reached, happened)
            if result
            else CellFinished(record.action, "died", loop.time() - began, reached=reached, happened=happened)
        )
        refused = self._refused(record, rest) if finished.status == "error" else []
        await self.ledger.record(*rest, *refused, finished)
        return finished.status

    async def _happened(self, record: ActionRecord) -> Happened:
        if self.recorder is None:
            return Happened()
        return await self.recorder.end(record.code, compared=record.origin == "model", walked=self._walked)

    def _refused(self, record: ActionRecord, rest: Sequence[StoredEvent]) -> list[StoredEvent]:
        """Say what the sandbox refused to a cell that has failed."""
        found = (self.host.kernel.refused(text) for text in refusal_texts(record.outputs, rest))
        refusals = next(filter(None, found), ())
        return [SandboxRefused(record.action, refusals)] if refusals else []

    def _asker(self, action: ActionId) -> Callable[[InputRequest], Awaitable[str]]:
        async def ask(request: InputRequest) -> str:
            self._answer = asyncio.get_running_loop().create_future()
            await self.ledger.record(InputRequested(action, request.prompt, request.password))
            try:
                text = await self._answer
            finally:
                self._answer = None
            await self.ledger.record(InputAnswered(action, None if request.password else text))
            return text

        return ask
