"""Joins the evaluation's parts to what the settings ask for: kernels, models, suites, results."""

import asyncio
import functools
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from codeact_tui import __version__
from codeact_tui.config.resources import resource
from codeact_tui.config.schema import Config
from codeact_tui.evals.asking import Asker
from codeact_tui.evals.base import Mode, Suite, SuiteError, Task, Trial
from codeact_tui.evals.checking import is_right
from codeact_tui.evals.job import KernelJob, MakeModel
from codeact_tui.evals.on_dask import Parcel, answer_parcel, run_on_dask
from codeact_tui.evals.pace import Pace
from codeact_tui.evals.published import is_api_bank, is_m3tooleval, read_api_bank, read_m3tooleval
from codeact_tui.evals.reference import ReferenceModel
from codeact_tui.evals.results import Plan, Results
from codeact_tui.evals.runner import Missed, OnProgress, Outcomes, Pending, pending, run_jobs, run_pending
from codeact_tui.evals.setups import recorded_solution
from codeact_tui.evals.suite_folder import read_suite
from codeact_tui.evals.workbench import Workbench
from codeact_tui.kernel.base import Kernel
from codeact_tui.model.retry import RetryPolicy
from codeact_tui.parts import make_kernel, make_seated
from codeact_tui.paths import data_dir
from codeact_tui.session.model_seat import SeatedModel

__all__ = [
    "SHIPPED",
    "Checked",
    "EvalOptions",
    "check_references",
    "load_suite",
    "plan_of",
    "results_folder",
    "run_eval",
]

SHIPPED = "many-tools"
"""The suite that ships with codeact."""
_ASK_TOKENS = 2048


class EvalOptions(Struct, frozen=True):
    """What `codeact eval` was asked for."""

    config: Config
    suite: Suite
    models: tuple[str, ...]
    modes: tuple[Mode, ...]
    jobs: int = 1
    repeats: int = 1
    requests_per_minute: float = 0.0
    max_cost_usd: float | None = None
    dask: str = ""
    """A scheduler's address; empty to run here."""


async def load_suite(name: str, config: Config) -> Suite:
    """Read a suite: the one that ships, a folder of ours, or M³ToolEval or API-Bank as their authors lay them out.

    Raises:
        SuiteError: There is none, or it can't be used.
        KernelStartFailed: Its tasks have to be imported, and no kernel comes up.
    """
    folder = await asyncio.to_thread(_suite_folder, name)
    if is_api_bank(folder):
        return await asyncio.to_thread(read_api_bank, folder)
    if is_m3tooleval(folder):
        with TemporaryDirectory(prefix="codeact-eval-", ignore_cleanup_errors=True) as work:
            return await read_m3tooleval(folder, make_kernel(_reading(config, (str(folder),)), Path(work)))
    return await asyncio.to_thread(read_suite, folder)


def _suite_folder(name: str) -> Path:
    folder = Path(name).expanduser()
    shipped = name == SHIPPED and not folder.is_dir()
    return resource("evals/suites") / SHIPPED if shipped else folder.resolve()


def narrowed(suite: Suite, patterns: Sequence[str], limit: int | None) -> tuple[str, ...]:
    """Choose tasks by how their ids begin; all where nothing is asked for.

    Raises:
        SuiteError: No task's id begins so.
    """
    chosen = [task.id for task in suite.tasks if not patterns or any(task.id.startswith(each) for each in patterns)]
    if not chosen:
        raise SuiteError(f"No task of {suite.name} begins with {' or '.join(patterns)}.")
    return tuple(chosen[:limit])


def plan_of(options: EvalOptions, tasks: tuple[str, ...]) -> Plan:
    """Say what a run is to do."""
    suite = options.suite
    return Plan(suite.name, suite.sha256, options.models, options.modes, tasks, options.repeats, __version__)


def results_folder(plan: Plan) -> Path:
    """Say where a run is kept that was given no folder: the same for the same plan, so that it goes on by itself."""
    digest = hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(plan, version=""))).hexdigest()[:10]
    name = "".join(character if character.isalnum() or character in "-_" else "-" for character in plan.suite)
    return data_dir() / "evals" / f"{name[:60]}-{digest}"


async def run_eval(options: EvalOptions, results: Results, on_progress: OnProgress) -> list[Missed]:
    """Run what the results still lack.

    Args:
        options: What was asked for.
        results: Open; what they were asked for is run.
        on_progress: Told after each trial.

    Returns:
        What could not be run.

    Raises:
        CodeActError: No other trial will escape what failed one, or the results can't be written.
    """
    waiting = pending(results.asked, results.trials)
    tasks = {task.id: task for task in options.suite.tasks}
    return await run_pending(
        results, _outcomes(options, tasks, waiting), on_progress, max_cost_usd=options.max_cost_usd
    )


def _outcomes(options: EvalOptions, tasks: Mapping[str, Task], waiting: Sequence[Pending]) -> Outcomes:
    config = _confined(options.config, options.suite.tasks)
    rpm = options.requests_per_minute
    if options.dask:
        encoded = msgspec.json.encode(config)
        parcels = [Parcel(each, tasks[each.task], encoded, rpm, __version__) for each in waiting]
        return run_on_dask(options.dask, parcels, answer_on_worker)
    pace = Pace(rpm)
    return run_jobs(waiting, lambda: make_job(config, tasks, pace), options.jobs)


def answer_on_worker(data: bytes) -> bytes:
    """Run a trial that was sent from elsewhere; what a Dask worker calls."""
    return answer_parcel(data, __version__, lambda parcel: asyncio.run(_run_parcel(parcel)))


async def _run_parcel(parcel: Parcel) -> Trial:
    config = msgspec.json.decode(parcel.settings, type=Config)
    pace = _pace_of_worker(parcel.requests_per_minute)
    job = make_job(config, {parcel.task.id: parcel.task}, pace)
    try:
        return await job.run(parcel.pending)
    finally:
        await asyncio.shield(job.close())


@functools.cache
def _pace_of_worker(requests_per_minute: float) -> Pace:
    """Give the pace that all threads of this worker's process share."""
    return Pace(requests_per_minute)


def make_job(config: Config, tasks: Mapping[str, Task], pace: Pace) -> KernelJob:
    """Make a job with a kernel and models as the settings say."""
    return KernelJob(tasks, _asker(config, pace), lambda folder: make_kernel(config, folder), _model_maker(config))


def _asker(config: Config, pace: Pace) -> Asker:
    model = config.model
    return Asker(
        pace,
        RetryPolicy(attempts=model.retries + 1),
        model.stall_seconds,
        model.temperature,
        min(model.max_tokens, _ASK_TOKENS),
    )


def _model_maker(config: Config) -> MakeModel:
    def make(name: str, task: Task, mode: Mode) -> SeatedModel:
        if name == "demo":
            return SeatedModel(ReferenceModel(task, mode), "execute", 1 << 20)
        return make_seated(name, config, os.environ)

    return make


def _confined(config: Config, tasks: Sequence[Task]) -> Config:
    """Let the kernels read what the tasks' tools do."""
    return _reading(config, sorted({folder for task in tasks for folder in task.readable}))


def _reading(config: Config, folders: Sequence[str]) -> Config:
    """Let kernels read folders, and insist on a sandbox where the settings leave it open: nobody is asked."""
    sandbox = msgspec.structs.replace(
        config.sandbox,
        mode="require" if config.sandbox.mode == "auto" else config.sandbox.mode,
        readable=(*config.sandbox.readable, *folders),
    )
    return msgspec.structs.replace(config, sandbox=sandbox)


class Checked(Struct, frozen=True):
    """What a task's reference solution came to."""

    task: str
    problem: str = ""
    """Empty when it gives the expected answer by the calls that the task lists."""


async def check_references(suite: Suite, config: Config) -> list[Checked]:
    """Run the reference solution of every task, in one kernel, the tools made afresh for each.

    Raises:
        KernelStartFailed: The kernel does not come up.
    """
    with TemporaryDirectory(prefix="codeact-eval-", ignore_cleanup_errors=True) as folder:
        kernel = make_kernel(_confined(config, suite.tasks), Path(folder))
        return await check_in(suite, kernel)


async def check_in(suite: Suite, kernel: Kernel) -> list[Checked]:
    """Run the reference solutions in a kernel that is not started, and end it."""
    bench = Workbench(kernel)
    try:
        await bench.prepare(suite.tasks[0])
        return [await _checked(task, bench) for task in suite.tasks]
    finally:
        await asyncio.shield(bench.close())


async def _checked(task: Task, bench: Workbench) -> Checked:
    if not task.solution.strip():
        return Checked(task.id, "it has no solution")
    mark = secrets.token_hex(8)
    ran = await bench.run(f"{task.setup}\n{recorded_solution(task.solution, mark)}", task.limits.seconds)
    if ran.failed or mark not in ran.text:
        return Checked(task.id, f"the solution fails: {ran.error or ran.text[-300:]}")
    try:
        answer, calls = msgspec.json.decode(ran.text.split(mark, 1)[1], type=tuple[object, list[tuple[str, object]]])
    except (msgspec.DecodeError, RecursionError) as error:
        return Checked(task.id, f"the solution's answer can't be read: {error}")
    if not is_right(str(answer), task.expected, task.check, task.tolerance):
        return Checked(task.id, f"the solution gives {answer!r}, and {task.expected} is expected")
    listed = [(call.tool, msgspec.json.decode(call.arguments)) for call in task.calls]
    if listed and listed != calls:
        return Checked(task.id, "calls are not the calls that the solution makes")
    return Checked(task.id)
