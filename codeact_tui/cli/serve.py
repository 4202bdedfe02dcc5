"""`codeact serve`: the same screen in a browser on this machine, or sessions for an editor."""

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codeact_tui.cli.chat import project_folder
from codeact_tui.cli.printing import say
from codeact_tui.errors import CodeActError

if TYPE_CHECKING:
    from codeact_tui.cli.web_guard import GuardedServer

__all__ = ["chat_command", "serve_acp", "serve_web"]

_HOST = "127.0.0.1"
_TERMINAL = ("TERM=xterm-256color", "COLORTERM=truecolor")
"""What the page's terminal is able to do, whatever terminal the server was started in."""
_END_S = 5.0
"""How long pages that are open may take to close their sessions."""


def serve_web(folder: Path | None, *, port: int, open_page: bool, flags: Sequence[str] = ()) -> int:
    """Serve until Ctrl+C; give the exit code.

    Args:
        folder: The project's; None for the current one.
        port: Where to listen; 0 for one that is free.
        open_page: Open the address in the browser.
        flags: Further flags for each `codeact chat`.

    Raises:
        CodeActError: textual-serve is missing, or the port is taken.
    """
    try:
        from codeact_tui.cli.web_guard import GuardedServer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"textual_serve", "aiohttp", "aiohttp_jinja2", "jinja2"}:
            raise
        raise CodeActError(
            "textual-serve, which shows the screen in a browser, is not installed.",
            remedy="Install it: pip install 'codeact-tui[web]'.",
        ) from error
    command = chat_command(project_folder(folder), flags)
    server = GuardedServer(command, title="codeact", token=GuardedServer.new_token())
    asyncio.run(_serve(server, port, open_page=open_page))
    return 0


def serve_acp(model: str | None) -> int:
    """Serve one editor until it goes; give the exit code.

    Args:
        model: Which model is asked; None: the settings' own.

    Raises:
        CodeActError: agent-client-protocol is missing.
    """
    try:
        from codeact_tui.acp.serving import serve_editor
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"acp", "pydantic"}:
            raise
        raise CodeActError(
            "agent-client-protocol, which editors are spoken to by, is not installed.",
            remedy="Install it: pip install 'codeact-tui[acp]'.",
        ) from error
    return serve_editor(model)


def chat_command(folder: Path, flags: Sequence[str]) -> str:
    """Write the shell command of one page: this very codeact, in place of the shell."""
    words = ["env", *_TERMINAL, sys.executable, "-m", "codeact_tui", "chat", "--folder", str(folder), *flags]
    return "exec " + shlex.join(words)


async def _serve(server: "GuardedServer", port: int, *, open_page: bool) -> None:
    from aiohttp import web

    runner = web.AppRunner(await server.guarded_app(), access_log=None, shutdown_timeout=_END_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, _HOST, port)
        try:
            await site.start()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise CodeActError(
                f"Port {port} of {_HOST} can't be used: {reason}.", remedy="Take another: --port 0 finds a free one."
            ) from error
        server.bound_to(_port_of(runner))
        say(f"codeact is at {server.address}")
        say("Whoever has this address can run code as you: keep it to yourself. Ctrl+C ends it.")
        sys.stdout.flush()
        if open_page:
            await asyncio.to_thread(_open, server.address)
        await _told_to_end()
    finally:
        await runner.cleanup()


def _port_of(runner: object) -> int:
    addresses: list[tuple[str, int]] = getattr(runner, "addresses")  # noqa: B009 - its items are of any kind
    return int(addresses[0][1])


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)


async def _told_to_end() -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, told.set)
    await told.wait()
