"""The private folder of one kernel: its sockets, its connection file, what its process prints.

Cells can write in `inside` alone, so that no name that is opened here is of their making.
"""

import contextlib
import fcntl
import itertools
import os
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
_LONGEST_NAME = len("/codeact-abcdefgh/in/k9999-5")
_INSIDE = "in"
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
        self.inside.mkdir(mode=0o700)

    @property
    def inside(self) -> Path:
        """What the kernel, and so a cell, may write in."""
        return self.path / _INSIDE

    @property
    def connection_file(self) -> Path:
        """Where the channels are described."""
        return self.inside / "c.json"

    @property
    def sockets(self) -> Path:
        """What the sockets' paths begin with."""
        return self.inside / "k"

    def printed(self) -> str:
        """Give the end of what the kernel's process has printed itself, errors last."""
        return "\n".join(filter(None, (_tail(self.path / name) for name in ("out", "err"))))

    def remove_sockets(self, prefix: str) -> None:
        """Remove the sockets of a kernel that has ended: those whose paths begin so; empty for the first kernel's."""
        for path in self.sockets.parent.glob(f"{Path(prefix or self.sockets).name}-*"):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder."""
        _remove_tree(self.path)
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
                _remove_tree(path)
            finally:
                os.close(lock)


def _remove_if_old(path: Path, changed_at: float) -> None:
    """Remove a folder whose owner was killed before it could lock it, and not one that is being made now."""
    if time.time() - changed_at > _UNLOCKED_S:
        _remove_tree(path)


def _remove_tree(path: Path) -> None:
    """Remove a folder whatever cells have put there: folders that nobody may enter, and such as are nested too deep."""
    numbers = itertools.count()
    waiting = [path]
    with contextlib.suppress(OSError):
        while waiting:
            folder = waiting[-1]
            folder.chmod(0o700)
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        os.unlink(entry.path)  # noqa: PTH108
                    elif folder == path:
                        waiting.append(Path(entry.path))
                    else:
                        moved = path / f"moved-{next(numbers)}"
                        os.chmod(entry.path, 0o700)  # noqa: PTH101 - or it can't be moved
                        waiting.insert(1, Path(entry.path).rename(moved))
            if waiting[-1] == folder:
                waiting.pop().rmdir()


def _tail(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return file.read(_TAIL_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""
