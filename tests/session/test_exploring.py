"""Several ways to take a step: asked of a scripted model, tried in a kernel without a process, in a real folder."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.errors import ModelRefused
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Hang
from codeact_tui.model.scripted import Hold, Script
from codeact_tui.protocol.dry_runs import EndExploration, Explore, PickCandidate, RunCandidates
from codeact_tui.protocol.events import (
    ApprovalRequested,
    CandidateProposed,
    CandidatesReady,
    CellOutput,
    CellStarted,
    DryRunFinished,
    ExplorationEnded,
    Failed,
    ReplyDelta,
    TurnFinished,
)
from codeact_tui.protocol.ops import Interrupt, Op, Policy, Reject, SubmitPrompt
from codeact_tui.protocol.turns import Usage
from codeact_tui.session.transcript import replay
from tests.session.bench import Bench, act, bench
from tests.session.test_dry_runs import BEGUN, contents, rehearsal_files, workspace

__all__ = ["workspace"]


def kernel_of() -> FakeKernel:
    kernel = FakeKernel()
    kernel.keeps_checkpoints = True
    return kernel


def opened(
    workspace: Path, *replies: Script, kernel: FakeKernel | None = None, policy: Policy = "ask"
) -> AbstractAsyncContextManager[Bench]:
    return bench(
        replies,
        in_its_place=kernel or kernel_of(),
        rehearsal_files=rehearsal_files(workspace),
        folder=str(workspace),
        config=Config(session=SessionConfig(policy=policy)),
    )


async def run_all(it: Bench) -> None:
    """Let the candidates run, and wait until all have."""
    ready: CandidatesReady = await it.until(CandidatesReady)
    it.send(RunCandidates(ready.exploration, tuple(each.sha256 for each in ready.candidates)))
    await it.until(DryRunFinished, len(ready.candidates))
    await it.until(lambda: it.controller.state == "waiting")


def ways(workspace: Path) -> list[str]:
    return [
        f"x = 1\nfrom pathlib import Path\nPath('{workspace}/one.txt').write_text('1')",
        f"x = 2\nfrom pathlib import Path\nPath('{workspace}/two.txt').write_text('2')",
        "raise ValueError('three')",
    ]


async def test_one_is_picked_and_has_happened_and_no_other(workspace: Path) -> None:
    kernel, there = kernel_of(), contents(workspace)
    first, second, third = ways(workspace)
    async with opened(workspace, act(first), act(second), act(third), "done", kernel=kernel) as it:
        it.send(Explore(3, "go"))
        await run_all(it)
        assert contents(workspace) == there
        assert "x" not in kernel.namespace
        finished: list[DryRunFinished] = it.all(DryRunFinished)
        assert [each.status for each in finished] == ["ok", "ok", "error"]
        assert [[file.path for file in each.files] for each in finished] == [["one.txt"], ["two.txt"], []]
        it.send(PickCandidate("x1", 2))
        await it.until(TurnFinished)
        assert contents(workspace) == there | {"two.txt": "2"}
        assert kernel.namespace["x"] == 2
        assert (it.last.code, it.last.status, it.last.edited) == (second, "ok", True)
        assert (await it.until(ExplorationEnded)) == ExplorationEnded("x1", 2)
        assert kernel.executed == [first, second, third]
        assert list(kernel.checkpoints) == list(it.controller.transcript.checkpoints)
        assert replay(it.envelopes).tried == it.controller.transcript.tried


async def test_other_ways_than_the_cell_that_waits(workspace: Path) -> None:
    async with opened(workspace, act("x = 1"), act("x = 2"), "done") as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        it.send(Explore(2))
        await run_all(it)
        asked = it.model.requests[-1].messages[-1].content
        assert "clearly different way" in asked
        assert "x = 1" in asked
        it.send(PickCandidate("x1", 1))
        await it.until(TurnFinished)
        assert (it.last.code, it.last.edited) == ("x = 1", False)


async def test_nothing_runs_before_the_user_lets_it_and_nothing_else_than_was_shown(workspace: Path) -> None:
    kernel = kernel_of()
    async with opened(workspace, act("x = 1"), act("x = 2"), kernel=kernel) as it:
        it.send(Explore(2, "go"))
        ready: CandidatesReady = await it.until(CandidatesReady)
        assert ready.asks
        it.send(RunCandidates(ready.exploration, (ready.candidates[0].sha256,)))
        assert "not what was shown" in (await it.until(Failed)).message
        assert kernel.executed == []


async def test_what_the_policy_lets_run_is_tried_at_once(workspace: Path) -> None:
    async with opened(workspace, act("x = 1"), act("x = 2"), policy="all") as it:
        it.send(Explore(2, "go"))
        await it.until(DryRunFinished, 2)
        assert not (await it.until(CandidatesReady)).asks
        assert it.all(CellStarted) == []


async def test_equal_ones_are_one(workspace: Path) -> None:
    async with opened(workspace, act("x = 1"), act("x  =  1  # the same"), act("x = 2")) as it:
        it.send(Explore(3, "go"))
        ready: CandidatesReady = await it.until(CandidatesReady)
        assert [(each.number, each.code, each.times) for each in ready.candidates] == [(1, "x = 1", 2), (2, "x = 2", 1)]


async def test_what_it_took_is_counted_and_the_others_are_no_part_of_the_conversation(workspace: Path) -> None:
    async with opened(workspace, act("x = 1"), act("x = 2"), "done") as it:
        it.send(Explore(2, "go"))
        await it.until(CandidatesReady)
        deltas = len(it.all(ReplyDelta))
        proposed: list[CandidateProposed] = it.all(CandidateProposed)
        assert len(proposed) == 2
        assert it.controller.transcript.usage == Usage() or it.controller.transcript.usage.input_tokens is not None
        assert it.controller.transcript.tried.explorations["x1"].replies == 2
        it.send(EndExploration("x1"))
        await it.until(ExplorationEnded)
        assert len(it.all(ReplyDelta)) == deltas
        assert it.last.state == "waiting"
        it.approve()
        await it.until(TurnFinished)
        assert "x = 2" not in "".join(message.content for message in it.model.requests[-1].messages)


@pytest.mark.parametrize(
    ("check", "picked"), [("assert x == 2", 2), ("assert x > 0", 1), ("assert x == 9", None), ("print(x)", 1)]
)
async def test_a_check_picks(workspace: Path, check: str, picked: int | None) -> None:
    kernel = kernel_of()
    async with opened(workspace, act("x = 1"), act("x = 2"), "done", kernel=kernel, policy="all") as it:
        it.send(Explore(2, "go", check))
        await it.until(DryRunFinished, 2)
        if picked is None:
            await it.until(lambda: it.controller.state == "waiting")
            assert [each.check_error for each in it.all(DryRunFinished)] == ["AssertionError: "] * 2
            it.send(EndExploration("x1"))
        ended: ExplorationEnded = await it.until(ExplorationEnded)
        assert (ended.picked, ended.by) == (picked, "check" if picked else "user")
        if picked:
            await it.until(TurnFinished)
            assert kernel.namespace["x"] == picked


async def test_what_a_check_does_is_not_committed(workspace: Path) -> None:
    kernel, there = kernel_of(), contents(workspace)
    check = f"x = 99\nfrom pathlib import Path\nPath('{workspace}/check.txt').write_text('')"
    async with opened(workspace, act("x = 1"), act("x = 2"), "done", kernel=kernel, policy="all") as it:
        it.send(Explore(2, "go", check))
        await it.until(TurnFinished)
        assert kernel.namespace["x"] == 1
        assert contents(workspace) == there


@pytest.mark.parametrize(
    "op", [Explore(1, "go"), Explore(9, "go"), Explore(3), Explore(3, "go", check="assert ("), PickCandidate("x9", 1)]
)
async def test_what_can_not_be_done_is_refused(workspace: Path, op: Op) -> None:
    async with opened(workspace) as it:
        it.send(op)
        await it.until(Failed)
        assert it.controller.state == "idle"


@pytest.mark.parametrize("when", ["asking", "choosing", "running"])
async def test_esc_ends_it_and_the_cell_goes_on_waiting(workspace: Path, when: str) -> None:
    kernel, there = kernel_of(), contents(workspace)
    kernel.on("x = 2", BEGUN, Hang())
    policy: Policy = "all" if when == "running" else "ask"
    replies = [act("x = 1"), *([] if when == "asking" else [act("x = 2")])]
    async with opened(workspace, *replies, kernel=kernel, policy=policy) as it:
        if when == "asking":
            it.model.scripts.append([Hold()])
        it.send(Explore(2, "go"))
        await it.until({"asking": CandidateProposed, "choosing": CandidatesReady, "running": CellOutput}[when])
        it.send(Interrupt())
        await it.until(ExplorationEnded)
        await it.until(lambda: it.controller.state == "waiting")
        assert it.last.state == "waiting"
        assert contents(workspace) == there
        assert kernel.checkpoints == {}


async def test_a_model_that_fails_leaves_fewer_ways(workspace: Path) -> None:
    async with opened(workspace, act("x = 1"), act("x = 2"), [ModelRefused("No.")]) as it:
        it.send(Explore(4, "go"))
        ready: CandidatesReady = await it.until(CandidatesReady)
        assert len(ready.candidates) == 2


async def test_another_decision_ends_it(workspace: Path) -> None:
    async with opened(workspace, act("x = 1"), act("x = 2"), "done") as it:
        it.send(Explore(2, "go"))
        await it.until(CandidatesReady)
        it.send(Reject(it.last.action))
        ended = await it.until(ExplorationEnded)
        assert ended.why == "the cell was decided about otherwise"
        await it.until(TurnFinished)
