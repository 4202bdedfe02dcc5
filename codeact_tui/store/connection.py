"""Connections to the database, and SQLite's and the system's errors as sentences."""

import contextlib
import errno
import os
import sqlite3
import time
from pathlib import Path

from codeact_tui.errors import StoreError
from codeact_tui.paths import ensure_private
from codeact_tui.store.schema import migrate

__all__ = ["FileIdentity", "as_store_error", "connect", "identify"]

_WAL_BYTES_KEPT = 16 * 1024 * 1024
_RETRY_S = 0.01

FileIdentity = tuple[int, int]
"""Device and inode: the same file, whatever its name."""


def connect(path: Path, *, busy_timeout_s: float = 5.0) -> sqlite3.Connection:
    """Open the database, made and brought up to date where needed, readable by its owner only.

    WAL with `synchronous=NORMAL`: a commit is a write to the log without waiting for the disk. The write is with
    the operating system when it returns, so a SIGKILL of the process loses nothing; a power cut may lose the last
    moments, and never corrupts. What is deleted is overwritten with zeros.

    Raises:
        StoreTooNew: A later version wrote it.
        sqlite3.Error: It can't be opened.
        OSError: It can't be made.
    """
    ensure_private(path.parent)
    # One that is there is not opened: to close it would end the locks of this process's other connections to it.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
    try:
        _prepare(connection, busy_timeout_s)
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def identify(path: Path) -> FileIdentity | None:
    """Say which file stands at the path now; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - after every commit, and half as dear as Path.stat
    except OSError:
        return None
    return found.st_dev, found.st_ino


def as_store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Say in a sentence what went wrong with the database, and what to do."""
    if isinstance(error, OSError):
        message, remedy = _explain_os_error(error, path)
    else:
        message, remedy = _explain_sqlite_error(error, path)
    return StoreError(message, remedy=remedy)


def _prepare(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    # To ask is free, to set needs a lock, which another program may have.
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect only before the first table is made
        _enter_wal(connection, busy_timeout_s)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    # A checkpoint waits for the disk, so it is made in idle moments, not by the commit that fills the log.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")


def _enter_wal(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    # SQLite does not wait here by itself when another process does the same at the same moment.
    deadline_s = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if _primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline_s:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


_NO_ROOM = "There is no room left on the disk for {path}."
_NO_ROOM_REMEDY = "Free some space, then go on; what was kept before is safe."
_NOT_ALLOWED = "{path} may only be read."
_NOT_ALLOWED_REMEDY = "Give yourself the right to write there, or set CODEACT_HOME to another folder."

_SQLITE_SENTENCES: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: (_NO_ROOM, _NO_ROOM_REMEDY),
    sqlite3.SQLITE_READONLY: (_NOT_ALLOWED, _NOT_ALLOWED_REMEDY),
    sqlite3.SQLITE_PERM: (_NOT_ALLOWED, _NOT_ALLOWED_REMEDY),
    sqlite3.SQLITE_IOERR: (
        "The disk would not read or write {path} ({name}).",
        "Check that the disk is there, healthy and not full, then go on.",
    ),
    sqlite3.SQLITE_BUSY: (
        "Another program keeps {path} locked.",
        "Close what has it open, or wait a moment, then go on.",
    ),
    sqlite3.SQLITE_LOCKED: (
        "Another program keeps {path} locked.",
        "Close what has it open, or wait a moment, then go on.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "{path} can't be opened.",
        "Check that its folder is there and that you may write in it, or set CODEACT_HOME to another folder.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged.",
        "`sqlite3 sessions.db .recover` may save what is left; move the file away to start afresh.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "{path} is no codeact database.",
        "Move the file away to start afresh, or set CODEACT_HOME to another folder.",
    ),
    sqlite3.SQLITE_TOOBIG: ("That is too large to be kept in {path}.", "Let the cell put out less."),
}


def _explain_sqlite_error(error: sqlite3.Error, path: Path) -> tuple[str, str]:
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    message, remedy = _SQLITE_SENTENCES.get(
        _primary_code(error), ("{path} can't be used ({name}: {error}).", "Run `codeact doctor`.")
    )
    return message.format(path=path, name=name, error=error), remedy


def _explain_os_error(error: OSError, path: Path) -> tuple[str, str]:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            message, remedy = _NO_ROOM, _NO_ROOM_REMEDY
        case errno.EROFS | errno.EACCES | errno.EPERM:
            message, remedy = _NOT_ALLOWED, _NOT_ALLOWED_REMEDY
        case _:
            message = f"{{path}} can't be used ({error.strerror or error})."
            remedy = "Check that its folder is there and that you may write in it."
    return message.format(path=path), remedy
