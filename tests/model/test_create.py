"""From a name and the settings to the right adapter, asked at the right place with the right key."""

import pytest

from codeact_tui.config.schema import ModelConfig, ModelOverride
from codeact_tui.errors import ConfigError
from codeact_tui.model.base import Finished, Message, Request
from codeact_tui.model.create import action_format_of, create_model, merged
from codeact_tui.model.demo import DemoModel
from codeact_tui.model.litellm_client import LiteLLMClient
from codeact_tui.model.openai_client import OpenAIClient
from tests.openai_server import OpenAIServer, Received

PLAIN = ModelConfig()
ASK = Request((Message("user", "Hello?"),))
KEYS = {"OPENAI_API_KEY": "sk-openai", "MY_KEY": " sk-mine\n", "ANTHROPIC_API_KEY": "sk-ant"}


async def seen_by_server(name: str) -> Received:
    """Ask a model at a server of one's own; give what the server saw."""
    async with OpenAIServer(["Hello."]) as server:
        model = create_model(name, ModelConfig(base_url=server.base_url), {}, KEYS)
        deltas = [delta async for delta in model.stream(ASK)]
        await model.close()
    assert isinstance(deltas[-1], Finished)
    assert deltas[-1].usage.cost_usd is None
    return server.requests[0]


@pytest.mark.parametrize("name", ["", "demo"])
def test_no_name_is_the_demo(name: str) -> None:
    model = create_model(name, ModelConfig(base_url="http://localhost:1/v1"), {}, {})
    assert isinstance(model, DemoModel)
    assert model.info.scripted


@pytest.mark.parametrize(
    ("name", "config", "kind"),
    [
        ("openai/gpt-4.1", PLAIN, OpenAIClient),
        ("anthropic/claude-x", PLAIN, LiteLLMClient),
        ("some-model", PLAIN, LiteLLMClient),
        ("some-model", ModelConfig(base_url="http://localhost:1/v1"), OpenAIClient),
        ("anthropic/claude-x", ModelConfig(base_url="http://localhost:1/v1"), OpenAIClient),
        ("ollama_chat/qwen3", PLAIN, OpenAIClient),
        ("ollama/qwen3", PLAIN, OpenAIClient),
        ("lm_studio/qwen3", PLAIN, OpenAIClient),
        ("hosted_vllm/Qwen/Qwen3", PLAIN, OpenAIClient),
        ("llamafile/any", PLAIN, OpenAIClient),
        ("openai/gpt-4.1", ModelConfig(client="litellm"), LiteLLMClient),
        ("some-model", ModelConfig(client="litellm", base_url="http://localhost:1/v1"), LiteLLMClient),
        ("groq/x", ModelConfig(client="openai"), OpenAIClient),
    ],
)
def test_the_adapter_is_chosen_by_name_and_settings(name: str, config: ModelConfig, kind: type) -> None:
    model = create_model(name, config, {}, {})
    assert type(model) is kind
    assert model.info.name == name
    assert not model.info.scripted


@pytest.mark.parametrize(
    ("name", "sent", "key"),
    [
        ("openai/gpt-4.1", "gpt-4.1", "Bearer sk-openai"),
        ("openai/org/model", "org/model", "Bearer sk-openai"),
        ("hosted_vllm/Qwen/Qwen3", "Qwen/Qwen3", None),
        ("Qwen/Qwen3", "Qwen/Qwen3", None),
        ("qwen3", "qwen3", None),
        ("anthropic/claude-x", "anthropic/claude-x", None),
    ],
)
async def test_a_server_of_ones_own_is_asked_for_what_it_serves(name: str, sent: str, key: str | None) -> None:
    seen = await seen_by_server(name)
    assert seen.body["model"] == sent
    assert seen.headers.get("authorization") == key


async def test_what_is_set_for_one_model_wins() -> None:
    async with OpenAIServer(["Hello."]) as server:
        override = ModelOverride(base_url=server.base_url, api_key_env="MY_KEY")
        model = create_model("mine/x", PLAIN, {"mine/x": override}, KEYS)
        assert [type(delta) for delta in [delta async for delta in model.stream(ASK)]][-1] is Finished
        await model.close()
        assert server.requests[0].headers["authorization"] == "Bearer sk-mine"


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("ollama_chat/qwen3:8b", "OLLAMA_HOST", "{host}"),
        ("ollama/qwen3:8b", "OLLAMA_API_BASE", "http://{host}"),
        ("lm_studio/qwen3:8b", "LM_STUDIO_API_BASE", "http://{host}/v1/"),
        ("hosted_vllm/qwen3:8b", "HOSTED_VLLM_API_BASE", "http://{host}/v1"),
    ],
)
async def test_a_local_server_is_looked_for_where_its_variable_says(name: str, variable: str, value: str) -> None:
    async with OpenAIServer(["Hello."]) as server:
        host = f"127.0.0.1:{server.port}"
        model = create_model(name, PLAIN, {}, KEYS | {variable: value.format(host=host)})
        assert [type(delta) for delta in [delta async for delta in model.stream(ASK)]][-1] is Finished
        await model.close()
        seen = server.requests[0]
    assert (seen.path, seen.body["model"]) == ("/v1/chat/completions", "qwen3:8b")
    assert "authorization" not in seen.headers


def test_a_window_is_as_set_else_as_known_else_unknown() -> None:
    assert create_model("openai/gpt-4.1", PLAIN, {}, {}).info.context_window == 1_047_576
    assert create_model("openai/gpt-4.1", ModelConfig(context_window=9000), {}, {}).info.context_window == 9000
    override = {"openai/gpt-4.1": ModelOverride(context_window=7000)}
    assert create_model("openai/gpt-4.1", PLAIN, override, {}).info.context_window == 7000
    assert create_model("openai/no-such-model", PLAIN, {}, {}).info.context_window is None
    elsewhere = ModelConfig(base_url="http://localhost:1/v1")
    assert create_model("openai/gpt-4.1", elsewhere, {}, {}).info.context_window is None


@pytest.mark.parametrize("address", ["http://[::1/v1", "http://localhost:99999/v1", "http://localhost:x/v1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        create_model("openai/x", ModelConfig(base_url=address), {}, {})
    with pytest.raises(ConfigError, match="is no address"):
        create_model("ollama_chat/x", PLAIN, {}, {"OLLAMA_API_BASE": address})


def test_the_action_format_is_execute_unless_set() -> None:
    overrides = {"a": ModelOverride(action_format="tool"), "b": ModelOverride(action_format="auto")}
    fenced = ModelConfig(action_format="fenced")
    assert action_format_of("x", PLAIN, overrides) == "execute"
    assert action_format_of("x", fenced, overrides) == "fenced"
    assert action_format_of("a", fenced, overrides) == "tool"
    assert action_format_of("b", fenced, overrides) == "execute"


def test_an_override_changes_what_it_names_and_nothing_else() -> None:
    config = ModelConfig(name="n", base_url="http://a/v1", temperature=0.7)
    assert merged(config, None) is config
    changed = merged(config, ModelOverride(temperature=0.0, base_url=""))
    assert changed == ModelConfig(name="n", base_url="", temperature=0.0)
