"""What only the thin client does, against a server with every fault."""

import asyncio

import pytest

from codeact_tui.errors import ModelBadStream, ModelRateLimited, ModelRefused, ModelUnavailable
from codeact_tui.model.base import Alive, ModelInfo, Request
from codeact_tui.model.keys import KeySource
from codeact_tui.model.openai_client import OpenAIClient
from tests.model.asking import ASK, ask, said
from tests.openai_script import Comment, Gate, Refusal, Streamed, refusal
from tests.openai_server import OpenAIServer


async def test_the_thin_client_keeps_its_connection() -> None:
    async with OpenAIServer(["a", "b", refusal(429, "slow"), "c"]) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        await ask(model)
        await ask(model)
        with pytest.raises(ModelRateLimited):
            await ask(model)
        await ask(model)
        await model.close()
        assert server.connections == 1


async def test_the_thin_client_is_made_once_however_many_want_it() -> None:
    async with OpenAIServer(["a", "b"]) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        await asyncio.gather(model.warm_up(), ask(model), model.warm_up())
        await ask(model)
        await model.close()
        assert server.connections == 1


async def test_the_thin_client_tells_that_the_connection_lives() -> None:
    before, after = Gate(), Gate()
    async with OpenAIServer([Streamed((before, Comment(), after))]) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        stream = model.stream(ASK)
        assert await anext(stream) == Alive(), "of the chunk that says who speaks"
        before.release()
        assert await anext(stream) == Alive(), "of the comment"
        await stream.aclose()
        await model.close()


async def test_the_thin_client_leaves_out_what_a_server_refuses_by_name() -> None:
    no_stop = refusal(400, "Unsupported parameter: 'stop' is not supported with this model.", param="stop")
    async with OpenAIServer([no_stop, "a", "b"]) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        assert said(await ask(model)) == "a"
        assert said(await ask(model)) == "b"
        await model.close()
        assert ["stop" in request.body for request in server.requests] == [True, False, False]


async def test_the_thin_client_uses_the_name_that_a_server_wants() -> None:
    said_instead = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
    limited = Request(ASK.messages, max_tokens=77)
    async with OpenAIServer([refusal(400, said_instead, param="max_tokens"), "a", "b"]) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        assert said(await ask(model, limited)) == "a"
        assert said(await ask(model, limited)) == "b"
        await model.close()
        sent = [(body.get("max_tokens"), body.get("max_completion_tokens")) for body in _bodies(server)]
    assert sent == [(77, None), (None, 77), (None, 77)]


async def test_the_thin_client_asks_no_server_for_ever() -> None:
    async with OpenAIServer(choose=lambda _: refusal(400, "Unsupported: stop, temperature, nothing")) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        with pytest.raises(ModelRefused):
            await ask(model)
        await model.close()
        assert ["stop" in body for body in _bodies(server)] == [True, False]


def _bodies(server: OpenAIServer) -> list[dict[str, object]]:
    return [request.body for request in server.requests]


async def test_the_thin_client_sends_its_key_and_only_if_it_has_one() -> None:
    async with OpenAIServer(["a", "b"]) as server:
        for key in ("sk-1", ""):
            model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url, keys=KeySource({"K": key}, ["K"]))
            await ask(model)
            await model.close()
        sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == ["Bearer sk-1", None]


async def test_a_page_instead_of_a_stream_is_told_apart() -> None:
    page = Refusal(200, "<html>Welcome</html>", {"Content-Type": "text/html"})
    async with OpenAIServer([page]) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        with pytest.raises(ModelBadStream, match="did not send a streamed reply"):
            await ask(model)
        await model.close()


async def test_an_error_with_a_status_of_success_is_told() -> None:
    body = '{"error": {"message": "No endpoints found", "code": 503}}'
    async with OpenAIServer([Refusal(200, body)]) as server:
        model = OpenAIClient(ModelInfo("m"), model="m", base_url=server.base_url)
        with pytest.raises(ModelUnavailable, match="No endpoints found"):
            await ask(model)
        await model.close()
