"""The shape of `codeact run`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from codeact_tui.cli.commands.flags import Folder, Latest, Model, Python, ReadOnly, Sandbox
from codeact_tui.cli.completing import complete_session

__all__ = ["run_task"]


def run_task(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="What to do; - or nothing reads it from stdin.", show_default=False)
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="Read the task from a file.")
    ] = None,
    approve: Annotated[
        Literal["never", "safe", "sandbox", "all"] | None,
        typer.Option("--approve", help="What runs: nothing, what is harmless, what is confined, all."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the events, one JSON object a line.")] = False,
    output_schema: Annotated[
        Path | None,
        typer.Option("--output-schema", metavar="FILE", help="A JSON Schema that the answer has to fit."),
    ] = None,
    max_turns: Annotated[
        int | None, typer.Option("--max-turns", metavar="N", min=1, max=10_000, help="The most replies of the model.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", metavar="DOLLARS", min=0, help="The most that it may cost.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", min=0.001, help="The longest that it may take.")
    ] = None,
    latest: Latest = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            "-r",
            metavar="PART",
            help="Go on with the session whose id begins or ends so, or with this title.",
            autocompletion=complete_session,
        ),
    ] = None,
    model: Model = None,
    python: Python = None,
    sandbox: Sandbox = None,
    read_only: ReadOnly = False,
    folder: Folder = None,
) -> None:
    """Do a task without a screen, and print the answer.

    Nobody is asked: at the first action that needs a person the run ends, with exit code 3.
    """
    from codeact_tui.cli.run import RunFlags, start_run

    if file is not None and task:
        raise typer.BadParameter("Give a task or --file, not both.")
    if latest and resume is not None:
        raise typer.BadParameter("--continue and --resume exclude each other.")
    flags = RunFlags(
        task, file, latest, resume, model, python, approve, sandbox, folder,
        as_json, output_schema, max_turns, max_cost, timeout, read_only,
    )  # fmt: skip
    raise typer.Exit(start_run(flags))
