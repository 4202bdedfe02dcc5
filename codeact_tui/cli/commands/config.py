"""The shape of `codeact config`."""

from typing import Annotated

import typer

from codeact_tui.cli.commands.flags import Folder, Json
from codeact_tui.cli.commands.groups import group

__all__ = ["config_app"]

config_app = group("See settings and where they come from; trust a project's.")


@config_app.command("show")
def config_show(folder: Folder = None, as_json: Json = False) -> None:
    """Print every setting in force here, and where it came from."""
    from codeact_tui.cli.settings import show_settings

    show_settings(folder, as_json=as_json)


@config_app.command("init")
def config_init() -> None:
    """Write your own config.toml, every setting in it with its default, all commented out."""
    from codeact_tui.cli.settings import write_example

    write_example()


@config_app.command("path")
def config_path(folder: Folder = None) -> None:
    """Print where settings, themes, sessions and the log are kept."""
    from codeact_tui.cli.settings import show_paths

    show_paths(folder)


@config_app.command("trust")
def config_trust(
    folder: Folder = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take back what was decided about this folder.")] = False,
) -> None:
    """Show what this project's .codeact/config.toml sets, and ask whether it may count."""
    from codeact_tui.cli.settings import revoke_trust, trust_project

    if revoke:
        revoke_trust(folder)
    else:
        trust_project(folder, yes=yes)
