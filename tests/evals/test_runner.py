"""Runs: in parallel, kept, gone on with, summed up and compared."""

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from codeact_tui.config.resources import resource
from codeact_tui.errors import ModelAuthFailed, ModelUnavailable
from codeact_tui.evals.asking import Asker
from codeact_tui.evals.base import MODES, Arm, Mode, Suite, SuiteError, Task, Trial
from codeact_tui.evals.comparing import choose_arms, compare
from codeact_tui.evals.job import KernelJob
from codeact_tui.evals.pace import Pace
from codeact_tui.evals.reference import ReferenceModel, reference_turns
from codeact_tui.evals.report import Report, make_report, table_rows
from codeact_tui.evals.report_page import report_page
from codeact_tui.evals.results import Plan, Results, read_run
from codeact_tui.evals.runner import Job, Missed, Pending, Progress, pending, run_jobs, run_pending
from codeact_tui.evals.suite_folder import read_suite
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.session.model_seat import SeatedModel
from tests.evals.suites import sums

SHIPPED = resource("evals/suites") / "many-tools"


def plan_for(suite: Suite, *, models: tuple[str, ...] = ("demo",), modes: tuple[Mode, ...] = MODES) -> Plan:
    return Plan(suite.name, suite.sha256, models, modes, tuple(task.id for task in suite.tasks))


def job_for(suite: Suite) -> Callable[[], KernelJob]:
    def model(_: str, task: Task, mode: Mode) -> SeatedModel:
        return SeatedModel(ReferenceModel(task, mode), "execute", 1 << 20)

    tasks = {task.id: task for task in suite.tasks}
    asker = Asker(Pace())
    return lambda: KernelJob(tasks, asker, lambda _: FakeKernel(), model)


async def run_here(
    suite: Suite, folder: Path, make: Callable[[], Job], *, jobs: int = 1, plan: Plan | None = None
) -> Report:
    with Results(folder, plan or plan_for(suite)) as results:
        waiting = pending(results.asked, results.trials)
        await run_pending(results, run_jobs(waiting, make, jobs), lambda _: None)
    return make_report(*read_run(folder))


def without_seconds(report: Report) -> list[list[str]]:
    return table_rows(report, seconds=False)


async def test_the_three_modes_come_to_what_the_solutions_are_made_of(tmp_path: Path) -> None:
    """Code does a task in one action; by calls a task is done when its calls, and the answer, fit into the turns."""
    suite = read_suite(SHIPPED)
    report = await run_here(suite, tmp_path, job_for(suite))
    for arm in report.arms:
        turns = [reference_turns(task, arm.mode) for task in suite.tasks]
        right = sum(turn <= task.limits.turns for turn, task in zip(turns, suite.tasks, strict=True))
        assert (arm.trials, arm.right) == (len(suite.tasks), right)
        assert arm.turns is not None
        taken = [min(turn, task.limits.turns) for turn, task in zip(turns, suite.tasks, strict=True)]
        assert math.isclose(arm.turns.value, sum(taken) / len(taken))
    code, by_json, by_text = report.arms
    assert code.right == len(suite.tasks)
    assert 20 < by_json.right == by_text.right < 50


async def test_the_order_in_which_jobs_end_changes_nothing(tmp_path: Path) -> None:
    suite = sums(tmp_path / "suite", 6)
    report = await run_here(suite, tmp_path / "run", job_for(suite))
    assert [row[2] for row in without_seconds(report)[1:]] == ["100.0 % (6/6)", "50.0 % (3/6)", "50.0 % (3/6)"]
    plan, trials = read_run(tmp_path / "run")
    assert make_report(plan, reversed(trials)) == report


async def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    suite = sums(tmp_path / "suite")
    whole = await run_here(suite, tmp_path / "whole", job_for(suite))
    counted = _Counting(job_for(suite)())
    first = msgspec.structs.replace(plan_for(suite), modes=("code",))
    await run_here(suite, tmp_path / "parts", lambda: counted, plan=first, jobs=1)
    rest = await run_here(suite, tmp_path / "parts", lambda: counted, jobs=1)
    assert without_seconds(rest) == without_seconds(whole)
    assert len(counted.ran) == len(set(counted.ran)) == 9
    await counted.job.close()


async def test_what_joins_a_folder_runs_what_it_asked_for_and_nothing_else(tmp_path: Path) -> None:
    suite = sums(tmp_path / "suite")
    ids = tuple(task.id for task in suite.tasks)
    by_code = msgspec.structs.replace(plan_for(suite), modes=("code",))
    with Results(tmp_path / "run", by_code):
        pass  # begun, and stopped before the first trial
    one = msgspec.structs.replace(plan_for(suite), modes=("json",), tasks=ids[:1])
    report = await run_here(suite, tmp_path / "run", job_for(suite), plan=one)
    assert (report.done, report.of) == (1, 6)
    assert [(arm.mode, arm.trials) for arm in report.arms] == [("code", 0), ("json", 1)]


async def test_a_line_cut_short_is_taken_off_and_its_trial_run_again(tmp_path: Path) -> None:
    suite = sums(tmp_path / "suite")
    whole = await run_here(suite, tmp_path / "run", job_for(suite))
    lines = (tmp_path / "run" / "results.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "run" / "results.jsonl").write_bytes(b"".join(lines[:4]) + lines[4][:30])
    assert len(read_run(tmp_path / "run")[1]) == 4
    assert without_seconds(await run_here(suite, tmp_path / "run", job_for(suite))) == without_seconds(whole)
    for line in (tmp_path / "run" / "results.jsonl").read_bytes().splitlines():
        json.loads(line)


def test_results_are_held_by_one_and_of_one_suite(tmp_path: Path) -> None:
    suite = sums(tmp_path / "suite")
    with (
        Results(tmp_path / "run", plan_for(suite)),
        pytest.raises(SuiteError, match="Another codeact is writing"),
        Results(tmp_path / "run", plan_for(suite)),
    ):
        pass
    other = msgspec.structs.replace(plan_for(suite), sha256="0" * 64)
    with pytest.raises(SuiteError, match="another state of the suite"), Results(tmp_path / "run", other):
        pass
    with pytest.raises(SuiteError, match="no run"):
        read_run(tmp_path / "nothing")


def test_a_line_that_is_no_result_is_named(tmp_path: Path) -> None:
    suite = sums(tmp_path / "suite")
    with Results(tmp_path / "run", plan_for(suite)):
        pass
    (tmp_path / "run" / "results.jsonl").write_bytes(b'{"task": 1}\n')
    with pytest.raises(SuiteError, match="line 1 is no result"):
        read_run(tmp_path / "run")


class _Counting:
    def __init__(self, job: KernelJob) -> None:
        self.ran: list[Pending] = []
        self.job = job

    async def run(self, pending: Pending) -> Trial:
        self.ran.append(pending)
        return await self.job.run(pending)

    async def close(self) -> None:
        """Kept for the next run."""


class _Failing:
    """Fails as it is told; counts how many run at a time."""

    most = 0
    now = 0

    def __init__(self, *errors: Exception | None) -> None:
        self.closed = False
        self._errors = list(errors)

    async def run(self, pending: Pending) -> Trial:
        type(self).now += 1
        type(self).most = max(self.most, self.now)
        await asyncio.sleep(0)
        type(self).now -= 1
        error = self._errors.pop(0) if self._errors else None
        if error is not None:
            raise error
        return trial(pending.task, right=True)

    async def close(self) -> None:
        self.closed = True


def trial(task: str, *, right: bool, mode: Mode = "code", turns: int = 2, cost: float | None = 0.5) -> Trial:
    ending = "right" if right else "wrong"
    return Trial(task, "m", mode, 1, ending, "1", turns, turns - 1, 0, 100 * turns, 10, cost, 1.0)


WAITING = [Pending(f"t{number}", "m", "code", 1) for number in range(12)]


async def collect(jobs: Sequence[_Failing]) -> list[Trial | Missed]:
    left = list(jobs)
    return [outcome async for outcome in run_jobs(WAITING, lambda: left.pop(), len(jobs))]


async def test_what_fails_for_one_is_missed_and_the_others_go_on() -> None:
    job = _Failing(None, ModelUnavailable("It is down.", remedy="Wait."), None)
    found = await collect([job])
    assert [type(each) for each in found].count(Missed) == 1
    assert found[1] == Missed(WAITING[1], "It is down. Wait.")
    assert job.closed


async def test_jobs_run_at_the_same_time() -> None:
    _Failing.most = 0
    await collect([_Failing(), _Failing(), _Failing()])
    assert _Failing.most == 3


async def test_what_no_trial_escapes_ends_the_run() -> None:
    jobs = [_Failing(None, ModelAuthFailed("The key is wrong.")), _Failing()]
    with pytest.raises(ModelAuthFailed):
        await collect(jobs)
    assert all(job.closed for job in jobs)


async def test_many_misses_in_a_row_end_the_run() -> None:
    with pytest.raises(SuiteError, match="8 trials in a row"):
        await collect([_Failing(*[ModelUnavailable("It is down.")] * 12)])


async def test_a_mistake_of_ours_ends_the_run_too() -> None:
    with pytest.raises(ZeroDivisionError):
        await collect([_Failing(None, ZeroDivisionError())])


async def test_a_run_stops_when_it_costs_too_much(tmp_path: Path) -> None:
    seen: list[Progress] = []
    plan = Plan("s", "0", ("m",), ("code",), tuple(each.task for each in WAITING))
    with Results(tmp_path, plan) as results, pytest.raises(SuiteError, match=r"more than \$1"):
        await run_pending(results, run_jobs(WAITING, _Failing, 1), seen.append, max_cost_usd=1.0)
    assert (len(read_run(tmp_path)[1]), seen[-1].cost_usd) == (3, 1.5)


def test_two_ways_are_compared_in_words() -> None:
    first = [trial(f"t{n}", right=n < 10) for n in range(40)]
    second = [trial(f"t{n}", right=n < 30, mode="json", turns=5) for n in range(40)]
    found = compare(first, second, ("code", "json"))
    assert (found.both, found.first_only, found.second_only, found.neither) == (10, 0, 20, 10)
    assert found.sentences[0].startswith(
        "The second is better, and that is no chance: it solves 50.0 percentage points"
    )
    assert found.sentences[1].startswith("The second takes 3.0 more turns a task (3.0 to 3.0; p = less than 0.001)")
    alike = compare(first, [trial(f"t{n}", right=n < 11) for n in range(40)], ("a", "b"))
    assert "may well be chance (p = 1.000)" in alike.sentences[0]
    assert alike.sentences[1] == "No difference in turns is sure (p = 1.000)."
    assert compare(first, first, ("a", "a")).sentences[0].startswith("There is no difference in success")
    assert "cost_usd" not in compare(first, [trial("t1", right=True, cost=None)], ("a", "b")).figures
    with pytest.raises(SuiteError, match="no task in common"):
        compare(first, [trial("other", right=True)], ("a", "b"))


def test_lines_of_a_run_are_chosen_by_model_and_mode() -> None:
    plan = Plan("s", "0", ("a/b", "c"), ("code", "json"), ("t",))
    assert choose_arms(plan, "") == list(plan.arms)
    assert choose_arms(plan, "json") == [Arm("a/b", "json"), Arm("c", "json")]
    assert choose_arms(plan, "a/b#code") == [Arm("a/b", "code")]
    with pytest.raises(SuiteError, match='nothing that is "d"'):
        choose_arms(plan, "d")


def test_what_one_trial_does_not_tell_is_unknown_and_never_nothing() -> None:
    plan = Plan("s", "0", ("m",), ("code",), ("t1", "t2"))
    report = make_report(plan, [trial("t1", right=True), trial("t2", right=True, cost=None)])
    assert (report.arms[0].cost_usd, report.arms[0].total_cost_usd) == (None, None)
    assert table_rows(report)[1][7] == "unknown"


def test_the_page_needs_nothing_else_and_holds_no_markup_of_others() -> None:
    plan = Plan("<script>alert(1)</script>", "0", ("<img src=x>\x1b[31m",), ("code",), ("g/1", "h/2"))
    trials = [msgspec.structs.replace(trial(name, right=True), model=plan.models[0]) for name in plan.tasks]
    page = report_page(make_report(plan, trials), when="2024-05-01", version="1")
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<svg") == 6
    assert report_page(make_report(plan, [])).count("<svg") == 1
