"""The last place before the terminal: output can be rewritten there, and a terminal that is gone takes it all."""

import contextlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

__all__ = ["Enduring", "Rewriting", "own_driver"]


class Rewriting:
    """A driver whose output goes through a function."""

    rewrite: Callable[[str], str] | None = None
    """Gives what is written instead; None where everything is written as it is."""


class Enduring:
    """A file whose reader may be gone: what can't be written is dropped.

    Textual writes in a thread, from a queue of 30. Were the thread to end by an error, as when a window is closed or a
    connection breaks, the application would wait for room in the queue for ever instead of closing its session.

    Args:
        file: Takes what can be written.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Send it off, if anybody is there."""
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        """Give the file's descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Say whether it is a terminal."""
        return self._file.isatty()


def own_driver(base: "type[Driver]") -> "type[Driver]":
    """Give a driver like another one that is `Rewriting`, and whose terminal may go away."""

    class TerminalDriver(base, Rewriting):
        _file: "IO[str] | Enduring | None" = None

        def start_application_mode(self) -> None:
            if self._file is not None and not isinstance(self._file, Enduring):
                self._file = Enduring(self._file)
            super().start_application_mode()

        def write(self, data: str) -> None:
            super().write(data if self.rewrite is None else self.rewrite(data))

    return TerminalDriver
