"""The shape of `codeact eval`. Parsing only."""

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["collect", "eval_app", "spell_out_run"]

eval_app = typer.Typer(
    help="Run suites of tasks with models in three action modes, and compare what came of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COMMANDS = frozenset({"run", "report", "compare", "check", "-h", "--help"})

Suite = Annotated[
    str, typer.Argument(metavar="SUITE", help="A suite's folder, or many-tools, which ships with codeact.")
]
Python = Annotated[
    str | None,
    typer.Option("--python", metavar="PYTHON", help="Which Python runs the actions: a path, or a kernelspec."),
]
Sandbox = Annotated[
    Literal["require", "bubblewrap", "landlock", "off"] | None,
    typer.Option("--sandbox", help="What confines actions. Without a sandbox nothing runs, unless this says off."),
]
Folder = Annotated[
    Path | None, typer.Option("--folder", "-C", metavar="PATH", help="Whose settings count, if not this folder's.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The folder of a run's results.", show_default=False)]


def spell_out_run(arguments: list[str]) -> list[str]:
    """Write `codeact eval run SUITE` where `codeact eval SUITE` stands."""
    if len(arguments) < 2 or arguments[0] != "eval" or arguments[1] in _COMMANDS:
        return arguments
    return ["eval", "run", *arguments[1:]]


@eval_app.command("run")
def eval_run(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    suite: Suite,
    model: Annotated[
        list[str] | None, typer.Option("--model", "-m", metavar="MODEL", help="Which model; several, each with -m.")
    ] = None,
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
    rpm: Annotated[float, typer.Option("--rpm", min=0, help="The most requests a minute, all jobs together.")] = 0.0,
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
        suite,
        tuple(dict.fromkeys(model or ())),
        mode,
        jobs,
        repeat,
        tuple(task or ()),
        limit,
        out,
        rpm,
        max_cost,
        dask,
        python,
        sandbox,
        folder,
        as_json,
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


def collect(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    source: Annotated[
        str,
        typer.Argument(metavar="INSTRUCTIONS", help="A file, one instruction a line or JSON lines; or a suite."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The data set, as JSON lines.")],
    model: Annotated[
        list[str] | None, typer.Option("--model", "-m", metavar="MODEL", help="Which model; several, each with -m.")
    ] = None,
    tries: Annotated[int, typer.Option("--tries", min=1, max=1000, help="Attempts at each with each model.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Sessions at a time.")] = 1,
    rpm: Annotated[float, typer.Option("--rpm", min=0, help="The most requests a minute, all jobs together.")] = 0.0,
    max_turns: Annotated[int, typer.Option("--max-turns", min=1, max=1000, help="The most actions in one.")] = 10,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds that one may take.")] = 600.0,
    checker: Annotated[
        Path | None,
        typer.Option("--checker", metavar="FILE", help="Python that defines accept(instruction, answer)."),
    ] = None,
    mended_only: Annotated[
        bool, typer.Option("--mended-only", help="Only those in which an error was mended.")
    ] = False,
    min_turns: Annotated[int, typer.Option("--min-turns", min=1, help="Only those with so many replies.")] = 1,
    per_instruction: Annotated[
        int, typer.Option("--per-instruction", min=1, help="At most so many of one instruction.")
    ] = 1,
    redact: Annotated[
        list[str] | None, typer.Option("--redact", metavar="REGEX", help="What else is taken out; several.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Only so many instructions.")] = None,
    python: Python = None,
    sandbox: Sandbox = None,
    folder: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the datasheet as JSON.")] = False,
) -> None:
    """Make a training set: ask, keep what a checker accepts, prefer mended errors, drop duplicates.

    The same command goes on where it was stopped.
    """
    from codeact_tui.cli.collecting import CollectFlags, collect_trajectories

    flags = CollectFlags(
        source,
        out,
        tuple(dict.fromkeys(model or ())),
        tries,
        jobs,
        rpm,
        max_turns,
        timeout,
        checker,
        mended_only,
        min_turns,
        per_instruction,
        tuple(redact or ()),
        limit,
        python,
        sandbox,
        folder,
        as_json,
    )
    raise typer.Exit(collect_trajectories(flags))
