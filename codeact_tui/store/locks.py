"""Who writes a session: a lock on a file, which the system takes away from a process that dies, however it dies.

Source: flock(2); on Windows, LockFile by `msvcrt.locking`.
"""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from codeact_tui.paths import ensure_private
from codeact_tui.protocol.ids import SessionId

__all__ = ["SessionLock", "held_sessions", "lock_holder", "lock_session"]

# Who lists the sessions holds each lock for some microseconds to see whether it is free.
_ATTEMPTS = 5
_RETRY_S = 0.01
_SUFFIX = ".lock"

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30  # far behind the process id, which others are to read

    def _try_lock(descriptor: int, *, shared: bool) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int, *, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class SessionLock:
    """A lock that is held until `release`.

    Args:
        path: The locked file.
        descriptor: Its open descriptor, which carries the lock.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let others write. May be called twice."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if sys.platform != "win32":
            # While it is held: who opened the file meanwhile sees that it is gone, and makes a new one.
            self._path.unlink(missing_ok=True)
        os.close(descriptor)


def lock_session(folder: Path, session: SessionId) -> SessionLock | None:
    """Take a session's lock; None where a living process has it. Waits for 50 ms at most.

    Args:
        folder: Of the lock files; made if it is not there.
        session: An id of letters and digits.

    Raises:
        OSError: The file can't be made.
    """
    path = ensure_private(folder) / f"{session}{_SUFFIX}"
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_RETRY_S)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        if _try_lock(descriptor, shared=False) and _is_at(path, descriptor):
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, str(os.getpid()).encode())
            return SessionLock(path, descriptor)
        os.close(descriptor)
    return None


def lock_holder(folder: Path, session: SessionId) -> int | None:
    """Give the id of the process that locked the session last; None when it left none."""
    try:
        text = (folder / f"{session}{_SUFFIX}").read_bytes()[:20]
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def held_sessions(folder: Path, sessions: Iterable[SessionId]) -> set[SessionId]:
    """Say which of the sessions a living process holds."""
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError:
        return set()
    return {session for session in sessions if f"{session}{_SUFFIX}" in names and _is_held(folder, session)}


def _is_held(folder: Path, session: SessionId) -> bool:
    try:
        descriptor = os.open(folder / f"{session}{_SUFFIX}", os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
