"""A command in a real pty, and what a person would see on its screen."""

import os
import re
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import ptyprocess

from tests.e2e.screen import EmulatedScreen

__all__ = ["CODEACT", "KEYS", "Terminal", "isolated_environment"]

CODEACT = str(Path(sys.executable).with_name("codeact"))
"""The installed command."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "f1": "\x1bOP",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}
"""What a terminal sends for a key."""

_POLL_S = 0.05
_SETTLED_S = 0.15
PATIENCE_S = 90.0
"""How long anything may be waited for: much longer than it takes, for machines that do much else."""


def isolated_environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make an environment that knows nothing of this user: no keys, no configuration, no shell.

    Args:
        home: An existing folder; CODEACT_HOME is `home/codeact`.
        extra: Variables to add or replace.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "CODEACT_HOME": str(home / "codeact"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONUTF8": "1",
        **(extra or {}),
    }


class Terminal:
    """Drives a command in a pty of its own; a context manager that leaves no process behind.

    Args:
        argv: The command; an absolute path or a name on PATH.
        home: Becomes HOME, and CODEACT_HOME is below it.
        cwd: The folder the command starts in; `home` when None.
        environment: Variables to add to or replace in `isolated_environment`.
        cols: Width in cells.
        rows: Height in cells.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        home: Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        cols: int = 80,
        rows: int = 24,
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fork while pytest-timeout's thread lives
            spawn = cast("Any", ptyprocess.PtyProcess).spawn
            self._process: Any = spawn(
                list(argv),
                cwd=str(cwd or home),
                env=isolated_environment(home, environment),
                dimensions=(rows, cols),
            )
        self._fd: int = self._process.fd
        os.set_blocking(self._fd, False)
        self.screen = EmulatedScreen(cols, rows, answer=self._write)
        self.raw = b""
        """Every byte that the command wrote."""
        self._open = True
        self._exit_code: int | None = None

    @property
    def pid(self) -> int:
        """The command's process id; it leads a process group of its own."""
        return self._process.pid

    # -- what a person does

    def send(self, keys: str) -> None:
        """Type: plain text as it is, a key of `KEYS` as `<name>`, a bracketed paste as `\\x1b[200~…\\x1b[201~`."""
        names = "|".join(re.escape(name) for name in KEYS)
        self._write(re.sub(f"<({names})>", lambda match: KEYS[match[1]], keys))

    def resize(self, cols: int, rows: int) -> None:
        """Give the window another size; the command gets SIGWINCH."""
        self._read(0.0)
        self.screen.resize(rows, cols)
        self._process.setwinsize(rows, cols)

    def kill(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the command itself, not to its children."""
        os.kill(self.pid, sig)

    def hang_up(self) -> None:
        """Close the window: the pty goes away and its processes get SIGHUP."""
        self._open = False
        self._process.fileobj.close()
        self._process.closed = True

    # -- what a person sees

    def text(self) -> str:
        """Give the visible screen, a line each, blanks at line ends left out."""
        return "\n".join(self.screen.drawn()).rstrip()

    def everything(self) -> str:
        """Give what scrolled off the top as well (of the main screen), then the visible screen."""
        return "\n".join([*self.screen.scrolled, *self.screen.drawn()]).rstrip()

    def wait_for(self, wanted: str | Callable[["Terminal"], object], timeout_s: float = PATIENCE_S) -> str:
        """Read until the text is on the screen, or the predicate is true; give the screen.

        Raises:
            AssertionError: It did not come in time, or the command ended before; shows the screen.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            if (wanted in self.text()) if isinstance(wanted, str) else wanted(self):
                return self.text()
            ended = not self._open
            if ended or time.monotonic() > deadline:
                why = f"the command ended ({self.wait_exit()})" if ended else f"not seen within {timeout_s:g} s"
                raise AssertionError(f"{why}: {wanted!r}\n{self._drawing()}")
            self._read(_POLL_S)

    def wait_gone(self, text: str, timeout_s: float = PATIENCE_S) -> str:
        """Read until the text is on the screen no more; give the screen."""
        return self.wait_for(lambda _: text not in self.text(), timeout_s)

    def wait_settled(self, timeout_s: float = PATIENCE_S) -> str:
        """Read until nothing has come for 150 ms; give the screen."""
        deadline = time.monotonic() + timeout_s
        while self._open and self._read(_SETTLED_S):
            assert time.monotonic() < deadline, f"still drawing after {timeout_s:g} s\n{self._drawing()}"
        return self.text()

    def wait_exit(self, timeout_s: float = PATIENCE_S) -> int:
        """Read until the command has ended; give its exit code, negative for a signal.

        Raises:
            AssertionError: It did not end in time.
        """
        deadline = time.monotonic() + timeout_s
        while not self._reap():
            if not self._read(_POLL_S) and not self._open:
                select.select([], [], [], _POLL_S)
            assert time.monotonic() < deadline, f"still running after {timeout_s:g} s\n{self._drawing()}"
        while self._read(0.0):
            pass
        assert self._exit_code is not None
        if self._exit_code:
            print(self._drawing())  # for whoever expected another
        return self._exit_code

    # -- the end

    def close(self) -> None:
        """End the command and everything in its process group. May be called twice."""
        if not self._reap():
            os.killpg(self.pid, signal.SIGKILL)
            self.wait_exit()
        if not self._process.closed:
            self.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- inside

    def _read(self, wait_s: float) -> bool:
        """Take in what has come, waiting so long for the first byte; False when nothing did."""
        if not self._open or not select.select([self._fd], [], [], wait_s)[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # EIO: the other side was closed
            data = b""
        if not data:
            self._open = False
            return False
        self.raw += data
        self.screen.feed(data)
        return True

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "surrogateescape")
        while data and self._open:
            _, writable, _ = select.select([], [self._fd], [], _POLL_S)
            try:
                data = data[os.write(self._fd, data) :] if writable else data
            except OSError:
                return
            if data:
                self._read(0.0)

    def _reap(self) -> bool:
        if self._exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code is not None

    def _drawing(self) -> str:
        rule = "-" * self.screen.columns
        return f"{rule}\n{self.text()}\n{rule}"
