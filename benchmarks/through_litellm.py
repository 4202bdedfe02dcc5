"""The way through litellm, in its worker: the first reply of a fresh start, and the overhead per action after it."""

import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.actions import chat_settings, overheads_ms
from benchmarks.processes import child
from benchmarks.report import Row, table

__all__ = ["run"]

_ACTIONS = 10


def run() -> list[Row]:
    """Start ours, then litellm alone; then let ours act."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(child("benchmarks.model_server", home=home)).read()
        url = f"http://127.0.0.1:{port}/v1"
        with child("benchmarks.bare_litellm", url, home=home) as warming:  # finds the disk's cache cold
            warming.read()
        started_s = time.perf_counter()
        settings = {**chat_settings(port), "CODEACT_MODEL_CLIENT": "litellm", "OPENAI_API_KEY": "none"}
        ours = stack.enter_context(child("benchmarks.our_loop", home=home, environment=settings))
        ours.read()
        ours.ask("Say something.")
        first_s = time.perf_counter() - started_s
        with child("benchmarks.bare_litellm", url, home=home) as bare:
            bare_s = float(bare.read())
        acting_ms = statistics.median(overheads_ms(port, _ACTIONS, lambda: ours.ask("Count.")))
    return [
        Row("first reply through litellm", first_s, bare_s, "s", "from the start, the kernel's included"),
        Row("overhead per action, litellm", acting_ms, None, "ms"),
    ]


if __name__ == "__main__":
    print(table(run()))
