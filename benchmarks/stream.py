"""A reply of 2,000 tokens of Markdown that streams, at 120×40: CPU, how soon a typed key and the last word are seen."""

import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.actions import chat_settings
from benchmarks.processes import child, cpu_s
from benchmarks.pty import Pty
from benchmarks.report import Row, table
from benchmarks.stream_server import LAST_WORD, TOKENS

__all__ = ["run"]

_SIZE = (120, 40)
_KEY_EVERY_S = (0.15, 0.3)
"""The time between two keys is anything between: a constant one would fall in step with the frames."""
_KEYS = "ŵŷẑĉĝĥĵŝŭẃýźćńśŕĺṕḱǵḿẁỳèìòùẽĩõũñ"
"""Letters that stand in no control sequence and nowhere else on the screen."""
_MODEL_S = 60.0


@dataclass
class Measured:
    """What one program did."""

    cpu_s: dict[float, float] = field(default_factory=dict[float, float])
    """CPU seconds by pace."""
    echoes_ms: list[float] = field(default_factory=list[float])
    last_word_ms: dict[float, float] = field(default_factory=dict[float, float])
    """From the last byte to the last word on the screen, by pace."""
    late_ms: list[float] = field(default_factory=list[float])


def run() -> list[Row]:
    """Let both programs show the same reply at the same paces."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(child("benchmarks.stream_server", home=home)).read()
        ours = _measure(home, port, ["codeact_tui", "chat"], "● Python")
        bare = _measure(home, port, ["benchmarks.bare_stream", f"http://127.0.0.1:{port}/v1"], "anything")
    note = f"{TOKENS:,} tokens at 200 a second; bare: Textual's Markdown stream"
    return [
        Row("a reply streams: CPU", ours.cpu_s[200], bare.cpu_s[200], "s", note),
        _row("  a key's echo, median", ours.echoes_ms, bare.echoes_ms, 0.5),
        _row("  a key's echo, worst", ours.echoes_ms, bare.echoes_ms, 1.0),
        Row("  last word after last byte", ours.last_word_ms[200], bare.last_word_ms[200], "ms"),
        Row("  the same at once: CPU", ours.cpu_s[0], bare.cpu_s[0], "s"),
        Row("  last word then", ours.last_word_ms[0], bare.last_word_ms[0], "ms"),
        Row("  the same at 1,000 a second: CPU", ours.cpu_s[1000], bare.cpu_s[1000], "s"),
        _row("  event loop's lag there, p99", ours.late_ms, bare.late_ms, 0.99),
    ]


def _row(name: str, ours_ms: list[float], bare_ms: list[float], part: float) -> Row:
    return Row(name, _quantile(ours_ms, part), _quantile(bare_ms, part), "ms")


def _quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def _measure(home: Path, port: str, module: list[str], ready: str) -> Measured:
    measured = Measured()
    for pace in (200.0, 0.0, 1000.0):
        with Pty((sys.executable, "-m", *module), home=home, environment=chat_settings(port), size=_SIZE) as terminal:
            _wait_until_ready(terminal, ready)
            before_s = cpu_s(terminal.pid)
            ended_s = _stream(terminal, port, pace, measured.echoes_ms if pace == 200 else None)
            measured.last_word_ms[pace] = ended_s * 1e3
            terminal.read_for(0.3)
            measured.cpu_s[pace] = cpu_s(terminal.pid) - before_s
    measured.late_ms = _lateness(home, port, module, ready)
    return measured


def _lateness(home: Path, port: str, module: list[str], ready: str) -> list[float]:
    """Give how late the event loop was while 1,000 tokens a second came."""
    out = home / f"late-{module[0]}.json"
    argv = (sys.executable, "-m", "benchmarks.lagging", str(out), *module)
    with Pty(argv, home=home, environment=chat_settings(port), size=_SIZE) as terminal:
        _wait_until_ready(terminal, ready)
        os.kill(terminal.pid, signal.SIGUSR1)
        _stream(terminal, port, 1000.0, None)
        os.kill(terminal.pid, signal.SIGUSR2)
        for _ in range(100):
            terminal.read_for(0.05)
            if out.exists():
                break
    return json.loads(out.read_text())


def _wait_until_ready(terminal: Pty, ready: str) -> None:
    terminal.wait_for(ready)
    terminal.read_for(1.5)


def _stream(terminal: Pty, port: str, pace: float, echoes_ms: list[float] | None) -> float:
    """Ask for the reply, type meanwhile if echoes are wanted; give the seconds from its last byte to its last word."""
    _get(port, f"pace?tokens_per_s={pace}")
    terminal.press("tell\r")
    pauses_s = random.Random(0)
    for key in itertools.cycle(_KEYS) if echoes_ms is not None else ():
        if terminal.read_for(pauses_s.uniform(*_KEY_EVERY_S), until=LAST_WORD):
            break
        pressed_s = time.perf_counter()
        terminal.press(key)
        terminal.wait_for(key, keep=True)
        assert echoes_ms is not None
        echoes_ms.append((time.perf_counter() - pressed_s) * 1e3)
    terminal.wait_for(LAST_WORD, _MODEL_S)
    seen_s = time.monotonic()
    for _ in range(100):
        if ended_s := json.loads(_get(port, "ended")):
            return max(0.0, seen_s - ended_s)
        terminal.read_for(0.01)
    raise TimeoutError("the reply did not end")


def _get(port: str, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as response:
        return response.read()


if __name__ == "__main__":
    print(table(run()))
