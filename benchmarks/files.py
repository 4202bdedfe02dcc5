"""Snapshots of a workspace of 10,000 files and 5 GB, beside copying it, and what a cell waits for them."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.report import Row
from codeact_tui.config.schema import Config
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import CellFinished, Envelope, FilesKept, Rewound
from codeact_tui.protocol.ops import RunUserCode, Undo
from codeact_tui.session.controller import SessionController
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.store.memory import MemoryCatalog

__all__ = ["fill", "run"]

_MIB = 1 << 20
_FILES = 10_000
_LARGE = 50
_LARGE_BYTES = 100 * _MIB
_ROUNDS = 5


def run() -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="codeact-files-") as folder:
        root = Path(folder)
        fill(root / "work", _FILES, large=_LARGE)
        return asyncio.run(_measure(root))


def fill(work: Path, count: int, *, large: int) -> None:
    """Write so many files, of which some are large."""
    for number in range(count - large):
        path = work / f"d{number % 100}" / f"f{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(2_000))
    for number in range(large):
        with (work / f"large{number}.bin").open("wb") as file:
            for _ in range(_LARGE_BYTES // _MIB):
                file.write(os.urandom(_MIB))


async def _measure(root: Path) -> list[Row]:
    work = root / "work"
    copied = await _timed(lambda: asyncio.to_thread(shutil.copytree, work, root / "copy"))
    await asyncio.to_thread(shutil.rmtree, root / "copy")
    files = FileSnapshots(work, root / "kept", b"k" * 32, session="bench")
    first = await _timed(files.take)
    again = await _median(files.take)
    looked = await _median(lambda: asyncio.to_thread(_look, work))
    before = (await files.take()).id
    (work / "d0" / "f0.txt").write_bytes(b"changed")
    (work / "large0.bin").write_bytes(os.urandom(_LARGE_BYTES))

    async def back() -> None:
        await files.restore(await files.preview(before))

    restored = await _timed(back)
    await files.close()
    cell, undone = await _in_a_session(root, FileSnapshots(work, root / "kept", b"k" * 32, session="session"))
    bare, _ = await _in_a_session(root, None)
    note = "10,000 files, 5 GB"
    return [
        Row("files kept for the first time", first, copied, "ms", f"{note}; bare: copying them"),
        Row("  again, unchanged", again, looked, "ms", "bare: `stat` of each"),
        Row("  two brought back, 100 MB", restored, copied, "ms", "bare: copying all"),
        Row("  a cell, from Op to its end", cell, bare, "ms", "bare: the same with files = false"),
        Row("  /undo of it", undone, copied, "ms", "bare: copying all"),
    ]


async def _in_a_session(root: Path, files: FileSnapshots | None) -> tuple[float, float]:
    """Give how long a cell that writes a file takes, and /undo, in milliseconds."""
    catalog, kernel, model = MemoryCatalog(), FakeKernel(), ScriptedModel([])
    kernel.keeps_checkpoints = True
    journal = await catalog.create(folder=str(root / "work"), model="scripted")
    session = await open_session(
        journal,
        await read_transcript(journal),
        kernel=kernel,
        seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
        config=Config(),
        folder=str(root / "work"),
        files=files,
    )
    try:
        return await _cells(session, root / "work", kept=files is not None)
    finally:
        await session.close()


async def _cells(session: SessionController, work: Path, *, kept: bool) -> tuple[float, float]:
    heard: list[Any] = []
    news = asyncio.Event()

    def hear(envelopes: "list[Envelope] | Any") -> None:
        heard.extend(envelope.event for envelope in envelopes)
        news.set()

    async def until(kind: type[Any], count: int) -> None:
        while sum(isinstance(event, kind) for event in heard) < count:
            news.clear()
            await news.wait()

    session.listen(hear)
    took: list[float] = []
    for number in range(1, _ROUNDS + 1):
        code = f"from pathlib import Path; Path({str(work / 'made.txt')!r}).write_text('{number}')"
        began = time.perf_counter()
        session.send(RunUserCode(code))
        await until(CellFinished, number)
        took.append((time.perf_counter() - began) * 1000)
        if kept:
            await until(FilesKept, 2 * number)
    began = time.perf_counter()
    session.send(Undo())
    await until(Rewound, 1)
    return sorted(took)[_ROUNDS // 2], (time.perf_counter() - began) * 1000


def _look(work: Path) -> int:
    return sum(path.lstat().st_size for path in work.rglob("*"))


async def _timed(do: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await do()
    return (time.perf_counter() - began) * 1000


async def _median(do: Callable[[], Awaitable[object]]) -> float:
    return sorted([await _timed(do) for _ in range(_ROUNDS)])[_ROUNDS // 2]
