"""Checkpoints: a frozen copy of the whole process, made by fork between two cells, that can be woken later.

The copy keeps the interpreter as it was; memory is shared until one of the two writes to it. It waits at one end of a
socket whose other end the supervisor has been given, and ends when that is closed. Woken, it copies itself once more
and the copy becomes a kernel, so that one checkpoint can be gone back to any number of times. Everything here runs in
the main thread, with the event loop at rest.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import time
import warnings

from .descriptors import OwnDescriptors, named, opened, reopen_files, target
from .grading import Grader
from .keeping import keep_here
from .resting import copy_process, rest, resume
from .reviving import own_threads, revive, workers
from .warming import Warmth

__all__ = ["Checkpoints"]

_MESSAGE_BYTES = 1 << 16
_KILLED_EARLIER = "900"
_PARENT_DEATH_SIGNAL, _NAME = 1, 15
_FROZEN_NAME = b"codeact frozen"
_PAUSE_ALL = 2
_MOMENT_S = 0.0002


class Checkpoints:
    """Takes checkpoints of a kernel.

    Args:
        app: The kernel's application, initialized.
        keeper: The descriptor of a socket to the supervisor, which takes the copies over.
    """

    def __init__(self, app, keeper):
        self._app = app
        self._keeper = socket.socket(fileno=keeper)
        os.set_inheritable(keeper, False)
        self._own = OwnDescriptors()
        self._own.sockets = app.ip
        self._own.note(opened())
        self._named = frozenset()
        """In a copy: descriptors of files that had their names when it was made."""
        self._warmth = None
        self._grader = Grader(self._own, lambda: own_threads(app))

    def take(self, name: str) -> dict:
        """Make a frozen copy.

        Args:
            name: What it is called by.

        Returns:
            What to reply: status, grade and reasons, milliseconds. In a woken copy, which returns from here as well:
            None.

        Raises:
            OSError: The process can't be copied, or the supervisor does not take the copy.
        """
        began = time.perf_counter()
        graded = self._grader.grade()
        _flush()
        _pause_openmp()
        chance = _random_state()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        settled, settle = os.pipe()
        try:
            with self._app.iopub_thread.output.forking(), _no_word_of_children():
                pid = _fork(workers(self._app))
                if pid == 0:
                    self._freeze(theirs.detach(), settle, chance, unneeded=(ours.detach(), settled))
                    _restore_random_state(chance)
                    if self._warmth is not None:
                        self._warmth.freshen()
                        self._warmth = None
                    return None
                os.waitpid(pid, 0)
        except OSError:
            _close(ours.detach(), theirs.detach(), settled, settle)
            raise
        _close(theirs.detach(), settle)
        shared = os.read(settled, 16)
        os.close(settled)
        with ours:
            if not shared:
                raise OSError("the copy could not be made")
            self._send({"frozen": name}, ours.fileno())
        if shared != b"0":
            graded = {"grade": "red" if graded["grade"] == "red" else "yellow",
                      "reasons": [*graded["reasons"], "the place in an open file"]}  # fmt: skip
        took_ms = (time.perf_counter() - began) * 1000
        return {"status": "ok", **graded, "milliseconds": took_ms}

    def _send(self, what, descriptor=None):
        ancillary = []
        if descriptor is not None:
            ancillary.append((socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor])))
        self._keeper.sendmsg([json.dumps(what).encode()], ancillary)

    # -- in the copy

    def _freeze(self, way, settle, chance, unneeded):
        """Wait to be woken; return only in the copy of this copy that is."""
        try:
            _close(*unneeded)
            _belong_to_supervisor()
            os.setsid()
            _be_called(_FROZEN_NAME)
            _set_priority(_KILLED_EARLIER)
            dead = self._let_go({way, settle})
            self._named = frozenset()
            shared = self._reopen_files()
            self._named = named(opened())
            with socket.socket(fileno=os.dup(way)) as supervisor:
                os.close(way)
                supervisor.send(b"frozen")
                os.write(settle, str(shared).encode())
                os.close(settle)
                keeper, order = _await_order(supervisor)
            if "warm" in order:
                keeper, order = self._warm(keeper, order["warm"])
            if "keep" in order:
                _restore_random_state(chance)
                keep_here(self._app.shell.user_ns, self._app.shell.user_ns_hidden, **order["keep"])
                os._exit(0)
            with _no_collection():
                self._wake(keeper, order, dead)
            self._send({"woken": order["kernel"], "milliseconds": (time.perf_counter() - self._woken_at) * 1000})
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(2, f"a checkpoint failed: {type(error).__name__}: {error}\n".encode())
            os._exit(70)

    def _warm(self, way, modules):
        """Import modules, then wait at the end of another way; return as `_await_order`."""
        self._warmth = Warmth(modules)
        with socket.socket(fileno=way) as supervisor:
            supervisor.send(b"frozen")
            keeper, order = _await_order(supervisor)
        if not self._warmth.holds():
            os._exit(71)
        return keeper, order

    def _let_go(self, kept):
        """Have the descriptors of the kernel's works lead nowhere, their numbers still taken."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        dead = set()
        for descriptor in self._own.among(opened()):
            if descriptor not in kept and not _is_log(descriptor):
                os.dup2(nowhere, descriptor, inheritable=False)
                dead.add(descriptor)
        for descriptor in (1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)
        self._own.forget(dead)
        return dead

    def _wake(self, keeper, order, dead):
        self._woken_at = time.perf_counter()
        os.setsid()
        _be_called(b"python")
        _set_priority("0")
        _end_with_parent()
        self._keeper.detach()
        self._keeper = socket.socket(fileno=keeper)
        self._own.note([keeper])
        self._reopen_files()
        before = set(opened()) - dead
        self._own.sockets = order["sockets"]
        revive(self._app, order["sockets"], dead)
        self._app.wake()
        self._own.note(set(opened()) - before)

    def _reopen_files(self):
        every = opened()
        return reopen_files(set(every) - set(self._own.among(every)), self._named)


def _await_order(supervisor):
    """Wait, frozen; give, in a fresh copy, the way to the supervisor, if one was given, and what was ordered."""
    while True:
        data, ancillary, _, _ = supervisor.recvmsg(_MESSAGE_BYTES, socket.CMSG_SPACE(4))
        if not data:
            os._exit(0)
        passed = array.array("i")
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                passed.frombytes(payload[:4])
        pid = os.fork()
        if pid == 0:
            _belong_to_supervisor()
            return (passed[0] if passed else -1), json.loads(data)
        os.waitpid(pid, 0)
        _close(*passed)


def _belong_to_supervisor():
    """Go on in a child that the supervisor has taken over already: it looks among its own, and cells never see it."""
    between = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == between:
        time.sleep(_MOMENT_S)


def _close(*descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def _fork(threads):
    """Copy the process while these threads rest; in the copy they are gone."""
    rest(threads)
    pid = -1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads of cells
            pid = copy_process()
    finally:
        if pid:
            resume(threads)
    return pid


@contextlib.contextmanager
def _no_word_of_children():
    """Keep what cells have set up for the end of their own child processes from hearing of ours."""
    handler = signal.getsignal(signal.SIGCHLD)
    if handler in (None, signal.SIG_DFL):
        yield
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, handler)


@contextlib.contextmanager
def _no_collection():
    """Keep the collector from running: it would touch, and so copy, all there is, while somebody waits."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _flush():
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _pause_openmp():
    """Have libgomp give its threads up: it makes them again, and would wait for ever for them in a copy."""
    with open("/proc/self/maps", errors="replace") as file:
        paths = {line.split(None, 5)[5].rstrip("\n") for line in file if "libgomp" in line and ".so" in line}
    for path in paths:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(path).omp_pause_resource_all(_PAUSE_ALL)


def _random_state():
    random = sys.modules.get("random")
    return random, random.getstate() if random else None


def _restore_random_state(kept):
    """Undo what `random` does in a forked child, where it seeds itself anew."""
    random, state = kept
    if random is not None:
        random.setstate(state)


def _is_log(descriptor):
    return target(descriptor).startswith("/") and descriptor > 2


def _be_called(name):
    ctypes.CDLL(None).prctl(_NAME, ctypes.c_char_p(name), 0, 0, 0)


def _end_with_parent():
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)


def _set_priority(score):
    """Have the system end checkpoints before kernels when memory runs out, where it lets us say so."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(score)
