"""The open file descriptors of this process: what they are, and which of them are the kernel's own works."""

from __future__ import annotations

import contextlib
import os
import socket
import stat

__all__ = ["OwnDescriptors", "named", "opened", "reopen_files", "target"]

_STANDARD = (0, 1, 2)
_DELETED = " (deleted)"
_KEPT_FLAGS = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK | getattr(os, "O_DIRECT", 0) | os.O_SYNC | os.O_DSYNC


def opened() -> list[int]:
    """List the open descriptors."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            os.fstat(int(name))  # the one that the listing itself used is closed by now
            found.append(int(name))
    return found


def target(descriptor: int) -> str:
    """Say what a descriptor leads to, as the system does: a path, `pipe:[12]`; empty when it is closed."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return ""


class OwnDescriptors:
    """Remembers which descriptors the kernel has opened for itself: sockets, event loops, pipes, logs.

    A number counts only while it leads to the same thing: cells may close anything, and numbers are given again.
    """

    def __init__(self):
        self._targets = {}
        self.sockets = ""
        """What the paths of the kernel's sockets begin with: connections that came later are known by it."""

    def note(self, descriptors):
        """Count these among the kernel's own from now on."""
        for descriptor in descriptors:
            if descriptor not in _STANDARD:
                self._targets[descriptor] = target(descriptor)

    def forget(self, descriptors):
        """Count these no longer."""
        for descriptor in descriptors:
            self._targets.pop(descriptor, None)

    def among(self, descriptors):
        """Give those of these that are the kernel's own."""
        return [each for each in descriptors if self._is_own(each)]

    def _is_own(self, descriptor):
        leads_to = target(descriptor)
        if self._targets.get(descriptor) == leads_to:
            return True
        return leads_to.startswith("socket:") and self._is_connection(descriptor)

    def _is_connection(self, descriptor):
        """Say whether a socket is connected to one of the kernel's, at either end: the kernel has one to itself."""
        names = []
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
            names.append(connection.getsockname())
            names.append(connection.getpeername())
        return any(isinstance(name, str) and self.sockets and name.startswith(self.sockets) for name in names)


def named(descriptors):
    """Give those of these that lead to a file which still has its name."""
    return {each for each in descriptors if not target(each).endswith(_DELETED)}


def reopen_files(descriptors, by_name=frozenset()):
    """Give this process places of its own in open files: a fork shares them with its parent.

    Args:
        descriptors: Those to look at.
        by_name: Those of them that are opened by their names where another file has taken the place of theirs.

    Returns:
        How many could not be opened again, and go on sharing.
    """
    shared = 0
    for descriptor in descriptors:
        if descriptor in _STANDARD:
            continue
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                _reopen(descriptor, by_name=descriptor in by_name)
        except OSError:
            shared += 1
    return shared


def _reopen(descriptor, *, by_name):
    import fcntl

    place = os.lseek(descriptor, 0, os.SEEK_CUR)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL) & _KEPT_FLAGS
    inherited = os.get_inheritable(descriptor)
    path = f"/proc/self/fd/{descriptor}"
    if by_name:
        name = target(descriptor)
        now = name[: -len(_DELETED)] if name.endswith(_DELETED) else ""
        path = now if now and os.path.isfile(now) and not os.path.islink(now) else path
    again = os.open(path, flags)
    os.lseek(again, place, os.SEEK_SET)
    os.dup2(again, descriptor, inheritable=inherited)
    os.close(again)
