"""Opens the line front end on a terminal, a pipe or a file."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from codeact_tui.config.schema import InterfaceConfig
from codeact_tui.line.base import Surface
from codeact_tui.line.front import Connect, LineFront
from codeact_tui.line.plain import PlainSurface
from codeact_tui.line.streams import is_terminal

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

__all__ = ["Streams", "run_line"]


@dataclass(frozen=True)
class Streams:
    """Where lines come from and go to.

    Attributes:
        stdin: Lines.
        stdout: Text.
        environment: Says what the terminal can do: TERM, NO_COLOR.
        terminal_input: Keys, instead of those of `stdin`.
        terminal_output: What draws the prompt, instead of one on `stdout`.
    """

    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    terminal_input: "Input | None" = None
    terminal_output: "Output | None" = None


async def run_line(
    connect: Connect,
    *,
    interface: InterfaceConfig,
    first_prompt: str | None = None,
    streams: Streams | None = None,
) -> int:
    """Chat in lines until the user leaves or the input ends.

    The prompt is shown before `connect` is called. A terminal that can edit lines gets a prompt with history and
    completion; TERM=dumb, pipes and files get plain lines. From a pipe or a file each line is a prompt, a command or an
    answer, read when it is wanted.

    Args:
        connect: Opens the desk and the session.
        interface: The settings.
        first_prompt: Said to the model as soon as the session is open.
        streams: The process's own when None.

    Returns:
        0; 1 when the session could not be opened, a question was open when the input ended, or the last turn of a
        script failed.
    """
    front = LineFront(_surface(streams or Streams(), interface), interface)
    async with _signals(front):
        opening = asyncio.create_task(front.open(connect, first_prompt), name="open the session")
        try:
            await front.surface.run(front)
        finally:
            if not opening.done():
                opening.cancel()
            await asyncio.wait([opening])
            await front.close()
    return front.exit_code


def _surface(streams: Streams, interface: InterfaceConfig) -> Surface:
    delay_s = interface.approval_delay_ms / 1000
    term = streams.environment.get("TERM", "")
    terminal = is_terminal(streams.stdin) and is_terminal(streams.stdout)
    edits = terminal and (term not in {"", "dumb", "unknown"} or sys.platform == "win32")
    if not edits and streams.terminal_input is None:
        return PlainSurface(streams.stdin, streams.stdout, delay_s=delay_s)
    from codeact_tui.line.prompting import PromptSurface

    return PromptSurface(
        streams.stdout,
        colour=not streams.environment.get("NO_COLOR"),
        still=interface.reduced_motion,
        delay_s=delay_s,
        terminal_input=streams.terminal_input,
        terminal_output=streams.terminal_output,
    )


@asynccontextmanager
async def _signals(front: LineFront) -> AsyncGenerator[None]:
    """Take SIGINT as Ctrl+C; SIGTERM and SIGHUP end the session as they should end."""
    loop = asyncio.get_running_loop()
    taken: list[signal.Signals] = []
    actions = {"SIGINT": front.on_interrupt, "SIGTERM": lambda: front.leave(1), "SIGHUP": lambda: front.leave(1)}
    for name, action in actions.items():
        number = getattr(signal, name, None)
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, action)
                taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
