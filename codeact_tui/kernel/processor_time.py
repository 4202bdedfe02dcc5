"""How much of the processors' time a cell may take: then it is interrupted, and its kernel killed if that fails."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path

from codeact_tui.kernel.memory import descendants

__all__ = ["processor_seconds", "watch_processor_time"]

_LOOK_S = 0.5
_GRACE_S = 3.0


async def watch_processor_time(
    pid: int,
    limit_s: float,
    *,
    interrupt: Callable[[], None],
    kill: Callable[[str], Coroutine[None, None, None]],
    say: Callable[[str], None],
) -> None:
    """Look again and again until the limit is reached; cancelled when the cell ends.

    Args:
        pid: The kernel's process, or its sandbox's.
        limit_s: For it and all that came of it together, from now on.
        interrupt: Raises KeyboardInterrupt in the cell.
        kill: Ends the kernel, and is told why.
        say: Is told what was done and why, in a sentence.
    """
    before_s = await asyncio.to_thread(processor_seconds, pid)
    while await asyncio.to_thread(processor_seconds, pid) - before_s <= limit_s:  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(_LOOK_S)
    took = f"the cell took more than {limit_s:g} seconds of the processors' time (sandbox.cpu_seconds)"
    say(f"[Interrupted: {took}.]")
    interrupt()
    await asyncio.sleep(_GRACE_S)
    await kill(f"{took} and could not be interrupted")


def processor_seconds(pid: int, proc: Path = Path("/proc")) -> float:
    """Add up the processors' time of a process and all that came of it, ended ones included; 0 where it is not told.

    Args:
        pid: The process.
        proc: Where the system tells of processes.
    """
    return sum(_seconds(proc / str(each)) for each in (pid, *descendants(pid, proc)))


def _seconds(folder: Path) -> float:
    try:
        words = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")  # its own, and what it has waited for
    except (OSError, ValueError):
        return 0.0
