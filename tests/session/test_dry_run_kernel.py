"""Dry runs in real kernels, in every kind of sandbox; and what is left of one during which codeact is killed."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.dry_runs import CommitDryRun, DiscardDryRun, DryRun, DryRunFinished, Explore
from codeact_tui.protocol.events import (
    ApprovalRequested,
    CellFinished,
    CellOutput,
    DryRunSettled,
    ExplorationEnded,
    Failed,
    Noted,
    TurnFinished,
)
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Interrupt, Reject, RunUserCode, SetPolicy, SubmitPrompt, Undo
from codeact_tui.protocol.travel import Rewound
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.session.entries import EventEntry
from codeact_tui.store.sqlite import SqliteCatalog
from tests.sandbox.mechanisms import working_mechanisms
from tests.session.bench import Bench, act, bench
from tests.session.test_dry_runs import contents, dry_run, rehearsal_files

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dry") / "workspace"
    folder.mkdir()
    return folder


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=("plain", *working_mechanisms()[:1]))
async def opened(request: pytest.FixtureRequest, workspace: Path) -> AsyncIterator[Bench]:
    kind = cast("str", request.param)
    sandbox = None if kind == "plain" else SandboxSettings(cast("SandboxMode", kind))
    kernel = JupyterKernel(workspace, sandbox=sandbox, checkpoints=CheckpointLimits(20, 1 << 30))
    files = rehearsal_files(workspace)
    async with bench(in_its_place=kernel, rehearsal_files=files, folder=str(workspace)) as it:
        yield it


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


async def say(it: Bench, *replies: str) -> None:
    """Ask, and wait until the cell of the first reply waits."""
    it.model.scripts[:] = list(replies)
    count = len(it.all(ApprovalRequested))
    it.send(SubmitPrompt("go"))
    await it.until(ApprovalRequested, count + 1)


async def reject(it: Bench) -> None:
    """Reject what waits, and wait until the turn has ended."""
    turns = len(it.all(TurnFinished))
    it.send(Reject(it.last.action))
    await it.until(TurnFinished, turns + 1)


async def run(it: Bench, code: str) -> str:
    """Run a cell of the user's; give what it printed."""
    count = len(it.all(CellFinished))
    it.send(RunUserCode(code))
    await it.until(CellFinished, count + 1)
    return "".join(getattr(block, "text", "") for block in it.last.outputs.blocks).strip()


async def settled(it: Bench, *, count: int) -> DryRunSettled:
    return await it.until(DryRunSettled, count)


STATE = """
import random
random.seed(7)
log = open("log.txt", "w+")
log.write("begun\\n"); _ = log.flush()
numbers = (each for each in range(10))
x = [next(numbers)]
"""
CODE = """
x.append(next(numbers)); x.append(random.random()); y = 5
log.write("tried\\n"); log.flush()
open("new.txt", "w").write("new")
print("so far", len(x))
"""


async def test_discarded_all_is_as_it_was_and_committed_all_has_happened(opened: Bench, workspace: Path) -> None:
    it = opened
    emptied(workspace)
    await run(it, STATE)
    there, turns, done = contents(workspace), len(it.all(TurnFinished)), len(it.all(DryRunSettled))
    await say(it, act(CODE), "done")
    finished = await dry_run(it)
    while not {each.name for each in finished.variables} >= {"x", "y"}:  # a busy machine has let no time for looking
        it.send(DiscardDryRun(finished.dry_run))
        done += 1
        await settled(it, count=done)
        finished = await dry_run(it)
    assert (finished.status, finished.problem) == ("ok", "")
    assert [(each.path, each.kind) for each in finished.files] == [("log.txt", "changed"), ("new.txt", "created")]
    assert contents(workspace) == there
    it.send(DiscardDryRun(finished.dry_run))
    await settled(it, count=done + 1)
    assert await run(it, "print(x, 'y' in globals(), log.tell())") == "[0] False 6"
    again = await dry_run(it)
    it.send(CommitDryRun(again.dry_run))
    await it.until(TurnFinished, turns + 1)
    assert contents(workspace) == {"log.txt": "begun\ntried\n", "new.txt": "new"}
    assert await run(it, "print(x[:2], y, log.tell())") == "[0, 1] 5 12"
    assert await run(it, "log.write('after\\n'); log.flush(); print(open('log.txt').read())") == "begun\ntried\nafter"


async def test_undo_takes_a_committed_dry_run_back(opened: Bench) -> None:
    it = opened
    await run(it, "z = 1")
    turns, back = len(it.all(TurnFinished)), len(it.all(Rewound))
    await say(it, act("z = 2"), "done")
    it.send(CommitDryRun((await dry_run(it)).dry_run))
    await it.until(TurnFinished, turns + 1)
    assert await run(it, "print(z)") == "2"
    for count in (1, 2):
        it.send(Undo())
        await it.until(Rewound, back + count)
    assert await run(it, "print(z)") == "1"


_DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import os\nos._exit(3)", "died"),
        (f"{_DEAF}print(1)\nwhile True: pass", "interrupted"),
    ],
    ids=["dies", "deaf"],
)
async def test_what_dies_or_never_ends_leaves_nothing(
    opened: Bench, code: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.session.rehearsing._DEAF_S", 0.3)
    it = opened
    await run(it, "x = 1")
    done = len(it.all(DryRunFinished))
    await say(it, act(f"x = 99\nprint('begun', flush=True)\n{code}"), "done")
    outputs = len(it.all(CellOutput))
    if status == "died":
        finished = await dry_run(it)
    else:
        it.send(DryRun(it.last.action, it.last.revision, it.last.sha256))
        await it.until(CellOutput, outputs + 1)
        it.send(Interrupt())
        finished = await it.until(DryRunFinished, done + 1)
    assert finished.status == status
    await reject(it)
    assert await run(it, "print(x)") == "1"


async def test_threads_of_ones_own_are_named_and_no_dry_run_is_made(opened: Bench) -> None:
    it = opened
    await run(
        it, "import threading\nstop = threading.Event()\nthread = threading.Thread(target=stop.wait)\nthread.start()"
    )
    failures = len(it.all(Failed))
    await say(it, act("x = 5"), "done")
    it.send(DryRun(it.last.action, 0, it.last.sha256))
    assert "No dry run now: in a copy of the kernel some of it stops" in (await it.until(Failed, failures + 1)).message
    await reject(it)
    await run(it, "stop.set(); t.join()")


async def test_a_check_picks_one_of_several_ways(opened: Bench, workspace: Path) -> None:
    it = opened
    it.model.scripts[:] = [act("x = 1"), act("x = 2; open('two.txt', 'w').write('2')"), "done"]
    ended = len(it.all(ExplorationEnded))
    it.send(SetPolicy("all"), Explore(2, "go", "assert x == 2"))
    assert (await it.until(ExplorationEnded, ended + 1)).picked == 2
    it.send(SetPolicy("ask"))
    assert await run(it, "print(x)") == "2"
    assert (workspace / "two.txt").read_text() == "2"


def killed_in_the_middle(command: list[str]) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"now\n"
        child.send_signal(signal.SIGKILL)


async def test_killed_meanwhile_the_session_opens_with_the_files_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "notes.md").write_text("mine")
    (folder / "old.txt").write_text("old")
    there = contents(folder)
    catalog = SqliteCatalog(tmp_path / "sessions.db")
    journal = await catalog.create(folder=str(folder), model="scripted")
    await journal.close()
    killed_in_the_middle([sys.executable, "-m", "tests.session.killed_dry_run", str(folder), str(journal.session)])
    assert contents(folder) != there
    again = await catalog.open(SessionId(journal.session))
    async with bench(journal=again, rehearsal_files=rehearsal_files(folder), folder=str(folder)) as it:
        assert contents(folder) == there
        events = [entry.event for entry in it.controller.transcript.entries if isinstance(entry, EventEntry)]
        said = " ".join(event.text for event in events if isinstance(event, Noted))
        assert "A dry run was going on when codeact ended. As before it again" in said
        [record] = it.controller.transcript.tried.dry_runs.values()
        assert record.finished is not None
        assert (record.finished.status, record.outcome) == ("lost", "discarded")
    await catalog.close()
