"""Keeps the kernel's frozen copies: takes them over, wakes them, lets go of those that are too many or too large.

What comes from a kernel is not believed: it is a stranger that may say anything. Which process a message is from, the
system tells; names are checked; a message is never waited for.
"""

import array
import contextlib
import json
import os
import signal
import socket
import time

import processes
import ring

_MESSAGE_BYTES = 1 << 12
_ANCILLARY_BYTES = socket.CMSG_SPACE(12) + socket.CMSG_SPACE(64)
_NAME_CHARS = 40
_MOST = 500
_FRESH, _WARM = "fresh", "warm"
"""Copies of a kernel in which no cell has run: the second has modules imported. They are nobody's checkpoints."""
_LOOK_S = 0.2
_LOOK_SHARE = 0.05
"""No more of the time than this goes into looking at how large checkpoints are."""


class Kernel:
    """A process that cells run in."""

    def __init__(self, number, pid, way):
        self.number = number
        self.pid = pid
        self.way = way
        self.began = processes.started_at(pid)
        self.checkpoint = ""


class Frozen:
    """A copy that waits."""

    def __init__(self, name, way):
        self.name = name
        self.way = way
        self.pid = 0
        self.handle = -1


class Keeper:
    """Knows the kernels and the frozen copies.

    Args:
        tell: Tells the application; takes what to tell as keywords.
        count: How many checkpoints may be kept.
        budget_bytes: How much memory they may hold beyond what the kernels hold themselves.
    """

    def __init__(self, tell, count, budget_bytes):
        self._tell = tell
        self._count = count
        self._budget_bytes = budget_bytes
        self.kernels = {}
        self.frozen = {}
        self._waking = {}
        self._marked = set()
        self._look_at = None
        self._sizes = {}
        self.last_code = 0
        """How the kernel that ended last did."""

    def add(self, number, pid, way):
        """Take in a kernel; `way` is our end of the socket to it."""
        way.setblocking(False)
        way.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.kernels[number] = Kernel(number, pid, way)

    def descriptors(self):
        """Give what to wait for."""
        ways = [kernel.way for kernel in self.kernels.values()]
        ways += [copy.way for copy in self.frozen.values()] + [way for way, _ in self._waking.values()]
        return [way.fileno() for way in ways if way is not None]

    def wait_s(self):
        """Say how soon to look again, in seconds; None for no hurry."""
        return None if self._look_at is None else max(0.0, self._look_at - time.monotonic())

    def hear(self):
        """Take in what kernels and copies have said."""
        for kernel in list(self.kernels.values()):
            self._hear_kernel(kernel)
        for copy in list(self.frozen.values()):
            self._hear_copy(copy)
        for number in list(self._waking):
            self._hear_waking(number)
        if self._look_at is not None and time.monotonic() >= self._look_at:
            self._look()

    def obey(self, command):
        """Do what the application asks."""
        do = command.get("do")
        kernel = self.kernels.get(command.get("kernel"))
        if do == "wake":
            self._wake(command["checkpoint"], command["kernel"], command["sockets"])
        elif do == "warm":
            self._warm(command["modules"])
        elif do == "keep":
            self._have_kept(command["checkpoint"], command["keep"])
        elif do == "drop":
            self.let_go(command["checkpoints"], "asked")
        elif do == "mark":
            (self._marked.add if command["marked"] else self._marked.discard)(command["checkpoint"])
        elif do == "end":
            self._waking.pop(command["kernel"], None)
        if do in ("interrupt", "kill", "end") and kernel is not None:
            self._signal(kernel.pid, signal.SIGINT if do == "interrupt" else signal.SIGKILL)

    def goes_on(self, ended):
        """Take in which child processes have ended, and how; say whether there is a kernel, or one to be woken."""
        for kernel in [each for each in self.kernels.values() if each.pid in ended]:
            self._hear_kernel(kernel)
            del self.kernels[kernel.number]
            _close(kernel.way)
            self._end_strays(kernel.began)
            self.last_code = ended[kernel.pid]
            self._tell(ended=kernel.number, code=self.last_code)
        return bool(self.kernels or self.frozen or self._waking)

    def kernel_pids(self):
        """Give the processes of the kernels."""
        return [kernel.pid for kernel in self.kernels.values()]

    def frozen_pids(self):
        """Give the processes of the copies."""
        return {copy.pid for copy in self.frozen.values() if copy.pid}

    def make_room(self):
        """Let go of one copy, because memory is short; say whether there was one to spare."""
        name = ring.first_to_go(self._checkpoints(), self._marked)
        name = name or next((each for each in (_FRESH, _WARM) if each in self.frozen), None)
        if name is not None:
            self.let_go([name], "memory")
        return name is not None

    def let_go(self, names, why):
        """End copies."""
        gone = [self._end_copy(self.frozen.pop(name)) for name in names if name in self.frozen]
        if gone:
            self._tell(dropped=gone, why=why)

    def _checkpoints(self):
        return [name for name in self.frozen if name not in {_FRESH, _WARM}]

    # -- messages

    def _hear_kernel(self, kernel):
        while kernel.way is not None:
            message = _receive(kernel.way)
            if message is None:
                return
            data, _, descriptors = message
            if not data:
                kernel.way = _close(kernel.way)
                return
            name = _decoded(data).get("frozen")
            new = _is_name(name) and name != _WARM and name not in self.frozen
            if descriptors and new and len(self.frozen) < _MOST:
                way = socket.socket(fileno=descriptors.pop(0))
                way.setblocking(False)
                copy = self.frozen[name] = Frozen(name, way)
                self._hear_copy(copy)
            for descriptor in descriptors:
                os.close(descriptor)

    def _hear_copy(self, copy):
        message = _receive(copy.way)
        if message is None:
            return
        data, pid, descriptors = message
        for descriptor in descriptors:
            os.close(descriptor)
        if not data:
            self.let_go([copy.name], "gone")
        elif not copy.pid and pid and pid in processes.below(os.getpid()):
            copy.pid, copy.handle = pid, os.pidfd_open(pid)
            self._tell(kept=copy.name, pid=pid)
            if copy.name == _WARM:
                self.let_go([_FRESH], "asked")
            self.let_go(ring.surplus(self._checkpoints(), self._marked, self._count), "count")
            self._look_soon(_LOOK_S)

    def _wake(self, name, number, sockets):
        copy = self.frozen.get(name)
        if copy is None or not copy.pid:
            self._tell(failed=number, problem="it is not there any more")
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        order = json.dumps({"kernel": number, "sockets": sockets}).encode()
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
        try:
            copy.way.sendmsg([order], passed)
        except OSError:
            ours.close()
            self._tell(failed=number, problem="it has ended")
        else:
            self._waking[number] = (ours, name)
        theirs.close()

    def _warm(self, modules):
        """Have a copy of the fresh copy import modules, and keep that in its place."""
        fresh = self.frozen.get(_FRESH)
        if fresh is None or not fresh.pid or _WARM in self.frozen:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
        try:
            fresh.way.sendmsg([json.dumps({"warm": modules}).encode()], passed)
        except OSError:
            ours.close()
        else:
            self.frozen[_WARM] = Frozen(_WARM, ours)
        theirs.close()

    def _have_kept(self, name, what):
        """Have a copy of a frozen copy keep its variables on disk: it says there how that went."""
        copy = self.frozen.get(name)
        if copy is not None:
            with contextlib.suppress(OSError):
                copy.way.send(json.dumps({"keep": what}).encode())

    def _hear_waking(self, number):
        way, name = self._waking[number]
        message = _receive(way)
        if message is None:
            return
        del self._waking[number]
        data, pid, descriptors = message
        for descriptor in descriptors:
            os.close(descriptor)
        if not data or not pid or pid not in processes.below(os.getpid()):
            way.close()
            self._tell(failed=number, problem="the copy could not be woken")
            return
        kernel = self.kernels[number] = Kernel(number, pid, way)
        kernel.checkpoint = name
        self._tell(woken=number, pid=pid, checkpoint=name)

    # -- memory

    def _look_soon(self, seconds):
        at = time.monotonic() + seconds
        self._look_at = at if self._look_at is None else min(self._look_at, at)

    def _look(self):
        """See how much memory the copies hold that nobody else does, and let go of some where it is too much."""
        began = time.monotonic()
        held = self._measure()
        while held > self._budget_bytes and self.make_room():
            held = self._measure()
        took_s = time.monotonic() - began
        self._look_at = time.monotonic() + max(_LOOK_S * 10, took_s / _LOOK_SHARE) if self.frozen else None

    def _measure(self):
        copies = {name: processes.memory(copy.pid) for name, copy in self.frozen.items() if copy.pid}
        pids = set(processes.below(os.getpid())) - self.frozen_pids()
        others = [processes.memory(pid) for pid in pids]
        every = sum(each["Pss"] for each in [*copies.values(), *others])
        beyond = max(0, every - sum(each["Rss"] for each in others))
        sizes = {name: each["Private_Dirty"] + each["Private_Clean"] for name, each in copies.items()}
        if sizes != self._sizes:
            self._sizes = sizes
            self._tell(sizes=sizes, beyond=beyond)
        return beyond

    # -- ends

    def _end_copy(self, copy):
        if copy.handle >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(copy.handle, signal.SIGKILL)
            os.close(copy.handle)
        _close(copy.way)
        self._marked.discard(copy.name)
        return copy.name

    def _end_strays(self, began):
        """End what a kernel has left behind: what came after it, and before any kernel that has taken its place.

        What is younger may be a copy of the other kernel's that was not announced yet.
        """
        kept = self.frozen_pids() | {kernel.pid for kernel in self.kernels.values()}
        until = min((kernel.began for kernel in self.kernels.values() if kernel.began > began), default=float("inf"))
        for pid in processes.below(os.getpid(), leaving_out=kept):
            if began <= processes.started_at(pid) < until:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    @staticmethod
    def _signal(pid, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)


def _receive(way):
    """Give a message, the process it is from and the descriptors that came with it; None when there is none now."""
    try:
        data, ancillary, _, _ = way.recvmsg(_MESSAGE_BYTES, _ANCILLARY_BYTES)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b"", 0, []
    pid, descriptors = 0, array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(payload[: len(payload) - len(payload) % 4])
        elif level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            pid = array.array("i", payload[:4])[0]
    return data, pid, list(descriptors)


def _decoded(data):
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_name(name):
    return isinstance(name, str) and 0 < len(name) <= _NAME_CHARS and name.isalnum() and name.isascii()


def _close(way):
    if way is not None:
        way.close()
