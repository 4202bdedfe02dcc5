"""What can be used now: servers that answer, keys that are there, the demo always."""

import asyncio
import datetime

import msgspec
import pytest

from codeact_tui.model.catalog import PROVIDERS, Provider, UsableModel, current, key_present, listed, usable_models
from codeact_tui.model.local_servers import LOCAL_SERVERS, base_url_of, model_names, probe
from codeact_tui.model.prices import ModelFacts, facts_in, read_table
from tests.openai_script import Refusal, Reply, Stall, Streamed
from tests.openai_server import OpenAIServer

DEMO = UsableModel("demo", "scripted, offline: to learn codeact without a model")
OLLAMA = LOCAL_SERVERS[0]
NOBODY = "http://127.0.0.1:9"
NO_SERVERS = {name: NOBODY for server in LOCAL_SERVERS for name in server.url_env}
TODAY = datetime.date(2026, 11, 21)


def test_local_servers_come_first_then_keys_then_the_demo() -> None:
    local = [(OLLAMA, ["qwen3:8b", "llama3"])]
    providers = (Provider("acme", "Acme", ("ACME_KEY", "ACME_TOKEN"), ("big", "small")),)
    assert listed(local, providers, {"ACME_TOKEN": "secret-value"}) == [
        UsableModel("ollama_chat/qwen3:8b", "Ollama is running"),
        UsableModel("ollama_chat/llama3", "Ollama is running"),
        UsableModel("acme/big", "ACME_TOKEN is set"),
        UsableModel("acme/small", "ACME_TOKEN is set"),
        DEMO,
    ]
    assert listed([], providers, {"ACME_KEY": "  "}) == [DEMO]


def test_a_key_is_named_and_never_shown() -> None:
    for provider in PROVIDERS:
        for name in provider.keys:
            assert key_present(provider, {name: "secret-value"}) == name
            assert "secret-value" not in repr(listed([], (provider,), {name: "secret-value"}))
        assert key_present(provider, {}) is None


def test_models_that_are_gone_or_unknown_are_not_offered() -> None:
    def entry(**more: object) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode({"litellm_provider": "acme", "max_input_tokens": 1, **more}))

    table = {
        "acme/here": entry(),
        "acme/soon": entry(deprecation_date="2026-11-22"),
        "acme/gone": entry(deprecation_date="2026-11-21"),
    }
    provider = Provider("acme", "Acme", (), ("gone", "here", "soon", "never-heard-of"))
    stranger = Provider("else", "Else", (), ("a", "b"))
    assert [one.models for one in current((provider, stranger), table, TODAY)] == [("here", "soon"), ("a", "b")]


def test_every_model_we_name_is_one_that_litellm_knows() -> None:
    table = read_table()
    for provider in PROVIDERS:
        if provider.prefix == "openrouter":
            continue
        for model in provider.models:
            assert facts_in(table, f"{provider.prefix}/{model}") != ModelFacts(), model


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b'{"object": "list", "data": [{"id": "a"}, {"id": "b/c:d"}]}', ["a", "b/c:d"]),
        (b'{"data": [{"id": "two words"}, {"id": ""}, {"id": "\\u001b[31m"}, {"id": "ok"}]}', ["ok"]),
        (b'{"data": [{"id": "' + b"x" * 201 + b'"}]}', []),
        (b'{"data": [{"name": "a"}]}', []),
        (b'{"data": null}', []),
        (b"<html>", []),
        (b"", []),
        (b"\xff", []),
    ],
)
def test_only_names_that_can_be_set_are_read(body: bytes, names: list[str]) -> None:
    assert model_names(body) == names


def test_no_server_offers_too_many() -> None:
    body = msgspec.json.encode({"data": [{"id": f"m{n}"} for n in range(500)]})
    assert len(model_names(body)) == 20


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:1234", "http://127.0.0.1:1234/v1"),
        ("http://box:80/", "http://box:80/v1"),
        ("https://box/v1", "https://box/v1"),
    ],
)
def test_where_a_server_listens_can_be_said(given: str, url: str) -> None:
    assert base_url_of("ollama", {"OLLAMA_HOST": given}) == url
    assert base_url_of("ollama_chat", {"OLLAMA_HOST": given}) == url
    assert base_url_of("anthropic", {"OLLAMA_HOST": given}) == ""


async def test_servers_that_answer_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "__kwdefaults__", {"answer_s": 120.0})
    async with OpenAIServer(models=["qwen3:8b", "llama3"]) as server:
        environment = NO_SERVERS | {"OLLAMA_API_BASE": f"http://127.0.0.1:{server.port}"}
        found = await usable_models(environment)
    assert found == [
        UsableModel("ollama_chat/qwen3:8b", "Ollama is running"),
        UsableModel("ollama_chat/llama3", "Ollama is running"),
        DEMO,
    ]


async def test_servers_of_another_kind_are_passed_over() -> None:
    page = Refusal(200, "<html>My app</html>", {"Content-Type": "text/html"})
    async with OpenAIServer(models_reply=page) as web, OpenAIServer(models_reply=Refusal(404, "{}")) as other:
        environment = NO_SERVERS | {
            "OLLAMA_API_BASE": f"http://127.0.0.1:{web.port}",
            "LM_STUDIO_API_BASE": f"http://127.0.0.1:{other.port}",
        }
        assert await probe(environment) == []


@pytest.mark.parametrize(
    "reply",
    [
        Streamed(("x",) * 1000, delay_s=0.1),
        Refusal(200, '{"data": [{"id": "m"}], "padding": "' + "x" * 2_000_000 + '"}'),
    ],
    ids=["trickles", "floods"],
)
async def test_a_server_that_trickles_or_floods_is_left(reply: Reply) -> None:
    async with OpenAIServer(models_reply=reply) as server, asyncio.timeout(120):
        environment = NO_SERVERS | {"OLLAMA_API_BASE": f"http://127.0.0.1:{server.port}"}
        assert await probe(environment) == []


async def test_a_server_that_never_answers_holds_up_nobody() -> None:
    async with OpenAIServer(models_reply=Stall()) as silent, OpenAIServer(models=["m"]) as sound:
        environment = NO_SERVERS | {
            "OLLAMA_API_BASE": f"http://127.0.0.1:{silent.port}",
            "LM_STUDIO_API_BASE": f"http://127.0.0.1:{sound.port}",
        }
        assert await probe(environment, answer_s=3.0) == [(LOCAL_SERVERS[1], ["m"])]
