"""Several ways to take a step: asked of the model, each tried in a copy of the kernel, one of them picked."""

import ast
import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from codeact_tui.effects.base import Analysis
from codeact_tui.errors import CodeActError, ModelError, OpRefused
from codeact_tui.model.base import ActionFormat, Message
from codeact_tui.protocol.dry_runs import (
    MOST_CANDIDATES,
    Candidate,
    CandidateProposed,
    CandidatesReady,
    DryRunStarted,
    EndExploration,
    ExplorationEnded,
    ExplorationStarted,
    Explore,
    PickCandidate,
    RunCandidates,
)
from codeact_tui.protocol.events import ActionApproved, ActionEdited, Noted, StoredEvent
from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.session.asking import Asker
from codeact_tui.session.context import ContextBuilder
from codeact_tui.session.diffs import unified
from codeact_tui.session.dry_runs import Trying, check_network
from codeact_tui.session.entries import ReplyEntry
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.model_seat import ModelSeat
from codeact_tui.session.rehearsed import Attempt
from codeact_tui.session.tried import ExplorationRecord

__all__ = ["Explorer"]

_T = TypeVar("_T")

_LEAST = 2
_SHOWN_CHARS = 4_000
_WORDS_CHARS = 2_000
_ANOTHER = (
    "[The user compares several ways to take this step, and none of these cells has run yet. Propose one other cell in"
    " place of the last one, complete in itself, that goes about the same step in a clearly different way. So far:\n{}]"
)


class _Ended(Exception):
    """The exploration was stopped, or what it is about was decided otherwise."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Explorer:
    """Does one exploration at a time.

    Attributes:
        trying: What is tried now.
        seat: The model that is asked.
        asker: Makes what asks it.
        context: Writes the messages.
        foreteller: Tells what code would do.
        asks: Says whether a person decides about code, by what it would do.
        on_change: Called when another stage has begun.
        asking: The model is being asked.
    """

    trying: Trying
    seat: ModelSeat
    asker: Callable[[], Asker]
    context: Callable[[ActionFormat], ContextBuilder]
    foreteller: Foreteller
    asks: Callable[[Analysis], Awaitable[bool]]
    on_change: Callable[[], None]
    asking: bool = False
    _exploration: str = ""
    _action: ActionId | None = None
    _stage: "asyncio.Future[Any] | None" = None
    _answers: "asyncio.Queue[RunCandidates | PickCandidate]" = field(
        default_factory=lambda: asyncio.Queue[RunCandidates | PickCandidate]()
    )
    _why: str = field(default="")

    @property
    def action(self) -> ActionId | None:
        """What is explored now."""
        return self._action

    @staticmethod
    def check(op: Explore) -> None:
        """Look at what is asked for.

        Raises:
            OpRefused: It is not what can be done.
        """
        if not _LEAST <= op.count <= MOST_CANDIDATES:
            raise OpRefused(f"From {_LEAST} to {MOST_CANDIDATES} ways can be compared.", remedy="/explore 3, say.")
        if op.check:
            try:
                ast.parse(op.check)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                raise OpRefused(
                    "The check is no Python.", remedy='/explore 3 --check "assert len(df) > 0", say.'
                ) from None

    async def explore(self, op: Explore, action: ActionId) -> None:
        """Have other ways than an action that waits, try all, and let one be picked.

        Raises:
            OpRefused: It can't be done now.
            KernelError: The kernel is not there.
            StoreError: It can't be recorded.
        """
        transcript = self.trying.ledger.transcript
        if self._action is not None or self.trying.running:
            raise OpRefused("Something is being tried already.", remedy="Stop it first: Esc.")
        await self.trying.drop()
        self._answers = asyncio.Queue()
        self._exploration, self._action, self._why = f"x{len(transcript.tried.explorations) + 1}", action, ""
        ended = ExplorationEnded(self._exploration)
        try:
            await self.trying.ledger.record(
                ExplorationStarted(self._exploration, action, op.count, op.check, op.network)
            )
            picked = await self._explore(op, action)
            ended = msgspec.structs.replace(ended, picked=picked, by="check" if op.check else "user")
        except _Ended as end:
            ended = msgspec.structs.replace(ended, why=end.why)
        except CodeActError as error:
            ended = msgspec.structs.replace(ended, why=error.message.rstrip("."))
            raise
        finally:
            self._action, self._exploration, self._stage = None, "", None
            self.asking = False
            await self.trying.drop()
            await self.trying.ledger.record(ended)
            self.on_change()

    def stop(self, why: str = "it was stopped") -> None:
        """End it as soon as may be."""
        self._why = why
        if self._stage is not None and not self._stage.done():
            self._stage.cancel()

    async def answer(self, op: RunCandidates | PickCandidate | EndExploration) -> None:
        """Take the user's answer.

        Raises:
            OpRefused: It does not apply now.
        """
        exploration = self.trying.ledger.transcript.tried.explorations.get(op.exploration)
        if exploration is None or op.exploration != self._exploration:
            raise OpRefused("That exploration has ended.")
        match op:
            case EndExploration():
                self.stop("")
                return
            case RunCandidates():
                shown = tuple(each.sha256 for each in exploration.candidates)
                if not exploration.to_run or op.sha256s != shown:
                    raise OpRefused("The candidates are not what was shown; nothing was run.")
            case PickCandidate():
                run = exploration.runs.get(op.number)
                if not exploration.to_pick or run is None:
                    raise OpRefused("There is no such candidate to pick.")
                self.trying.attempt(run.started.dry_run)
        self._answers.put_nowait(op)

    # -- the stages

    async def _explore(self, op: Explore, action: ActionId) -> int | None:
        await self._stoppable(self._ask(op, action))
        exploration = self._record
        candidates = await self._joined(exploration)
        asks = any(each.asks for each in candidates)
        await self.trying.ledger.record(CandidatesReady(self._exploration, candidates, asks))
        for each in candidates:
            check_network(self.trying.host, any(effect.kind == "network" for effect in each.effects), op.network)
        self.on_change()
        if asks:
            await self._answered()
        attempts = await self._stoppable(self._try_all(op, action, candidates))
        while True:
            chosen = next((number for number, each in attempts.items() if _passed(each)), None) if op.check else None
            if chosen is None:
                answer = await self._answered()
                assert isinstance(answer, PickCandidate)
                chosen = answer.number
            candidate = next(each for each in candidates if each.number == chosen)
            try:
                await self._pick(action, candidate, attempts[chosen])
            except OpRefused as error:
                if op.check:
                    raise
                await self.trying.ledger.record(Noted(error.sentence))
                continue
            return chosen

    async def _ask(self, op: Explore, action: ActionId) -> None:
        transcript = self.trying.ledger.transcript
        first = transcript.actions[action]
        known = [first.code]
        replies = (each.reply for each in reversed(transcript.entries) if isinstance(each, ReplyEntry))
        words = next((each.text for each in replies if each.code == first.revisions[0].code), "")
        candidate = Candidate(1, first.code, first.sha256, words[:_WORDS_CHARS])
        await self.trying.ledger.record(CandidateProposed(self._exploration, candidate))
        self.asking = True
        self.on_change()
        try:
            for _ in range(op.count - 1):
                await self._ask_once(known)
        except ModelError as error:
            await self.trying.ledger.record(Noted(f"There are fewer ways than asked for. {error.message}"))
        finally:
            self.asking = False

    async def _ask_once(self, known: list[str]) -> None:
        ledger = self.trying.ledger
        async with self.seat.asked() as seated:
            messages = self.context(seated.action_format).build(ledger.transcript, seated.message_tokens)
            reply = await self.asker().ask(seated.model, seated.action_format, _with_wish(messages, known))
        usage, code = reply.event.usage, reply.parsed.code
        same_as = next((at for at, each in enumerate(known, 1) if code is not None and _same(code, each)), 0)
        candidate = None
        if code is not None and not same_as:
            known.append(code)
            candidate = Candidate(len(known), code, code_sha256(code), reply.event.text[:_WORDS_CHARS])
        proposed = CandidateProposed(
            self._exploration, candidate, same_as, reply.event.model, usage.input_tokens, usage.output_tokens,
            usage.cost_usd, reply.event.seconds,
        )  # fmt: skip
        await ledger.record(proposed)
        self.on_change()

    async def _joined(self, exploration: ExplorationRecord) -> tuple[Candidate, ...]:
        found: list[Candidate] = []
        for each in exploration.candidates:
            told = await self.foreteller.foretell(each.code)
            times = 1 + exploration.repeated.get(each.number, 0)
            asks = await self.asks(told)
            found.append(
                msgspec.structs.replace(each, effects=told.effects, problem=told.problem, times=times, asks=asks)
            )
        return tuple(found)

    async def _try_all(self, op: Explore, action: ActionId, candidates: tuple[Candidate, ...]) -> dict[int, Attempt]:
        attempts: dict[int, Attempt] = {}
        async with self.trying.host.turnstile:
            stage = await self.trying.set_up(action)
            for each in candidates:
                started = DryRunStarted(
                    self.trying.next_id(), action, each.code, each.sha256, self._exploration, each.number, op.network
                )
                attempts[each.number] = await self.trying.try_out(stage, started, check=op.check)
                if stage.void:
                    raise _Ended("the kernel is another one now")
        return attempts

    async def _pick(self, action: ActionId, candidate: Candidate, attempt: Attempt) -> None:
        record = self.trying.ledger.transcript.actions[action]
        self.trying.attempt(attempt.started.dry_run)
        before: list[StoredEvent] = []
        revision = record.revision
        if candidate.sha256 != record.sha256:
            revision += 1
            diff = unified(record.revisions[0].code, candidate.code)
            before.append(ActionEdited(action, revision, candidate.code, candidate.sha256, diff))
        await self.trying.commit(attempt, revision, *before, ActionApproved(action, revision, candidate.sha256, "user"))

    # -- waiting

    @property
    def _record(self) -> ExplorationRecord:
        return self.trying.ledger.transcript.tried.explorations[self._exploration]

    async def _answered(self) -> RunCandidates | PickCandidate:
        return await self._stoppable(self._answers.get())

    async def _stoppable(self, work: Coroutine[Any, Any, _T]) -> _T:
        if self._why:
            work.close()
            raise _Ended(self._why)
        self._stage = asyncio.create_task(work, name="stage of an exploration")
        try:
            return await self._stage
        except asyncio.CancelledError:
            if self._stage.cancelled():
                raise _Ended(self._why) from None
            self._stage.cancel()
            await asyncio.wait([self._stage])
            raise


def _passed(attempt: Attempt) -> bool:
    return attempt.finished.check == "passed" and not attempt.finished.problem


def _with_wish(messages: tuple[Message, ...], known: list[str]) -> tuple[Message, ...]:
    """Put the wish for another cell at the end of the newest message."""
    so_far = "\n".join(f"```python\n{code[:_SHOWN_CHARS]}\n```" for code in known)
    wish = _ANOTHER.format(so_far)
    last = messages[-1]
    return (*messages[:-1], msgspec.structs.replace(last, content=f"{last.content}\n\n{wish}"))


def _same(one: str, other: str) -> bool:
    """Say whether two cells do the same, comments and spacing aside."""
    return one == other or _tree(one) == _tree(other)


def _tree(code: str) -> str:
    try:
        return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(code.split())
