"""Dry runs of cells that wait, over a kernel without a process that keeps its variables, and a real folder."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Ask, Die, Hang
from codeact_tui.protocol.dry_runs import CommitDryRun, DiscardDryRun, DryRun
from codeact_tui.protocol.events import (
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    DryRunFinished,
    DryRunSettled,
    DryRunStarted,
    Failed,
    TurnFinished,
)
from codeact_tui.protocol.ops import EditAction, Interrupt, Reject, RunUserCode, Shutdown, SubmitPrompt, Undo
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.protocol.travel import Rewound
from codeact_tui.sandbox.policy import SandboxPolicy
from codeact_tui.session.rehearsal_files import Brought, Kept, RehearsalFiles, Tried
from codeact_tui.session.transcript import replay
from codeact_tui.snapshots.entries import hash_of
from codeact_tui.snapshots.files import FileSnapshots, SnapshotLimits, Walked
from codeact_tui.snapshots.pending import PendingRestore
from tests.session.bench import Bench, act, bench

KEY = b"k" * 32
BEGUN = StreamOutput("stdout", "begun\n")
ROOMY = SnapshotLimits(spare_bytes=0, gitignore=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "notes.md").write_text("one\ntwo\n")
    (folder / "old.txt").write_text("old\n")
    return folder


def rehearsal_files(workspace: Path, limits: SnapshotLimits = ROOMY) -> RehearsalFiles:
    data = workspace.parent / "data"
    return RehearsalFiles(
        FileSnapshots(workspace, data / "files", KEY, limits),
        FileSnapshots(workspace, data / "files", KEY, limits),
        PendingRestore(data / "dry-runs", workspace),
    )


@asynccontextmanager
async def asked(
    workspace: Path, code: str, *more: str, kernel: FakeKernel | None = None, before: str = ""
) -> AsyncGenerator[Bench]:
    """A session in which the model has proposed code, which waits for an answer."""
    kernel = kernel or FakeKernel()
    kernel.keeps_checkpoints = True
    kept = FileSnapshots(workspace, workspace.parent / "data" / "files", KEY, ROOMY, session="s")
    scripts = [act(code), *more]
    files = rehearsal_files(workspace)
    async with bench(scripts, in_its_place=kernel, rehearsal_files=files, files=kept, folder=str(workspace)) as it:
        if before:
            it.send(RunUserCode(before))
            await it.until(CellFinished)
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        yield it


async def dry_run(it: Bench, **changes: bool) -> DryRunFinished:
    """Run what waits dry, and wait for the end."""
    count = len(it.all(DryRunFinished))
    [waiting] = [record for record in it.controller.transcript.unfinished() if record.state == "waiting"]
    it.send(DryRun(waiting.action, waiting.revision, waiting.sha256, **changes))
    return await it.until(DryRunFinished, count + 1)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


CODE = """
from pathlib import Path
x.append(2)
y = 5
del z
print("made it")
Path("{0}/new.txt").write_text("new")
Path("{0}/notes.md").write_text("one\\nthree\\n")
Path("{0}/old.txt").unlink()
"""
BEFORE = "x = [1]; z = 0"
AFTER = {"new.txt": "new", "notes.md": "one\nthree\n"}


async def test_it_shows_what_would_change_and_nothing_has_changed(workspace: Path) -> None:
    kernel, there = FakeKernel(), contents(workspace)
    async with asked(workspace, CODE.format(workspace), kernel=kernel, before=BEFORE) as it:
        finished = await dry_run(it)
        assert (finished.status, finished.problem) == ("ok", "")
        assert [(each.name, each.kind) for each in finished.variables] == [
            ("y", "appears"),
            ("x", "changes"),
            ("z", "disappears"),
        ]
        assert [(each.path, each.kind, each.added, each.removed) for each in finished.files] == [
            ("new.txt", "created", 1, 0),
            ("notes.md", "changed", 1, 1),
            ("old.txt", "deleted", 0, 1),
        ]
        assert "-two\n+three" in finished.files[1].diff
        assert contents(workspace) == there
        assert kernel.namespace["x"] == [1]
        assert "y" not in kernel.namespace
        assert it.last.state == "waiting"
        assert it.last.tried is not None
        assert it.last.tried.open
        assert [block.text for block in it.last.tried.run.outputs.blocks] == ["made it\n"]  # type: ignore[union-attr]


async def test_committed_it_has_happened_and_did_not_run_again(workspace: Path) -> None:
    kernel, there = FakeKernel(), contents(workspace)
    async with asked(workspace, CODE.format(workspace), "done", kernel=kernel, before=BEFORE) as it:
        finished = await dry_run(it)
        it.send(CommitDryRun(finished.dry_run))
        await it.until(TurnFinished)
        assert contents(workspace) == AFTER
        assert (kernel.namespace["x"], kernel.namespace["y"], "z" in kernel.namespace) == ([1, 2], 5, False)
        record = it.last
        assert (record.state, record.status, record.approved_by) == ("finished", "ok", "user")
        assert kernel.executed.count(record.code) == 1
        assert "made it" in it.seen_by_model()
        assert it.all(DryRunSettled) == [DryRunSettled(finished.dry_run, "committed")]
        it.send(Undo())
        await it.until(Rewound)
        assert kernel.namespace["x"] == [1]
        assert contents(workspace) == there
        assert replay(it.envelopes).actions[record.action].outputs == record.outputs


async def test_discarded_nothing_has_happened_and_the_card_asks_as_before(workspace: Path) -> None:
    kernel, there = FakeKernel(), contents(workspace)
    async with asked(workspace, CODE.format(workspace), "done", kernel=kernel, before=BEFORE) as it:
        finished = await dry_run(it)
        it.send(DiscardDryRun(finished.dry_run))
        assert (await it.until(DryRunSettled)).outcome == "discarded"
        assert (contents(workspace), kernel.namespace["x"], it.last.state) == (there, [1], "waiting")
        assert list(kernel.checkpoints) == ["c1"]
        it.approve()
        await it.until(TurnFinished)
        assert contents(workspace) == AFTER


async def test_an_error_can_be_looked_at_and_committed(workspace: Path) -> None:
    async with asked(workspace, "x = 1; 1 / 0", "done") as it:
        finished = await dry_run(it)
        assert (finished.status, finished.problem) == ("error", "")
        it.send(CommitDryRun(finished.dry_run))
        await it.until(TurnFinished)
        assert it.last.status == "error"
        assert "ZeroDivisionError" in it.seen_by_model()


@pytest.mark.parametrize("deaf", [False, True])
async def test_one_that_runs_for_ever_is_stopped_and_discarded(
    workspace: Path, deaf: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.session.rehearsing._DEAF_S", 0.05)
    kernel = FakeKernel({"loop()": [BEGUN, Hang(deaf=deaf)]})
    async with asked(workspace, "loop()", kernel=kernel, before="x = 1") as it:
        it.send(DryRun(it.last.action, 0, it.last.sha256))
        await it.until(CellOutput)
        it.send(Interrupt())
        finished = await it.until(DryRunFinished)
        assert finished.status == "interrupted"
        assert (await it.until(DryRunSettled)).outcome == "discarded"
        assert (it.last.state, kernel.namespace["x"]) == ("waiting", 1)
        assert it.controller.state == "waiting"


async def test_one_that_has_ended_is_as_it_ended_when_it_is_stopped_then(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.session.rehearsing._DEAF_S", 0.0)
    looking, may_look, walk = asyncio.Event(), asyncio.Event(), Kept.walk

    async def slow(self: Kept) -> Walked | None:
        looking.set()
        await may_look.wait()
        return await walk(self)

    monkeypatch.setattr(Kept, "walk", slow)
    kernel = FakeKernel()
    async with asked(workspace, "x = 2", "done", kernel=kernel, before="x = 1") as it:
        it.send(DryRun(it.last.action, 0, it.last.sha256))
        await looking.wait()
        it.send(Interrupt())
        running = it.controller._crew.trials.rehearser._running  # pyright: ignore[reportPrivateUsage]
        assert running is not None
        while running.killing is None or not running.killing.done():  # noqa: ASYNC110
            await asyncio.sleep(0)
        may_look.set()
        finished = await it.until(DryRunFinished)
        assert (finished.status, kernel.namespace["x"]) == ("ok", 1)
        it.send(CommitDryRun(finished.dry_run))
        await it.until(CellFinished, 2)
        assert kernel.namespace["x"] == 2


async def test_an_approval_while_it_is_committed_runs_the_cell_once(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bringing, may_bring, bring = asyncio.Event(), asyncio.Event(), RehearsalFiles.bring

    async def slow(self: RehearsalFiles, tried: Tried, since: Sequence[Tried]) -> Brought:
        bringing.set()
        await may_bring.wait()
        return await bring(self, tried, since)

    monkeypatch.setattr(RehearsalFiles, "bring", slow)
    kernel = FakeKernel()
    async with asked(workspace, "x.append(2)", "done", kernel=kernel, before="x = [1]") as it:
        finished = await dry_run(it)
        it.send(CommitDryRun(finished.dry_run))
        await bringing.wait()
        it.approve()
        await it.until(lambda: it.last.state == "approved")
        may_bring.set()
        assert "decided about meanwhile" in (await it.until(Failed)).message
        await it.until(TurnFinished)
        assert (kernel.namespace["x"], len(it.all(CellFinished))) == ([1, 2], 2)


async def test_one_that_the_kernel_dies_of_leaves_all_as_it_was(workspace: Path) -> None:
    kernel = FakeKernel({"crash()": [StreamOutput("stdout", "so far\n"), Die(-11)]})
    async with asked(workspace, "crash()", kernel=kernel, before="x = 1") as it:
        finished = await dry_run(it)
        assert (finished.status, finished.problem) == ("died", "the kernel died of it")
        assert kernel.namespace["x"] == 1
        it.send(CommitDryRun(finished.dry_run))
        assert "can't be committed: the kernel died of it" in (await it.until(Failed)).message
        assert it.last.state == "waiting"


async def test_one_that_asks_for_input_ends_there(workspace: Path) -> None:
    kernel = FakeKernel({"ask()": [Ask("Name? ")]})
    async with asked(workspace, "ask()", kernel=kernel) as it:
        finished = await dry_run(it)
        assert finished.problem == "it asked for input"


async def test_what_changed_since_is_not_overwritten_by_a_commit(workspace: Path) -> None:
    async with asked(workspace, CODE.format(workspace), before=BEFORE) as it:
        finished = await dry_run(it)
        (workspace / "notes.md").write_text("mine\n")
        it.send(CommitDryRun(finished.dry_run))
        assert (await it.until(Failed)).message == "notes.md has changed since the dry run."
        assert (workspace / "notes.md").read_text() == "mine\n"
        assert not (workspace / "new.txt").exists()
        assert it.last.state == "waiting"


async def test_what_is_damaged_since_is_not_committed_nor_is_anything_else(workspace: Path) -> None:
    async with asked(workspace, CODE.format(workspace), before=BEFORE) as it:
        finished, before = await dry_run(it), contents(workspace)
        with sqlite3.connect(next((workspace.parent / "data" / "files").iterdir()) / "snapshots.db") as database:
            database.execute("UPDATE objects SET data = x'00' WHERE hash = ?", (hash_of(b"new"),))
        database.close()
        it.send(CommitDryRun(finished.dry_run))
        why = "Nothing was committed: new.txt can't be brought: what was kept of it is damaged."
        assert (await it.until(Failed)).message == why
        assert contents(workspace) == before
        assert it.last.state == "waiting"


async def test_what_ran_since_makes_it_void(workspace: Path) -> None:
    async with asked(workspace, "x = 2", before="x = 1") as it:
        finished = await dry_run(it)
        it.send(RunUserCode("x = 7"))
        assert (await it.until(DryRunSettled)).outcome == "discarded"
        it.send(CommitDryRun(finished.dry_run))
        assert "any more" in (await it.until(Failed)).message


@pytest.mark.parametrize("answer", ["reject", "edit", "approve"])
async def test_another_answer_discards_it(workspace: Path, answer: str) -> None:
    async with asked(workspace, "x = 2", "done") as it:
        await dry_run(it)
        match answer:
            case "reject":
                it.send(Reject(it.last.action))
            case "edit":
                it.send(EditAction(it.last.action, 0, "x = 3"))
            case _:
                it.approve()
        assert (await it.until(DryRunSettled)).outcome == "discarded"


async def test_a_decision_while_it_runs_stops_it(workspace: Path) -> None:
    kernel = FakeKernel({"loop()": [BEGUN, Hang()]})
    async with asked(workspace, "loop()", "done", kernel=kernel) as it:
        it.send(DryRun(it.last.action, 0, it.last.sha256))
        await it.until(CellOutput)
        it.send(Reject(it.last.action))
        await it.until(DryRunFinished)
        await it.until(TurnFinished)
        assert it.all(ActionRejected)
        assert it.all(CellStarted) == []


@pytest.mark.parametrize("reach", [False, True])
async def test_the_network_stays_off_unless_the_user_says_so(workspace: Path, reach: bool) -> None:
    kernel = FakeKernel({"fetch()": [BEGUN, Hang()]})
    kernel.sandbox = SandboxPolicy(str(workspace))
    async with asked(workspace, "fetch()", kernel=kernel) as it:
        it.send(DryRun(it.last.action, 0, it.last.sha256, network=reach))
        await it.until(CellOutput)
        assert kernel.network_held is not reach
        it.send(Interrupt())
        finished = await it.until(DryRunFinished)
        assert ("what it sends" in finished.not_undone) is reach
        assert kernel.network_held is False


async def test_without_a_sandbox_a_cell_that_uses_the_network_is_refused(workspace: Path) -> None:
    async with asked(workspace, "import requests\nrequests.get('https://example.org')") as it:
        it.send(DryRun(it.last.action, 0, it.last.sha256))
        failed = await it.until(Failed)
        assert "can't be held back" in failed.message
        assert it.all(DryRunStarted) == []


async def test_it_is_refused_where_no_copy_can_be_made(workspace: Path) -> None:
    kernel = FakeKernel()
    async with asked(workspace, "x = 1", kernel=kernel) as it:
        kernel.keeps_checkpoints = False
        it.send(DryRun(it.last.action, 0, it.last.sha256))
        assert "can't be copied" in (await it.until(Failed)).message
        assert it.last.state == "waiting"


async def test_closing_in_the_middle_puts_everything_back(workspace: Path) -> None:
    kernel, there = FakeKernel(), contents(workspace)
    code = (
        f"from pathlib import Path\nPath('{workspace}/new.txt').write_text('x')\nimport time\nprint(1)\ntime.sleep(9)"
    )
    async with asked(workspace, code, kernel=kernel) as it:
        it.send(DryRun(it.last.action, 0, it.last.sha256))
        await it.until(CellOutput)
        it.send(Shutdown())
        await it.controller.close()
        assert contents(workspace) == there
        assert list((workspace.parent / "data" / "dry-runs").iterdir()) == []


def in_order(events: Sequence[object], *kinds: type[object]) -> bool:
    """Say whether the first of each kind comes in this order."""
    first = [next(at for at, each in enumerate(events) if isinstance(each, kind)) for kind in kinds]
    return first == sorted(first)


async def test_its_beginning_is_recorded_before_it_runs(workspace: Path) -> None:
    async with asked(workspace, "x = 1") as it:
        await dry_run(it)
        assert in_order(it.events, ApprovalRequested, DryRunStarted, DryRunFinished)
