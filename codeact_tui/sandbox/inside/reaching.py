"""Answers what processes under a filter that asks want: to start a program, and to connect.

A start is told of and goes on, see `starting`. Of connections, in a sandbox that has no network namespace of its own
one port of the loopback may be reached, and nothing else. Where it has one, everything in there may be, but of unix
sockets those alone whose paths lead to where nobody outside can listen. The supervisor, which the filter does not hold,
takes the very socket, and connects it itself to an address of its own making: what the process writes where its address
was, after it was looked at, changes nothing. The process's own system call is never let through.

Source: seccomp_unotify(2), pidfd_getfd(2).
"""

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import threading

import asking
import libc
import seccomp
import starting

_IS_VALID = 0x40082102
_A_THREAD = os.O_EXCL
_LOOPBACK = socket.inet_aton("127.0.0.1")
_ADDRESS_BYTES = 8
_LONGEST = 128
_WAITING = 32
"""So many connections may wait at once without holding up what else is asked."""


def answer(listener, port, private, started):
    """Answer until the last process under the filter has ended.

    Args:
        listener: The filter's descriptor, see `asking.take_listener`.
        port: The one that may be connected to; None for any, in a network namespace of the sandbox's own.
        private: Folders, each a file system of its own that nobody outside has; then unix sockets are looked for there.
        started: Is told of each program that is started: its path, and its arguments.
    """
    devices = {os.stat(folder).st_dev for folder in private if os.path.isdir(folder)}
    numbers = seccomp.numbers()
    starts = {numbers["execve"]: False, numbers["execveat"]: True}
    waiting = threading.BoundedSemaphore(_WAITING)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    try:
        while not poll.poll()[0][1] & (select.POLLHUP | select.POLLERR):
            asked = asking.receive(listener)
            if asked is None:
                continue
            number, thread, call, arguments = asked
            if call in starts:
                _tell_start(listener, number, thread, arguments, starts[call], started)
            elif call == numbers["listen"]:
                _decide(listener, number, thread, arguments, _listening(arguments))
            else:
                to = (listener, number, thread, arguments)
                _aside(waiting, _decide, *to, _connecting(*to, port, devices))
    finally:
        os.close(listener)  # who still waits is refused


def _tell_start(listener, number, thread, arguments, by_folder, started):
    try:
        starting.tell(thread, arguments, by_folder, lambda: _check(listener, number), started)
    finally:
        asking.give_back(listener, number, 0, asking.GO_ON)


def _aside(waiting, work, *arguments):
    """Do it in a thread, as a connection may have to wait; at once when too many wait already."""
    if not waiting.acquire(blocking=False):
        work(*arguments)
        return

    def run():
        try:
            work(*arguments)
        finally:
            waiting.release()

    try:
        threading.Thread(target=run, daemon=True).start()
    except RuntimeError:  # no more threads
        run()


def _decide(listener, number, thread, arguments, work):
    """Do with the socket that is meant what was asked, and say how it went."""
    error = errno.EACCES
    with contextlib.suppress(OSError), _taken(listener, number, thread, arguments[0]) as taken:
        error = work(taken)
    asking.give_back(listener, number, -error, 0)


def _connecting(listener, number, thread, arguments, port, devices):
    def connect(taken):
        address = _address(listener, number, thread, arguments)
        if port is None:
            return _connect_inside(taken, address, thread, devices)
        return _connect(taken, port) if _is_wanted(address, port) else errno.EACCES

    return connect


def _taken(listener, number, thread, descriptor):
    """Take the socket that a process means by a descriptor: the same one, not a copy.

    Raises:
        OSError: It can't be taken, or who asked is not there any more.
    """
    process = _opened(thread)
    try:
        taken = libc.call("syscall", asking.PIDFD_GETFD, process, descriptor & 0xFFFFFFFF, 0)
        if taken < 0:
            raise OSError(libc.error_number(), "the socket can't be taken")
    finally:
        os.close(process)
    try:
        _check(listener, number)
        return socket.socket(fileno=taken)
    except BaseException:
        with contextlib.suppress(OSError):
            os.close(taken)
        raise


def _check(listener, number):
    """See that who asked still waits: its id may be another's by now.

    Raises:
        OSError: It does not.
    """
    fcntl.ioctl(listener, _IS_VALID, struct.pack("=Q", number))


def _opened(thread):
    """Open a thread as a process; where the system knows processes alone, that which it belongs to."""
    try:
        return os.pidfd_open(thread, _A_THREAD)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    with open(f"/proc/{thread}/status", "rb") as file:
        return os.pidfd_open(next(int(line.split()[1]) for line in file if line.startswith(b"Tgid:")))


def _address(listener, number, thread, arguments):
    """Read the address that a process wants to connect to; nothing where there is none."""
    _, address, length = arguments[:3]
    if not 2 <= length <= _LONGEST:
        return b""
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        _check(listener, number)
        try:
            memory.seek(address)
        except OverflowError:  # no address that a process could have
            return b""
        found = memory.read(length)
    return found if len(found) == length else b""


def _is_wanted(address, port):
    if len(address) < _ADDRESS_BYTES:
        return False
    family, to = struct.unpack("=H", address[:2])[0], struct.unpack("!H", address[2:4])[0]
    return (family, to, address[4:8]) == (socket.AF_INET, port, _LOOPBACK)


def _connect_inside(taken, address, thread, devices):
    """Connect in the sandbox's own network; to a path only where nobody outside can listen."""
    family = struct.unpack("=H", address[:2])[0] if address else -1
    if family in {socket.AF_INET, socket.AF_INET6, socket.AF_UNSPEC} and taken.family != socket.AF_UNIX:
        return _connect_raw(taken, address)
    if family != socket.AF_UNIX or taken.family != socket.AF_UNIX:
        return errno.EACCES
    if address[2:3] in {b"", b"\0"}:
        return _connect_raw(taken, address)  # a name without a path, and those are the namespace's
    path = address[2:].split(b"\0")[0]
    base = os.open(f"/proc/{thread}/cwd", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = os.open(path, os.O_PATH | os.O_CLOEXEC, dir_fd=base)
    except OSError as error:
        return error.errno
    finally:
        os.close(base)
    try:
        if os.fstat(found).st_dev not in devices:
            return errno.EACCES
        return taken.connect_ex(f"/proc/self/fd/{found}")  # the very file that was looked at
    finally:
        os.close(found)


def _connect_raw(taken, address):
    if libc.call("connect", taken.fileno(), address, len(address)):
        return libc.error_number()
    return 0


def _connect(taken, port):
    if (taken.family, taken.type) != (socket.AF_INET, socket.SOCK_STREAM):
        return errno.EACCES
    return taken.connect_ex(("127.0.0.1", port))


def _listening(arguments):
    def listen(taken):
        """Listen for it, if it is no socket of a network: one bound nowhere would get a port for all the world."""
        if taken.family != socket.AF_UNIX:
            return errno.EACCES
        taken.listen(min(arguments[1], 4096))
        return 0

    return listen
