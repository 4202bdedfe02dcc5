"""Lines from a file descriptor or a stream, read on the event loop, only while they are wanted."""

import asyncio
import codecs
import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

__all__ = ["LineReader"]

_LINE_CHARS = 1 << 20
"""A longer line is handed on in pieces."""
_READ_BYTES = 1 << 16


class LineReader:
    """Reads lines without blocking.

    A terminal is read all the time; a pipe or a file only after `want`, a piece at a time, so that a writer that is
    faster than we are has to wait.

    Args:
        stream: Anything with a descriptor; or a stream in memory.
        on_line: Takes each line, without its newline.
        on_end: Called once, at the end of the input.
    """

    def __init__(self, stream: TextIO, *, on_line: Callable[[str], None], on_end: Callable[[], None]) -> None:
        self._stream = stream
        self._on_line = on_line
        self._on_end = on_end
        self._fd = _descriptor(stream)
        self._terminal = self._fd is not None and os.isatty(self._fd)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._ended = False
        self._listening = False
        self._wanted = False
        self._paused = False
        self._saved_attributes: list[Any] | None = None

    def start(self) -> None:
        """Begin; must be called on the event loop."""
        self._loop = asyncio.get_running_loop()

    def want(self) -> None:
        """Read until there is a line, or the input ends."""
        self._wanted = True
        self._listen()

    def pause(self) -> None:
        """Leave the descriptor to somebody else."""
        self._paused = True
        self._unlisten()

    def resume(self) -> None:
        """Read on after `pause`."""
        self._paused = False
        if self._wanted:
            self._listen()

    def close(self) -> None:
        """Read no more; the terminal is as it was."""
        self._wanted = False
        self._unlisten()
        self.echo(True)

    def flush_typeahead(self) -> None:
        """Forget what was typed into the terminal and not read yet."""
        if self._terminal and self._fd is not None and sys.platform != "win32":
            import termios

            with contextlib.suppress(termios.error):
                termios.tcflush(self._fd, termios.TCIFLUSH)

    def echo(self, shown: bool) -> None:
        """Let the terminal show what is typed, or not."""
        if (
            not self._terminal
            or self._fd is None
            or sys.platform == "win32"
            or shown == (self._saved_attributes is None)
        ):
            return
        import termios

        with contextlib.suppress(termios.error):
            if self._saved_attributes is None:
                self._saved_attributes = termios.tcgetattr(self._fd)
                silent = [*self._saved_attributes]
                silent[3] = silent[3] & ~termios.ECHO | termios.ECHONL
                termios.tcsetattr(self._fd, termios.TCSADRAIN, silent)
            else:
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._saved_attributes)
                self._saved_attributes = None

    def _listen(self) -> None:
        if self._listening or self._paused or self._ended:
            return
        if self._fd is None:
            self._loop.call_soon(self._read_stream)
            return
        try:
            self._loop.add_reader(self._fd, self._read)
            self._listening = True
        except (PermissionError, NotImplementedError):  # a regular file never makes anyone wait
            self._loop.call_soon(self._read)

    def _unlisten(self) -> None:
        if self._listening and self._fd is not None:
            self._loop.remove_reader(self._fd)
        self._listening = False

    def _read(self) -> None:
        if self._fd is None or self._paused or not self._wanted or self._ended:
            return
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # the terminal is gone
            data = b""
        self._take(self._decoder.decode(data, final=not data), ended=not data)

    def _read_stream(self) -> None:
        if self._paused or not self._wanted or self._ended:
            return
        text = self._stream.readline()
        self._take(text, ended=not text)

    def _take(self, text: str, *, ended: bool) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        if ended and self._rest:
            lines.append(self._rest)
            self._rest = ""
        if len(self._rest) > _LINE_CHARS:
            lines.append(self._rest)
            self._rest = ""
        if not self._terminal and (lines or ended):
            self._wanted = False
            self._unlisten()
        for line in lines:
            self._on_line(line.removesuffix("\r"))
        if ended:
            self._finish()
        elif self._wanted:
            self._listen()

    def _finish(self) -> None:
        self._ended = True
        self._unlisten()
        self._on_end()


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (io.UnsupportedOperation, AttributeError, ValueError, OSError):
        return None
