"""A file of JSON lines that is only ever added to: held by one process, synced, mended after a kill."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec
from msgspec import Struct

from codeact_tui.evals.base import SuiteError

__all__ = ["LineFile", "decode_lines", "write_whole"]

_T = TypeVar("_T", bound=Struct)


class LineFile(Generic[_T]):
    """Structs, one a line.

    Args:
        path: Made when it is not there.
        kind: What each line is.
    """

    def __init__(self, path: Path, kind: type[_T]) -> None:
        self.path = path
        self.had: list[_T] = []
        """What was there when it was opened; a line that was cut short by a kill is taken off."""
        self._kind = kind
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Hold the file and read it.

        Raises:
            SuiteError: Another process holds it, it can't be written, or a line is none.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._hold(self._file)
            self.had = decode_lines(_whole_lines(self._file), self._kind, self.path)
        except OSError as error:
            self._close()
            raise SuiteError(f"{self.path} can't be written: {error.strerror}.") from error
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file."""
        self._close()

    def add(self, value: _T) -> None:
        """Add a line. Blocks until it is on the disk: a SIGKILL after the return does not lose it.

        Raises:
            SuiteError: The disk is full or gone.
        """
        assert self._file is not None
        line = msgspec.json.encode(value) + b"\n"
        try:
            while line:
                line = line[os.write(self._file, line) :]
            os.fsync(self._file)
        except OSError as error:
            raise SuiteError(f"{self.path} can't be written: {error.strerror}.") from error

    def _hold(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SuiteError(
                f"Another codeact is writing to {self.path}.", remedy="Wait for its end, or write elsewhere."
            ) from error

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def decode_lines(lines: Iterable[bytes], kind: type[_T], path: Path) -> list[_T]:
    """Read lines.

    Raises:
        SuiteError: One is none; the message says which.
    """
    decoder, found = msgspec.json.Decoder(kind), list[_T]()
    for number, line in enumerate(lines, start=1):
        try:
            found.append(decoder.decode(line))
        except (msgspec.DecodeError, RecursionError) as error:
            raise SuiteError(f"{path}, line {number} is no result: {error}.") from error
    return found


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place whole: a kill leaves the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def _whole_lines(file: int) -> list[bytes]:
    with os.fdopen(os.dup(file), "rb") as stream:
        stream.seek(0)
        data = stream.read()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        os.ftruncate(file, end)
    return data[:end].splitlines()
