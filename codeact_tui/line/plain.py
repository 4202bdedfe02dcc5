"""A surface of plain lines: for pipes, files, screen readers and terminals that can do nothing."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TextIO

from codeact_tui.line.base import Ask, Hands
from codeact_tui.line.line_reader import LineReader
from codeact_tui.line.streams import is_terminal, write_text

__all__ = ["PlainSurface"]

_SGR = re.compile(r"\x1b\[[0-9;:]*m")
_SILENT = {"opening", "busy"}
_QUIET_S = 0.05
"""The prompt sign is written when nothing else has been for so long."""


class PlainSurface:
    """Writes text that only grows; reads whole lines.

    Args:
        stdin: Where lines come from.
        stdout: Where text goes.
        delay_s: A line answers a question only so long after it was asked, where a person types.
        clock: Gives seconds.
    """

    colour = False
    spoken = True
    width = 10_000

    def __init__(
        self, stdin: TextIO, stdout: TextIO, *, delay_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stdout = stdout
        self._delay_s = delay_s
        self._clock = clock
        self._typed = is_terminal(stdin)
        self._reader = LineReader(stdin, on_line=self._on_line, on_end=self._on_end)
        self._lines: list[str] = []
        self._ended = False
        self._ask = Ask("opening")
        self._asked_at: float | None = None
        """When the question could first be read."""
        self._wanted = False
        self._at_start = True
        self._shows_label = False
        self._label_due: asyncio.TimerHandle | None = None
        self._hands: Hands | None = None
        self._stopped = asyncio.Event()
        self._closed = False
        self.lent = False

    @property
    def echoes(self) -> bool:
        """A terminal shows what is typed into it."""
        return self._typed

    @property
    def scripted(self) -> bool:
        """Lines come from a file or a pipe."""
        return not self._typed

    # -- out

    def write(self, text: str) -> None:
        """Write whole lines."""
        self._put(f"{self._fresh_line()}{text}\n")
        self._show_label_soon()

    def append(self, text: str) -> None:
        """Write text that goes on later."""
        if text:
            self._put(f"{self._fresh_line() if self._shows_label else ''}{text}")

    def end_line(self) -> None:
        """Finish what `append` wrote."""
        if not self._shows_label:
            self._put(self._fresh_line())
        self._show_label_soon()

    def live(self, text: str) -> None:
        """Nothing: only what is final is written."""

    def status(self, text: str) -> None:
        """Nothing: /status tells."""

    def remember(self, lines: Sequence[str]) -> None:
        """Nothing: there is no history."""

    def fill(self, text: str) -> None:
        """Nothing: lines are edited by the terminal."""

    def bell(self) -> None:
        """Ring, where somebody hears it."""
        if self._typed and is_terminal(self._stdout):
            self._put("\a", moves=False)

    def _fresh_line(self) -> str:
        self._shows_label = False
        return "" if self._at_start else "\n"

    def _show_label_soon(self) -> None:
        """Write the prompt sign or the question, where a person types, once nothing else is written."""
        if self._label_due is not None:
            self._label_due.cancel()
            self._label_due = None
        if self._typed and not self._stopped.is_set():
            self._label_due = asyncio.get_running_loop().call_later(_QUIET_S, self._show_label)

    def _show_label(self) -> None:
        self._label_due = None
        if self._shows_label or self._ask.kind in _SILENT or self._stopped.is_set():
            return
        label = self._ask.label or "›"
        if self._asked_at is None:
            self._asked_at = self._clock()
            if self._ask.decides:
                self._reader.flush_typeahead()
        self._put(f"{self._fresh_line()}{label}{'' if label.endswith(' ') else ' '}")
        self._shows_label = True

    def _put(self, text: str, *, moves: bool = True) -> None:
        if self._closed or not text:
            return
        if not write_text(self._stdout, _SGR.sub("", text)):
            self._closed = True
            asyncio.get_running_loop().call_soon(self._on_gone)
        if moves:
            self._at_start = text.endswith("\n")

    # -- in

    def ask(self, ask: Ask) -> None:
        """Say what the next line is for."""
        if ask != self._ask:
            new_question = ask.topic != self._ask.topic or ask.kind != self._ask.kind
            self._ask = ask
            if new_question:
                self._begin_question()
        self._wanted = ask.kind not in _SILENT
        self._show_label_soon()
        if self._wanted and self.scripted:
            asyncio.get_running_loop().call_soon(self._hand_out)

    def _begin_question(self) -> None:
        ask = self._ask
        self._asked_at = None
        self._shows_label = False
        self._reader.echo(not ask.secret)
        if ask.label and not self._typed and ask.kind not in {*_SILENT, "input"}:
            self._put(f"{self._fresh_line()}{ask.label.rstrip()}\n")

    def _on_line(self, line: str) -> None:
        if self._typed:
            if not self._stopped.is_set():
                self._at_start, self._shows_label = True, False
                read_at = self._asked_at if self._asked_at is not None else self._clock()
                self._hand(line, ahead=self._ask.decides and self._clock() - read_at < self._delay_s)
                self._show_label_soon()
            return
        self._lines.append(line)
        self._hand_out()

    def _on_end(self) -> None:
        self._ended = True
        if self._typed and self._hands is not None:
            self._hands.on_end()
        else:
            self._hand_out()

    def _on_gone(self) -> None:
        if self._hands is not None:
            self._hands.on_end()

    def _hand_out(self) -> None:
        """Give the next line, when one is wanted; each `ask` is good for one."""
        if not self._wanted or self._stopped.is_set() or self._hands is None:
            return
        if self._lines:
            self._wanted = False
            self._hand(self._lines.pop(0), ahead=False)
        elif self._ended:
            self._wanted = False
            self._hands.on_end()
        else:
            self._reader.want()

    def _hand(self, line: str, *, ahead: bool) -> None:
        if self._hands is not None:
            self._hands.on_line(line, ahead=ahead, queue=False)

    @asynccontextmanager
    async def aside(self) -> AsyncGenerator[None]:
        """Lend the terminal to another program meanwhile."""
        self._put(self._fresh_line())
        self._reader.pause()
        self.lent = True
        try:
            yield
        finally:
            self.lent = False
            self._reader.resume()

    async def shown(self) -> None:
        """Return at once: what is written is seen."""

    async def run(self, hands: Hands) -> None:
        """Take lines until `stop`."""
        self._hands = hands
        self._reader.start()
        if self._typed:
            self._reader.want()
        try:
            await self._stopped.wait()
        finally:
            self._reader.close()
            self._hands = None

    def stop(self) -> None:
        """End `run`."""
        if self._label_due is not None:
            self._label_due.cancel()
        self._put(self._fresh_line())
        self._stopped.set()
