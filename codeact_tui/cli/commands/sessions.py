"""The shape of `codeact sessions`."""

from typing import Annotated

import typer

from codeact_tui.cli.commands.flags import Folder, Json, Part
from codeact_tui.cli.commands.groups import group
from codeact_tui.cli.completing import complete_session

__all__ = ["sessions_app"]

sessions_app = group("List, read, rename, delete and search past sessions.")


@sessions_app.command("list")
def sessions_list(
    everywhere: Annotated[bool, typer.Option("--all", "-a", help="Of all folders, not of this one.")] = False,
    folder: Folder = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="The most to show.")] = 50,
    as_json: Json = False,
) -> None:
    """List the sessions of this folder, the last used first."""
    from codeact_tui.cli.sessions import list_sessions

    list_sessions(everywhere=everywhere, folder=folder, limit=limit, as_json=as_json)


@sessions_app.command("show")
def sessions_show(
    part: Part,
    as_json: Annotated[bool, typer.Option("--json", help="Print its events, one JSON object a line.")] = False,
) -> None:
    """Print a session's conversation: what was said, what ran, what came out."""
    from codeact_tui.cli.sessions import show_session

    show_session(part, as_json=as_json)


@sessions_app.command("rename")
def sessions_rename(
    part: Part, title: Annotated[str, typer.Argument(metavar="TITLE", help="The new title.", show_default=False)]
) -> None:
    """Give a session another title."""
    from codeact_tui.cli.sessions import rename_session

    rename_session(part, title)


@sessions_app.command("delete")
def sessions_delete(
    parts: Annotated[
        list[str],
        typer.Argument(
            metavar="PART",
            help="For each: how its id begins or ends, or its title.",
            show_default=False,
            autocompletion=complete_session,
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete sessions and all that they kept, for good."""
    from codeact_tui.cli.sessions import delete_sessions

    delete_sessions(parts, yes=yes)


@sessions_app.command("search")
def sessions_search(
    query: Annotated[
        list[str],
        typer.Argument(metavar="WORD", help='Words that all occur; "a phrase" in quotes.', show_default=False),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000, help="The most places to show.")] = 20,
    as_json: Json = False,
) -> None:
    """Search in all that was said, run and put out."""
    from codeact_tui.cli.sessions import search_sessions

    search_sessions(" ".join(query), limit=limit, as_json=as_json)
