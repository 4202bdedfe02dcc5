"""The OpenAI chat-completions protocol: our requests as its JSON, its chunks as our deltas. Pure.

Source: OpenAI API reference, "Chat Completions" and "Streaming".
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from codeact_tui.errors import ModelBadStream, ModelError
from codeact_tui.model.base import Delta, Finished, Message, ReasoningDelta, Request, TextDelta, ToolCallDelta
from codeact_tui.model.http_errors import error_of
from codeact_tui.model.tool_calls import TOOL_NAME
from codeact_tui.protocol.turns import Usage

__all__ = ["ChunkReader", "message_json", "request_json", "tool_json"]

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "other"]

_LARGEST_REPLY = 32 * 1024 * 1024
"""In characters of its JSON."""
_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "eos": "stop",
    "end_turn": "stop",
}


def tool_json() -> dict[str, Any]:
    """Describe `run_python` as a tool."""
    return {
        "type": "function",
        "function": {
            "name": TOOL_NAME,
            "description": "Run one cell of Python in the live kernel and give what it puts out.",
            "parameters": {
                "type": "object",
                "properties": {"code": {"type": "string", "description": "The cell's source."}},
                "required": ["code"],
            },
        },
    }


def message_json(message: Message) -> dict[str, Any]:
    """Write one message."""
    plain: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_call is not None:
        arguments = msgspec.json.encode({"code": message.tool_call.code}).decode()
        function = {"name": TOOL_NAME, "arguments": arguments}
        plain["tool_calls"] = [{"id": message.tool_call.id, "type": "function", "function": function}]
    if message.tool_call_id is not None:
        plain["tool_call_id"] = message.tool_call_id
    return plain


def request_json(request: Request, model: str) -> dict[str, Any]:
    """Write a streaming request."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [message_json(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.tool:
        body["tools"] = [tool_json()]
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    return body


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    index: int = 0
    id: str | None = None
    function: _Function | None = None


class _ChunkDelta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct):
    delta: _ChunkDelta | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


class ChunkReader:
    """Reads chunk after chunk.

    Args:
        model: The model that was asked, for sentences.
        where: The host that answers, for sentences.
    """

    def __init__(self, *, model: str, where: str) -> None:
        self._model = model
        self._where = where
        self._decoder = msgspec.json.Decoder(_Chunk)
        self._length = 0
        self.reason: FinishReason | None = None
        """Why the reply is over; None while it is not."""
        self.usage = Usage()

    def read(self, data: str) -> Iterator[Delta]:
        """Read one chunk.

        Raises:
            ModelBadStream: It is not the protocol, or the reply is longer than any may be.
            ModelError: It tells of an error in mid-stream.
        """
        self._length += len(data)
        if self._length > _LARGEST_REPLY:
            raise ModelBadStream(
                f"{self._where} sent more than {_LARGEST_REPLY // 2**20} MiB in one reply.",
                remedy="Choose another model with /model.",
            )
        try:
            chunk = self._decoder.decode(data.encode("utf-8", "replace"))
        except msgspec.DecodeError as error:
            raise ModelBadStream(
                f"{self._where} sent something that is no part of a streamed reply.",
                remedy="Check model.base_url: it usually ends in /v1.",
            ) from error
        if chunk.error is not None:
            raise self._error(chunk.error)
        if chunk.usage is not None:
            self.usage = _usage(chunk.usage)
        for choice in (chunk.choices or [])[:1]:
            yield from self._deltas(choice)

    def finished(self) -> Finished:
        """Give the last delta."""
        return Finished(self.reason or "other", self.usage)

    def _deltas(self, choice: _Choice) -> Iterator[Delta]:
        delta = choice.delta or _ChunkDelta()
        thought = delta.reasoning_content or delta.reasoning
        if thought:
            yield ReasoningDelta(thought)
        if delta.content:
            yield TextDelta(delta.content)
        for call in delta.tool_calls or []:
            function = call.function or _Function()
            yield ToolCallDelta(call.index, call.id or "", function.name or "", function.arguments or "")
        if choice.finish_reason:
            self.reason = _REASONS.get(choice.finish_reason, "other")

    def _error(self, error: Any) -> ModelError:
        body = msgspec.json.encode({"error": error}).decode()
        code: Any = error.get("code") if isinstance(error, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
        return error_of(status, body, {}, model=self._model, where=self._where)


def _usage(usage: _Usage) -> Usage:
    details = usage.prompt_tokens_details
    return Usage(usage.prompt_tokens, usage.completion_tokens, details.cached_tokens if details else None)
