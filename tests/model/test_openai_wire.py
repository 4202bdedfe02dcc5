"""Chunks of the OpenAI protocol become deltas, and what is none becomes one of our errors."""

import json
from typing import Any

import pytest

from codeact_tui.errors import ContextOverflow, ModelBadStream, ModelError, ModelRateLimited, ModelUnavailable
from codeact_tui.model.base import (
    Delta,
    Finished,
    Message,
    ReasoningDelta,
    Request,
    TextDelta,
    ToolCall,
    ToolCallDelta,
)
from codeact_tui.model.openai_wire import ChunkReader, message_json, request_json
from codeact_tui.protocol.turns import Usage


def reader() -> ChunkReader:
    return ChunkReader(model="m", where="here")


def read(body: Any, into: ChunkReader | None = None) -> list[Delta]:
    return list((into or reader()).read(body if isinstance(body, str) else json.dumps(body)))


def choice(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


CHUNKS: list[tuple[dict[str, Any], list[Delta]]] = [
    (choice(role="assistant", content=""), []),
    (choice(content="a"), [TextDelta("a")]),
    (choice(content=None, reasoning_content="hm"), [ReasoningDelta("hm")]),
    (choice(reasoning="hm", content="a"), [ReasoningDelta("hm"), TextDelta("a")]),
    (
        choice(tool_calls=[{"index": 1, "id": "c", "function": {"name": "n", "arguments": "{"}}, {"index": 2}]),
        [ToolCallDelta(1, "c", "n", "{"), ToolCallDelta(2)],
    ),
    ({"choices": [*choice(content="a")["choices"], *choice(content="b")["choices"]]}, [TextDelta("a")]),
    ({"choices": []}, []),
    ({"choices": None, "usage": None}, []),
    ({}, []),
    ({"choices": [{}]}, []),
]


@pytest.mark.parametrize(("body", "deltas"), CHUNKS)
def test_a_chunk(body: Any, deltas: list[Delta]) -> None:
    assert read(body) == deltas


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("stop", "stop"), ("eos", "stop"), ("end_turn", "stop"), ("length", "length"), ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"), ("content_filter", "content_filter"), ("weird", "other"), (None, "other"),
    ],
)  # fmt: skip
def test_why_a_reply_ended(said: str | None, reason: str) -> None:
    it = reader()
    read(choice(said), it)
    assert (it.reason is None) == (said is None)
    assert it.finished() == Finished(reason)  # pyright: ignore[reportArgumentType]


def test_usage_is_kept_and_what_is_not_said_is_unknown() -> None:
    it = reader()
    read({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 3}}, it)
    assert it.usage == Usage(5, 3, None, None)
    details = {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}
    read({"usage": details}, it)
    assert it.usage == Usage(5, 3, 2, None)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "1", '"x"', '{"choices": 1}', '{"choices": [{"delta": {"content": 1}}]}']
)
def test_what_is_no_chunk(body: str) -> None:
    with pytest.raises(ModelBadStream):
        read(body)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "overloaded"}, ModelUnavailable),
        ({"message": "slow down", "code": 429}, ModelRateLimited),
        ({"message": "maximum context length is 10"}, ContextOverflow),
        ("plain", ModelUnavailable),
        (["odd"], ModelUnavailable),
        ({"message": None, "code": "x"}, ModelUnavailable),
    ],
)
def test_an_error_in_mid_stream(error: Any, kind: type[ModelError]) -> None:
    with pytest.raises(kind):
        read({"error": error})


def test_a_reply_without_end_is_given_up() -> None:
    it, body = reader(), json.dumps(choice(content="x" * 2**20))
    for _ in range(31):
        read(body, it)
    with pytest.raises(ModelBadStream, match="32 MiB in one reply"):
        read(body, it)


def test_a_request_says_no_more_than_is_wanted() -> None:
    assert request_json(Request((Message("user", "u"),)), "m") == {
        "model": "m",
        "messages": [{"role": "user", "content": "u"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_tool_call_and_its_result() -> None:
    call = message_json(Message("assistant", "", ToolCall("c", 'print("ü")')))
    assert json.loads(call["tool_calls"][0]["function"]["arguments"]) == {"code": 'print("ü")'}
    assert message_json(Message("tool", "1", tool_call_id="c")) == {
        "role": "tool",
        "content": "1",
        "tool_call_id": "c",
    }
