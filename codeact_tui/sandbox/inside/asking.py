"""How a filter of system calls asks, and is answered: what the command's process and the supervisor share of it.

Source: seccomp_unotify(2), pidfd_getfd(2).
"""

import _socket  # socket itself takes longer to import than all that is done here
import fcntl
import os
import select
import struct
import sys

import libc
import seccomp

PIDFD_GETFD = 438
GO_ON = 1
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_REQUEST = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")
_DESCRIPTOR_BYTES = 4
_WITHOUT = {"asked": "none", "own_asked": "own"}


def ask(way, network):
    """Put this process under a filter, and hand out what it asks by.

    Where it can't ask, connections are refused, and starts are not told of.

    Args:
        way: A unix socket by which the filter's descriptor goes; it is closed.
        network: One of `seccomp.NETWORK`.

    Raises:
        OSError: The system does not take it.
    """
    try:
        if network in _WITHOUT:
            _try_to_take()
    except OSError:
        network = _WITHOUT[network]
    try:
        listener = seccomp.install_asking(seccomp.program(network, starts_asked=True))
    except OSError:
        seccomp.install(seccomp.program(_WITHOUT.get(network, network)))
    else:
        handed = listener.to_bytes(_DESCRIPTOR_BYTES, sys.byteorder)
        way.sendmsg([b"A"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, handed)])
        os.close(listener)
    way.close()


def _try_to_take():
    """See that one process can take another's socket here.

    Raises:
        OSError: It can't.
    """
    process = os.pidfd_open(os.getpid())
    try:
        taken = libc.call("syscall", PIDFD_GETFD, process, 2, 0)
        if taken < 0:
            raise OSError(libc.error_number(), "descriptors can't be taken")
        os.close(taken)
    finally:
        os.close(process)


def take_listener(way):
    """Wait for the descriptor by which a filter asks.

    Args:
        way: The other end of what `ask` was given; it is closed.

    Returns:
        The descriptor; None where the filter does not ask, or the process has ended.
    """
    _, ancillary, _, _ = way.recvmsg(1, _socket.CMSG_SPACE(_DESCRIPTOR_BYTES))
    way.close()
    handed = [data for level, kind, data in ancillary if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)]
    return int.from_bytes(handed[0], sys.byteorder) if handed else None


def let_start(listener):
    """Let the first that is asked go on: the start of the command itself."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    if poll.poll()[0][1] & select.POLLIN:
        asked = receive(listener)
        if asked is not None:
            give_back(listener, asked[0], 0, GO_ON)


def receive(listener):
    """Take in what is asked.

    Returns:
        The question's number, the thread that asks, the system call's number and its arguments; None when who asked
        was interrupted, or has ended.
    """
    buffer = bytearray(_REQUEST.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer, True)
    except OSError:
        return None
    number, thread, _, call, _, _, *arguments = _REQUEST.unpack(buffer)
    return number, thread, call, arguments


def give_back(listener, number, error, flags):
    """Answer a question: with an error number, negative, or 0, or by letting the system call itself go on."""
    try:
        fcntl.ioctl(listener, _SEND, _ANSWER.pack(number, 0, error, flags))
    except OSError:
        return  # who asked is gone
