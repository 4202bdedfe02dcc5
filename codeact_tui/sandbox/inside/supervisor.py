"""The sandbox's first process: `python supervisor.py SPECIFICATION -- COMMAND…`.

Starts the command under the limits and rules of the specification, hands on interrupts, watches the memory, tells how
it ended, and ends all that came of it; and ends everything at once when the application that holds the other end of
the command pipe is gone, also when C code holds the interpreter.

The specification is JSON:
    command_fd: read here, 0 for standard input: `i` interrupts, `k` kills, a JSON object and a line's
        end are for `keeping.Keeper.obey`; its end means that the application is gone.
    status_fd: a JSON object a line is written here: {"started": pid}, {"memory": bytes}, {"disk": bytes},
        {"exit": code}, what `keeping.Keeper` tells, and of each program that is started
        {"program": {"path", "words"}, "missed": how many before it were not told of}.
    limits: see `limits.apply`.
    checkpoints: {"count": number, "budget_bytes": number}: the command is a kernel whose frozen copies are kept; it
        finds the socket for them at descriptor 3. Null for none.
    memory_bytes: kill the command when all it started owns more; 0 for no limit.
    memory_folders: what files in these folders take counts as well; they are kept in memory.
    disk: arguments of `usage.Disk`: kill the command when all it started has written more; null for no limit.
    landlock: arguments of `landlock.restrict`, or null.
    network: see `seccomp.NETWORK`, or null for no filter.
    listener: {"fd": a unix socket, "port": number}: a socket that listens at that port of this network namespace is
        handed to the application through the first; null for none.
    reach: the one port of this machine's loopback that may be connected to, where `network` is `asked`.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time

_PARENT_DEATH_SIGNAL, _DUMPABLE, _CHILD_SUBREAPER = 1, 4, 36
_FULL_LOOK_S = 0.25
_CLOSE_LOOK_S = 0.05
_COULD_NOT_START = 126
_KEEPER_FD = 3
_PATH_CHARS = 300
_PROGRAM_BYTES = 3800
"""What is longer is not written as a whole."""
_UNREAD_BYTES = 1 << 14
_COMMAND_BYTES = 1 << 16


def main():
    """Run the command under supervision; end as it ended."""
    _use_own_folder()
    specification = json.loads(sys.argv[1])
    command = sys.argv[3:]
    libc = ctypes.CDLL(None, use_errno=True)
    _prctl(libc, _DUMPABLE, 0)  # nothing of this user's may look into it
    _prctl(libc, _CHILD_SUBREAPER, 1)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _note)
    own_pid = os.getpid()
    if specification.get("listener"):
        _hand_out(**specification["listener"])
    asking = _asking(specification)
    keeper, our_way, way = _keeper(specification)
    pid = os.fork()
    if pid == 0:
        _become(specification, command, libc, own_pid, asking, way)
    if asking is not None:
        _answer(specification, asking)
    if keeper is not None:
        keeper.add(1, pid, our_way)
        way.close()
    _tell(specification, started=pid)
    code = _watch(specification, pid, woken, keeper)
    _end_rest()
    _tell(specification, exit=code)
    sys.stdout.flush()
    os._exit(code if code >= 0 else 128 - code)


def _use_own_folder():
    """Import what lies beside this file, and nothing by accident from elsewhere."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder, *(entry for entry in sys.path if entry and entry != folder)]


def _note(number, frame):
    """A signal came; the wake-up pipe tells of it."""


def _hand_out(fd, port):
    """Give the application a socket that listens in here: what connects to it, it alone can answer."""
    import socket

    with socket.socket(fileno=fd) as way, socket.create_server(("127.0.0.1", port), backlog=512) as listener:
        socket.send_fds(way, [b"L"], [listener.fileno()])


def _asking(specification):
    """Make what the command's filter is handed over by; there is none where there is no filter."""
    if specification["network"] is None:
        return None
    import socket

    return socket.socketpair()


def _answer(specification, asking):
    """Answer what the filter asks, in a thread: a connection may have to wait, and the watch must not."""
    import threading

    import reaching

    ours, theirs = asking
    theirs.close()
    own = specification["network"] == "own_asked"
    port = None if own else specification.get("reach")
    private = specification.get("memory_folders", ()) if own else ()
    starts = _Starts(specification)
    threading.Thread(target=reaching.answer, args=(ours, port, private, starts.tell), daemon=True).start()


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
    import fcntl
    import termios

    found = bytearray(4)
    fcntl.ioctl(pipe, termios.FIONREAD, found)
    return int.from_bytes(found, sys.byteorder)


def _keeper(specification):
    """Make what keeps the command's frozen copies, and the command's end of the socket to it."""
    if not specification.get("checkpoints"):
        return None, None, None
    import socket

    import keeping

    keeper = keeping.Keeper(lambda **what: _tell(specification, **what), **specification["checkpoints"])
    return (keeper, *socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))


def _become(specification, command, libc, supervisor_pid, asking, way):
    """Turn this fresh child into the command."""
    import capabilities
    import landlock
    import limits

    if asking:
        import reaching  # while it can still be read
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        _prctl(libc, _PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != supervisor_pid:
            os._exit(_COULD_NOT_START)
        if specification["command_fd"] == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # or cells could read the commands
        _close_all_but(*filter(None, [asking and asking[1], way]))
        limits.apply(specification["limits"])
        if specification.get("confined", True):
            capabilities.drop()
        if specification["landlock"] is not None:
            landlock.restrict(**specification["landlock"])
        if asking:
            reaching.ask(asking[1], specification["network"])
        if way is not None:
            os.dup2(way.detach(), _KEEPER_FD)
        os.environ.pop("JPY_PARENT_PID", None)  # names the application, which is not the parent in here
        os.execv(command[0], command)
    except BaseException as error:
        os.write(2, f"the sandbox could not be closed: {error}\n".encode())
    os._exit(_COULD_NOT_START)


def _close_all_but(*kept):
    descriptors = sorted(each.fileno() for each in kept)
    first = 3
    for descriptor in descriptors:
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, 1 << 16)


def _watch(specification, pid, woken, keeper):
    """Wait for the end of the command, and of what comes of its copies; give its exit code, negative for a signal."""
    import processes
    import usage

    command_fd, limit = specification["command_fd"], specification["memory_bytes"]
    disk = usage.Disk(**specification["disk"]) if specification.get("disk") else None
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
                look_s = _look_at_memory(processes, specification, pid, limit, keeper)
            if disk:
                _look_at_disk(processes, specification, pid, disk, keeper)
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
                keeper.obey(json.loads(line))
            continue
        number = {b"i": signal.SIGINT, b"k": signal.SIGKILL}.get(commands[:1])
        commands = commands[1:]
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)
    return there


def _look_at_memory(processes, specification, pid, limit, keeper):
    """Kill what holds too much; say how soon to look again. Checkpoints have a budget of their own, see `keeping`."""
    import usage

    frozen = keeper.frozen_pids() if keeper is not None else ()
    found = processes.below(os.getpid(), leaving_out=frozen)
    files = usage.in_memory_bytes(specification.get("memory_folders", ()), found)
    held = processes.resident_bytes(found) + files
    if held > limit:
        # Twice: while a process ends, what it shared is counted for others already.
        owned = min(held, files + min(_owned(processes, frozen), _owned(processes, frozen)))
        if owned > limit:
            _tell(specification, memory=owned)
            for each in keeper.kernel_pids() if keeper is not None else [pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(each, signal.SIGKILL)
    return _CLOSE_LOOK_S if held > limit // 2 else _FULL_LOOK_S


def _look_at_disk(processes, specification, pid, disk, keeper):
    """Kill the command when too much was written."""
    written = disk.written_bytes([os.getpid(), *processes.below(os.getpid())])
    if written > disk.limit:
        _tell(specification, disk=written)
        for each in keeper.kernel_pids() if keeper is not None else [pid]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each, signal.SIGKILL)


def _owned(processes, frozen):
    """Add up what everything in here owns; pages that a checkpoint shares count in full for the kernel."""
    return processes.owned_bytes([*processes.below(os.getpid(), leaving_out=frozen), *frozen])


def _end_rest():
    import processes

    processes.end_all(os.getpid())


def _tell(specification, **what):
    with contextlib.suppress(OSError):
        os.write(specification["status_fd"], json.dumps(what).encode() + b"\n")


def _prctl(libc, option, value):
    libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


if __name__ == "__main__":
    main()
