"""The shape of `codeact collect`."""

from pathlib import Path
from typing import Annotated

import typer

from codeact_tui.cli.commands.batch_flags import Folder, Models, Python, Rate, Sandbox

__all__ = ["collect"]


def collect(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    source: Annotated[
        str,
        typer.Argument(metavar="INSTRUCTIONS", help="A file, one instruction a line or JSON lines; or a suite."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The data set, as JSON lines.")],
    model: Models = None,
    tries: Annotated[int, typer.Option("--tries", min=1, max=1000, help="Attempts at each with each model.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Sessions at a time.")] = 1,
    rpm: Rate = 0.0,
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
        source=source,
        out=out,
        models=tuple(dict.fromkeys(model or ())),
        tries=tries,
        jobs=jobs,
        requests_per_minute=rpm,
        max_turns=max_turns,
        timeout_s=timeout,
        checker=checker,
        mended_only=mended_only,
        min_turns=min_turns,
        per_instruction=per_instruction,
        patterns=tuple(redact or ()),
        limit=limit,
        python=python,
        sandbox=sandbox,
        folder=folder,
        as_json=as_json,
    )
    raise typer.Exit(collect_trajectories(flags))
