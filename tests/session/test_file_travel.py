"""The files of the workspace go back, and forth again, with the session; what the user did to them is not lost."""

import contextlib
import platform
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from codeact_tui.errors import SnapshotError
from codeact_tui.kernel.answers import KernelInfo
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    CellFinished,
    CellStarted,
    Failed,
    FilesKept,
    Noted,
    TravelAsked,
    VariablesRestored,
)
from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.ops import PreviewRewind, Redo, Rewind, RunUserCode, Undo
from codeact_tui.protocol.travel import HeldCheckpoint, RewindPreviewed, Rewound
from codeact_tui.session.points import points
from codeact_tui.snapshots.files import FileSnapshots, Pace, Snapshot, SnapshotLimits, Walked
from codeact_tui.snapshots.objects import Objects
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.memory import MemoryCatalog
from tests.session.bench import Bench, bench
from tests.session.test_travelling import ask, shown_to_model, travelling, visible

KEY = b"k" * 32
ROOMY = SnapshotLimits(spare_bytes=0)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "notes.md").write_text("first\n")
    return folder


def kept(work: Path, limits: SnapshotLimits = ROOMY) -> FileSnapshots:
    return FileSnapshots(work, work.parent / "kept", KEY, limits, session="s")


@pytest.fixture
async def it(work: Path) -> AsyncIterator[Bench]:
    async with bench(["hello", "well"], in_its_place=travelling(), files=kept(work)) as made:
        yield made


def resumable() -> FakeKernel:
    """A kernel whose variables may come back: of the Python that this is."""
    kernel = FakeKernel(info=KernelInfo("/usr/bin/python3", platform.python_version(), "codeact's own", 0.0))
    kernel.keeps_checkpoints = True
    return kernel


async def run(it: Bench, *codes: str) -> None:
    """Run cells, and wait until the files are kept as each has left them."""
    for code in codes:
        count = len(it.all(FilesKept))
        it.send(RunUserCode(code))
        await it.until(FilesKept, count + 2)


def write(path: Path, text: str) -> str:
    return f"from pathlib import Path; Path({str(path)!r}).write_text({text!r})"


def contents(work: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(work.iterdir())}


def last_cell(it: Bench) -> int:
    return next(each.sequence for each in reversed(points(it.controller.transcript)) if each.kind == "cell")


async def test_undo_takes_the_files_back_and_redo_brings_them_again(it: Bench, work: Path) -> None:
    await run(it, write(work / "a.csv", "1"), f"{write(work / 'notes.md', 'second')}; {write(work / 'b.csv', '2')}")
    it.send(Undo())
    gone: Rewound = await it.until(Rewound)
    assert contents(work) == {"a.csv": "1", "notes.md": "first\n"}
    assert gone.what == ("conversation", "variables", "files")
    assert gone.files is not None
    assert {(each.path, each.kind) for each in gone.files.changed} == {("notes.md", "changes"), ("b.csv", "disappears")}
    it.send(Undo())
    await it.until(Rewound, 2)
    assert contents(work) == {"notes.md": "first\n"}
    it.send(Redo())
    await it.until(Rewound, 3)
    assert contents(work) == {"a.csv": "1", "notes.md": "first\n"}


async def test_files_alone_go_back_and_the_model_is_told(it: Bench, work: Path) -> None:
    await run(it, "x = 1", f"{write(work / 'notes.md', 'second')}; x = 2")
    it.send(Rewind(last_cell(it), ("files",)))
    await it.until(Rewound)
    assert contents(work) == {"notes.md": "first\n"}
    assert len(visible(it)) == 2
    await ask(it, "go on")
    assert "The user undid what the last cell did to files. As they were before that: notes.md." in shown_to_model(it)
    it.send(Rewind(last_cell(it), ("variables",)))
    await it.until(Rewound, 2)
    await ask(it, "go on")
    assert "Files stay as they are." in shown_to_model(it)


async def test_what_the_user_changed_since_is_asked_about_and_nothing_is_done(it: Bench, work: Path) -> None:
    await run(it, f"{write(work / 'notes.md', 'by the cell')}; {write(work / 'a.csv', '1')}")
    (work / "notes.md").write_text("by the user")
    it.send(Undo())
    asked: TravelAsked = await it.until(TravelAsked)
    assert [(each.path, each.conflict) for each in asked.conflicts] == [("notes.md", "you changed it since")]
    assert "-by the user" in asked.conflicts[0].diff
    assert contents(work) == {"a.csv": "1", "notes.md": "by the user"}
    assert it.all(Rewound) == []


@pytest.mark.parametrize(
    ("op", "left"),
    [
        (Undo("keep"), "by the user"),
        (Undo("overwrite"), "first\n"),
        (Undo("keep", ("notes.md",)), "first\n"),
    ],
)
async def test_an_answer_decides_about_it(it: Bench, work: Path, op: Undo, left: str) -> None:
    await run(it, f"{write(work / 'notes.md', 'by the cell')}; {write(work / 'a.csv', '1')}")
    (work / "notes.md").write_text("by the user")
    it.send(op)
    await it.until(Rewound)
    assert contents(work) == {"notes.md": left}
    it.send(Redo("keep"))
    await it.until(Rewound, 2)
    assert contents(work) == {"a.csv": "1", "notes.md": "by the user"}


async def test_what_the_user_did_between_two_cells_comes_back_with_the_later_one(it: Bench, work: Path) -> None:
    await run(it, write(work / "notes.md", "one"))
    (work / "notes.md").write_text("by the user")
    await run(it, write(work / "notes.md", "two"))
    it.send(Undo())
    await it.until(Rewound)
    assert contents(work) == {"notes.md": "by the user"}
    it.send(Undo())
    assert [each.path for each in (await it.until(TravelAsked)).conflicts] == ["notes.md"]


async def test_a_cell_that_was_undone_no_longer_counts_as_having_changed_a_file(it: Bench, work: Path) -> None:
    await run(it, write(work / "a.csv", "1"))
    (work / "notes.md").write_text("by the user")
    await run(it, write(work / "notes.md", "by the cell"))
    it.send(Undo(), Undo())
    await it.until(Rewound, 2)
    assert it.all(TravelAsked) == []
    assert contents(work) == {"notes.md": "by the user"}


async def test_what_the_user_changed_since_going_back_stays_when_it_goes_there_again(it: Bench, work: Path) -> None:
    await run(it, write(work / "a.csv", "by the cell"))
    it.send(Rewind(last_cell(it), ("files",)))
    await it.until(Rewound)
    (work / "a.csv").write_text("by the user")
    it.send(Rewind(last_cell(it), ("files",)))
    gone: Rewound = await it.until(Rewound, 2)
    assert (work / "a.csv").read_text() == "by the user"
    assert gone.files is not None
    assert gone.files.kept == ("a.csv",)


async def test_what_could_not_be_kept_after_a_cell_is_asked_about(
    it: Bench, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = FileSnapshots.take

    async def full(self: FileSnapshots, note: str, pace: Pace, walked: Walked | None = None) -> Snapshot:
        if note.startswith("after"):
            monkeypatch.undo()
            raise SnapshotError("The disk is full.")
        return await take(self, note, pace, walked)

    monkeypatch.setattr(FileSnapshots, "take", full)
    it.send(RunUserCode(write(work / "a.csv", "by the cell")))
    await it.until(CellFinished)
    it.send(Undo())
    asked: TravelAsked = await it.until(TravelAsked)
    assert [each.path for each in asked.conflicts] == ["a.csv"]


async def test_what_only_the_user_changed_stays_and_is_named(it: Bench, work: Path) -> None:
    await run(it, write(work / "a.csv", "1"))
    (work / "notes.md").write_text("by the user")
    it.send(Undo())
    gone: Rewound = await it.until(Rewound)
    assert contents(work) == {"notes.md": "by the user"}
    assert gone.files is not None
    assert gone.files.kept == ("notes.md",)


async def test_a_preview_shows_what_happens_to_files_and_changes_nothing(it: Bench, work: Path) -> None:
    (work / "raw").write_bytes(b"\0" * 10)
    await run(it, f"{write(work / 'notes.md', 'second')}; import os; os.remove({str(work / 'raw')!r})")
    it.send(PreviewRewind(last_cell(it)))
    told: RewindPreviewed = await it.until(RewindPreviewed)
    assert told.files is not None
    by_path = {each.path: each for each in told.files.files}
    assert (by_path["raw"].kind, by_path["raw"].after_bytes) == ("appears", 10)
    assert by_path["raw"].why_not == "binary"
    assert "+first" in by_path["notes.md"].diff
    assert (work / "notes.md").read_text() == "second"
    first, second = (each.sequence for each in points(it.controller.transcript)[-1:] * 2)
    it.send(PreviewRewind(first, second))
    assert (await it.until(RewindPreviewed, 2)).files.count == 0


async def test_points_are_compared_with_one_another(it: Bench, work: Path) -> None:
    await run(it, write(work / "a.csv", "1"), write(work / "a.csv", "22"), "x = 1")
    first, _second, third = (each.sequence for each in points(it.controller.transcript))
    it.send(PreviewRewind(third, first))
    told: RewindPreviewed = await it.until(RewindPreviewed)
    assert told.files is not None
    assert [(each.path, each.kind, each.after_bytes) for each in told.files.files] == [("a.csv", "appears", 2)]


async def test_where_variables_are_not_held_the_files_go_back_all_the_same(work: Path) -> None:
    async with bench(in_its_place=FakeKernel(), files=kept(work)) as it:
        await run(it, "x = 1", f"x = 2; {write(work / 'notes.md', 'second')}")
        it.send(Undo(way="leave"))
        gone: Rewound = await it.until(Rewound)
        assert gone.what == ("conversation", "files")
        assert contents(work) == {"notes.md": "first\n"}


async def test_files_that_rerun_cells_change_again_are_named(work: Path) -> None:
    async with bench(in_its_place=FakeKernel(), files=kept(work)) as it:
        count = "open_ = Path('{}'); open_.write_text(open_.read_text() + '+')".format(work / "notes.md")
        await run(it, f"from pathlib import Path; {count}", "x = 2")
        it.send(Undo(way="replay"))
        await it.until(Noted, 2)
        assert (work / "notes.md").read_text() == "first\n++"
        assert it.all(Noted)[-1].text == "The cells that ran again have changed files again: notes.md."


async def test_a_folder_with_too_many_files_is_named_and_no_cell_fails(work: Path) -> None:
    async with bench(in_its_place=travelling(), files=kept(work, SnapshotLimits(entries=1))) as it:
        (work / "another").write_text("")
        for count in (1, 2):
            it.send(RunUserCode("x = 1"))
            assert (await it.until(CellFinished, count)).status == "ok"
        assert [each.text.partition(" (")[0] for each in it.all(Noted)] == ["The folder has more than 1 files"]
        it.send(Undo())
        gone: Rewound = await it.until(Rewound)
        assert gone.what == ("conversation", "variables")
        assert "more than 1 files" in gone.files_problem


async def test_a_file_that_is_too_large_is_named_once_and_stays(work: Path) -> None:
    (work / "big.bin").write_bytes(b"0" * 2_000_000)
    async with bench(in_its_place=travelling(), files=kept(work, SnapshotLimits(file_bytes=1000))) as it:
        await run(it, write(work / "big.bin", "small"), "x = 1")
        assert [each.text for each in it.all(Noted)] == [
            "Not kept: big.bin (too large, 2 MB). /undo leaves such files as they are."
        ]
        it.send(Undo(), Undo())
        await it.until(Rewound, 2)
        assert (work / "big.bin").read_text() == "small"


async def test_a_disk_that_fills_fails_no_cell_and_is_told(
    it: Bench, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(it, "x = 1")
    (work / "more.md").write_text("so that there is something to be kept before the next cell")

    def full(_self: Objects, _data: bytes) -> tuple[bytes, int]:
        raise OSError(28, "No space left on device")

    (work / "mine.md").write_text("not kept yet")
    with monkeypatch.context() as patched:
        patched.setattr(Objects, "put", full)
        it.send(RunUserCode(write(work / "notes.md", "second")))
        assert (await it.until(CellFinished, 2)).status == "ok"
        assert "the disk is full" in (await it.until(Noted)).text
    it.send(Undo())
    assert (await it.until(Rewound)).files_problem == "The files of that point were not kept"
    assert (work / "notes.md").read_text() == "second"


async def test_files_that_can_not_be_brought_back_leave_everything_as_it_is(
    it: Bench, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(it, f"x = 1; {write(work / 'notes.md', 'second')}")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Objects, "copy_to", full)
    it.send(Undo())
    assert "the disk is full" in (await it.until(Failed)).message
    assert it.all(Rewound) == []
    assert contents(work) == {"notes.md": "second"}


async def test_a_checkpoint_that_does_not_wake_leaves_the_files_as_they_were(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel, files=kept(work)) as it:
        await run(it, f"x = 1; {write(work / 'notes.md', 'second')}")
        kernel.checkpoints.clear()
        monkeypatch.setattr(kernel, "held", lambda: (HeldCheckpoint("c1"),))
        it.send(Undo())
        await it.until(Failed)
        assert it.all(Rewound) == []
        assert contents(work) == {"notes.md": "second"}


async def test_the_home_folder_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    files = FileSnapshots(tmp_path, tmp_path / "kept", KEY, ROOMY)
    async with bench(in_its_place=travelling(), files=files) as it:
        it.send(RunUserCode("x = 1"))
        await it.until(CellFinished)
        assert it.all(Noted)[0].text.startswith("This folder is your home folder, or holds it; its files are not kept.")
    assert not (tmp_path / "kept").exists()


async def test_what_was_undone_stays_undone_when_the_session_is_opened_again(work: Path) -> None:
    catalog = MemoryCatalog()
    journal = await catalog.create(folder=str(work), model="scripted")
    store = VariableStore(work.parent / "variables", KEY, journal.session)
    store.prepare()
    async with bench(journal=journal, in_its_place=resumable(), files=kept(work), variables=store) as it:
        await run(it, f"x = 1; {write(work / 'a.csv', '1')}", f"x = 2; {write(work / 'notes.md', 'second')}")
        it.send(Undo())
        await it.until(Rewound)
    kernel = resumable()
    async with bench(
        journal=await catalog.open(journal.session), in_its_place=kernel, files=kept(work), variables=store
    ) as it:
        await it.until(VariablesRestored)
        assert (kernel.namespace["x"], contents(work)) == (1, {"a.csv": "1", "notes.md": "first\n"})
        assert len(visible(it)) == 1
        it.send(Undo())
        asked: TravelAsked = await it.until(TravelAsked)
        assert (asked.conflicts, asked.ways) == ((), ("leave",))
        it.send(Undo(way="leave"))
        assert (await it.until(Rewound)).what == ("conversation", "files")
        assert contents(work) == {"notes.md": "first\n"}
        it.send(Redo())
        await it.until(Rewound, 2)
        assert contents(work) == {"a.csv": "1", "notes.md": "first\n"}


async def test_variables_that_are_on_disk_come_from_there(work: Path) -> None:
    catalog = MemoryCatalog()
    journal = await catalog.create(folder=str(work), model="scripted")
    store = VariableStore(work.parent / "variables", KEY, journal.session)
    store.prepare()
    async with bench(journal=journal, in_its_place=resumable(), files=kept(work), variables=store) as it:
        await run(it, "import random; x = [random.random()]")
    kernel = resumable()
    async with bench(
        journal=await catalog.open(journal.session), in_its_place=kernel, files=kept(work), variables=store
    ) as it:
        await it.until(VariablesRestored)
        was = list(cast("list[float]", kernel.namespace["x"]))
        await run(it, f"x.append(2); {write(work / 'notes.md', 'second')}")
        kernel.drop("c2")
        it.send(Undo())
        asked: TravelAsked = await it.until(TravelAsked)
        assert asked.ways == ("disk", "replay", "leave")
        it.send(Undo(way="disk"))
        restored: VariablesRestored = await it.until(VariablesRestored, 2)
        assert (kernel.namespace["x"], restored.missing, restored.cells) == (was, (), ("a1",))
        assert contents(work) == {"notes.md": "first\n"}
        assert [record.action for record in it.controller.transcript.actions.values() if record.live] == ["a1"]


async def test_a_cell_that_was_cut_off_leaves_files_that_are_asked_about(work: Path) -> None:
    """Codeact was killed while it ran: whether it or the user changed them since, nobody knows."""
    catalog = MemoryCatalog()
    journal = await catalog.create(folder=str(work), model="scripted")
    files = kept(work)
    taken = await files.take("before [1]")
    await files.close()
    action, code = ActionId("a1"), "slow()"
    await journal.append(
        [
            ActionProposed(action, code, code_sha256(code), "user"),
            ActionApproved(action, 0, code_sha256(code), "user"),
            FilesKept(taken.id, action, "before"),
            CellStarted(action, 0, code_sha256(code)),
        ]
    )
    await journal.close()
    (work / "notes.md").write_text("by the cell, or by the user")
    async with bench(journal=await catalog.open(journal.session), in_its_place=resumable(), files=kept(work)) as it:
        assert not (await it.until(FilesKept)).sure
        it.send(Undo(way="leave"))
        assert [each.path for each in (await it.until(TravelAsked)).conflicts] == ["notes.md"]
        it.send(Undo("overwrite", way="leave"))
        await it.until(Rewound)
        assert contents(work) == {"notes.md": "first\n"}


async def test_a_going_back_that_was_cut_off_is_told_of_when_the_session_is_opened_again(work: Path) -> None:
    files = kept(work)
    taken = await files.take()
    await files.close()
    (store,) = (work.parent / "kept").iterdir()
    with contextlib.closing(sqlite3.connect(store / "snapshots.db", isolation_level=None)) as database:
        database.execute("INSERT INTO restores (before, target, at) VALUES (?, ?, 0)", (taken.id, taken.id))
    async with bench(in_its_place=travelling(), files=kept(work)) as it:
        assert "some are as before, others as after" in (await it.until(Noted)).text
