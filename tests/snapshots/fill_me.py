"""Snapshots on a disk that fills, at every point where it can: run by a test, in a mount of its own.

`python -m tests.snapshots.fill_me DISK ELSEWHERE KIB…`; DISK holds a few MiB, and nothing but this. It prints how often
what ended how, with so much room left.
"""

import asyncio
import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

from codeact_tui.errors import SnapshotError
from codeact_tui.snapshots.files import FileSnapshots, SnapshotLimits
from tests.snapshots.contents import KEY, contents

_KIB = 1024
_NO_SPARING = SnapshotLimits(spare_bytes=-(1 << 40))
"""What would not fit is tried all the same."""

Contents = dict[str, bytes | str | None]


def fill(disk: Path, left_bytes: int) -> None:
    """Leave so much room."""
    found = os.statvfs(disk)
    too_much = found.f_bavail * found.f_frsize - left_bytes
    with (disk / "ballast").open("wb") as file:
        file.write(bytes(max(0, too_much)))


def check_said(error: SnapshotError) -> None:
    """See that it says what happened."""
    assert "the disk is full" in error.message, error.message


def write(work: Path) -> None:
    """Write other content into all files, and move folders about."""
    for number in range(12):
        (work / f"{number}").write_bytes(os.urandom(2_000))
    (work / "large").write_bytes(os.urandom(300_000))
    for old, new in (("one", "two"), ("two", "one")):
        if (work / old).is_dir():
            shutil.rmtree(work / old)
            (work / old).write_text("a file by now")
        else:
            (work / old).unlink(missing_ok=True)
            (work / old / "deep").mkdir(parents=True)
            (work / old / "deep" / new).write_text(new)


async def one(files: FileSnapshots, disk: Path, work: Path, first: str, left_bytes: int) -> Counter[str]:
    """Keep and bring back with so much room left, and see that everything is there in the end."""
    then: Contents = contents(work)
    write(work)
    now, count, undo = contents(work), Counter[str](), ""
    fill(disk, left_bytes)
    try:
        await files.take("while the disk fills")
        count["kept"] += 1
    except SnapshotError as error:
        check_said(error)
        count["not kept"] += 1
    assert contents(work) == now
    try:
        done = await files.restore(await files.preview(first))
        undo = done.undo
        count["brought back with failures" if done.failed else "brought back"] += 1
        assert done.failed or contents(work) == then
    except SnapshotError as error:
        check_said(error)
        count["not brought back"] += 1
        assert contents(work) == now
    (disk / "ballast").unlink()
    if undo:
        await files.restore(await files.preview(undo))
        assert contents(work) == now
    done = await files.restore(await files.preview(first))
    assert done.failed == ()
    assert contents(work) == then
    await files.drop(each.id for each in await files.snapshots() if each.id != first)
    await files.collect()
    return count


async def main(disk: Path, elsewhere: Path, left_kib: list[int]) -> None:
    """Have the store alone on the disk, then the workspace as well."""
    counts: dict[str, Counter[str]] = {}
    for name, above in (("store", elsewhere), ("both", disk)):
        work = above / "work"
        work.mkdir()
        write(work)
        fill(disk, 0)
        files = FileSnapshots(work, disk / "data", KEY, _NO_SPARING, session="s")
        try:
            await files.take()
        except SnapshotError as error:
            check_said(error)
        (disk / "ballast").unlink()
        first, counts[name] = (await files.take("first")).id, Counter()
        for left in left_kib:
            counts[name] += await one(files, disk, work, first, left * _KIB)
        await files.close()
        shutil.rmtree(disk / "data")
    print(json.dumps(counts))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), [int(each) for each in sys.argv[3:]]))
