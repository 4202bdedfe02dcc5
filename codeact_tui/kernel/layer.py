"""The packages that a session's cells have installed: a folder of the session's own. Reads and writes the disk.

Cells can write in it whatever they like, so nothing in it is opened, run or followed here: names and sizes only.
"""

import contextlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from codeact_tui.paths import ensure_private

__all__ = ["InstalledPackage", "PackageLayer"]

_OURS = frozenset({"_codeact_below.py", "_codeact_below.pth", "__pycache__"})
_INFO = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._]{0,98}))-(?P<version>[A-Za-z0-9.!+_]{1,60})\.dist-info\Z")
_PACKAGES = 5000
_PIECE = 1 << 20
_ENTRIES = 200_000
"""More are not counted."""


class InstalledPackage(Struct, frozen=True, order=True):
    """A package in a layer."""

    name: str
    version: str


class PackageLayer:
    """One session's packages. The kernel makes an environment of the folder when it starts.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            OSError: It can't be made.
        """
        ensure_private(self.folder)

    def packages(self) -> tuple[InstalledPackage, ...]:
        """Name what is installed, for any version of Python, by its name."""
        names = (entry.name for site in self._sites() for entry in _entries(site))
        found = (_INFO.match(name) for name in names)
        packages = {InstalledPackage(match["name"], match["version"]) for match in found if match}
        return tuple(sorted(packages)[:_PACKAGES])

    def size_bytes(self) -> int:
        """Say how much room it takes; of more than 200,000 files, that of the first."""
        total, waiting, counted = 0, [str(self.folder)], 0
        while waiting and counted < _ENTRIES:
            for entry in _entries(waiting.pop()):
                counted += 1
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif not entry.is_symlink():
                        total += entry.stat(follow_symlinks=False).st_size
        return total

    def is_empty(self) -> bool:
        """Say whether nothing was ever put into it."""
        return all(entry.name in _OURS for site in self._sites() for entry in _entries(site))

    def copy_to(self, other: "PackageLayer") -> None:
        """Put what is installed here into another layer as well, plain files and links; nothing is followed.

        Raises:
            OSError: It can't be written.
        """
        if self.is_empty():
            return
        other.prepare()
        for path, folders, names, descriptor in os.fwalk(self.folder, follow_symlinks=False):
            target = other.folder / Path(path).relative_to(self.folder)
            target.mkdir(exist_ok=True)
            for name in (*folders, *names):
                with contextlib.suppress(OSError):
                    _copy(descriptor, name, target / name)

    def remove(self) -> None:
        """Remove it with all that is in it; what can't be removed stays."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _sites(self) -> Iterator[str]:
        for entry in _entries(str(self.folder / "lib")):
            with contextlib.suppress(OSError):
                if entry.name.startswith("python3") and entry.is_dir(follow_symlinks=False):
                    yield os.path.join(entry.path, "site-packages")  # noqa: PTH118 - beside scandir's own paths


def _copy(folder: int, name: str, target: Path) -> None:
    """Copy a plain file or a link; cells may put others in their place meanwhile."""
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        target.symlink_to(os.readlink(name, dir_fd=folder))
    elif stat.S_ISREG(mode):
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as source, target.open("xb") as copy:
            if stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                shutil.copyfileobj(source, copy, _PIECE)
                os.fchmod(copy.fileno(), stat.S_IMODE(mode) & 0o755)


def _entries(folder: str) -> Iterator["os.DirEntry[str]"]:
    """Give what lies in a folder; nothing where there is none, or where a link lies in its place."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    os.close(descriptor)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from entries
