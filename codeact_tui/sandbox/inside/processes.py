"""The processes below this one, as /proc tells of them: their memory, and their end."""

import contextlib
import os
import signal

_PAGE = os.sysconf("SC_PAGESIZE")
_ROUNDS = 50


def below(pid, leaving_out=()):
    """Give the ids of all processes that came of one, itself not counted.

    Args:
        pid: The one.
        leaving_out: Processes that are not followed, nor counted.
    """
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parents.setdefault(_parent(int(name)), []).append(int(name))
    found, waiting = [], [pid]
    while waiting:
        children = [each for each in parents.get(waiting.pop(), []) if each not in leaving_out]
        found += children
        waiting += children
    return found


def _parent(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[1])


def started_at(pid):
    """Say when a process began, in the system's own ticks; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def memory(pid):
    """Say in bytes what a process holds: Rss, Pss, Private_Dirty, Private_Clean. Dear where it is much."""
    found = dict.fromkeys(("Rss", "Pss", "Private_Dirty", "Private_Clean"), 0)
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            name, _, rest = line.decode("ascii", "replace").partition(":")
            if name in found:
                found[name] = int(rest.split()[0]) << 10
    return found


def resident_bytes(pids):
    """Add up what processes hold in memory; what they share counts for each."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/statm", "rb") as file:
            total += int(file.read().split()[1]) * _PAGE
    return total


def owned_bytes(pids):
    """Add up what processes hold in memory, what they share divided among them. Dearer."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith(b"Pss:")) << 10
        except (OSError, ValueError, StopIteration):
            total += resident_bytes([pid])
    return total


def end_all(pid):
    """Kill everything below a process, also what is born meanwhile."""
    for _ in range(_ROUNDS):
        found = below(pid)
        if not found:
            return
        for each in found:
            with contextlib.suppress(OSError):
                os.kill(each, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
