"""Opens what lies in a folder without following a link, whoever changes the folder meanwhile. Reads the disk."""

import contextlib
import os
from collections.abc import Generator

__all__ = ["open_folder", "open_inside", "open_root", "parent_of"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def open_root(path: str) -> Generator[int]:
    """Open the workspace itself, the one folder whose path is trusted."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
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


def parent_of(path: str) -> tuple[str, str]:
    """Divide a path into its folder's and its name."""
    folder, _slash, name = path.rpartition("/")
    return folder, name
