"""Threads that rest while the process is copied, so that nothing of them is lost with the copy.

In a copy only the thread is there that forked, and what Python holds for the others, their states, their frames and
all that these refer to, is never freed. So the kernel's own threads end before, and others go on with their work after.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

__all__ = ["LoopThread", "Resting", "RestingLoop", "copy_process", "forget", "rest", "resume"]

_REST_S = 0.05
"""How long a copy waits for threads that are busy; then it is made beside them, and costs some memory."""
_START_S = 2.0
_MOMENT_S, _GONE_S = 0.01, 0.00005


class Resting:
    """Work that is done in a thread of its own, which ends where it has to rest, and is gone on with in another."""

    thread = None
    """The thread that does it, or did it last."""
    is_resting = False
    """There is no thread, and will be one again."""
    _is_asked = False

    def prepare_thread(self):
        """Make the thread, and forget of any other."""
        self._lock = threading.Lock()
        self._is_asked = self.is_resting = False
        self._make_thread()

    def ask_to_rest(self):
        """Have the thread end soon."""
        self._is_asked = True
        self._call_to_rest()

    def resume(self):
        """Go on: in another thread, where the one has ended."""
        with self._lock:
            self._is_asked = False
        if self.is_resting:
            self.thread.join()
            self._make_thread()
            _start(self.thread)
            self.is_resting = False  # not before: until then there is none that others could leave work to, or wait for

    def wait_until_begun(self):
        """Return when what is done is the work, and no more what Python does before."""
        self._begun.wait(_START_S)

    def work(self):
        """Do the work, until `has_to_rest`."""
        raise NotImplementedError

    def has_to_rest(self):
        """Say, in the thread, whether it has to end now."""
        if not self._is_asked:
            return False
        with self._lock:
            self.is_resting = self._is_asked
            return self.is_resting

    def _call_to_rest(self):
        """Wake the thread, so that it looks whether it has to rest."""
        raise NotImplementedError

    def _make_thread(self):
        self._begun = threading.Event()
        self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self.thread.pydev_do_not_trace = self.thread.is_pydev_daemon_thread = True

    def _run(self):
        self._begun.set()
        self.work()


class RestingLoop(Resting):
    """Runs `io_loop`, and closes it when that is stopped."""

    _closes_all = False
    """What the loop watches is closed with it."""

    def work(self):
        """Run the loop."""
        loop = self.io_loop
        loop._thread_identity = threading.get_ident()  # by which tornado knows who may do without waking it
        try:
            loop.start()
        finally:
            loop._thread_identity = 0
            if not self.is_resting:
                loop.close(all_fds=self._closes_all)

    def _call_to_rest(self):
        with contextlib.suppress(RuntimeError):  # the loop was closed: the thread ends anyway
            self.io_loop.add_callback(self._stop_to_rest)

    def _stop_to_rest(self):
        if self.has_to_rest():
            self.io_loop.stop()


class LoopThread(RestingLoop):
    """Stands for the thread that runs an event loop.

    Args:
        io_loop: The loop.
        name: What the thread is called.
    """

    def __init__(self, io_loop, name):
        self.io_loop = io_loop
        self.name = name
        self.prepare_thread()

    def start(self):
        """Start the thread."""
        self.thread.start()

    def stop(self):
        """Have the thread end for good."""
        self.io_loop.add_callback(self.io_loop.stop)

    def is_alive(self):
        """Say whether there is a thread."""
        return self.thread.is_alive()

    def join(self, timeout=None):
        """Wait for the thread to end."""
        self.thread.join(timeout)


def copy_process():
    """Fork. An interrupt that comes to both is heard by one: in the copy it would be raised in what is no cell's."""
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def rest(workers):
    """Have threads end, as many as do in a moment; `resume` has to follow."""
    deadline = time.monotonic() + _REST_S
    for worker in workers:
        if worker.thread.is_alive():
            worker.ask_to_rest()
    for worker in workers:
        if worker.thread.is_alive():
            worker.thread.join(max(0.0, deadline - time.monotonic()))
        if not worker.thread.is_alive():
            forget(worker.thread)
            _wait_until_gone(worker.thread, deadline)


def forget(thread):
    """Have Python not know of a thread that has ended: of all that it knows it makes the locks anew in each copy."""
    threading._dangling.discard(thread)


def _wait_until_gone(thread, deadline):
    """Wait for what a thread does after Python has said that it ended: it gives memory back, and may hold locks."""
    while os.path.exists(f"/proc/self/task/{thread.native_id}") and time.monotonic() < deadline:
        time.sleep(_GONE_S)


def resume(workers):
    """Have them go on."""
    with _as_no_cell_has_said(workers):
        for worker in workers:
            worker.resume()


@contextlib.contextmanager
def _as_no_cell_has_said(workers):
    """Let threads have the size that is usual, and nothing of a cell's called in them."""
    size = threading.stack_size(0)
    ways = [(threading.settrace, getattr(threading, "_trace_hook", None))]
    ways.append((threading.setprofile, getattr(threading, "_profile_hook", None)))
    hooked = [(set_hook, hook) for set_hook, hook in ways if hook is not None]
    for set_hook, _ in hooked:
        set_hook(None)
    try:
        yield
        if hooked:
            for worker in workers:
                worker.wait_until_begun()
    finally:
        for set_hook, hook in hooked:
            set_hook(hook)
        threading.stack_size(size)


def _start(thread):
    """Start a thread that the kernel can't be without; where there may be no more, others may end meanwhile."""
    deadline = time.monotonic() + _START_S
    while True:
        try:
            thread.start()
        except RuntimeError:
            if time.monotonic() > deadline:
                os.abort()  # nobody would ever hear of this process again
            time.sleep(_MOMENT_S)
        else:
            return
