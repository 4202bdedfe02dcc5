"""The shape of what is asked about this machine: `codeact models` and `codeact doctor`."""

import typer

from codeact_tui.cli.commands.flags import Folder, Json

__all__ = ["doctor", "models"]


def models(
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """List the models that can be used now.

    Those whose key is set, those of servers that run here, and the demo.
    """
    from codeact_tui.cli.models import list_models

    list_models(folder, as_json=as_json)


def doctor(folder: Folder = None, as_json: Json = False) -> None:
    """Say what is found and what is missing.

    Each line says how to mend it. The exit code is 1 when something that is needed is missing.
    """
    from codeact_tui.cli.doctor import examine

    raise typer.Exit(examine(folder, as_json=as_json))
