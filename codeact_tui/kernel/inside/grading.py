"""What a copy of this process can't bring back, told before it is made: named, and graded.

green: a fork copies all there is. yellow: something is shared with the world outside, and is not undone. red: something
stops in a copy, or may hang it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading

from .descriptors import opened, target

__all__ = ["Grader", "idle_executors"]

_REASONS = 8
_REASON_CHARS = 120
_EXPLAINED = ("libgomp", "libiomp", "libomp", "libmkl", "openblas", "libarrow", "libtbb")
"""Libraries whose threads come back by themselves: made anew by the library, or given up before the fork."""
_HARMLESS_THREADS = ("tqdm._monitor",)
_OWN_NATIVE = ("ZMQbg", "polars")
_GPU_DEVICES = ("/dev/nvidia", "/dev/dri/", "/dev/kfd")


class Grader:
    """Looks at this process.

    Args:
        own: Knows the kernel's own descriptors.
        own_threads: Gives the kernel's own threads.
    """

    def __init__(self, own, own_threads):
        self._own = own
        self._own_threads = own_threads

    def grade(self) -> dict:
        """Give the grade and the reasons for it, the worst first, each a few words."""
        red, yellow = list(self._threads()), []
        native, mapped = _native_threads(), _mapped()
        if any(name.startswith("polars") for name in native):
            red.append("polars' threads")
        unexplained = [name for name in native if not name.startswith(_OWN_NATIVE)]
        if unexplained and not any(library in path for path, _ in mapped for library in _EXPLAINED):
            yellow.append(f"{len(unexplained)} threads of a library's")
        for problem, is_red in self._descriptors():
            (red if is_red else yellow).append(problem)
        yellow += [f"process {pid} ({_command(pid)})" for pid in _children()]
        yellow += _shared_memory(mapped)
        reasons = [reason[:_REASON_CHARS] for reason in dict.fromkeys([*red, *yellow])]
        more = len(reasons) - _REASONS
        shown = reasons[:_REASONS] + ([f"{more} more"] if more > 0 else [])
        return {"grade": "red" if red else "yellow" if yellow else "green", "reasons": shown}

    def _threads(self):
        own = set(self._own_threads())
        idle = {thread for executor in idle_executors() for thread in executor._threads}
        for thread in threading.enumerate():
            if thread not in own and thread not in idle and type(thread).__module__ not in _HARMLESS_THREADS:
                yield f"thread {thread.name}"

    def _descriptors(self):
        every = opened()
        own = set(self._own.among(every))
        for descriptor in every:
            if descriptor in own or descriptor <= 2:
                continue
            leads_to = target(descriptor)
            if leads_to.startswith("socket:"):
                yield _connection(descriptor), False
            elif leads_to.startswith("pipe:"):
                yield "a pipe", False
            elif leads_to.startswith(_GPU_DEVICES):
                yield f"the GPU ({leads_to})", True


def idle_executors() -> list:
    """Find the thread pools of `concurrent.futures` that have nothing to do: a copy can give them new threads."""
    module = sys.modules.get("concurrent.futures.thread")
    found = {}
    for thread in list(getattr(module, "_threads_queues", ())):
        with contextlib.suppress(AttributeError, IndexError, TypeError):
            executor = thread._args[0]()
            is_pool = type(executor) is module.ThreadPoolExecutor and executor._work_queue.empty()
            if is_pool and executor._idle_semaphore._value >= len(executor._threads):
                found[id(executor)] = executor
    return list(found.values())


def _native_threads():
    """Give the names of the threads that Python does not know of."""
    # In a copy that was woken, Python may remember the main thread by the number that it had in the other process.
    known = {str(os.getpid()), *(str(thread.native_id) for thread in threading.enumerate())}
    names = []
    for task in os.listdir("/proc/self/task"):
        if task not in known:
            with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/comm") as file:
                name = file.read().strip()
                if not name.startswith("ZMQbg"):
                    names.append(name)
    return names


def _mapped():
    """Give path and permissions of the files in this process's memory."""
    found = []
    with contextlib.suppress(OSError), open("/proc/self/maps", errors="replace") as file:
        for line in file:
            fields = line.split(None, 5)
            if len(fields) == 6:
                found.append((fields[5].rstrip("\n"), fields[1]))
    return found


def _shared_memory(mapped):
    for path, permissions in dict.fromkeys(mapped):
        if permissions[3] == "s" and "w" in permissions and path.startswith("/") and not path.startswith("/dev/zero"):
            name = path.removesuffix(" (deleted)") if hasattr(path, "removesuffix") else path
            kind = "shared memory" if name.startswith("/dev/shm/") else "memory mapped file"
            yield f"{kind} {os.path.basename(name)}"


def _children():
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except (OSError, ValueError):
        return []


def _command(pid):
    try:
        with open(f"/proc/{pid}/comm", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "ended"


def _connection(descriptor):
    try:
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            peer = connection.getpeername()
    except OSError:
        return "a socket"
    return f"a connection to {peer[0]}:{peer[1]}" if isinstance(peer, tuple) and len(peer) >= 2 else "a socket"
