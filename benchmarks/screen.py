"""Overhead per action with the screen: `codeact chat` in a real pty that draws every step."""

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.actions import begin, chat_settings, overheads_ms, stamps_ms
from benchmarks.processes import child, memory_mb
from benchmarks.pty import Pty
from benchmarks.report import Row, table

__all__ = ["run"]

_ROUNDS = 5
_ACTIONS = 10
_WAIT_S = 0.05
_TURN_S = 60.0
_CODEACT = str(Path(sys.executable).with_name("codeact"))


def run() -> list[Row]:
    """Let the screen and a bare loop run turns in turns."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(child("benchmarks.model_server", home=home)).read()
        bare = stack.enter_context(child("benchmarks.bare_loop", f"http://127.0.0.1:{port}/v1", home=home))
        bare.read()
        screen = stack.enter_context(Pty((_CODEACT, "chat"), home=home, environment=chat_settings(port)))
        screen.wait_for("● Python")
        screen.read_for(1.0)
        idle_mb = memory_mb(screen.pid), memory_mb(bare.pid)
        ours_ms: list[float] = []
        bare_ms: list[float] = []
        for _ in range(_ROUNDS + 1):
            ours_ms += _turn(screen, port)
            bare_ms += overheads_ms(port, _ACTIONS, lambda: bare.ask("Count."))
    ours, theirs = (statistics.median(each[_ACTIONS:]) for each in (ours_ms, bare_ms))
    return [
        Row("overhead per action, on the screen", ours, theirs, "ms"),
        Row("idle with a kernel, on the screen", *idle_mb, "MB", "before the first request"),
    ]


def _turn(screen: Pty, port: str) -> list[float]:
    """Type a prompt; wait until its actions have run."""
    begin(port, _ACTIONS)
    screen.press("Count.\r")
    overheads: list[float] = []
    for _ in range(round(_TURN_S / _WAIT_S)):
        screen.read_for(_WAIT_S)
        overheads = stamps_ms(port)
        if len(overheads) == _ACTIONS:
            screen.read_for(0.5)  # until it has drawn the answer
            return overheads
    raise TimeoutError(f"{len(overheads)} of {_ACTIONS} actions ran")


if __name__ == "__main__":
    print(table(run()))
