"""Asks the model once: streams its reply through the parser, tries again where that may help."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import assert_never

from codeact_tui.errors import ModelError
from codeact_tui.model.base import (
    ActionFormat,
    Alive,
    Delta,
    Finished,
    Message,
    Model,
    ReasoningDelta,
    Request,
    TextDelta,
    ToolCallDelta,
)
from codeact_tui.model.code_actions import ParsedReply, Piece, ReplyParser, stop_sequences
from codeact_tui.model.retry import RetryPolicy
from codeact_tui.model.stall import with_stall_timeout
from codeact_tui.protocol.events import ModelReplied, ReplyDelta, RetryScheduled
from codeact_tui.session.ledger import Ledger

__all__ = ["Asker", "Reply"]


@dataclass(frozen=True)
class Reply:
    """A reply, parsed."""

    event: ModelReplied
    parsed: ParsedReply


@dataclass
class Asker:
    """Puts one request to the model and gives what came of it.

    Attributes:
        ledger: Where retries are recorded and deltas told.
        retry: When to try again, and how long to wait before.
        stall_s: Seconds without a byte after which to give up.
        temperature: As the provider takes it.
        max_tokens: The longest reply.
        quiet: Nothing is told while the reply comes.
    """

    ledger: Ledger
    retry: RetryPolicy
    stall_s: float
    temperature: float | None
    max_tokens: int | None
    quiet: bool = False
    _partial: "_Reading | None" = field(default=None)

    async def ask(self, model: Model, action_format: ActionFormat, messages: tuple[Message, ...]) -> Reply:
        """Ask until there is a reply.

        Raises:
            ModelError: It failed, and trying again does not help or has not helped.
        """
        request = Request(
            messages,
            stop=stop_sequences(action_format),
            tool=action_format == "tool",
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )
        attempt = 1
        while True:
            try:
                return await self._read(model, action_format, request)
            except ModelError as error:
                self._partial = None
                delay_s = self.retry.delay(attempt, error)
                if delay_s is None:
                    raise
                await self.ledger.record(RetryScheduled(error.message, attempt, self.retry.attempts, delay_s))
                await asyncio.sleep(delay_s)
                attempt += 1

    def interrupted(self) -> ModelReplied | None:
        """Give what had come of the reply whose reading was cancelled; None when nothing had."""
        partial, self._partial = self._partial, None
        return partial.interrupted() if partial else None

    async def _read(self, model: Model, action_format: ActionFormat, request: Request) -> Reply:
        reading = self._partial = _Reading(ReplyParser(action_format), model.info.name, self._tell)
        await model.warm_up()  # what it takes is our own doing, no silence of the model's
        async with aclosing(with_stall_timeout(model.stream(request), self.stall_s)) as deltas:
            async for delta in deltas:
                reading.take(delta)
        self._partial = None
        return reading.finish()

    def _tell(self, pieces: list[Piece]) -> None:
        if self.quiet:
            return
        self.ledger.tell(*(ReplyDelta(piece.kind, piece.text) for piece in pieces if piece.text))


class _Reading:
    """One reply as it comes in."""

    def __init__(self, parser: ReplyParser, model: str, tell: Callable[[list[Piece]], None]) -> None:
        self._parser = parser
        self._model = model
        self._tell = tell
        self._finished: Finished | None = None
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def take(self, delta: Delta) -> None:
        """Take one delta in, and tell of what it says."""
        match delta:
            case TextDelta():
                self._tell(self._parser.feed(delta.text))
            case ReasoningDelta():
                self._tell(self._parser.feed_reasoning(delta.text))
            case ToolCallDelta():
                self._tell(self._parser.feed_tool_call(delta))
            case Finished():
                self._finished = delta
            case Alive():
                pass
            case _:
                assert_never(delta)

    def finish(self) -> Reply:
        """Give the whole reply."""
        finished = self._finished or Finished("other")
        return self._reply(finished, finished.reason)

    def interrupted(self) -> ModelReplied:
        """Give what there is of a reply that was stopped: its words, no action."""
        reply = self._reply(Finished("other"), "interrupted")
        parsed = reply.parsed
        return ModelReplied(
            parsed.words, raw=parsed.raw, reasoning=parsed.reasoning, finish="interrupted",
            model=self._model, seconds=reply.event.seconds,
        )  # fmt: skip

    def _reply(self, finished: Finished, reason: str) -> Reply:
        parsed = self._parser.finish(finished.reason)
        event = ModelReplied(
            parsed.words,
            code=parsed.code,
            raw=parsed.raw,
            tool_call=parsed.tool_call,
            reasoning=parsed.reasoning,
            finish=reason,
            model=self._model,
            usage=finished.usage,
            seconds=self._loop.time() - self._began,
        )
        return Reply(event, parsed)
