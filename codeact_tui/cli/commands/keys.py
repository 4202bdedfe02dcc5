"""The shape of `codeact keys`."""

from typing import Annotated

import typer

from codeact_tui.cli.commands.flags import Json
from codeact_tui.cli.commands.groups import group

__all__ = ["keys_app"]

keys_app = group("Keep providers' keys in the system's keyring.")

Key = Annotated[
    str,
    typer.Argument(metavar="PROVIDER", help="As openai; or the name of an environment variable.", show_default=False),
]


@keys_app.command("set")
def keys_set(which: Key) -> None:
    """Ask for a key, unseen, and put it into the system's keyring. It is never an argument."""
    from codeact_tui.cli.keys import set_key

    set_key(which)


@keys_app.command("list")
def keys_list(as_json: Json = False) -> None:
    """Print which keys there are, in the keyring and in the environment. Names only."""
    import os

    from codeact_tui.cli.keys import list_keys

    list_keys(os.environ, as_json=as_json)


@keys_app.command("remove")
def keys_remove(which: Key) -> None:
    """Take a key out of the system's keyring."""
    from codeact_tui.cli.keys import remove_key

    remove_key(which)
