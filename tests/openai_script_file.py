"""Scripts for the local model server as a file, for use by hand.

A JSON list of replies, played in order and then over again:

    [
      "A text.",
      {"text": "I count.\\n<execute>\\nprint(1)\\n</execute>", "piece": 4, "delay_s": 0.05, "finish": "stop"},
      {"tool": "print(1)", "words": "I count."},
      {"status": 429, "message": "Slow down.", "headers": {"Retry-After": "3"}},
      {"status": 502, "body": "<html>Bad Gateway</html>"},
      {"fault": "overflow"},
      {"steps": ["Hel", {"wait_s": 2}, {"reasoning": "Hm."}, {"comment": "ping"}, {"data": "{"}, {"fault": "reset"}]},
      {"steps": ["Hel", {"fail": "The engine is overloaded.", "code": 503}]}
    ]

Faults of a reply: overflow, reset, stall. Faults among steps: end_early, reset, stall.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from tests.openai_script import (
    Comment,
    Data,
    EndEarly,
    Fail,
    Reasoning,
    Refusal,
    Reply,
    Reset,
    Stall,
    Step,
    Streamed,
    Wait,
    overflow,
    refusal,
    text,
    tool_call,
)

__all__ = ["in_turn", "read_script"]


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    wait_s: float | None = None
    reasoning: str | None = None
    comment: str | None = None
    data: str | None = None
    fail: str | None = None
    code: int | None = None
    fault: Literal["end_early", "reset", "stall"] | None = None

    def step(self) -> Step:
        match self:
            case _Step(wait_s=float(seconds)):
                return Wait(seconds)
            case _Step(reasoning=str(thought)):
                return Reasoning(thought)
            case _Step(comment=str(said)):
                return Comment(said)
            case _Step(data=str(payload)):
                return Data(payload)
            case _Step(fail=str(message)):
                return Fail(message, self.code)
            case _Step(fault=str(fault)):
                return {"end_early": EndEarly(), "reset": Reset(), "stall": Stall()}[fault]
            case _:
                raise msgspec.ValidationError("a step says nothing")


class _Reply(msgspec.Struct, forbid_unknown_fields=True):
    text: str | None = None
    piece: int = 5
    delay_s: float = 0.0
    finish: str = "stop"
    tool: str | None = None
    words: str = ""
    steps: list[str | _Step] | None = None
    status: int | None = None
    message: str = ""
    body: str | None = None
    headers: dict[str, str] = {}
    fault: Literal["overflow", "reset", "stall"] | None = None

    def reply(self) -> Reply:
        match self:
            case _Reply(text=str(said)):
                return text(said, piece=self.piece, finish=self.finish, delay_s=self.delay_s)
            case _Reply(tool=str(code)):
                return tool_call(code, words=self.words, piece=self.piece)
            case _Reply(steps=list(steps)):
                played = tuple(step if isinstance(step, str) else step.step() for step in steps)
                return Streamed(played, self.finish, delay_s=self.delay_s)
            case _Reply(status=int(status), body=str(body)):
                return Refusal(status, body, self.headers)
            case _Reply(status=int(status)):
                return refusal(status, self.message, headers=self.headers)
            case _Reply(fault=str(fault)):
                return {"overflow": overflow(), "reset": Reset(), "stall": Stall()}[fault]
            case _:
                raise msgspec.ValidationError("a reply says nothing")


def read_script(data: bytes) -> list[Reply]:
    """Read a script.

    Raises:
        msgspec.DecodeError: It is none; the message says where.
    """
    replies = msgspec.json.decode(data, type=list[str | _Reply])
    if not replies:
        raise msgspec.ValidationError("the list is empty")
    return [text(reply) if isinstance(reply, str) else reply.reply() for reply in replies]


def in_turn(replies: Sequence[Reply]) -> Callable[[object], Reply]:
    """Give a chooser that plays a script, again and again."""
    endless = itertools.cycle(replies)
    return lambda _: next(endless)
