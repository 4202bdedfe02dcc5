"""What the local OpenAI server replies: scripts of steps, and how they look on the wire. Pure but for gates."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Comment",
    "Data",
    "EndEarly",
    "Fail",
    "Gate",
    "Reasoning",
    "Refusal",
    "Reply",
    "Reset",
    "Stall",
    "Step",
    "StopCutter",
    "Streamed",
    "ToolCallPart",
    "Wait",
    "chunk",
    "overflow",
    "refusal",
    "text",
    "tool_call",
]


class Gate:
    """A step at which the stream waits until `release` is called. `reached` says that it came so far."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._open = asyncio.Event()

    def release(self) -> None:
        """Let the stream go on. Call it on the server's loop."""
        self._open.set()

    async def pass_through(self) -> None:
        """Wait to be released."""
        self.reached.set()
        await self._open.wait()


@dataclass(frozen=True)
class Reasoning:
    """A chunk of `reasoning_content`."""

    text: str


@dataclass(frozen=True)
class ToolCallPart:
    """A chunk with a part of a tool call."""

    index: int = 0
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True)
class Data:
    """A `data:` line as it is; JSON or not."""

    payload: str


@dataclass(frozen=True)
class Comment:
    """An SSE comment, as servers send to keep a connection alive."""

    text: str = "keepalive"


@dataclass(frozen=True)
class Fail:
    """An error object in mid-stream, then the end."""

    message: str = "the engine is overloaded"
    code: int | str | None = None


@dataclass(frozen=True)
class Wait:
    """A pause; for use by hand and in benchmarks, never in tests."""

    seconds: float


@dataclass(frozen=True)
class EndEarly:
    """The response ends, in order, without a finish reason and without `[DONE]`."""


@dataclass(frozen=True)
class Reset:
    """The connection is reset: as a step in mid-stream, as a reply before any header."""


@dataclass(frozen=True)
class Stall:
    """Nothing more is sent; as a reply not even headers. Over when the client goes."""


Step = str | Reasoning | ToolCallPart | Data | Comment | Fail | Wait | Gate | EndEarly | Reset | Stall


@dataclass(frozen=True)
class Streamed:
    """A reply that streams.

    Attributes:
        steps: What is sent, in order; a string is a chunk of content.
        finish: The finish reason; None leaves it out, `[DONE]` is sent all the same.
        usage: Input and output tokens, sent as a last chunk when the request asks for them; None sends none.
        delay_s: Seconds before each step; for use by hand and in benchmarks.
    """

    steps: tuple[Step, ...]
    finish: str | None = "stop"
    usage: tuple[int, int] | None = (11, 7)
    delay_s: float = 0.0


@dataclass(frozen=True)
class Refusal:
    """A reply that is an HTTP error."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Reply = Streamed | Refusal | Reset | Stall


def text(reply: str, *, piece: int = 5, finish: str = "stop", delay_s: float = 0.0) -> Streamed:
    """Stream a text in pieces of so many characters."""
    return Streamed(tuple(cut(reply, piece)), finish, delay_s=delay_s)


def tool_call(code: str, *, words: str = "", piece: int = 6, call_id: str = "call_1") -> Streamed:
    """Stream words, then a call of `run_python`, its arguments in pieces."""
    parts = [ToolCallPart(arguments=part) for part in cut(json.dumps({"code": code}), piece)]
    opening: list[Step] = [words] if words else []
    return Streamed((*opening, ToolCallPart(0, call_id, "run_python"), *parts), "tool_calls")


def refusal(status: int, message: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Refusal:
    """Refuse as OpenAI does: an error object with a message."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}
    return Refusal(status, json.dumps({"error": error}), headers or {})


def overflow() -> Refusal:
    """Refuse as OpenAI does when the messages do not fit."""
    said = "This model's maximum context length is 4096 tokens. However, your messages resulted in 5012 tokens."
    return refusal(400, said, param="messages", code="context_length_exceeded")


def cut(whole: str, piece: int) -> Iterable[str]:
    """Cut a text into pieces."""
    return (whole[at : at + piece] for at in range(0, len(whole), piece))


class StopCutter:
    """Ends a text before the first stop sequence, as servers do; holds back what may become one.

    Args:
        stops: The request's stop sequences.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""

    def feed(self, piece: str) -> tuple[str, bool]:
        """Take more text; give what can be sent, and whether a stop sequence came."""
        self._held += piece
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            return self._held[: min(found)], True
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        sure, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return sure, False

    def rest(self) -> str:
        """Give what was held back, at the end."""
        held, self._held = self._held, ""
        return held

    def _overlap(self, stop: str) -> int:
        longest = min(len(stop) - 1, len(self._held))
        return next((size for size in range(longest, 0, -1) if self._held.endswith(stop[:size])), 0)


def chunk(model: str, delta: Mapping[str, Any] | None, *, finish: str | None = None, **more: Any) -> bytes:
    """Write one chunk as a server-sent event. A delta of None makes a chunk without choices."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices}
    return event(json.dumps({**body, **more}))


def event(payload: str) -> bytes:
    """Write one server-sent event."""
    return f"data: {payload}\n\n".encode()


def step_delta(step: Reasoning | ToolCallPart) -> dict[str, Any]:
    """Write the delta of a chunk that is not content."""
    if isinstance(step, Reasoning):
        return {"reasoning_content": step.text}
    call: dict[str, Any] = {"index": step.index, "function": {"arguments": step.arguments}}
    if step.name is not None:
        call["function"]["name"] = step.name
    if step.id is not None:
        call |= {"id": step.id, "type": "function"}
    return {"tool_calls": [call]}
