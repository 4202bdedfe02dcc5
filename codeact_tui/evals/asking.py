"""Asks a model for one reply of a trial, at the common pace, again where that may help."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from codeact_tui.errors import ModelError, ModelRateLimited
from codeact_tui.evals.pace import Pace
from codeact_tui.evals.prompts import CALL_END
from codeact_tui.model.base import (
    ActionFormat,
    Finished,
    Message,
    Model,
    ReasoningDelta,
    Request,
    TextDelta,
    ToolCallDelta,
)
from codeact_tui.model.code_actions import ParsedReply, ReplyParser, stop_sequences
from codeact_tui.model.retry import RetryPolicy
from codeact_tui.model.stall import with_stall_timeout
from codeact_tui.protocol.turns import Usage

__all__ = ["Asked", "Asker"]


@dataclass(frozen=True)
class Asked:
    """A reply.

    Attributes:
        text: All of it, for a model that acts by calls.
        parsed: What it comes to, for one that writes code.
        usage: What it used.
    """

    text: str
    parsed: ParsedReply
    usage: Usage


@dataclass(frozen=True)
class Asker:
    """How models are asked.

    Attributes:
        pace: Shared by all that ask.
        retry: When to try again.
        stall_s: Seconds without a byte after which to give up.
        temperature: As the provider takes it.
        max_tokens: The longest reply.
    """

    pace: Pace
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    stall_s: float = 60.0
    temperature: float | None = None
    max_tokens: int | None = None

    async def ask(self, model: Model, messages: tuple[Message, ...], code: ActionFormat | None) -> Asked:
        """Ask until there is a reply.

        Args:
            model: Who is asked.
            messages: The conversation.
            code: How code is written; None for a model that acts by calls.

        Raises:
            ModelError: It failed, and trying again does not help or has not helped.
        """
        stop = (CALL_END,) if code is None else stop_sequences(code)
        request = Request(messages, stop, code == "tool", self.temperature, self.max_tokens)
        attempt = 1
        while True:
            await self.pace.turn()
            try:
                return await self._read(model, request, code or "execute")
            except ModelError as error:
                delay_s = self.retry.delay(attempt, error)
                if delay_s is None:
                    raise
                if isinstance(error, ModelRateLimited):
                    self.pace.hold(delay_s)
                else:
                    await asyncio.sleep(delay_s)
                attempt += 1

    async def _read(self, model: Model, request: Request, code: ActionFormat) -> Asked:
        parser, texts, finished = ReplyParser(code), list[str](), Finished("other")
        await model.warm_up()
        async with aclosing(with_stall_timeout(model.stream(request), self.stall_s)) as deltas:
            async for delta in deltas:
                match delta:
                    case TextDelta():
                        texts.append(delta.text)
                        parser.feed(delta.text)
                    case ReasoningDelta():
                        parser.feed_reasoning(delta.text)
                    case ToolCallDelta():
                        parser.feed_tool_call(delta)
                    case Finished():
                        finished = delta
                    case _:
                        pass
        return Asked("".join(texts), parser.finish(finished.reason), finished.usage)
