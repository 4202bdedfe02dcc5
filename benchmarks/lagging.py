"""A Python program run with a watch on its event loop: how late a callback comes that is due every few milliseconds.

`python -m benchmarks.lagging OUT.json MODULE …` runs the module as its own main program. At SIGUSR1 it begins anew, at
SIGUSR2 it writes the latenesses since then, in milliseconds, to the file.
"""

import asyncio
import json
import runpy
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

__all__ = ["main"]

_EVERY_S = 0.005


def main() -> None:
    """Put the watch into every `asyncio.run`, then run the module."""
    out = Path(sys.argv[1])
    sys.argv = sys.argv[2:]
    run = asyncio.run

    def watched_run(task: Coroutine[Any, Any, Any], **options: Any) -> Any:
        return run(_watched(task, out), **options)

    asyncio.run = watched_run  # type: ignore[assignment]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


async def _watched(task: Coroutine[Any, Any, Any], out: Path) -> Any:
    loop = asyncio.get_running_loop()
    late_ms: list[float] = []

    def tick(due_s: float) -> None:
        now_s = loop.time()
        late_ms.append((now_s - due_s) * 1e3)
        loop.call_at(now_s + _EVERY_S, tick, now_s + _EVERY_S)

    def write() -> None:
        part = out.with_suffix(".part")
        part.write_text(json.dumps(late_ms))
        part.rename(out)

    loop.add_signal_handler(signal.SIGUSR1, late_ms.clear)
    loop.add_signal_handler(signal.SIGUSR2, write)
    tick(time.monotonic())
    return await task


if __name__ == "__main__":
    main()
