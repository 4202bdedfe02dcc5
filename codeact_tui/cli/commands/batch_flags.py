"""Flags of the commands that run many things with models: `codeact eval` and `codeact collect`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["Folder", "Models", "Python", "Rate", "Sandbox"]

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
Models = Annotated[
    list[str] | None, typer.Option("--model", "-m", metavar="MODEL", help="Which model; several, each with -m.")
]
Rate = Annotated[float, typer.Option("--rpm", min=0, help="The most requests a minute, all jobs together.")]
