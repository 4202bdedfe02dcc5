"""How much memory a process and its children hold, as the system tells it. Reads files: not for the event loop."""

import os
from pathlib import Path

__all__ = ["descendants", "memory_bytes"]

_PROCESSES = 500
_FROZEN = "codeact frozen"
"""What checkpoints call themselves: what they hold is mostly the kernel's own memory, shared with it."""


def memory_bytes(pid: int, proc: Path = Path("/proc")) -> int | None:
    """Add up the resident memory of a process and all that came of it; what they share counts for each.

    Args:
        pid: The process.
        proc: Where the system tells of processes.

    Returns:
        None where the system does not tell it so, or the process is gone.
    """
    own = _resident_bytes(proc / str(pid))
    if own is None:
        return None
    return own + sum(_resident_bytes(proc / str(child)) or 0 for child in descendants(pid, proc))


def descendants(pid: int, proc: Path = Path("/proc")) -> list[int]:
    """Give the processes that came of one, a few hundred at most.

    Args:
        pid: The one.
        proc: Where the system tells of processes.
    """
    waiting, seen = _children(proc / str(pid)), dict[int, None]()
    while waiting and len(seen) < _PROCESSES:
        child = waiting.pop()
        if child != pid and child not in seen and _name(proc / str(child)) != _FROZEN:
            seen[child] = None
            waiting += _children(proc / str(child))
    return list(seen)


def _resident_bytes(folder: Path) -> int | None:
    try:
        return int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return None


def _name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text(errors="replace").rstrip("\n")
    except OSError:
        return ""


def _children(folder: Path) -> list[int]:
    found: list[int] = []
    try:
        for task in (folder / "task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except (OSError, ValueError):
        pass
    return found
