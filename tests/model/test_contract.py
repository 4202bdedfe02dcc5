"""What every adapter owes the port: one suite over the thin client and litellm, against a server with every fault."""

import asyncio
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from time import time

import pytest
import pytest_asyncio

from codeact_tui.errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelBadStream,
    ModelError,
    ModelNotFound,
    ModelRateLimited,
    ModelRefused,
    ModelStalled,
    ModelStreamEnded,
    ModelUnavailable,
)
from codeact_tui.model.base import (
    Alive,
    Delta,
    Finished,
    Message,
    Model,
    ModelInfo,
    ReasoningDelta,
    Request,
    TextDelta,
    ToolCall,
    ToolCallDelta,
)
from codeact_tui.model.keys import KeySource
from codeact_tui.model.litellm_client import LiteLLMClient
from codeact_tui.model.litellm_process import LiteLLMProcess
from codeact_tui.model.openai_client import OpenAIClient
from codeact_tui.model.scripted import Hold, ScriptedModel
from codeact_tui.model.stall import with_stall_timeout
from codeact_tui.model.tool_calls import ToolCallReader
from codeact_tui.protocol.turns import Usage
from tests.model.asking import ASK, ask, said
from tests.openai_script import (
    Comment,
    Data,
    EndEarly,
    Fail,
    Gate,
    Reasoning,
    Refusal,
    Reply,
    Reset,
    Stall,
    Step,
    Streamed,
    overflow,
    refusal,
    text,
    tool_call,
)
from tests.openai_server import OpenAIServer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("litellm")]

ADAPTERS = ("openai", "litellm")
Make = Callable[[str], Model]


@pytest_asyncio.fixture(params=ADAPTERS, loop_scope="module")
async def make(request: pytest.FixtureRequest, litellm_process: LiteLLMProcess) -> AsyncIterator[Make]:
    models: list[Model] = []

    def make_model(base_url: str) -> Model:
        info = ModelInfo("openai/m", context_window=8000)
        if request.param == "openai":
            model: Model = OpenAIClient(info, model="m", base_url=base_url, keys=KeySource({"K": "k"}, ["K"]))
        else:
            model = LiteLLMClient(info, model="openai/m", base_url=base_url, environment={}, process=litellm_process)
        models.append(model)
        return model

    yield make_model
    for model in models:
        await model.close()


async def failure(make: Make, reply: Reply) -> ModelError:
    async with OpenAIServer([reply, "sound again"]) as server:
        model = make(server.base_url)
        with pytest.raises(ModelError) as caught:
            await ask(model)
        assert len(server.requests) == 1, "an adapter does not try again by itself"
        assert said(await ask(model)) == "sound again"
    error = caught.value
    assert error.message.endswith((".", "!", "?", "…"))
    assert "\n" not in error.sentence
    assert error.remedy
    assert len(error.sentence) < 700
    return error


async def test_a_reply_comes_in_pieces_and_ends_with_its_usage(make: Make) -> None:
    async with OpenAIServer([text("The answer is 42.", piece=3)]) as server:
        deltas = await ask(make(server.base_url))
    assert said(deltas) == "The answer is 42."
    assert sum(isinstance(delta, TextDelta) for delta in deltas) == 6
    assert deltas[-1] == Finished("stop", Usage(11, 7, None, cost_usd=None))
    assert sum(isinstance(delta, Finished) for delta in deltas) == 1


async def test_unicode_arrives_as_it_was_sent(make: Make) -> None:
    async with OpenAIServer([text("naïve – 日本語 🐍\u202e", piece=1)]) as server:
        assert said(await ask(make(server.base_url))) == "naïve – 日本語 🐍\u202e"


async def test_a_reply_may_repeat_itself(make: Make) -> None:
    async with OpenAIServer([Streamed(("line\n",) * 300)]) as server:
        assert said(await ask(make(server.base_url))) == "line\n" * 300


async def test_the_request_says_all(make: Make) -> None:
    asked = Request(
        (
            Message("system", "s"),
            Message("user", "u"),
            Message("assistant", "I look.", tool_call=ToolCall("call_9", "x = 'ü'")),
            Message("tool", "Execution Output:\n1", tool_call_id="call_9"),
        ),
        stop=("</execute>",),
        tool=True,
        temperature=0.25,
        max_tokens=321,
    )
    async with OpenAIServer(["ok"]) as server:
        await ask(make(server.base_url), asked)
        body = server.requests[0].body
    assert server.requests[0].path == "/v1/chat/completions"
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert body["messages"][2]["tool_calls"] == [
        {"id": "call_9", "type": "function", "function": {"name": "run_python", "arguments": '{"code":"x = \'ü\'"}'}}
    ]
    assert body["messages"][3]["tool_call_id"] == "call_9"
    assert body["tools"][0]["function"]["name"] == "run_python"
    expected = {
        "model": "m", "stop": ["</execute>"], "temperature": 0.25, "max_tokens": 321,
        "stream": True, "stream_options": {"include_usage": True},
    }  # fmt: skip
    assert {name: body[name] for name in expected} == expected


async def test_the_stop_sequence_reaches_the_server(make: Make) -> None:
    async with OpenAIServer([text("<execute>\nprint(1)\n</execute> and more")]) as server:
        deltas = await ask(make(server.base_url))
    assert said(deltas) == "<execute>\nprint(1)\n"
    assert isinstance(deltas[-1], Finished)
    assert deltas[-1].reason == "stop"


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter"])
async def test_the_finish_reason_is_told(make: Make, finish: str) -> None:
    async with OpenAIServer([text("well", finish=finish)]) as server:
        deltas = await ask(make(server.base_url))
    assert isinstance(deltas[-1], Finished)
    assert deltas[-1].reason == finish


async def test_a_tool_call_comes_in_pieces(make: Make) -> None:
    code = 'for n in range(3):\n    print("é", n)\n'
    async with OpenAIServer([tool_call(code, words="I count.")]) as server:
        deltas = await ask(make(server.base_url), Request(ASK.messages, tool=True))
    reader = ToolCallReader()
    shown = "".join(reader.feed(delta) for delta in deltas if isinstance(delta, ToolCallDelta))
    assert (reader.id, reader.code, reader.several, shown) == ("call_1", code, False, code)
    assert said(deltas) == "I count."
    assert isinstance(deltas[-1], Finished)
    assert deltas[-1].reason == "tool_calls"


async def test_reasoning_is_kept_apart(make: Make) -> None:
    async with OpenAIServer([Streamed((Reasoning("Hm, "), Reasoning("6 × 7."), "42"))]) as server:
        deltas = await ask(make(server.base_url))
    assert "".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta)) == "Hm, 6 × 7."
    assert said(deltas) == "42"


async def test_comments_and_empty_chunks_say_nothing(make: Make) -> None:
    steps = (Comment(), "a", Comment("ping"), Data('{"choices": []}'), "b", Comment())
    async with OpenAIServer([Streamed(steps)]) as server:
        assert said(await ask(make(server.base_url))) == "ab"


async def test_deltas_are_handed_on_while_the_reply_is_written(make: Make) -> None:
    gate = Gate()
    async with OpenAIServer([Streamed(("first", gate, "second"))]) as server:
        deltas = make(server.base_url).stream(ASK)
        first = [delta async for delta in _until_text(deltas)]
        assert not server.requests[0].over.is_set()
        gate.release()
        rest = [delta async for delta in deltas]
    assert (said(first), said(rest)) == ("first", "second")


async def _until_text(deltas: AsyncIterator[Delta]) -> AsyncIterator[Delta]:
    async for delta in deltas:
        yield delta
        if isinstance(delta, TextDelta):
            return


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(401, "Incorrect API key provided"), ModelAuthFailed),
        (refusal(401, "Incorrect API key", code="invalid_api_key"), ModelAuthFailed),
        (refusal(403, "Country not supported"), ModelAuthFailed),
        (refusal(404, "The model does not exist", code="model_not_found"), ModelNotFound),
        (refusal(400, "I can't do that"), ModelRefused),
        (overflow(), ContextOverflow),
        (refusal(429, "Rate limit reached"), ModelRateLimited),
        (refusal(500, "The server had an error"), ModelUnavailable),
        (Refusal(500, "<html><body>Oops</body></html>", {"Content-Type": "text/html"}), ModelUnavailable),
        (refusal(503, "Overloaded"), ModelUnavailable),
        (Refusal(502, ""), ModelUnavailable),
        (Reset(), ModelUnavailable),
        (Streamed(("Hel", Reset())), ModelUnavailable),
        (Streamed((Reset(),)), ModelUnavailable),
        (Streamed(("Hel", EndEarly())), ModelStreamEnded),
        (Streamed((EndEarly(),)), ModelStreamEnded),
        (Streamed(("Hel", Data('{"choices": [{"del'))), ModelBadStream),
        (Streamed(("Hel", Fail("The engine is overloaded"))), ModelUnavailable),
        (Streamed(("Hel", Fail("Slow down", code=429))), ModelRateLimited),
        (Streamed((Fail("maximum context length is 4096 tokens", code=400),)), ContextOverflow),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
async def test_every_failure_is_one_of_ours(make: Make, reply: Reply, kind: type[ModelError]) -> None:
    assert type(await failure(make, reply)) is kind


@pytest.mark.parametrize("status", [429, 503])
async def test_how_long_to_wait_is_told_in_seconds(make: Make, status: int) -> None:
    error = await failure(make, refusal(status, "later", headers={"Retry-After": "17"}))
    assert isinstance(error, ModelRateLimited | ModelUnavailable)
    assert error.retry_after_s == 17


async def test_how_long_to_wait_is_told_as_a_date(make: Make) -> None:
    date = formatdate(time() + 90, usegmt=True)
    error = await failure(make, refusal(429, "later", headers={"Retry-After": date}))
    assert isinstance(error, ModelRateLimited)
    assert error.retry_after_s is not None
    assert 0 < error.retry_after_s <= 90


async def test_the_providers_words_are_on_one_line_and_bounded(make: Make) -> None:
    error = await failure(make, refusal(400, "No.\n\x1b[31m" + "very " * 500))
    assert "\x1b" not in error.message
    assert "No. " in error.message
    assert error.message.endswith("…")


async def test_nothing_listens(make: Make) -> None:
    async with OpenAIServer() as server:
        gone = server.base_url
    with pytest.raises(ModelUnavailable, match="Nothing answers at"):
        await ask(make(gone))


@pytest.mark.parametrize("steps", [("a",), ()], ids=["in mid-stream", "before the first word"])
async def test_closing_the_iterator_closes_the_connection(make: Make, steps: tuple[Step, ...]) -> None:
    gate = Gate()
    async with OpenAIServer([Streamed((*steps, gate))]) as server:
        stream = make(server.base_url).stream(ASK)
        asked = asyncio.create_task(_first(stream)) if not steps else None
        if asked is None:
            await _first(stream)
            await stream.aclose()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        else:
            await gate.reached.wait()
            asked.cancel()
        await asyncio.wait_for(server.requests[0].disconnected.wait(), 120)


async def _first(stream: AsyncIterator[Delta]) -> None:
    async for delta in stream:
        if isinstance(delta, TextDelta):
            return


async def test_cancelling_before_any_header_closes_the_connection(make: Make) -> None:
    async with OpenAIServer([Stall(), "next"]) as server:
        model = make(server.base_url)
        asked = asyncio.create_task(ask(model))
        await server.wait_for_requests(1)
        asked.cancel()
        await asyncio.wait_for(server.requests[0].disconnected.wait(), 120)
        assert said(await ask(model)) == "next"
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_a_stall_is_given_up_and_seen_by_the_server(make: Make) -> None:
    async with OpenAIServer([Streamed(("Hel", Stall())), "next"]) as server:
        model = make(server.base_url)
        await model.warm_up()
        stream = model.stream(ASK)
        await _first(stream)
        with pytest.raises(ModelStalled, match="has sent nothing"):
            [delta async for delta in with_stall_timeout(stream, 0.3)]
        await asyncio.wait_for(server.requests[0].disconnected.wait(), 120)
        assert said(await ask(model)) == "next"


async def test_two_requests_at_a_time_do_not_mix(make: Make) -> None:
    gates = Gate(), Gate()
    replies = [Streamed(("one ", gates[0], "uno")), Streamed(("two ", gates[1], "due"))]
    async with OpenAIServer(replies) as server:
        model = make(server.base_url)
        first = asyncio.create_task(ask(model))
        await gates[0].reached.wait()
        second = asyncio.create_task(ask(model))
        await gates[1].reached.wait()
        gates[1].release()
        assert said(await second) == "two due"
        gates[0].release()
        assert said(await first) == "one uno"


async def test_litellm_finds_the_key_by_name_in_the_workers_environment(litellm_process: LiteLLMProcess) -> None:
    async with OpenAIServer(["a", "b"]) as server:
        for key_env in ("CODEACT_TEST_KEY", ""):
            info, url = ModelInfo("openai/m"), server.base_url
            model = LiteLLMClient(
                info, model="openai/m", base_url=url, key_env=key_env, environment={}, process=litellm_process
            )
            await ask(model)
        assert [request.headers["authorization"] for request in server.requests] == ["Bearer sk-known", "Bearer none"]


async def test_chunks_that_say_nothing_are_signs_of_life(make: Make) -> None:
    async with OpenAIServer(
        [Streamed((Data('{"choices": [{"index": 0, "delta": {"role": "assistant"}}]}'), "a"))]
    ) as server:
        deltas = await ask(make(server.base_url))
    assert Alive() in deltas
    assert said(deltas) == "a"


async def test_the_scripted_model_keeps_the_same_contract() -> None:
    hold = Hold()
    model = ScriptedModel(["The answer is 42.", [TextDelta("Hel"), ModelUnavailable("down")], ["x", hold]])  # pyright: ignore[reportArgumentType]
    deltas = await ask(model)
    assert said(deltas) == "The answer is 42."
    assert deltas[-1] == Finished("stop")
    with pytest.raises(ModelUnavailable):
        await ask(model)
    asked = asyncio.create_task(ask(model))
    await hold.reached.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert model.closed_streams == 3
