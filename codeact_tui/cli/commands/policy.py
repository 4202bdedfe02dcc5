"""The shape of `codeact policy`."""

from pathlib import Path
from typing import Annotated

import typer

from codeact_tui.cli.commands.flags import Folder, Json
from codeact_tui.cli.commands.groups import group

__all__ = ["policy_app"]

policy_app = group("See what is told of code before it runs, and what is allowed here.")


@policy_app.command("explain")
def policy_explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Python file.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Print what a Python file would do, as far as its code tells. Nothing of it is run.

    The same words stand on a cell's card. They are advice: code can hide what it does.
    """
    from codeact_tui.cli.policy import explain_file

    explain_file(file, as_json=as_json)


@policy_app.command("list")
def policy_list(folder: Folder = None, as_json: Json = False) -> None:
    """Print the rules by which cells run unasked in a project, and what they may reach, with numbers."""
    from codeact_tui.cli.permissions import list_permissions

    list_permissions(folder, as_json=as_json)


@policy_app.command("remove")
def policy_remove(
    which: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WHICH]...", help="Numbers of `policy list`, or a rule in words.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    folder: Folder = None,
) -> None:
    """Take back rules and grants of a project: such cells are asked about again."""
    from codeact_tui.cli.permissions import remove_permissions

    remove_permissions(folder, which or [], everything=everything)
