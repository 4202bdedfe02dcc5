"""Decides about each connection of processes under a filter that asks: one port of the loopback, and nothing else.

For a sandbox that has no network namespace of its own. The supervisor, which the filter does not hold, takes the very
socket, and connects it itself to an address of its own making: what the process writes where its address was, after it
was looked at, changes nothing. The process's own system call is never let through.

Source: seccomp_unotify(2), pidfd_getfd(2).
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct

import seccomp

_RECEIVE, _SEND, _IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
_REQUEST = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")
_PIDFD_GETFD = 438
_A_THREAD = os.O_EXCL
_LOOPBACK = socket.inet_aton("127.0.0.1")
_ADDRESS_BYTES = 8


def ask(way):
    """Put this process under the filter, and hand out what it asks by; where nothing can be asked, refuse it all.

    Raises:
        OSError: The system does not take it.
    """
    with way:
        try:
            listener = seccomp.install_asking(seccomp.program("asked"))
        except OSError:
            seccomp.install(seccomp.program("none"))
            return
        socket.send_fds(way, [b"A"], [listener])
        os.close(listener)


def answer(way, port):
    """Answer until the last process under the filter has ended.

    Args:
        way: A unix socket by which the filter's descriptor comes.
        port: The one that may be connected to.
    """
    with way:
        _, descriptors, _, _ = socket.recv_fds(way, 1, 1)
    if not descriptors:
        return
    [listener] = descriptors
    numbers = seccomp.numbers()
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while not poll.poll()[0][1] & (select.POLLHUP | select.POLLERR):
        buffer = bytearray(_REQUEST.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, buffer, True)
        except OSError:  # who asked has been interrupted, or has ended
            continue
        number, thread, _, call, _, _, *arguments = _REQUEST.unpack(buffer)
        error = errno.EACCES
        with contextlib.suppress(OSError), _taken(listener, number, thread, arguments[0]) as taken:
            if call == numbers["listen"]:
                error = _listen(taken, arguments[1])
            elif call == numbers["connect"] and _is_wanted(listener, number, thread, arguments, port):
                error = _connect(taken, port)
        with contextlib.suppress(OSError):
            fcntl.ioctl(listener, _SEND, _ANSWER.pack(number, 0, -error, 0))


def _taken(listener, number, thread, descriptor):
    """Take the socket that a process means by a descriptor: the same one, not a copy.

    Raises:
        OSError: It can't be taken, or who asked is not there any more.
    """
    process = os.pidfd_open(thread, _A_THREAD)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        taken = libc.syscall(_PIDFD_GETFD, process, ctypes.c_int(descriptor & 0xFFFFFFFF), 0)
        if taken < 0:
            raise OSError(ctypes.get_errno(), "the socket can't be taken")
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


def _is_wanted(listener, number, thread, arguments, port):
    _, address, length = arguments[:3]
    if not _ADDRESS_BYTES <= length <= 128:
        return False
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        _check(listener, number)
        try:
            memory.seek(address)
        except OverflowError:  # no address that a process could have
            return False
        found = memory.read(_ADDRESS_BYTES)
    if len(found) < _ADDRESS_BYTES:
        return False
    family, to = struct.unpack("=H", found[:2])[0], struct.unpack("!H", found[2:4])[0]
    return (family, to, found[4:]) == (socket.AF_INET, port, _LOOPBACK)


def _connect(taken, port):
    if (taken.family, taken.type) != (socket.AF_INET, socket.SOCK_STREAM):
        return errno.EACCES
    return taken.connect_ex(("127.0.0.1", port))


def _listen(taken, backlog):
    """Listen for it, if it is no socket of a network: one that is bound nowhere would get a port for all the world."""
    if taken.family != socket.AF_UNIX:
        return errno.EACCES
    taken.listen(min(backlog, 4096))
    return 0
