"""Running the application from start to end: signals, closing the session, the line that says how to come back."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from codeact_tui.config.schema import InterfaceConfig
from codeact_tui.tui.action_table import REGISTRY
from codeact_tui.tui.app import CodeActApp
from codeact_tui.tui.link import Connect
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.terminal_keys import teach_keys
from codeact_tui.tui.terminal_pastes import teach_pastes
from codeact_tui.tui.theming.depth import depth_of

__all__ = ["run_app"]

_CLOSE_S = 10.0


def run_app(
    connect: Connect,
    *,
    interface: InterfaceConfig,
    theme_dirs: Sequence[Path] = (),
    first_prompt: str | None = None,
    command: str = "codeact chat",
    registry: Registry = REGISTRY,
) -> int:
    """Show the screen until the user leaves; the terminal is then as it was before.

    Args:
        connect: Opens desk and session; awaited after the first paint. Without a session the user picks one.
        interface: The settings.
        theme_dirs: Where the user's own themes lie.
        first_prompt: Sent as soon as there is a session.
        command: What resumes a session, for the line that is printed at the end.
        registry: What can be done, and by which keys.

    Returns:
        The exit code.
    """
    teach_keys()
    teach_pastes()
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]  # an empty one says nothing (no-color.org), but Textual would heed it
    app = CodeActApp(connect, interface, theme_dirs, first_prompt, depth_of(os.environ), registry=registry)
    asyncio.run(_run(app))
    if app.failure is not None:
        print(f"codeact: {app.failure.sentence}", file=sys.stderr)
    elif app.session_id is not None and sys.stdout.isatty():
        print(f"Resume with: {command} -r {app.session_id[-6:]}")
    _let_go()
    return app.return_code or 0


def _let_go() -> None:
    """Send off what is written; where the terminal has gone, nowhere: Python would try again at its end, and fail."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


async def _run(app: CodeActApp) -> None:
    """Run it; leave when the terminal goes or the process is told to end, and close the session then."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, app.exit, 0)
    try:
        await app.run_async()
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await app.main.link.close()
