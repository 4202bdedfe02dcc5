"""One thing asked of a session, from the Op to its end: its events as they come, its decisions, its limits."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from codeact_tui import errors
from codeact_tui.errors import CodeActError, OpRefused, StoreError
from codeact_tui.headless.answers import AnswerForm, AnswerMisfit, ask_again, ask_for
from codeact_tui.headless.deciding import Approval, decision_ops
from codeact_tui.headless.outcome import End, Outcome
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    Envelope,
    Event,
    Failed,
    InputRequested,
    ModelReplied,
    StateChanged,
    TurnFinished,
)
from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.protocol.ops import Approve, Continue, Interrupt, Reject, Rerun, RunUserCode, SubmitPrompt
from codeact_tui.protocol.sessions import SessionState
from codeact_tui.protocol.turns import TurnEnd, Usage
from codeact_tui.session.base import Session
from codeact_tui.session.entries import ActionRecord

__all__ = ["Limits", "Turn"]

_NOBODY = "Nobody is there to be asked."
_DEAF_S = 5.0
"""How long what was stopped may take before it is stopped harder."""
_ENDS: dict[TurnEnd, tuple[End, str]] = {
    "answer": ("answer", ""),
    "interrupted": ("interrupted", "It was interrupted."),
    "limit": ("turns", "It came to the most actions that a turn may have."),
    "failed": ("failed", "It failed."),
    "empty": ("empty", "The model said nothing."),
}
_CELL_ENDS: dict[CellStatus, TurnEnd] = {"ok": "answer", "interrupted": "interrupted"}


@dataclass(frozen=True)
class Limits:
    """What it may take; None is without a limit.

    Attributes:
        cost_usd: Dollars, as far as prices are known; where none is known, it ends after the first reply.
        seconds: From the first Op to the end.
        attempts: How often an answer is asked for until it fits its form.
    """

    cost_usd: float | None = None
    seconds: float | None = None
    attempts: int = 3


@dataclass
class _Tally:
    """What was heard so far."""

    busy: bool = False
    ended: TurnEnd | None = None
    cell: ActionId | None = None
    """The user's own, where that is what was asked for."""
    failure: Failed | None = None
    answer: str = ""
    replies: int = 0
    actions: int = 0
    attempts: int = 1
    value: Any = None
    usages: list[Usage] = field(default_factory=list[Usage])


class Turn:
    """Something that was asked of a session. Iterate over it for its events, await it for its outcome, or both.

    Nothing is sent before the first of the two. Whoever is cancelled while waiting for it interrupts it.

    Args:
        session: Whom it is asked of; nothing else goes on in it.
        op: What is asked.
        approval: Who decides.
        limits: What it may take.
        form: What the answer has to be; None for words.
    """

    def __init__(
        self,
        session: Session,
        op: SubmitPrompt | Continue | RunUserCode | Rerun,
        approval: Approval | None = None,
        limits: Limits | None = None,
        form: AnswerForm | None = None,
    ) -> None:
        self._session = session
        self._op = op
        self._approval: Approval = "never" if approval is None else approval
        self._limits = limits or Limits()
        self._form = form
        self._heard: asyncio.Queue[Envelope | None] = asyncio.Queue()
        self._tally = _Tally()
        self._state: SessionState = "idle"
        self._answered: set[tuple[ActionId, int]] = set()
        self._done: asyncio.Future[None] | None = None
        self._cause: tuple[End, str] | None = None
        self._refused: ActionId | None = None
        self._error: BaseException | None = None
        self._began_at = self._ended_at = 0.0
        self._stop_listening: Callable[[], None] | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._deciding: set[asyncio.Task[None]] = set()

    # -- for who asked

    @property
    def done(self) -> bool:
        """It has ended."""
        return self._done is not None and self._done.done()

    @property
    def begun(self) -> bool:
        """It was sent."""
        return self._done is not None

    @property
    def cell(self) -> ActionId | None:
        """The newest action of it."""
        return self._tally.cell

    @property
    def outcome(self) -> Outcome:
        """How it ended; to be read when it has."""
        assert self.done
        end, message = self._how_it_ended()
        tally = self._tally
        return Outcome(
            self._session.id,
            end,
            answer=tally.answer,
            value=tally.value,
            message=message,
            action=self._refused,
            turns=tally.replies,
            actions=tally.actions,
            usage=_total(tally.usages),
            seconds=round(self._ended_at - self._began_at, 3),
        )

    def __aiter__(self) -> AsyncIterator[Event]:
        """Give the events, in order, until its end."""
        return self._events()

    def __await__(self) -> Generator[Any, None, Outcome]:
        """Wait for its end.

        Raises:
            OpRefused: It can't be asked now.
        """
        return self._wait().__await__()

    async def envelopes(self) -> AsyncIterator[Envelope]:
        """Give the events with their places and times.

        Raises:
            OpRefused: It can't be asked now.
        """
        self._begin()
        while True:
            try:
                envelope = await self._heard.get()
            except asyncio.CancelledError:
                self.interrupt()
                raise
            if envelope is None:
                self._heard.put_nowait(None)
                break
            yield envelope
        if self._error is not None:
            raise self._error

    def interrupt(self) -> None:
        """Stop it; a second time ends a kernel that does not heed it."""
        if self.begun and not self.done:
            self._session.send(Interrupt())

    # -- its course

    async def _events(self) -> AsyncIterator[Event]:
        async for envelope in self.envelopes():
            yield envelope.event

    async def _wait(self) -> Outcome:
        done = self._begin()
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            self.interrupt()
            raise
        if self._error is not None:
            raise self._error
        return self.outcome

    def _begin(self) -> "asyncio.Future[None]":
        if self._done is not None:
            return self._done
        if not self._session.writable:
            raise OpRefused(
                "This session is open in another codeact, so here it can only be looked at.",
                remedy="Close it there, or ask in a new one.",
            )
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        self._began_at = time.monotonic()
        self._stop_listening = self._session.listen(self._hear)
        op = self._op
        if isinstance(op, SubmitPrompt) and self._form is not None:
            op = SubmitPrompt(ask_for(op.text, self._form))
        self._session.send(op)
        if self._limits.seconds is not None:
            self._timers.append(loop.call_later(self._limits.seconds, self._time_is_up))
        return self._done

    def _hear(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            if not self.done:
                self._heard.put_nowait(envelope)
                self._note(envelope.event)

    def _note(self, event: Event) -> None:
        match event:
            case StateChanged():
                self._note_state(event)
            case Failed():
                self._note_failure(event)
            case ModelReplied():
                self._note_reply(event)
            case TurnFinished():
                self._tally.ended = event.reason
            case ActionProposed():
                self._tally.actions += event.origin == "model"
                self._tally.cell = event.action
            case CellFinished():
                if isinstance(self._op, RunUserCode | Rerun) and event.action == self._tally.cell:
                    self._tally.ended = _CELL_ENDS.get(event.status, "failed")
            case ApprovalRequested() if (event.action, event.revision) not in self._answered:
                self._ask(self._session.transcript.actions[event.action])
            case InputRequested() if self._approval != "ask":
                self._refuse(event.action, f"Cell [{action_number(event.action)}] asks for input.")
                self.interrupt()
            case ActionRejected() if event.action == self._refused:
                self.interrupt()
            case _:
                pass

    def _note_state(self, event: StateChanged) -> None:
        self._state = event.state
        if event.state == "stopped":
            self._finish()
        elif event.state != "idle":
            self._tally.busy = True
        elif self._tally.busy and (self._tally.ended or self._tally.failure):
            self._settle()

    def _note_failure(self, event: Failed) -> None:
        """Before it is begun, what the kernel and the model tell in the background is not about it."""
        if self._tally.busy:
            self._tally.failure = event
            if self._state == "idle":
                self._settle()
        elif issubclass(getattr(errors, event.error, CodeActError), OpRefused | StoreError):
            self._tally.failure = event
            self._settle()

    def _note_reply(self, event: ModelReplied) -> None:
        tally, most = self._tally, self._limits.cost_usd
        tally.replies += 1
        tally.answer = event.text.strip()
        tally.usages.append(event.usage)
        if most is None:
            return
        spent = _total(tally.usages).cost_usd
        if spent is None:
            self._stop_for("cost", "What the model costs is not known, so a limit to it can't be kept.")
        elif spent > most:
            self._stop_for("cost", f"It has cost ${spent:.4f}, more than the ${most:.4f} that it may.")

    def _settle(self) -> None:
        """It is over, unless the answer has to be asked for again."""
        tally, form = self._tally, self._form
        if form is not None and tally.ended == "answer" and self._cause is None:
            try:
                tally.value = form.value(tally.answer)
            except AnswerMisfit as misfit:
                if tally.attempts < self._limits.attempts:
                    tally.attempts, tally.busy, tally.ended, tally.failure = tally.attempts + 1, False, None, None
                    self._session.send(SubmitPrompt(ask_again(misfit)))
                    return
                self._cause = ("misfit", f"{misfit.message} It was asked for {tally.attempts} times.")
            except Exception as error:
                self._error = error
        self._finish()

    def _finish(self) -> None:
        if self._done is None or self._done.done():
            return
        self._ended_at = time.monotonic()
        if self._stop_listening is not None:
            self._stop_listening()
        for handle in (*self._timers, *self._deciding):
            handle.cancel()
        self._heard.put_nowait(None)
        self._done.set_result(None)

    # -- stopping and deciding

    def _time_is_up(self) -> None:
        self._stop_for("timeout", f"It took longer than the {self._limits.seconds:g} seconds that it may.")
        loop = asyncio.get_running_loop()
        self._timers += [loop.call_later(_DEAF_S, self.interrupt), loop.call_later(2 * _DEAF_S, self._finish)]

    def _stop_for(self, end: End, message: str) -> None:
        if self._cause is None:
            self._cause = (end, message)
            self.interrupt()

    def _refuse(self, action: ActionId, message: str) -> None:
        if self._cause is None:
            self._refused, self._cause = action, ("refused", message)

    def _ask(self, record: ActionRecord) -> None:
        approval = self._approval
        if approval == "ask":
            return
        if callable(approval):
            task = asyncio.get_running_loop().create_task(self._decide(record), name="decide about an action")
            self._deciding.add(task)
            task.add_done_callback(self._deciding.discard)
            return
        self._refuse(record.action, f"Action [{record.number}] needs a person to decide about it.")
        self._session.send(Reject(record.action, _NOBODY))

    async def _decide(self, record: ActionRecord) -> None:
        assert callable(self._approval)
        try:
            decision = self._approval(record)
            if inspect.isawaitable(decision):
                decision = await decision
            for op in decision_ops(record, decision):
                if isinstance(op, Approve):
                    self._answered.add((op.action, op.revision))
                self._session.send(op)
        except Exception as error:
            self._error = error
            self.interrupt()

    def _how_it_ended(self) -> tuple[End, str]:
        tally = self._tally
        if self._cause is not None:
            return self._cause
        if tally.ended is not None and (tally.ended != "failed" or tally.failure is None):
            return _ENDS[tally.ended]
        if tally.failure is not None:
            return "failed", f"{tally.failure.message} {tally.failure.remedy}".strip()
        return _ENDS["interrupted"]


def _total(usages: Sequence[Usage]) -> Usage:
    def added(values: list[Any]) -> Any:
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    names = Usage.__struct_fields__
    return Usage(**{name: added([getattr(usage, name) for usage in usages]) for name in names})
