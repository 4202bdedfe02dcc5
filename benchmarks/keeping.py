"""What is kept on disk: a workspace's files, and variables beside plain cloudpickle and, where it is there, dill."""

import asyncio
import importlib
import io
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

from benchmarks.report import Row, table
from codeact_tui.kernel.inside import pickling
from codeact_tui.snapshots.files import FileSnapshots, Span
from codeact_tui.snapshots.limits import SnapshotLimits

__all__ = ["run"]

_pickling: Any = pickling

_FILES = 10_000, 100_000
_FOLDERS = 100
_SIZES = {"10 MB": 10 << 20, "1 GB": 1 << 30, "4 GB": 4 << 30}


def run() -> list[Row]:
    """Measure in a folder for temporary files."""
    with tempfile.TemporaryDirectory() as folder:
        rows = _variables(Path(folder))
    for count in _FILES:
        with tempfile.TemporaryDirectory() as folder:
            rows += asyncio.run(_files(Path(folder), count))
    return rows


async def _files(folder: Path, count: int) -> list[Row]:
    work = folder / "work"
    for number in range(count):
        path = work / f"folder{number % _FOLDERS}" / f"file{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(1000) + b"hello " * 400)
    await asyncio.sleep(0.2)  # until the files' times tell of a later change
    bare = _timed(lambda: sum(entry.stat(follow_symlinks=False).st_size for entry in _walk(str(work))))
    files = FileSnapshots(work, folder / "data", b"k" * 32, SnapshotLimits(entries=2 * count))
    first = await files.take()
    unchanged = min([(await files.take()).seconds for _ in range(5)])
    (work / "folder1" / "file1.py").write_text("changed")
    after = await files.take()
    started = time.perf_counter()
    await files.restore(await files.preview(first.id, [Span(first.id, after.id)]))
    restored = time.perf_counter() - started
    await files.close()
    note = "bare: os.stat of each"
    return [
        Row(f"a snapshot of {count:,} files, the first", first.seconds * 1e3, bare * 1e3, "ms", note),
        Row("  unchanged", unchanged * 1e3, bare * 1e3, "ms", note),
        Row("  one file changed", after.seconds * 1e3, bare * 1e3, "ms", note),
        Row("  one file brought back, with the preview", restored * 1e3, bare * 1e3, "ms", "four looks"),
    ]


def _walk(folder: str) -> "list[os.DirEntry[str]]":
    return [entry for inner in os.scandir(folder) for entry in os.scandir(inner.path)]


def _variables(folder: Path) -> list[Row]:
    rows: list[Row] = []
    for words, size in _SIZES.items():
        value = {"a": numpy.arange(size // 8)}
        ours = _round_trip(folder, lambda stream, aside, value=value: _ours(value, stream, aside))
        for name in ("cloudpickle", "dill"):
            try:
                library = importlib.import_module(name)
            except ImportError:
                continue
            bare = _round_trip(
                folder, lambda stream, _aside, library=library, value=value: _bare(library, value, stream)
            )
            rows += [
                Row(f"an array of {words}, kept", ours[0] * 1e3, bare[0] * 1e3, "ms", f"bare: {name}, with fsync"),
                Row("  brought back", ours[1] * 1e3, bare[1] * 1e3, "ms", f"bare: {name}"),
            ]
    return rows


def _round_trip(folder: Path, keep: "Callable[[Any, Any], Callable[[], object]]") -> tuple[float, float]:
    with (folder / "stream").open("w+b") as stream, (folder / "aside").open("w+b") as aside:
        started = time.perf_counter()
        back = keep(stream, aside)
        for file in (stream, aside):
            file.flush()
            os.fsync(file.fileno())
        kept = time.perf_counter() - started
        for file in (stream, aside):
            file.seek(0)
        return kept, _timed(back)


def _ours(value: object, stream: io.BufferedRandom, aside: io.BufferedRandom) -> Callable[[], object]:
    lengths = _pickling.dump(value, {}, stream, aside, _pickling.Limit(8 << 30, 600))
    return lambda: _pickling.load({}, stream, aside, lengths)


def _bare(library: Any, value: object, stream: io.BufferedRandom) -> Callable[[], object]:
    library.dump(value, stream, protocol=5)
    return lambda: library.load(stream)


def _timed(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(table(run()))
