"""The shape of `codeact export` and `codeact import`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from codeact_tui.cli.commands.flags import Folder
from codeact_tui.cli.completing import complete_session

__all__ = ["export_session", "import_file"]


def export_session(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    part: Annotated[
        str,
        typer.Argument(
            metavar="PART",
            help="How the session's id begins or ends, or its title; else this folder's newest.",
            show_default=False,
            autocompletion=complete_session,
        ),
    ] = "",
    form: Annotated[
        Literal["ipynb", "py", "md", "html", "jsonl", "codeact-instruct", "sharegpt", "preference"] | None,
        typer.Option("--format", "-t", help="In what form; else what the file's name says, else ipynb."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - for stdout; else named by the title.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", "-a", help="All sessions of the folder, in one file.")] = False,
    live_only: Annotated[bool, typer.Option("--live-only", help="ipynb, py: no superseded cells.")] = False,
    mended_only: Annotated[bool, typer.Option("--mended-only", help="Training: where an error was mended.")] = False,
    success_only: Annotated[bool, typer.Option("--success-only", help="Training: where it came to an answer.")] = False,
    min_turns: Annotated[
        int, typer.Option("--min-turns", metavar="N", min=0, help="Training: at least so many replies.")
    ] = 0,
    redact: Annotated[bool, typer.Option("--no-redact", help="Replace no secrets.")] = False,
    patterns: Annotated[
        list[str] | None, typer.Option("--redact", metavar="REGEX", help="Replace this too; may be repeated.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    folder: Folder = None,
) -> None:
    """Write a session as a notebook, a script, a page, or training data.

    Secrets, and the name of your home folder, are replaced, and metadata of pictures is left out.
    """
    from codeact_tui.cli.export import export_sessions
    from codeact_tui.export.wish import ExportWish, format_of

    if everything and part:
        raise typer.BadParameter("Name a session or give --all, not both.")
    wish = ExportWish(
        form or format_of(output), output, live_only, mended_only, success_only, min_turns,
        not redact, tuple(patterns or ()), force,
    )  # fmt: skip
    raise typer.Exit(export_sessions(part, wish, everything=everything, folder=folder))


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to import.", show_default=False)],
    line: Annotated[
        int | None, typer.Option("--line", metavar="N", min=1, help="Which conversation, in a file of many.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Make a session of a notebook, or of another agent's conversation. Nothing of it is run."""
    from codeact_tui.cli.importing import import_session

    raise typer.Exit(import_session(file, folder=folder, line=line))
