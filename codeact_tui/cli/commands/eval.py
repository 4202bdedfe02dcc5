"""The shape of `codeact eval`."""

from pathlib import Path
from typing import Annotated

import typer

from codeact_tui.cli.commands.batch_flags import Folder, Models, Python, Rate, Sandbox
from codeact_tui.cli.commands.flags import Json
from codeact_tui.cli.commands.groups import group

__all__ = ["eval_app", "spell_out_run"]

eval_app = group("Run suites of tasks with models in three action modes, and compare what came of it.")

_COMMANDS = frozenset({"run", "report", "compare", "check", "-h", "--help"})

Suite = Annotated[
    str, typer.Argument(metavar="SUITE", help="A suite's folder, or many-tools, which ships with codeact.")
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The folder of a run's results.", show_default=False)]


def spell_out_run(arguments: list[str]) -> list[str]:
    """Write `codeact eval run SUITE` where `codeact eval SUITE` stands."""
    if len(arguments) < 2 or arguments[0] != "eval" or arguments[1] in _COMMANDS:
        return arguments
    return ["eval", "run", *arguments[1:]]


@eval_app.command("run")
def eval_run(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    suite: Suite,
    model: Models = None,
    mode: Annotated[str, typer.Option("--mode", metavar="MODES", help="Of code, json, text.")] = "code,json,text",
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Trials at a time, a kernel each.")] = 1,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=1000, help="How often each task is tried.")] = 1,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="START", help="Only tasks whose names begin so; several.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Only so many tasks, the first.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Where results are kept, and gone on from.")
    ] = None,
    rpm: Rate = 0.0,
    max_cost: Annotated[float | None, typer.Option("--max-cost", min=0, help="Stop beyond so many dollars.")] = None,
    dask: Annotated[
        str,
        typer.Option("--dask", metavar="ADDRESS", help="Run on a Dask cluster: tcp://host:8786.", show_default=False),
    ] = "",
    python: Python = None,
    sandbox: Sandbox = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Run a suite. The same command goes on where it was stopped; `codeact eval SUITE` is short for it."""
    from codeact_tui.cli.evaluating import EvalFlags, evaluate

    flags = EvalFlags(
        suite=suite,
        models=tuple(dict.fromkeys(model or ())),
        modes=mode,
        jobs=jobs,
        repeats=repeat,
        tasks=tuple(task or ()),
        limit=limit,
        out=out,
        requests_per_minute=rpm,
        max_cost_usd=max_cost,
        dask=dask,
        python=python,
        sandbox=sandbox,
        folder=folder,
        as_json=as_json,
    )
    raise typer.Exit(evaluate(flags))


@eval_app.command("report")
def eval_report(run: Run, as_json: Json = False) -> None:
    """Print what a run says, finished or not, and write its page anew."""
    from codeact_tui.cli.evaluating import show_report

    show_report(Path(run).expanduser(), as_json=as_json)


@eval_app.command("compare")
def eval_compare(
    first: Run,
    second: Run,
    as_json: Json = False,
) -> None:
    """Say whether two runs differ for sure. RUN#MODE or RUN#MODEL#MODE is one line of a run."""
    from codeact_tui.cli.evaluating import compare_runs

    compare_runs(first, second, as_json=as_json)


@eval_app.command("check")
def eval_check(suite: Suite, python: Python = None, sandbox: Sandbox = None, folder: Folder = None) -> None:
    """Run every task's own solution, and say which do not give the expected answer. No model is asked."""
    from codeact_tui.cli.evaluating import check_suite

    raise typer.Exit(check_suite(suite, folder, python=python, sandbox=sandbox))
