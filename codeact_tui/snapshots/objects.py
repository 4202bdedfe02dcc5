"""Content by its hash, kept outside the workspace. Reads and writes the disk.

Small content lies in an SQLite file, compressed where that saves something: ten thousand files are one transaction and
one fsync, and what a full disk or a kill cuts off is rolled back. Large content lies in a file of its own, a
copy-on-write clone of the user's where the file system can make one. A git object database would compress all of it in
Python, fsync file by file, and know neither empty folders nor permissions.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import BinaryIO

from codeact_tui.errors import SnapshotDamaged, SnapshotError
from codeact_tui.paths import ensure_private
from codeact_tui.snapshots.entries import hash_of
from codeact_tui.snapshots.limits import Cancelled
from codeact_tui.snapshots.streams import copy_hashed

__all__ = ["SMALL_BYTES", "Objects", "translated"]

SMALL_BYTES = 256 * 1024
"""Content up to here lies in the database."""
_WORTH_COMPRESSING = 256
_MOST_COMPRESSED = 64 << 20
"""More is kept as it is: only what a folder of a million names holds."""
_RAW, _DEFLATED, _FILE = 0, 1, 2
_LOCK_S = 30.0
_VERSION = 1

_SCHEMA = """
CREATE TABLE objects (hash BLOB PRIMARY KEY, size INTEGER NOT NULL, form INTEGER NOT NULL, data BLOB) STRICT;
CREATE TABLE snapshots (
    id TEXT PRIMARY KEY, session TEXT NOT NULL, taken_at REAL NOT NULL, note TEXT NOT NULL, tree BLOB NOT NULL,
    files INTEGER NOT NULL, bytes INTEGER NOT NULL, seal BLOB NOT NULL
) STRICT;
CREATE TABLE looked_at (
    path BLOB PRIMARY KEY, inode BLOB NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE restores (id INTEGER PRIMARY KEY, before TEXT NOT NULL, target TEXT NOT NULL, at REAL NOT NULL) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO facts VALUES ('generation', 0);
"""


@contextlib.contextmanager
def translated(doing: str) -> Generator[None]:
    """Say what went wrong with the disk in a sentence that begins with what was being done."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        full = "full" in str(error)
        damaged = not full and not isinstance(error, sqlite3.OperationalError)
        kind = SnapshotDamaged if damaged else SnapshotError
        why = "the disk is full" if full else f"the store of the snapshots says “{error}”"
        raise kind(f"{doing} failed: {why}.", remedy=_remedy(full=full)) from error
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        why = "the disk is full" if full else (error.strerror or str(error))
        raise SnapshotError(f"{doing} failed: {why}.", remedy=_remedy(full=full)) from error


def _remedy(*, full: bool) -> str:
    return "Nothing was lost; make room and go on." if full else ""


class Objects:
    """The store of one workspace. One thread at a time; several processes may use the same folder.

    Args:
        folder: Where it lies; made when it is not there.

    Raises:
        SnapshotError: It can't be opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = ensure_private(folder)
        self._large = ensure_private(folder / "large")
        self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self.database = sqlite3.connect(folder / "snapshots.db", isolation_level=None, check_same_thread=False)
        try:
            (folder / "snapshots.db").chmod(0o600)
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        self.database.execute("PRAGMA busy_timeout = 10000")
        with self.alone():
            self.database.execute("PRAGMA journal_mode = WAL")  # for this SQLite waits for nobody by itself
            self.database.execute("PRAGMA synchronous = NORMAL")
            (version,) = self.database.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self.database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            elif version != _VERSION:
                raise SnapshotError("A later codeact wrote the snapshots of this folder.", remedy="Use that one.")

    def close(self) -> None:
        """Let go of the files."""
        self.database.close()
        os.close(self._lock)

    @contextlib.contextmanager
    def alone(self, cancelled: threading.Event | None = None) -> Generator[None]:
        """Keep other processes from writing meanwhile.

        Raises:
            SnapshotError: Another one goes on for too long.
            Cancelled: It was told to stop.
        """
        until = time.monotonic() + _LOCK_S
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if cancelled is not None and cancelled.is_set():
                    raise Cancelled from None
                if time.monotonic() > until:
                    raise SnapshotError(
                        "Another codeact is busy with the snapshots of this folder.", remedy="Try again in a moment."
                    ) from None
                time.sleep(0.01)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """Commit what is done inside, or nothing of it."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.database.execute("ROLLBACK")
            raise

    def holds(self, digest: bytes) -> bool:
        """Say whether content is kept."""
        return self.database.execute("SELECT 1 FROM objects WHERE hash = ?", (digest,)).fetchone() is not None

    def put(self, data: bytes) -> tuple[bytes, int]:
        """Keep small content; give its hash, and how many bytes that took. Inside a transaction."""
        digest = hash_of(data)
        if self.holds(digest):
            return digest, 0
        form, kept = _RAW, data
        if _WORTH_COMPRESSING <= len(data) <= _MOST_COMPRESSED:
            deflated = zlib.compress(data, 1)
            if len(deflated) < len(data) * 0.9:
                form, kept = _DEFLATED, deflated
        self.database.execute("INSERT INTO objects VALUES (?, ?, ?, ?)", (digest, len(data), form, kept))
        return digest, len(kept)

    def put_file(self, source: BinaryIO, check: Callable[[], None]) -> tuple[bytes, int, int]:
        """Keep a large file; give its hash, its size, and how many bytes that took. Inside a transaction.

        Args:
            source: Open for reading, at its start.
            check: Raises to stop between two pieces.
        """
        temporary = self._large / f"new-{secrets.token_hex(8)}"
        try:
            with temporary.open("x+b") as target:
                digest, size = copy_hashed(source, target, check)
                target.flush()
                os.fsync(target.fileno())
            if self.holds(digest):
                return digest, size, 0
            path = self._path(digest)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
        self.database.execute("INSERT INTO objects VALUES (?, ?, ?, NULL)", (digest, size, _FILE))
        return digest, size, size

    def get(self, digest: bytes) -> bytes:
        """Give small content.

        Raises:
            SnapshotDamaged: It is not there, or not what was kept.
        """
        row = self._row(digest)
        _size, form, data = row
        if form == _FILE:
            data = self._path(digest).read_bytes()
        elif form == _DEFLATED:
            data = _inflated(data)
        if hash_of(data) != digest:
            raise _damaged()
        return data

    def size(self, digest: bytes) -> int:
        """Give how large content is.

        Raises:
            SnapshotDamaged: It is not there.
        """
        return self._row(digest)[0]

    def copy_to(self, digest: bytes, target: BinaryIO, check: Callable[[], None]) -> None:
        """Write content to a file, of any size.

        Raises:
            SnapshotDamaged: It is not there, or not what was kept; what was written is to be thrown away.
        """
        if self._row(digest)[1] != _FILE:
            target.write(self.get(digest))
            return
        try:
            descriptor = os.open(self._path(digest), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise _damaged() from None
        with os.fdopen(descriptor, "rb", buffering=0) as source:
            written, _size = copy_hashed(source, target, check)
        if written != digest:
            raise _damaged()

    def bytes_kept(self) -> int:
        """Say how much the store takes."""
        (small,) = self.database.execute("SELECT coalesce(sum(length(data)), 0) FROM objects").fetchone()
        (large,) = self.database.execute(
            "SELECT coalesce(sum(size), 0) FROM objects WHERE form = ?", (_FILE,)
        ).fetchone()
        return small + large

    @property
    def generation(self) -> int:
        """Changes whenever content was thrown away: what was known to be kept may be gone."""
        return self.database.execute("SELECT value FROM facts WHERE name = 'generation'").fetchone()[0]

    def keep_only(self, wanted: Iterable[bytes]) -> int:
        """Throw away all other content, in a transaction of its own; give how many bytes that freed."""
        before = self.bytes_kept()
        with self.transaction():
            self.database.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (hash BLOB PRIMARY KEY)")
            self.database.execute("DELETE FROM wanted")
            self.database.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((each,) for each in wanted))
            self.database.execute("DELETE FROM objects WHERE hash NOT IN (SELECT hash FROM wanted)")
            self.database.execute("DELETE FROM looked_at WHERE hash NOT IN (SELECT hash FROM wanted)")
            self.database.execute("UPDATE facts SET value = value + 1 WHERE name = 'generation'")
        self.sweep()
        return before - self.bytes_kept()

    def sweep(self) -> None:
        """Remove files that the database does not know of: left by a kill or by content that was thrown away."""
        kept = {
            bytes(row[0]).hex() for row in self.database.execute("SELECT hash FROM objects WHERE form = ?", (_FILE,))
        }
        for folder, _folders, names in os.walk(self._large):
            for name in names:
                if name not in kept:
                    with contextlib.suppress(OSError):
                        os.unlink(os.path.join(folder, name))  # noqa: PTH108, PTH118

    def _row(self, digest: bytes) -> tuple[int, int, bytes]:
        row = self.database.execute("SELECT size, form, data FROM objects WHERE hash = ?", (digest,)).fetchone()
        if row is None:
            raise _damaged()
        return row

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._large / name[:2] / name


def _inflated(data: bytes) -> bytes:
    """Undo the compression of what is no larger than anything that was compressed."""
    inflating = zlib.decompressobj()
    try:
        found = inflating.decompress(data, _MOST_COMPRESSED + 1)
    except zlib.error:
        raise _damaged() from None
    if not inflating.eof:
        raise _damaged()
    return found


def _damaged() -> SnapshotDamaged:
    return SnapshotDamaged("A snapshot is damaged: what is kept is not what was written. Nothing was changed.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
