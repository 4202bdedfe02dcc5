"""Notices that a process has ended, at once and without asking again and again."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable

__all__ = ["how_it_ended", "watch_process"]

_WORDS = {
    signal.SIGSEGV: "segmentation fault",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "arithmetic error",
    signal.SIGILL: "illegal instruction",
    signal.SIGABRT: "aborted",
    signal.SIGKILL: "killed",
    signal.SIGTERM: "terminated",
    signal.SIGINT: "interrupted",
}


def how_it_ended(exit_code: int | None) -> str:
    """Say in a few words what an exit code tells: `segmentation fault`, `exit code 3`, `killed`."""
    if exit_code is None:
        return "ended"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        number = signal.Signals(-exit_code)
    except ValueError:
        return f"signal {-exit_code}"
    return _WORDS.get(number, number.name)


def watch_process(pid: int, wait: Callable[[], object], on_end: Callable[[], None]) -> Callable[[], None]:
    """Call back on the event loop when a child process has ended.

    Args:
        pid: The child, not yet waited for.
        wait: Blocks until it has ended; used where the system has no file descriptors for processes.
        on_end: Called once.

    Returns:
        A function that ends the watching.
    """
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return _watch_by_thread(loop, wait, on_end)

    def stop() -> None:
        nonlocal descriptor
        if descriptor >= 0:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            descriptor = -1

    def ended() -> None:
        stop()
        on_end()

    loop.add_reader(descriptor, ended)
    return stop


def _watch_by_thread(
    loop: asyncio.AbstractEventLoop, wait: Callable[[], object], on_end: Callable[[], None]
) -> Callable[[], None]:
    stopped = threading.Event()

    def tell() -> None:
        if not stopped.is_set():
            on_end()

    def watch() -> None:
        wait()
        if not stopped.is_set() and not loop.is_closed():
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=watch, name="kernel process", daemon=True).start()
    return stopped.set
