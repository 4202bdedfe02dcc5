"""The private folder of one kernel: its sockets, its connection file, what its process prints."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["RuntimeFolder"]

_PREFIX = "codeact-"
_LOCK = "lock"
_SOCKET_PATH_BYTES = 100
"""Of a unix socket's path; Linux allows 107, macOS 103."""
_LONGEST_NAME = len("/codeact-abcdefgh/k-99")
_TAIL_BYTES = 4000
_UNLOCKED_S = 600.0


class RuntimeFolder:
    """A folder that only this user can open, with a name short enough for sockets. All of it blocks.

    Args:
        environment: Says where temporary files belong.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        parent = next(_parents(environment))
        _sweep(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._lock = os.open(self.path / f"{_LOCK}-new", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.path / f"{_LOCK}-new").rename(self.path / _LOCK)  # locked before anyone can find it

    @property
    def connection_file(self) -> Path:
        """Where the channels are described."""
        return self.path / "c.json"

    @property
    def sockets(self) -> Path:
        """What the sockets' paths begin with."""
        return self.path / "k"

    def printed(self) -> str:
        """Give the end of what the kernel's process has printed itself, errors last."""
        return "\n".join(filter(None, (_tail(self.path / name) for name in ("out", "err"))))

    def clear(self) -> None:
        """Remove what a kernel that has ended left, for the next one."""
        for path in self.path.iterdir():
            if path.name != _LOCK:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self._lock)


def _parents(environment: Mapping[str, str]) -> Iterator[Path]:
    """Give the folders in which it may be made, the best first."""
    for name in (environment.get("XDG_RUNTIME_DIR"), environment.get("TMPDIR"), tempfile.gettempdir()):
        if name and len(os.fsencode(name)) + _LONGEST_NAME <= _SOCKET_PATH_BYTES and os.access(name, os.W_OK | os.X_OK):
            yield Path(name).absolute()
    yield Path("/tmp")


def _sweep(parent: Path) -> None:
    """Remove folders whose owner was killed before it could."""
    for path in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
                continue
            if not (path / _LOCK).exists():
                _remove_if_old(path, status.st_mtime)
                continue
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _remove_if_old(path: Path, changed_at: float) -> None:
    """Remove a folder whose owner was killed before it could lock it, and not one that is being made now."""
    if time.time() - changed_at > _UNLOCKED_S:
        shutil.rmtree(path, ignore_errors=True)


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return file.read(_TAIL_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""
