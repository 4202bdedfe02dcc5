"""One turn: ask, act, observe, ask again, until the model answers in words."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from codeact_tui.effects.base import Analysis
from codeact_tui.errors import CodeActError, StoreError
from codeact_tui.model.base import ActionFormat
from codeact_tui.protocol.actions import Decider
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    Failed,
    ModelReplied,
    PromptSubmitted,
    ReplyProblem,
    StoredEvent,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import code_sha256
from codeact_tui.protocol.permissions import Rule
from codeact_tui.protocol.turns import TurnEnd
from codeact_tui.session.approvals import Allowance, decider
from codeact_tui.session.asking import Asker, Reply
from codeact_tui.session.cells import CellRunner
from codeact_tui.session.context import ContextBuilder
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.mentions import Mentions, mentioned_names
from codeact_tui.session.model_seat import ModelSeat
from codeact_tui.session.permitting import Permissions

__all__ = ["Decision", "Turn"]

_T = TypeVar("_T")

Decision = Literal["approved", "rejected", "ran"]
"""ran: what a dry run of it did was committed."""

_EMPTY_REPLIES = 2
"""How many replies with nothing in them are taken before the turn ends."""


class _Stopped(Exception):
    """The user interrupted the turn."""


@dataclass
class Turn:
    """The loop of one turn. Runs as one task; `stop` ends it from outside.

    Attributes:
        ledger: Where events go.
        seat: The model that is asked.
        asker: How it is asked.
        context: How the messages are written.
        cells: How actions are run.
        foreteller: Tells what an action would do.
        mentions: Looks up the variables that a prompt names.
        permissions: The rules by which actions run unasked.
        max_actions: Actions before the user is asked whether to go on.
        on_phase: Called with the phase that the turn enters.
        phase: What the turn does now.
        warm_up: Automatic policies are stricter for a session's first actions.
        allowance: What the user has allowed for the rest of the turn.
        explore: Called when the first action waits, where several ways to take that step are wanted.
        steering: What the user said meanwhile.
    """

    ledger: Ledger
    seat: ModelSeat
    asker: Asker
    context: Callable[[ActionFormat], ContextBuilder]
    cells: CellRunner
    foreteller: Foreteller
    mentions: Mentions
    permissions: Permissions
    max_actions: int
    warm_up: bool
    on_phase: Callable[[], None]
    phase: Literal["thinking", "waiting", "running"] = "thinking"
    allowance: Allowance = ""
    explore: Callable[[ActionRecord], None] | None = None
    steering: list[str] = field(default_factory=list[str])
    stopped: bool = False
    over: bool = False
    """Its end is about to be told: what comes now belongs to the next turn."""
    _decision: "asyncio.Future[Decision] | None" = None
    _stage: "asyncio.Task[Any] | None" = None
    _empty: int = 0

    async def run(self, *opening: StoredEvent) -> None:
        """Go through the turn; its end is recorded, whatever happens.

        Args:
            opening: Events to commit with the turn's start.
        """
        transcript = self.ledger.transcript
        number = transcript.turn + 1
        await self.ledger.record(*await self._with_mentions(opening), TurnStarted(number))
        events: list[StoredEvent] = []
        try:
            reason = await self._loop()
        except _Stopped:
            reason = "interrupted"
            left = (each for each in transcript.unfinished() if each.origin == "model" and each.state != "running")
            events += [ActionRejected(each.action, by="interrupt") for each in left]  # nothing will run them now
        except StoreError:
            raise
        except CodeActError as error:
            reason = "failed"
            events.append(Failed(type(error).__name__, error.message, error.remedy))
        self.over = True
        events.append(TurnFinished(number, reason, transcript.turn_actions))
        await self.ledger.record(*events)

    def stop(self) -> None:
        """End the turn as soon as may be: the request is dropped, a question rejected, a cell interrupted."""
        self.stopped = True
        if self._decision is not None and not self._decision.done():
            self._decision.set_result("rejected")
        if self._stage is not None and self.phase == "thinking":
            self._stage.cancel()

    def decide(self, decision: Decision) -> None:
        """Tell the turn what was decided about its question; the decision is recorded already."""
        if self._decision is not None and not self._decision.done():
            self._decision.set_result(decision)

    async def _loop(self) -> TurnEnd:
        while True:
            if self.ledger.transcript.turn_actions >= self.max_actions:
                return "limit"
            reply = await self._ask()
            end = await self._act(reply)
            if end is not None:
                return end
            self._check()
            await self._steer()

    async def _ask(self) -> Reply:
        self._enter("thinking")
        return await self._cancellable(self._request())

    async def _request(self) -> Reply:
        async with self.seat.asked() as seated:
            messages = self.context(seated.action_format).build(self.ledger.transcript, seated.message_tokens)
            try:
                return await self.asker.ask(seated.model, seated.action_format, messages)
            except asyncio.CancelledError:
                await self._record_partial()
                raise

    async def _record_partial(self) -> None:
        partial = self.asker.interrupted()
        if partial is not None and (partial.text or partial.raw):
            await self.ledger.record(partial)

    async def _act(self, reply: Reply) -> TurnEnd | None:
        problems = reply.parsed.problems
        code = reply.parsed.code
        if code is None:
            await self.ledger.record(reply.event, *problems)
            return self._after_words(reply.event, problems)
        self._empty = 0
        transcript = self.ledger.transcript
        proposal = ActionProposed(self.ledger.new_action(), code, code_sha256(code))
        told = await self.foreteller.foretell(code)
        by, rules = await self._decided(told)
        if by == "user":
            early = self.warm_up and self.explore is None and self._decider(told, warm=True) != "user"
            request = ApprovalRequested(proposal.action, 0, proposal.sha256, told.effects, told.problem, early)
            await self.ledger.record(reply.event, *problems, proposal, request)
            return await self._wait_and_run(transcript.actions[proposal.action])
        await self.ledger.record(reply.event, *problems, proposal)
        approval = ActionApproved(proposal.action, 0, proposal.sha256, by, rules)
        return await self._run(transcript.actions[proposal.action], approval)

    async def _decided(self, told: Analysis) -> tuple[Decider, tuple[Rule, ...]]:
        """Say who decides, and by which rules."""
        by = self._decider(told)
        if self.explore is not None:
            return "user", ()
        if by != "user":
            return by, ()
        rules = await self.permissions.covering(told, self.foreteller.working)
        return ("rule", rules) if rules else ("user", ())

    async def asks(self, told: Analysis) -> bool:
        """Say whether a person decides about code that would do this."""
        return (await self._decided(told))[0] == "user"

    def _decider(self, told: Analysis, *, warm: bool = False) -> Decider:
        transcript = self.ledger.transcript
        earlier = sum(record.origin == "model" for record in transcript.actions.values())
        kernel = transcript.kernel
        policy = transcript.policy
        if kernel is not None and kernel.sandbox == "limits" and policy in {"safe", "sandbox"}:
            policy = "ask"  # a sandbox was wanted and there is none: nothing runs unasked by what its code tells
        return decider(
            policy,
            self.allowance,
            told,
            folder=transcript.folder,
            confined=kernel is not None and kernel.confined,
            earlier_actions=earlier if self.warm_up and not warm else None,
        )

    def _after_words(self, reply: ModelReplied, problems: tuple[ReplyProblem, ...]) -> TurnEnd | None:
        if any(problem.kind == "empty_reply" for problem in problems):
            self._empty += 1
            return "empty" if self._empty >= _EMPTY_REPLIES else None
        if any(problem.to_model for problem in problems):
            self._empty += 1
            return "empty" if self._empty > self.max_actions else None
        return None if self.steering else "answer"

    async def _wait_and_run(self, record: ActionRecord) -> TurnEnd | None:
        self._decision = asyncio.get_running_loop().create_future()
        self._enter("waiting")
        explore, self.explore = self.explore, None
        if explore is not None:
            explore(record)
        try:
            decision = "rejected" if self.stopped else await self._decision
        finally:
            self._decision = None
        if record.state == "waiting":
            await self.ledger.record(ActionRejected(record.action, by="interrupt"))
        self._check()
        return await self._run(record) if decision == "approved" else None

    async def _run(self, record: ActionRecord, *before: StoredEvent) -> TurnEnd | None:
        self._enter("running")
        self._check()
        status = await self.cells.run(record, *before, stopped=lambda: self.stopped)
        self._check()
        if status == "aborted":
            return "failed"
        return "interrupted" if status == "interrupted" else None

    async def _steer(self) -> None:
        if not self.steering:
            return
        self._enter("thinking")
        prompts = await self._with_mentions([PromptSubmitted(text, steering=True) for text in self.steering])
        del self.steering[: len(prompts)]
        await self.ledger.record(*prompts)

    async def _with_mentions(self, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        """Look up what the prompts among the events name; stopped meanwhile, leave them as they are."""
        named = any(mentioned_names(each.text) for each in events if isinstance(each, PromptSubmitted))
        if self.stopped or not named:
            return events
        try:
            return await self._cancellable(self._look_up(events))
        except _Stopped:
            return events

    async def _look_up(self, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        return [await self.mentions.look_up(each) if isinstance(each, PromptSubmitted) else each for each in events]

    async def _cancellable(self, work: Coroutine[Any, Any, _T]) -> _T:
        if self.stopped:
            work.close()
            raise _Stopped
        self._stage = asyncio.create_task(work, name="stage of a turn")
        try:
            return await self._stage
        except asyncio.CancelledError:
            if self.stopped:
                raise _Stopped from None
            await _end(self._stage)
            raise
        finally:
            self._stage = None

    def _check(self) -> None:
        if self.stopped:
            raise _Stopped

    def _enter(self, phase: Literal["thinking", "waiting", "running"]) -> None:
        self.phase = phase
        self.on_phase()


async def _end(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.wait([task])
