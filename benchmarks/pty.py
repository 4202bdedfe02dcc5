"""A program in a real pty, its output read as bytes and not drawn, so that reading costs next to nothing."""

import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import ptyprocess

from benchmarks.processes import clean_environment, family

__all__ = ["Pty"]

_COLUMNS, _ROWS = 100, 30
_KEPT_BYTES = 1 << 12


class Pty:
    """Starts a command in a pty of its own; a context manager that leaves no process behind."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        home: Path,
        environment: Mapping[str, str] | None = None,
        size: tuple[int, int] = (_COLUMNS, _ROWS),
    ) -> None:
        self.started_s = time.perf_counter()
        self._process: Any = cast("Any", ptyprocess.PtyProcess).spawn(
            list(argv), cwd=str(home), env=clean_environment(home, environment), dimensions=(size[1], size[0])
        )
        self._recent = b""

    @property
    def pid(self) -> int:
        """The command's process id."""
        return self._process.pid

    def press(self, text: str) -> None:
        """Send keys."""
        os.write(self._process.fd, text.encode())

    def wait_for(self, wanted: str, timeout_s: float = 30.0, *, keep: bool = False) -> float:
        """Read until this text is among the bytes that came since the last call; give the seconds since the start.

        Args:
            wanted: The text.
            timeout_s: The longest that it may take.
            keep: What came before the text may be looked for as well, later.

        Raises:
            TimeoutError: It did not come in time.
            RuntimeError: The command ended before.
        """
        data, end_s = self._recent, time.perf_counter() + timeout_s
        while (at := data.find(wanted.encode())) < 0:
            if not select.select([self._process.fd], [], [], max(0.0, end_s - time.perf_counter()))[0]:
                raise TimeoutError(f"{wanted!r} did not come; the last was {data[-2000:]!r}")
            data += self._read(data)
        self._recent = data if keep else data[at + len(wanted.encode()) :]
        return time.perf_counter() - self.started_s

    def forget(self) -> None:
        """Look for nothing any more in what has come so far."""
        self._recent = b""

    def read_for(self, seconds: float, until: str = "") -> bool:
        """Take in what comes in so many seconds, and drop it; or keep it and stop early when this text has come."""
        end_s = time.perf_counter() + seconds
        while (left_s := end_s - time.perf_counter()) > 0:
            if until and until.encode() in self._recent:
                return True
            if select.select([self._process.fd], [], [], left_s)[0]:
                self._recent = self._recent[-_KEPT_BYTES:] * bool(until) + self._read(b"")
        return False

    def _read(self, before: bytes) -> bytes:
        try:
            return os.read(self._process.fd, 1 << 16)
        except OSError as error:  # the other side is closed
            raise RuntimeError(f"the command ended: {before[-2000:].decode(errors='replace')}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid in family(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.close(force=True)
