"""A dry run of a cell, beside running the cell: a real kernel in the sandbox of this machine, few files and many."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.files import fill
from benchmarks.report import Row
from codeact_tui.config.schema import Config
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.dry_runs import DryRun, DryRunFinished
from codeact_tui.protocol.events import ApprovalRequested, CellFinished, Envelope, TurnFinished
from codeact_tui.protocol.ops import Reject, RunUserCode, SubmitPrompt
from codeact_tui.sandbox.choice import SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.session.controller import SessionController
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.session.rehearsal_files import RehearsalFiles
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.pending import PendingRestore
from codeact_tui.store.memory import MemoryCatalog

__all__ = ["run"]

_KEY = b"k" * 32
_ROUNDS = 5
_CODE = "from pathlib import Path; Path('made.txt').write_text('made')"


def run() -> list[Row]:
    """Measure."""
    rows: list[Row] = []
    for count in (10, 10_000):
        with tempfile.TemporaryDirectory(prefix="codeact-dry-") as folder:
            root = Path(folder)
            fill(root / "work", count, large=0)
            tried, ran = asyncio.run(_measure(root))
            rows.append(Row(f"a dry run, {count:,} files", tried, ran, "ms", "bare: the cell itself"))
    return rows


async def _measure(root: Path) -> tuple[float, float]:
    work, catalog = root / "work", MemoryCatalog()
    model = ScriptedModel([f"<execute>\n{_CODE}\n</execute>", "Rejected."] * _ROUNDS)
    journal = await catalog.create(folder=str(work), model="scripted")
    snapshots = [FileSnapshots(work, root / "kept", _KEY, session=name) for name in ("cells", "dry", "dry")]
    session = await open_session(
        journal,
        await read_transcript(journal),
        kernel=JupyterKernel(work, sandbox=SandboxSettings(), checkpoints=CheckpointLimits(20, 1 << 30)),
        seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
        config=Config(),
        folder=str(work),
        files=snapshots[0],
        rehearsal_files=RehearsalFiles(snapshots[1], snapshots[2], PendingRestore(root / "dry-runs", work)),
    )
    try:
        return await _both(session)
    finally:
        await session.close()


async def _both(session: SessionController) -> tuple[float, float]:
    """Give the medians of trying a cell and of running it, in milliseconds, from Op to end."""
    heard: list[Any] = []
    news = asyncio.Event()

    def hear(envelopes: Sequence[Envelope]) -> None:
        heard.extend(envelope.event for envelope in envelopes)
        news.set()

    async def until(kind: type[Any], count: int) -> None:
        while sum(isinstance(event, kind) for event in heard) < count:
            news.clear()
            await news.wait()

    session.listen(hear)
    session.send(RunUserCode("1"))
    await until(CellFinished, 1)
    tried: list[float] = []
    ran: list[float] = []
    for number in range(1, _ROUNDS + 1):
        session.send(SubmitPrompt("go"))
        await until(ApprovalRequested, number)
        [waiting] = session.transcript.unfinished()
        dry = DryRun(waiting.action, waiting.revision, waiting.sha256)
        tried.append(await _timed(session, dry, lambda at=number: until(DryRunFinished, at)))
        session.send(Reject(waiting.action))
        await until(TurnFinished, number)
        ran.append(await _timed(session, RunUserCode(_CODE), lambda at=number: until(CellFinished, at + 1)))
    return sorted(tried)[_ROUNDS // 2], sorted(ran)[_ROUNDS // 2]


async def _timed(session: SessionController, op: DryRun | RunUserCode, end: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    session.send(op)
    await end()
    return (time.perf_counter() - began) * 1000
