"""Runs what a plan still lacks, several trials at a time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Protocol

from msgspec import Struct

from codeact_tui.errors import CodeActError, ConfigError, KernelStartFailed, ModelAuthFailed, ModelNotFound
from codeact_tui.evals.base import Mode, SuiteError, Trial
from codeact_tui.evals.results import Plan, Results

__all__ = [
    "HOPELESS",
    "MISSES_IN_A_ROW",
    "Job",
    "Missed",
    "OnProgress",
    "Outcomes",
    "Pending",
    "Progress",
    "pending",
    "run_jobs",
    "run_pending",
]

HOPELESS = (ModelAuthFailed, ModelNotFound, ConfigError, KernelStartFailed, SuiteError)
"""What no other trial will escape either."""
MISSES_IN_A_ROW = 8


class Pending(Struct, frozen=True):
    """A trial that is to be run."""

    task: str
    model: str
    mode: Mode
    repeat: int


class Missed(Struct, frozen=True):
    """A trial that could not be run, which says nothing of the model: the next run tries it again."""

    pending: Pending
    why: str


class Progress(Struct, frozen=True):
    """How far a run has come."""

    done: int
    of: int
    right: int
    missed: int
    cost_usd: float | None


OnProgress = Callable[[Progress], None]


class Job(Protocol):
    """Runs one trial at a time, in a kernel of its own."""

    async def run(self, pending: Pending) -> Trial:
        """Run a trial.

        Raises:
            CodeActError: It can't be run, which says nothing of the model.
        """
        ...

    async def close(self) -> None:
        """End the kernel and let go of the models."""
        ...


Outcomes = AsyncGenerator[Trial | Missed]


def pending(plan: Plan, done: Sequence[Trial]) -> list[Pending]:
    """Say which trials a plan still lacks, in its order: all arms of a task after one another."""
    had = {(trial.task, trial.arm, trial.repeat) for trial in done}
    return [
        Pending(task, arm.model, arm.mode, repeat)
        for repeat in range(1, plan.repeats + 1)
        for task in plan.tasks
        for arm in plan.arms
        if (task, arm, repeat) not in had
    ]


async def run_pending(
    results: Results, outcomes: Outcomes, on_progress: OnProgress, *, max_cost_usd: float | None = None
) -> list[Missed]:
    """Keep each trial as it comes, until none is left.

    Args:
        results: Where they are kept.
        outcomes: Trials as they come to their end, in any order.
        on_progress: Told after each.
        max_cost_usd: Stop when what is known of the cost comes to more.

    Returns:
        What could not be run.

    Raises:
        CodeActError: No other trial will escape what failed one, or the results can't be written.
    """
    missed: list[Missed] = []
    on_progress(_progress(results, missed))
    async with aclosing(outcomes):
        async for outcome in outcomes:
            if isinstance(outcome, Missed):
                missed.append(outcome)
            else:
                await asyncio.to_thread(results.add, outcome)
            on_progress(_progress(results, missed))
            if max_cost_usd is not None and _cost(results.trials) > max_cost_usd:
                raise SuiteError(
                    f"The run has cost more than ${max_cost_usd:g}, so it was stopped.",
                    remedy="What is done is kept; the same command with a higher --max-cost goes on.",
                )
    return missed


async def run_jobs(waiting: Sequence[Pending], make_job: Callable[[], Job], jobs: int) -> Outcomes:
    """Run trials, so many at a time, each job in a kernel of its own.

    Raises:
        CodeActError: No other trial will escape what failed one.
    """
    queue, ready = list(reversed(waiting)), asyncio.Queue[Trial | Missed | BaseException]()

    async def work(job: Job) -> None:
        while queue:
            next_one = queue.pop()
            try:
                ready.put_nowait(await job.run(next_one))
            except HOPELESS as error:
                ready.put_nowait(error)
                return
            except CodeActError as error:
                ready.put_nowait(Missed(next_one, error.sentence))

    async with AsyncExitStack() as stack:
        made = [make_job() for _ in range(min(jobs, len(waiting)))]
        for job in made:
            stack.push_async_callback(job.close)
        tasks = [asyncio.create_task(work(job), name="evaluation job") for job in made]
        stack.push_async_callback(_end, tasks)
        async with aclosing(_until_done(ready, tasks, len(waiting))) as found:
            async for outcome in found:
                yield outcome


async def _until_done(
    ready: "asyncio.Queue[Trial | Missed | BaseException]", tasks: Sequence["asyncio.Task[None]"], count: int
) -> Outcomes:
    in_a_row = 0
    for _ in range(count):
        outcome = await _next(ready, tasks)
        if isinstance(outcome, BaseException):
            raise outcome
        in_a_row = in_a_row + 1 if isinstance(outcome, Missed) else 0
        yield outcome
        if isinstance(outcome, Missed) and in_a_row == MISSES_IN_A_ROW:
            raise SuiteError(
                f"{MISSES_IN_A_ROW} trials in a row could not be run. The last: {outcome.why}",
                remedy="What is done is kept; the same command goes on.",
            )


async def _next(
    ready: "asyncio.Queue[Trial | Missed | BaseException]", tasks: Sequence["asyncio.Task[None]"]
) -> Trial | Missed | BaseException:
    """Wait for an outcome, or for a job that failed inside."""
    getting = asyncio.create_task(ready.get(), name="next outcome")
    try:
        while not getting.done():
            running = [task for task in tasks if not task.done()]
            for task in tasks:
                if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                    return error
            await asyncio.wait([getting, *running], return_when=asyncio.FIRST_COMPLETED)
        return getting.result()
    finally:
        getting.cancel()


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _progress(results: Results, missed: Sequence[Missed]) -> Progress:
    asked = results.asked
    arms, tasks = set(asked.arms), set(asked.tasks)
    trials = [
        trial for trial in results.trials if trial.arm in arms and trial.task in tasks and trial.repeat <= asked.repeats
    ]
    costs = [trial.cost_usd for trial in trials if trial.cost_usd is not None]
    return Progress(
        len(trials),
        asked.trials,
        sum(trial.right for trial in trials),
        len(missed),
        sum(costs) if costs else None,
    )


def _cost(trials: Sequence[Trial]) -> float:
    return sum(trial.cost_usd for trial in trials if trial.cost_usd is not None)
