"""The shape of `codeact chat`."""

from typing import Annotated, Literal

import typer

from codeact_tui.cli.commands.flags import Folder, Latest, Model, Python, ReadOnly, Sandbox
from codeact_tui.cli.completing import complete_session, complete_theme

__all__ = ["chat"]


def chat(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to ask first.", show_default=False)] = "",
    latest: Latest = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            "-r",
            metavar="[PART]",
            help="Go on with the session whose id begins or ends so, or with this title. Alone: choose one.",
            autocompletion=complete_session,
        ),
    ] = None,
    fork: Annotated[
        str | None,
        typer.Option(
            "--fork",
            metavar="PART[@CELL]",
            help="Go on from that session in a new one, with its variables: from its end, or from before a cell.",
            autocompletion=complete_session,
        ),
    ] = None,
    pick: Annotated[bool, typer.Option("--pick", hidden=True)] = False,
    model: Model = None,
    python: Python = None,
    approve: Annotated[
        Literal["ask", "safe", "sandbox", "turn", "all"] | None,
        typer.Option("--approve", help="What runs unasked: nothing, what is harmless, what is confined, a turn, all."),
    ] = None,
    sandbox: Sandbox = None,
    theme: Annotated[
        str | None,
        typer.Option(
            "--theme",
            metavar="NAME",
            help="How the screen looks: dark, light, ansi, …",
            autocompletion=complete_theme,
        ),
    ] = None,
    folder: Folder = None,
    line: Annotated[
        bool, typer.Option("--line", help="No full screen: for plain terminals, pipes and screen readers.")
    ] = False,
    look: Annotated[bool, typer.Option("--look", help="With -c or -r: look, change nothing.")] = False,
    read_only: ReadOnly = False,
) -> None:
    """Open a chat. The model answers with Python cells; you approve, edit or reject each."""
    from codeact_tui.cli.chat import ChatFlags, start_chat

    if latest + pick + (resume is not None) + (fork is not None) > 1:
        raise typer.BadParameter("--continue, --resume and --fork exclude each other.")
    if fork is not None and not fork.strip():
        raise typer.BadParameter("--fork was given an empty text: name the session to go on from.")
    if look and not (latest or pick or resume is not None):
        raise typer.BadParameter("--look needs --continue or --resume: a new session has nothing to look at.")
    if resume is not None and not resume.strip():
        raise typer.BadParameter("--resume was given an empty text; leave it out to choose a session.")
    flags = ChatFlags(
        prompt, latest, resume, pick, model, python, approve, sandbox, theme, folder, line, look, read_only, fork
    )  # fmt: skip
    raise typer.Exit(start_chat(flags))
