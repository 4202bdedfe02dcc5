"""What the command's process does to itself, in the sandbox's first fork: rules, limits, and then it is the command."""

import _signal  # signal itself takes longer to import than all that is done here
import os

import asking
import capabilities
import landlock
import libc
import limits

_PARENT_DEATH_SIGNAL = 1
_COULD_NOT_START = 126
_KEEPER_FD = 3


def become(specification, command, supervisor_pid, begin, way_to_ask, way):
    """Turn this fresh child into the command. Never returns.

    Args:
        specification: See `supervisor`.
        command: What is run.
        supervisor_pid: The parent.
        begin: A pipe; the command may start when a byte can be read there.
        way_to_ask: A socket by which the filter of system calls is handed over; None for no filter.
        way: The kernel's end of the socket for checkpoints; None for none.
    """
    try:
        for number in (_signal.SIGCHLD, _signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
            _signal.signal(number, _signal.SIG_DFL)
        os.setsid()
        libc.call("prctl", _PARENT_DEATH_SIGNAL, _signal.SIGKILL, 0, 0, 0)
        if os.getppid() != supervisor_pid:
            os._exit(_COULD_NOT_START)
        if specification["command_fd"] == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # or cells could read the commands
        _close_all_but(begin, *(each.fileno() for each in (way_to_ask, way) if each is not None))
        limits.apply(specification["limits"])
        if specification.get("confined", True):
            capabilities.drop()
        if not os.read(begin, 1):
            os._exit(_COULD_NOT_START)  # the supervisor is gone
        os.close(begin)
        if specification["landlock"] is not None:
            landlock.restrict(**specification["landlock"])
        if way_to_ask is not None:
            asking.ask(way_to_ask, specification["network"])
        if way is not None:
            os.dup2(way.detach(), _KEEPER_FD)
        os.environ.pop("JPY_PARENT_PID", None)  # names the application, which is not the parent in here
        os.execv(command[0], command)
    except BaseException as error:
        os.write(2, f"the sandbox could not be closed: {error}\n".encode())
    os._exit(_COULD_NOT_START)


def _close_all_but(*kept):
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, 1 << 16)
