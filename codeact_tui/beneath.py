"""Opens what lies in a folder without following a link, whoever changes the folder meanwhile. Reads the disk.

Each name on the way is opened by itself, beneath the folder before it: so there is no moment in which a link could be
put in the place of what was looked at.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Generator
from pathlib import Path

__all__ = ["open_folder", "open_inside", "open_root", "parent_of", "read_beneath"]

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_FILE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_LINK
_BY_FOLDER = os.open in os.supports_dir_fd


@contextlib.contextmanager
def open_root(path: str) -> Generator[int]:
    """Open the workspace itself, the one folder whose path is trusted."""
    descriptor = os.open(path, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def open_folder(root: int, path: str) -> Generator[int]:
    """Open a folder by its path beneath another, name by name.

    Raises:
        OSError: It is not there, or a link stands on the way.
    """
    descriptor = os.dup(root)
    try:
        for name in path.split("/") if path else ():
            deeper = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def open_inside(folder: int, name: str, *, directory: bool = False) -> Generator[int]:
    """Open a name in a folder for reading; a link is an error, and a pipe keeps nobody waiting."""
    descriptor = os.open(name, _FOLDER if directory else _FILE, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_beneath(root: str | os.PathLike[str], path: str, most: int) -> bytes:
    """Read the beginning of a file beneath a folder.

    Args:
        root: The folder, whose own path is trusted.
        path: From there, with slashes.
        most: Bytes to read.

    Raises:
        OSError: It is not there, is no regular file, can't be read, or a link stands on the way (`ELOOP`, `ENOTDIR`).
    """
    if not _BY_FOLDER:
        return _read_looking(os.fspath(root), path, most)
    folder, name = parent_of(path)
    with open_root(os.fspath(root)) as top, open_folder(top, folder) as inner, open_inside(inner, name) as descriptor:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        found = b""
        while len(found) < most and (piece := os.read(descriptor, most - len(found))):
            found += piece
        return found


def _read_looking(root: str, path: str, most: int) -> bytes:
    """The same where folders can't be opened: what is looked at may have been exchanged when it is opened."""
    whole = Path(root)
    for name in path.split("/"):
        whole /= name
        if stat.S_ISLNK(whole.lstat().st_mode):
            raise OSError(errno.ELOOP, "a link stands on the way")
    if not stat.S_ISREG(whole.lstat().st_mode):
        raise OSError(errno.EINVAL, "it is no file")
    with whole.open("rb") as file:
        return file.read(most)


def parent_of(path: str) -> tuple[str, str]:
    """Divide a path into its folder's and its name."""
    folder, _slash, name = path.rpartition("/")
    return folder, name
