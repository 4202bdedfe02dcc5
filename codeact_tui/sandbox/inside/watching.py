"""What the supervisor does once the command is on its way: watches, hears, tells, and ends what has to end."""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys
import termios
import threading
import time

import keeping
import processes
import reaching
import usage

_FULL_LOOK_S = 0.25
_CLOSE_LOOK_S = 0.05
_PATH_CHARS = 300
_PROGRAM_BYTES = 3800
"""What is longer is not written as a whole."""
_UNREAD_BYTES = 1 << 14
_COMMAND_BYTES = 1 << 16


def watch(specification, pid, listener, way, own_io):
    """Watch over the command until it has ended, and end as it did. Never returns.

    Args:
        specification: See `supervisor`.
        pid: The command's process.
        listener: The descriptor by which the filter of system calls asks; None for no filter that does.
        way: Our end of the kernel's socket for checkpoints; None for none.
        own_io: This process's own `/proc/self/io`, opened; None where there is none.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _note)
    os.write(wake, b"w")  # it may have ended already, when nothing told of it yet
    if listener is not None:
        _answer(specification, listener)
    keeper = None
    if way is not None:
        keeper = keeping.Keeper(lambda **what: _tell(specification, **what), **specification["checkpoints"])
        keeper.add(1, pid, socket.socket(fileno=way.detach()))
    _tell(specification, started=pid)
    disk = usage.Disk(own_io=own_io, **specification["disk"]) if specification.get("disk") else None
    code = _watch(specification, pid, woken, keeper, disk)
    processes.end_all(os.getpid())
    _tell(specification, exit=code)
    sys.stdout.flush()
    os._exit(code if code >= 0 else 128 - code)


def _note(number, frame):
    """A signal came; the wake-up pipe tells of it."""


def _answer(specification, listener):
    """Answer what the filter asks, in a thread: a connection may have to wait, and the watch must not."""
    own = specification["network"] == "own_asked"
    port = None if own else specification.get("reach")
    private = specification.get("memory_folders", ()) if own else ()
    starts = _Starts(specification)
    threading.Thread(target=reaching.answer, args=(listener, port, private, starts.tell), daemon=True).start()


class _Starts:
    """Tells of programs that are started, as long as what was told is read: room is kept for what must not be lost."""

    def __init__(self, specification):
        self._specification = specification
        self._missed = 0

    def tell(self, path, words):
        """Tell of one, or count it."""
        path = path[-_PATH_CHARS:]
        while len(json.dumps([path, words])) > _PROGRAM_BYTES:
            words = words[: len(words) // 2]
        if _unread_bytes(self._specification["status_fd"]) > _UNREAD_BYTES:
            self._missed += 1
            return
        _tell(self._specification, program={"path": path, "words": words}, missed=self._missed)
        self._missed = 0


def _unread_bytes(pipe):
    found = bytearray(4)
    fcntl.ioctl(pipe, termios.FIONREAD, found)
    return int.from_bytes(found, sys.byteorder)


def _watch(specification, pid, woken, keeper, disk):
    """Wait for the end of the command, and of what comes of its copies; give its exit code, negative for a signal."""
    command_fd, limit = specification["command_fd"], specification["memory_bytes"]
    look_s = _FULL_LOOK_S
    looked_at = 0.0
    while True:
        ready = _wait([command_fd, woken], keeper, look_s if limit or disk else None)
        if woken in ready:
            os.read(woken, 4096)
        if keeper is not None:
            keeper.hear()
        ended = _reap()
        if keeper is None and pid in ended:
            return ended[pid]
        if keeper is not None and not keeper.goes_on(ended):
            return keeper.last_code
        if command_fd in ready and not _obey(command_fd, pid, keeper):
            processes.end_all(os.getpid())
            os._exit(0)
        if time.monotonic() - looked_at >= look_s:
            if limit:
                look_s = _look_at_memory(specification, pid, limit, keeper)
            if disk:
                _look_at_disk(specification, pid, disk, keeper)
            looked_at = time.monotonic()


def _wait(descriptors, keeper, look_s):
    """Wait until one of these, or what the keeper waits for, can be read; give those that can."""
    poll = select.poll()
    waits = [look_s]
    if keeper is not None:
        descriptors = descriptors + keeper.descriptors()
        waits.append(keeper.wait_s())
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
    waits = [wait for wait in waits if wait is not None]
    return dict(poll.poll(min(waits) * 1000 + 1 if waits else None))


def _reap():
    """Take in every child that has ended; give their exit codes, negative for a signal."""
    codes = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if not ended:
                break
            codes[ended] = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return codes


def _obey(command_fd, pid, keeper):
    """Do what the application asks; say whether it is still there."""
    commands = os.read(command_fd, _COMMAND_BYTES)
    there = bool(commands)
    while commands:
        if commands[:1] == b"{":
            while b"\n" not in commands and (more := os.read(command_fd, _COMMAND_BYTES)):
                commands += more
            line, _, commands = commands.partition(b"\n")
            if keeper is not None:
                keeper.hear()  # what a kernel said before the application could ask for it
                keeper.obey(json.loads(line))
            continue
        number = {b"i": signal.SIGINT, b"k": signal.SIGKILL}.get(commands[:1])
        commands = commands[1:]
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)
    return there


def _look_at_memory(specification, pid, limit, keeper):
    """Kill what holds too much; say how soon to look again. Checkpoints have a budget of their own, see `keeping`."""
    frozen = keeper.frozen_pids() if keeper is not None else ()
    found = processes.below(os.getpid(), leaving_out=frozen)
    files = usage.in_memory_bytes(specification.get("memory_folders", ()), found)
    held = processes.resident_bytes(found) + files
    if held > limit:
        # Twice: while a process ends, what it shared is counted for others already.
        owned = min(held, files + min(_owned(frozen), _owned(frozen)))
        if owned > limit:
            _tell(specification, memory=owned)
            for each in keeper.kernel_pids() if keeper is not None else [pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(each, signal.SIGKILL)
    return _CLOSE_LOOK_S if held > limit // 2 else _FULL_LOOK_S


def _look_at_disk(specification, pid, disk, keeper):
    """Kill the command when too much was written."""
    written = disk.written_bytes([os.getpid(), *processes.below(os.getpid())])
    if written > disk.limit:
        _tell(specification, disk=written)
        for each in keeper.kernel_pids() if keeper is not None else [pid]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each, signal.SIGKILL)


def _owned(frozen):
    """Add up what everything in here owns; pages that a checkpoint shares count in full for the kernel."""
    return processes.owned_bytes([*processes.below(os.getpid(), leaving_out=frozen), *frozen])


def _tell(specification, **what):
    with contextlib.suppress(OSError):
        os.write(specification["status_fd"], json.dumps(what).encode() + b"\n")
