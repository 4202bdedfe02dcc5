"""`codeact eval`: runs a suite, shows how it goes, prints and keeps what it says."""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import msgspec

from codeact_tui import __version__
from codeact_tui.cli.batch import BatchFlags, settings, show_progress
from codeact_tui.cli.printing import clean_line, columns, print_json, say, styled, terminal_width
from codeact_tui.errors import CodeActError
from codeact_tui.evals.base import MODES, Mode, Trial
from codeact_tui.evals.comparing import Comparison, choose_arms, compare
from codeact_tui.evals.report import Report, make_report, table_rows
from codeact_tui.evals.report_page import report_page
from codeact_tui.evals.results import Plan, Results, read_run
from codeact_tui.evals.runner import Missed

__all__ = ["EvalFlags", "check_suite", "compare_runs", "evaluate", "show_report"]

_SHOWN_MISSES = 5


class EvalFlags(BatchFlags, frozen=True, kw_only=True):
    """What was typed after `codeact eval`."""

    suite: str
    modes: str
    repeats: int
    tasks: tuple[str, ...]
    out: Path | None
    max_cost_usd: float | None
    dask: str


def evaluate(flags: EvalFlags) -> int:
    """Run what is not done yet, and print the table; 1 when trials could not be run.

    Raises:
        CodeActError: The suite, the settings or the results can't be used, or nothing can be run.
    """
    from codeact_tui.evaluating import EvalOptions, load_suite, narrowed, plan_of, results_folder, run_eval

    config = flags.config()
    suite = asyncio.run(load_suite(flags.suite, config))
    options = EvalOptions(
        config,
        suite,
        flags.asked(config),
        _modes(flags.modes),
        flags.jobs,
        flags.repeats,
        flags.requests_per_minute,
        flags.max_cost_usd,
        flags.dask,
    )
    plan = plan_of(options, narrowed(suite, flags.tasks, flags.limit))
    folder = flags.out or results_folder(plan)
    with Results(folder, plan) as results:
        try:
            with show_progress("trials") as on_progress:
                missed = asyncio.run(run_eval(options, results, on_progress))
        finally:
            _keep_report(folder, results.plan, results.trials)
    _print(make_report(results.plan, results.trials), folder, as_json=flags.as_json)
    _tell_missed(missed)
    return 1 if missed else 0


def show_report(folder: Path, *, as_json: bool) -> None:
    """Print what a run says, finished or not, and write its report anew.

    Raises:
        CodeActError: There is no run.
    """
    plan, trials = read_run(folder)
    _keep_report(folder, plan, trials)
    _print(make_report(plan, trials), folder, as_json=as_json)


def compare_runs(first: str, second: str, *, as_json: bool) -> None:
    """Say whether two runs, or two lines of them, differ.

    Args:
        first: A run's folder; `folder#mode`, `folder#model` or both choose lines of it.
        second: The same.
        as_json: Print JSON.

    Raises:
        CodeActError: One is no run, or they have nothing in common.
    """
    comparisons = _comparisons(first, second)
    if as_json:
        print_json([msgspec.to_builtins(each) | {"sentences": each.sentences} for each in comparisons])
        return
    for number, comparison in enumerate(comparisons):
        if number:
            say()
        say(styled(f"First: {clean_line(comparison.first)}. Second: {clean_line(comparison.second)}.", "bold"))
        for sentence in comparison.sentences:
            say(sentence)


def check_suite(suite: str, folder: Path | None, *, python: str | None, sandbox: str | None) -> int:
    """Run the reference solution of every task, and say which do not give the expected answer.

    Raises:
        CodeActError: The suite can't be used, or no kernel comes up.
    """
    from codeact_tui.evaluating import check_references, load_suite

    config = settings(folder, python=python, sandbox=sandbox)
    found = asyncio.run(load_suite(suite, config))
    checked = asyncio.run(check_references(found, config))
    wrong = [each for each in checked if each.problem]
    for each in wrong:
        say(f"{styled('wrong', 'red')}  {clean_line(each.task)}: {clean_line(each.problem)}")
    say(f"{len(checked) - len(wrong)} of {len(checked)} solutions give the expected answer.")
    return 1 if wrong else 0


def _modes(text: str) -> tuple[Mode, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in MODES]
    if unknown or not names:
        raise CodeActError(f"--mode {text}: that is no action mode.", remedy=f"There are {', '.join(MODES)}.")
    return cast("tuple[Mode, ...]", names)


def _keep_report(folder: Path, plan: Plan, trials: Sequence[Trial]) -> None:
    report = make_report(plan, trials)
    page = report_page(report, when=time.strftime("%Y-%m-%d"), version=__version__)
    try:
        (folder / "report.html").write_text(page, "utf-8")
        (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    except OSError as error:
        raise CodeActError(f"The report can't be written to {folder}: {error.strerror}.") from error


def _print(report: Report, folder: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(report))
        return
    width = terminal_width()
    full = columns(_clean_rows(table_rows(report)))
    fits = width is None or all(len(line) <= width for line in full)
    for number, line in enumerate(
        full if fits else columns(_clean_rows(table_rows(report, intervals=False)), width=width)
    ):
        say(styled(line, "bold") if number == 0 else line)
    say()
    if report.done < report.of:
        say(f"{report.done} of {report.of} trials are done; the command that asked for them goes on.")
    say(f"Kept in {clean_line(str(folder))}: report.html, report.json, results.jsonl.")


def _clean_rows(rows: list[list[str]]) -> list[list[str]]:
    return [[clean_line(cell) for cell in row] for row in rows]


def _tell_missed(missed: Sequence[Missed]) -> None:
    for each in missed[:_SHOWN_MISSES]:
        where = f"{each.pending.task} ({each.pending.model}, {each.pending.mode})"
        print(clean_line(f"Not run: {where}: {each.why}"), file=sys.stderr)
    if len(missed) > _SHOWN_MISSES:
        print(f"And {len(missed) - _SHOWN_MISSES} more. The same command tries them again.", file=sys.stderr)


def _comparisons(first: str, second: str) -> list[Comparison]:
    (plan_a, trials_a, wanted_a), (plan_b, trials_b, wanted_b) = _named_run(first), _named_run(second)
    arms_a, arms_b = choose_arms(plan_a, wanted_a), choose_arms(plan_b, wanted_b)
    if len(arms_a) == len(arms_b) == 1:
        pairs = [(arms_a[0], arms_b[0])]
    else:
        pairs = [(arm, arm) for arm in arms_a if arm in arms_b]
    if plan_a.sha256 != plan_b.sha256:
        raise CodeActError("The two runs are of different suites, or of different states of one.")
    if not pairs:
        raise CodeActError("The two have no model and mode in common.", remedy="Choose one line of each: FOLDER#MODE.")
    return [
        compare(
            [trial for trial in trials_a if trial.arm == a],
            [trial for trial in trials_b if trial.arm == b],
            (f"{a.model} · {a.mode} in {first.split('#')[0]}", f"{b.model} · {b.mode} in {second.split('#')[0]}"),
        )
        for a, b in pairs
    ]


def _named_run(text: str) -> tuple[Plan, list[Trial], str]:
    folder, _, wanted = text.partition("#")
    plan, trials = read_run(Path(folder).expanduser())
    return plan, trials, wanted
