"""Variables on disk: what the kernel wrote, signed, and handed out only when it is still that. It blocks.

A session has a folder of its own with two in it. Into `incoming/` the kernel writes, from inside the sandbox. What it
wrote is moved to `kept/`, which the sandbox may only read, with a manifest that names every file with its SHA-256 and
is signed with the user's key. Nothing here unpickles anything: that happens in the kernel alone.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from codeact_tui.beneath import open_inside, open_root
from codeact_tui.errors import SnapshotDamaged, SnapshotError
from codeact_tui.paths import ensure_private
from codeact_tui.snapshots.objects import translated
from codeact_tui.snapshots.sealing import is_sealed, seal

__all__ = ["KeptVariables", "VariableStore"]

_ENDINGS = (".pickle", ".buffers")
_MANIFEST = "manifest"
_MANIFEST_BYTES = 64 << 20
_CHUNK = 1 << 20


class KeptVariables(Struct, frozen=True):
    """A manifest: what was kept of the variables at one moment."""

    session: str
    taken_at: float
    """Seconds since the epoch."""
    report: bytes
    """As the session wrote it; nothing here looks into it."""
    files: dict[str, str]
    """Their names and SHA-256, in hexadecimal."""
    size_bytes: int = 0


_decoder = msgspec.msgpack.Decoder(KeptVariables)


class VariableStore:
    """What is kept of one session's variables: the newest alone. All of it blocks.

    Args:
        folder: Of this session; made when it is first needed.
        key: The user's.
        session: Its id.
    """

    def __init__(self, folder: Path, key: bytes, session: str) -> None:
        self.incoming = folder / "incoming"
        self.kept = folder / "kept"
        self._folder, self._key, self.session = folder, key, session

    def prepare(self) -> None:
        """Make the folders, and remove what a kill left in them.

        Raises:
            SnapshotError: They can't be made.
        """
        with translated("Making room for the variables"):
            for folder in (self._folder, self.incoming, self.kept):
                ensure_private(folder)
            for path in self.incoming.iterdir():
                _remove(path)
            for path in self.kept.iterdir():
                if path.name.startswith("new-"):
                    _remove(path)

    def begin(self) -> Path:
        """Give an empty folder for the kernel to write into.

        Raises:
            SnapshotError: It can't be made.
        """
        with translated("Keeping the variables"):
            folder = self.incoming / secrets.token_hex(8)
            folder.mkdir(0o700)
            return folder

    def log_of(self, folder: Path, most: int) -> bytes:
        """Give what the kernel wrote of itself so far; nothing where it has not begun."""
        with contextlib.suppress(OSError), self._inside(folder) as inner, _plain(inner, "log") as descriptor:
            return b"".join(iter(lambda: os.read(descriptor, _CHUNK), b""))[:most]
        return b""

    def give_up(self, folder: Path) -> None:
        """Remove what the kernel wrote."""
        _remove(folder)

    def accept(
        self,
        folder: Path,
        stems: tuple[str, ...],
        *,
        taken_at: float,
        report: bytes,
        into: "VariableStore | None" = None,
    ) -> int:
        """Take over what the kernel wrote, in the place of what was kept before; give its size in bytes.

        Args:
            folder: From `begin`.
            stems: What the names of the files begin with.
            taken_at: When the kernel began.
            report: Comes back with `newest`.
            into: Another session's, to be kept there; None for this one's.

        Raises:
            SnapshotError: It can't be taken over; what was kept before stays.
        """
        owner = into or self

        def fill(new: Path) -> KeptVariables:
            size, files = 0, dict[str, str]()
            self._move(folder, new, stems)
            for name in _names(stems):
                with _open(new / name) as descriptor:
                    files[name], length = _hash(descriptor)
                    size += length
            return KeptVariables(owner.session, taken_at, report, files, size)

        try:
            return owner.keep(fill)
        finally:
            _remove(folder)

    def copy_to(self, other: "VariableStore") -> None:
        """Keep for another session what is kept of this one, without a second copy where the disk can do without.

        Raises:
            SnapshotError: Nothing is kept, it is not what this user kept, or it can't be written.
        """
        found = self.newest()
        if found is None:
            raise SnapshotError("No variables are kept of that session.")
        folder, kept = found

        def fill(new: Path) -> KeptVariables:
            for name in kept.files:
                _link_or_copy(folder / name, new / name)
            return msgspec.structs.replace(kept, session=other.session)

        other.keep(fill)

    def keep(self, fill: Callable[[Path], KeptVariables]) -> int:
        """Keep what a function puts into a fresh folder, in the place of what was kept before; give its size in bytes.

        Raises:
            SnapshotError: It can't be kept; what was kept before stays.
        """
        with translated("Keeping the variables"):
            new = self.kept / f"new-{secrets.token_hex(8)}"
            new.mkdir(0o700)
            try:
                made = fill(new)
                self._write_manifest(new, msgspec.msgpack.encode(made))
                number = max(self._numbers(), default=0) + 1
                new.rename(self.kept / str(number))
                _sync(self.kept)
            except BaseException:
                _remove(new)
                raise
            for older in self._numbers():
                if older < number:
                    _remove(self.kept / str(older))
            return made.size_bytes

    def newest(self) -> tuple[Path, KeptVariables] | None:
        """Give what is kept, once all of it was checked; None where nothing is.

        Raises:
            SnapshotDamaged: It is not what this user kept.
            SnapshotError: It can't be read.
        """
        with translated("Reading the variables that were kept"):
            numbers = self._numbers()
            if not numbers:
                return None
            folder = self.kept / str(max(numbers))
            made = self._read_manifest(folder)
            for name, expected in made.files.items():
                try:
                    with _open(folder / name, links=True) as descriptor:
                        found, _size = _hash(descriptor)
                except FileNotFoundError:
                    found = ""
                if found != expected:
                    raise SnapshotDamaged(
                        "The variables that were kept have been changed since; none of them is loaded.",
                        remedy="Rerun the cells instead: /restart rerun.",
                    )
            return folder, made

    def taken_at(self) -> float | None:
        """Say when what is kept was, in seconds since the epoch; None where nothing is. Its content is not checked.

        Raises:
            SnapshotDamaged: It is not what this user kept.
            SnapshotError: It can't be read.
        """
        with translated("Reading the variables that were kept"):
            numbers = self._numbers()
            return self._read_manifest(self.kept / str(max(numbers))).taken_at if numbers else None

    def remove(self) -> None:
        """Remove all that is kept of this session."""
        _remove(self._folder)

    def _move(self, folder: Path, new: Path, stems: tuple[str, ...]) -> None:
        """Move files out of a folder that cells can write to, and could have put a link in the place of."""
        with self._inside(folder) as inner:
            for name in _names(stems):
                os.rename(name, new / name, src_dir_fd=inner)

    @contextlib.contextmanager
    def _inside(self, folder: Path) -> Generator[int]:
        with open_root(str(self.incoming)) as incoming, open_inside(incoming, folder.name, directory=True) as inner:
            yield inner

    def _write_manifest(self, folder: Path, data: bytes) -> None:
        with (folder / _MANIFEST).open("xb") as file:
            file.write(seal(self._key, b"variables", data) + data)
            file.flush()
            os.fsync(file.fileno())
        _sync(folder)

    def _read_manifest(self, folder: Path) -> KeptVariables:
        with _open(folder / _MANIFEST) as descriptor, open(descriptor, "rb", closefd=False) as file:
            data = file.read(_MANIFEST_BYTES)
        signed, data = data[:32], data[32:]
        refused = SnapshotDamaged(
            "The variables that were kept were not kept by you, or have been changed since; none of them is loaded.",
            remedy="Rerun the cells instead: /restart rerun.",
        )
        if not is_sealed(self._key, signed, b"variables", data):
            raise refused
        try:
            made = _decoder.decode(data)
        except msgspec.DecodeError:
            raise refused from None
        if made.session != self.session:
            raise refused
        return made

    def _numbers(self) -> list[int]:
        try:
            return [int(path.name) for path in self.kept.iterdir() if path.name.isdigit()]
        except FileNotFoundError:
            return []


def _names(stems: tuple[str, ...]) -> Iterator[str]:
    return (stem + ending for stem in stems for ending in _ENDINGS)


@contextlib.contextmanager
def _open(path: Path, *, links: bool = False) -> Generator[int]:
    with open_root(str(path.parent)) as folder, _plain(folder, path.name, links=links) as descriptor:
        yield descriptor


@contextlib.contextmanager
def _plain(folder: int, name: str, *, links: bool = False) -> Generator[int]:
    """Open a plain file; one with several names, as forks of a session share them, only where that is said."""
    with open_inside(folder, name) as descriptor:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or (found.st_nlink != 1 and not links):
            raise SnapshotError("The kernel did not write a plain file.")
        yield descriptor


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)


def _hash(descriptor: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := os.read(descriptor, _CHUNK):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
