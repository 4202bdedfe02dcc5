"""Reads which program a process is about to start, while it waits.

What is read is told, and decides nothing: another thread of the process may write other words before the system reads
them itself. Whether a program can be started is the sandbox's other rules' to say.

Source: execve(2), seccomp_unotify(2).
"""

import os
import stat

__all__ = ["tell"]

_PAGE = 4096
_PATH_BYTES = 4096
_WORDS = 40
_WORD_BYTES = 400
_ALL_BYTES = 1600
_POINTER = 8
_EMPTY_PATH = 0x1000
_HERE = -100


def tell(thread, arguments, by_folder, check, started):
    """Tell of the program that a waiting process asks to start, if there is such a file. Never raises.

    Args:
        thread: Who waits.
        arguments: Of its system call.
        by_folder: The call is execveat, and not execve.
        check: Raises OSError when who waits is not there any more.
        started: Is called with its path, and a list of its arguments.
    """
    folder, flags = _HERE, 0
    if by_folder:
        folder, flags = _signed(arguments[0]), arguments[4]
        arguments = arguments[1:]
    try:
        with open("/proc/%d/mem" % thread, "rb", buffering=0) as memory:
            check()
            path = _text(memory, arguments[0], _PATH_BYTES)
            words = _words(memory, arguments[1])
        path = _whole_path(thread, path, folder, flags)
        if _can_be_started(thread, path):
            started(path, words)
    except (OSError, ValueError, OverflowError):
        return


def _signed(number):
    number &= 0xFFFFFFFF
    return number - (1 << 32) if number >> 31 else number


def _words(memory, address):
    words, left = [], _ALL_BYTES
    for index in range(_WORDS if address else 0):
        pointer = int.from_bytes(_read(memory, address + index * _POINTER, _POINTER), "little")
        if not pointer or left <= 0:
            break
        words.append(_text(memory, pointer, min(_WORD_BYTES, left)))
        left -= len(words[-1])
    return words


def _text(memory, address, most):
    """Read bytes up to a zero, page by page: the next page may not be there."""
    found = b""
    while len(found) < most:
        room = _PAGE - (address + len(found)) % _PAGE
        try:
            piece = _read(memory, address + len(found), min(room, most - len(found)))
        except OSError:
            break
        end = piece.find(b"\0")
        if end >= 0:
            return (found + piece[:end]).decode("utf-8", "replace")
        if not piece:
            break
        found += piece
    return found.decode("utf-8", "replace")


def _read(memory, address, length):
    memory.seek(address)
    return memory.read(length)


def _whole_path(thread, path, folder, flags):
    if path.startswith("/"):
        return path
    if folder == _HERE:
        return os.path.join(os.readlink("/proc/%d/cwd" % thread), path)
    beside = os.readlink("/proc/%d/fd/%d" % (thread, folder))
    return beside if not path and flags & _EMPTY_PATH else os.path.join(beside, path)


def _can_be_started(thread, path):
    """Say whether there is such a file: programs are looked for by trying one folder after the other."""
    if path.startswith("/memfd:"):
        return True
    mode = os.stat("/proc/%d/root%s" % (thread, path)).st_mode
    return stat.S_ISREG(mode) and bool(mode & 0o111)
