"""Reads what lies in a folder of the workspace, wherever the folder may have gone meanwhile; never through a link."""

import contextlib
import errno
import os
import stat
from collections.abc import Generator

from codeact_tui.beneath import open_folder, open_inside

__all__ = ["Gone", "OpenedFolder", "Unreadable", "read_bytes"]

_NOT_TO_BE_READ = {errno.EACCES, errno.EPERM, errno.EIO}
_GONE = {errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR}
"""It is not there any more, or a link, a folder or a socket is in its place."""


class Gone(Exception):
    """What was seen is not there any more."""


class Unreadable(Exception):
    """What was seen can't be opened."""


class OpenedFolder:
    """A folder of the workspace that is open, if it is still there.

    Args:
        root: The workspace's descriptor.
        path: From there.
    """

    def __init__(self, root: int, path: str) -> None:
        self._root, self._path = root, path
        self._stack = contextlib.ExitStack()
        self._descriptor: int | None = None

    def __enter__(self) -> "OpenedFolder":
        with contextlib.suppress(OSError):
            self._descriptor = self._stack.enter_context(open_folder(self._root, self._path))
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    @property
    def descriptor(self) -> int:
        """The folder.

        Raises:
            Gone: It is not there any more.
        """
        if self._descriptor is None:
            raise Gone
        return self._descriptor

    def link(self, name: str) -> bytes:
        """Say where a link in it points to.

        Raises:
            Gone: It is not there any more.
        """
        try:
            return os.fsencode(os.readlink(name, dir_fd=self.descriptor))
        except OSError:
            raise Gone from None

    @contextlib.contextmanager
    def open(self, name: str) -> Generator[int]:
        """Open a regular file in it, and nothing else.

        Raises:
            Gone: It is not there any more.
            Unreadable: It may not be read, or its disk fails.
        """
        with contextlib.ExitStack() as stack:
            try:
                descriptor = stack.enter_context(open_inside(self.descriptor, name))
            except OSError as error:
                if error.errno in _GONE:
                    raise Gone from None
                if error.errno in _NOT_TO_BE_READ:
                    raise Unreadable from None
                raise
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Gone
            yield descriptor


def read_bytes(descriptor: int, most: int) -> bytes:
    """Read from an open file as long as there is something, but no more than this."""
    pieces: list[bytes] = []
    while most > 0 and (piece := os.read(descriptor, most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
