"""Hosts that a cell wants to reach and may not: asked about one by one, within bounds, while the cell waits."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from msgspec import Struct

from codeact_tui.config.schema import NetworkEntry
from codeact_tui.errors import OpRefused, StoreError
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.permissions import AnswerHost, HostAnswer, HostAnswered, HostAsked
from codeact_tui.session.ledger import Ledger

__all__ = ["HostQuestions", "host_entry"]

_log = logging.getLogger(__name__)

_SECONDS = 120.0
_MOST = 6
"""Hosts that are asked about for one cell; more are refused unasked."""
_WEB_PORTS = frozenset({80, 443})


class _Question(Struct, frozen=True):
    action: ActionId
    host: str
    port: int
    until: float


def host_entry(host: str, port: int) -> str:
    """Give the entry of `sandbox.network` that opens a host at a port; empty where none does."""
    entry = host if port in _WEB_PORTS else f"{host}:{port}"
    try:
        return msgspec.convert(entry, NetworkEntry) if "." in host else ""
    except msgspec.ValidationError:
        return ""


class HostQuestions:
    """Asks whether hosts may be reached, and lets the kernel know. One question is open at a time.

    Args:
        ledger: Where questions and answers go.
        kernel: Holds the connections.
        running: Gives the cell that runs.
        seconds: Until an unanswered question counts as refused.
    """

    def __init__(
        self, ledger: Ledger, kernel: Kernel, running: Callable[[], ActionId | None], seconds: float = _SECONDS
    ) -> None:
        self._ledger = ledger
        self._kernel = kernel
        self._running = running
        self._seconds = seconds
        self._open: _Question | None = None
        self._waiting: list[_Question] = []
        self._counted: ActionId | None = None
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def on_host(self, host: str, port: int) -> None:
        """Hear of a host that is not allowed. What can't be asked about is refused at once."""
        action = self._running()
        if any((each.host, each.port) == (host, port) for each in self._all()):
            return
        if action is None or not host_entry(host, port) or not self._may_ask(action):
            self._kernel.answer_host(host, port, allowed=False)
            return
        question = _Question(action, host, port, asyncio.get_running_loop().time() + self._seconds)
        self._waiting.append(question)
        if self._open is None:
            self._next()

    def check(self, op: AnswerHost) -> ActionId:
        """Give the cell that an answer is about.

        Raises:
            OpRefused: This is not what is asked.
        """
        if self._open is None or (self._open.host, self._open.port) != (op.host, op.port):
            raise OpRefused(f"Nobody asks about {op.host}:{op.port} now.")
        return self._open.action

    def answered(self, answer: HostAnswer) -> HostAnswered:
        """Close the open question; the kernel is told, and the next one asked.

        Returns:
            What to record.
        """
        assert self._open is not None
        question, self._open = self._open, None
        self._stop_timer()
        allowed = answer not in {"refuse", "never"}
        self._kernel.answer_host(question.host, question.port, allowed=allowed)
        self._next()
        return HostAnswered(question.action, question.host, question.port, answer)

    def cell_changed(self) -> None:
        """A cell has begun or ended: what was asked for another is void, and answers for once are forgotten."""
        running = self._running()
        if running is not None and running == self._counted:
            return
        stale, self._open = self._open, None
        self._waiting.clear()
        self._counted, self._count = running, 0
        self._stop_timer()
        self._kernel.forget_hosts()
        if stale is not None:
            self._spawn(self._close(stale, "end"))

    def _all(self) -> list[_Question]:
        return [*([self._open] if self._open else []), *self._waiting]

    def _may_ask(self, action: ActionId) -> bool:
        if action != self._counted:
            self._counted, self._count = action, 0
        self._count += 1
        return self._count <= _MOST

    def _next(self) -> None:
        if not self._waiting:
            return
        self._open = question = self._waiting.pop(0)
        left_s = max(0.0, question.until - asyncio.get_running_loop().time())
        self._timer = asyncio.get_running_loop().call_later(left_s, self._expire, question)
        self._spawn(self._ledger.record(HostAsked(question.action, question.host, question.port, round(left_s, 1))))

    def _expire(self, question: _Question) -> None:
        if self._open is question:
            self._open = None
            self._kernel.answer_host(question.host, question.port, allowed=False)
            self._spawn(self._close(question, "time"))
            self._next()

    async def _close(self, question: _Question, by: str) -> None:
        ended = "end" if by == "end" else "time"
        await self._ledger.record(HostAnswered(question.action, question.host, question.port, "refuse", ended))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work), name="question about a host")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError:
            _log.exception("a question about a host could not be kept")
