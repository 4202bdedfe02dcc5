"""`codeact serve --acp`: one editor on standard input and output, until it goes."""

import asyncio
import contextlib
import signal
import sys

from acp import run_agent

from codeact_tui.acp.agent import CodeActAgent
from codeact_tui.log import set_up_logging
from codeact_tui.paths import log_dir

__all__ = ["serve_editor"]

_LINE_BYTES = 64 * 1024 * 1024
"""The longest message: a prompt may bring files along."""


def serve_editor(model: str | None) -> int:
    """Serve until the editor closes the connection, or a signal ends it; give the exit code.

    Args:
        model: Which model is asked; None: the settings' own.
    """
    undo = set_up_logging(log_dir())
    try:
        return asyncio.run(_serve(CodeActAgent(model)))
    finally:
        undo()


async def _serve(agent: CodeActAgent) -> int:
    serving = asyncio.create_task(run_agent(agent, stdio_buffer_limit_bytes=_LINE_BYTES), name="serve the editor")
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        print("Stopped.", file=sys.stderr)
    finally:
        await agent.close()
    return 0
