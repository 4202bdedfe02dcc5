"""Flags and arguments that several commands have."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from codeact_tui.cli.completing import complete_session

__all__ = ["Folder", "Json", "Latest", "Model", "Part", "Python", "ReadOnly", "Sandbox"]

Folder = Annotated[
    Path | None, typer.Option("--folder", "-C", metavar="PATH", help="The project's folder, if not the current one.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Part = Annotated[
    str,
    typer.Argument(
        metavar="PART",
        help="How its id begins or ends, or its whole title.",
        show_default=False,
        autocompletion=complete_session,
    ),
]
Latest = Annotated[
    bool, typer.Option("--continue", "-c", help="Go on with the session of this folder that was used last.")
]
Model = Annotated[
    str | None, typer.Option("--model", "-m", metavar="MODEL", help="Which model to ask: provider/model, or demo.")
]
Python = Annotated[
    str | None,
    typer.Option("--python", metavar="PYTHON", help="Which Python runs the cells: a path, or a kernelspec's name."),
]
Sandbox = Annotated[
    Literal["auto", "require", "bubblewrap", "landlock", "container", "off"] | None,
    typer.Option("--sandbox", help="What confines cells: the strongest that works; require it; this one; nothing."),
]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Cells can't change the folder's files.")]
