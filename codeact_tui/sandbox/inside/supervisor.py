"""The sandbox's first process: `python supervisor.py SPECIFICATION -- COMMAND…`.

Starts the command under the limits and rules of the specification, hands on interrupts, watches the memory, tells how
it ended, and ends all that came of it; and ends everything at once when the application that holds the other end of
the command pipe is gone, also when C code holds the interpreter.

A kernel's start waits for this, so it imports next to nothing before it has started the command, which waits until it
may begin: what the supervisor is for, and most that it imports, is in `watching`, what the command's process does to
itself in `becoming`.

The specification is a dictionary, as `marshal` writes it, in hexadecimal digits:
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

import _socket  # socket itself takes longer to import than all that is done here
import marshal
import os
import sys

_DUMPABLE, _CHILD_SUBREAPER = 4, 36


def main():
    """Run the command under supervision; end as it ended."""
    _use_own_folder()
    specification = marshal.loads(bytes.fromhex(sys.argv[1]))
    questions = _socket.socketpair() if specification["network"] is not None else None
    way = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET) if specification.get("checkpoints") else None
    begin, may_begin = os.pipe()
    own_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        import becoming

        becoming.become(specification, sys.argv[3:], own_pid, begin, questions and questions[1], way and way[1])
    for ours_no_more in (questions, way):
        if ours_no_more is not None:
            ours_no_more[1].close()
    os.close(begin)
    own_io = _own_io()  # before the guard: an ordinary user's process may not open it after that
    _guard()
    if specification.get("listener"):
        _hand_out(**specification["listener"])
    try:
        os.write(may_begin, b"b")
    except BrokenPipeError:
        pass  # it has failed already, and said why
    os.close(may_begin)
    listener = _let_begin(questions[0]) if questions else None
    import watching

    watching.watch(specification, pid, listener, way and way[0], own_io)


def _own_io():
    try:
        return os.open("/proc/self/io", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None  # nothing is counted here


def _guard():
    """Keep all else of this user's out of this process, and have all that the command leaves behind come to it."""
    import libc

    libc.call("prctl", _DUMPABLE, 0, 0, 0, 0)
    libc.call("prctl", _CHILD_SUBREAPER, 1, 0, 0, 0)


def _hand_out(fd, port):
    """Give the application a socket that listens in here: what connects to it, it alone can answer."""
    import socket

    with socket.socket(fileno=fd) as way, socket.create_server(("127.0.0.1", port), backlog=512) as listener:
        socket.send_fds(way, [b"L"], [listener.fileno()])


def _let_begin(way):
    """Take what the command's filter asks by, and let the command be started: nothing else could answer so soon."""
    import asking

    listener = asking.take_listener(way)
    if listener is not None:
        asking.let_start(listener)
    return listener


def _use_own_folder():
    """Import what lies beside this file, and nothing by accident from elsewhere."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder, *(entry for entry in sys.path if entry and entry != folder)]


if __name__ == "__main__":
    main()
