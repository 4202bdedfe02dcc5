"""Overhead per action: from the last byte of a reply that holds an action to the arrival of the next request."""

import json
import statistics
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.processes import Child, child
from benchmarks.report import Row, table

__all__ = ["begin", "chat_settings", "overheads_ms", "run", "stamps_ms"]

_ROUNDS = 10
_ACTIONS = 10
_LONG_ACTIONS = 50


def run() -> list[Row]:
    """Measure turns of ours and of a bare loop's in turns, then one long turn of each."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(child("benchmarks.model_server", home=home))
        port = server.read()
        ours = stack.enter_context(child("benchmarks.our_loop", home=home, environment=chat_settings(port)))
        bare = stack.enter_context(child("benchmarks.bare_loop", f"http://127.0.0.1:{port}/v1", home=home))
        ours.read()
        bare.read()
        return _compare(port, lambda: _ask(ours), lambda: _ask(bare))


def chat_settings(port: str) -> dict[str, str]:
    """Give the settings of a chat with the local model that runs by itself."""
    return {
        "CODEACT_MODEL_NAME": "openai/m",
        "CODEACT_MODEL_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "CODEACT_SESSION_POLICY": "all",
        "CODEACT_SESSION_MAX_ACTIONS": "100",
    }


def _compare(port: str, ours: Callable[[], object], bare: Callable[[], object]) -> list[Row]:
    for turn in (ours, bare):  # the first connection, the first cell
        overheads_ms(port, 3, turn)
    our_ms: list[float] = []
    bare_ms: list[float] = []
    for _ in range(_ROUNDS):
        our_ms += overheads_ms(port, _ACTIONS, ours)
        bare_ms += overheads_ms(port, _ACTIONS, bare)
    long_ms, bare_long_ms = (overheads_ms(port, _LONG_ACTIONS, turn) for turn in (ours, bare))
    note = f"growth: {_growth(long_ms)}, bare: {_growth(bare_long_ms)}"
    last = statistics.median(long_ms[-10:]), statistics.median(bare_long_ms[-10:])
    return [
        Row("overhead per action", statistics.median(our_ms), statistics.median(bare_ms), "ms", _spread(our_ms)),
        Row(f"last 10 of {_LONG_ACTIONS} actions", *last, "ms", note),
    ]


def _ask(loop: Child) -> None:
    loop.ask("Count.")


def overheads_ms(port: str, actions: int, turn: Callable[[], object]) -> list[float]:
    """Have a turn run with so many actions; give the overhead of each."""
    begin(port, actions)
    turn()
    overheads = stamps_ms(port)
    assert len(overheads) == actions, f"{len(overheads)} of {actions} actions"
    return overheads


def begin(port: str, actions: int) -> None:
    """Let so many of the next replies hold an action."""
    _get(port, f"script?actions={actions}")


def stamps_ms(port: str) -> list[float]:
    """Give the overheads since `begin`."""
    return json.loads(_get(port, "stamps"))


def _get(port: str, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as response:
        return response.read()


def _growth(overheads_ms: list[float]) -> str:
    grown_ms = statistics.median(overheads_ms[-10:]) - statistics.median(overheads_ms[:10])
    return f"{grown_ms:+.1f} ms"


def _spread(overheads_ms: list[float]) -> str:
    return f"ours: 90 % within {sorted(overheads_ms)[int(len(overheads_ms) * 0.9)]:.1f} ms"


if __name__ == "__main__":
    print(table(run()))
