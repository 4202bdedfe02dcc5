"""The shape of `codeact serve`."""

from typing import Annotated

import typer

from codeact_tui.cli.commands.flags import Folder, Model

__all__ = ["serve"]


def serve(
    web: Annotated[bool, typer.Option("--web", help="In a browser on this machine, by textual-serve.")] = False,
    acp: Annotated[
        bool, typer.Option("--acp", help="To an editor on stdin and stdout, by the Agent Client Protocol.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 finds a free one.")] = 0,
    open_page: Annotated[bool, typer.Option("--open", help="Open the address in the browser.")] = False,
    model: Model = None,
    folder: Folder = None,
) -> None:
    """Serve a browser, or an editor.

    The browser shows the same screen: only on this machine, and only to who has the address, which holds a secret.
    """
    from codeact_tui.cli.serve import serve_web

    if web == acp:
        raise typer.BadParameter("Say how: codeact serve --web, or codeact serve --acp.")
    if acp:
        from codeact_tui.cli.serve import serve_acp

        raise typer.Exit(serve_acp(model))
    flags = ["--model", model] if model else []
    raise typer.Exit(serve_web(folder, port=port, open_page=open_page, flags=flags))
