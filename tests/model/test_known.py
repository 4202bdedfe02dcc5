"""A mistyped model is refused with a word about what was meant; what litellm knows is let through."""

import pytest

from codeact_tui.errors import ConfigError
from codeact_tui.model.catalog import PROVIDERS
from codeact_tui.model.known import check_known, known_providers


@pytest.mark.parametrize(
    "name",
    [
        "openai/gpt-4.1",
        "anthropic/any-name-at-all",
        "openrouter/openai/gpt-5.6",
        "ollama/qwen3",
        "ollama_chat/qwen3",
        "azure/my-deployment",
        "bedrock/eu.anthropic.claude",
        "gpt-4.1",
        *(f"{provider.prefix}/{provider.models[0]}" for provider in PROVIDERS),
    ],
)
def test_what_litellm_knows_is_let_through(name: str) -> None:
    check_known(name)


@pytest.mark.parametrize(
    ("name", "message", "remedy"),
    [
        ("nonsense/x", "no provider called 'nonsense'", "codeact models"),
        ("antropic/claude", "no provider called 'antropic'", "anthropic/claude?"),
        ("openai/", "no model's name", "provider/model"),
        ("some-model-of-nobody", "no model's name", "provider/model"),
    ],
)
def test_a_mistyped_name_is_refused(name: str, message: str, remedy: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        check_known(name)
    assert remedy in caught.value.remedy


def test_without_litellms_list_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: str) -> None:
        """Find no package."""

    monkeypatch.setattr("codeact_tui.model.known.find_spec", nothing)
    known_providers.cache_clear()
    check_known("nonsense/x")
    known_providers.cache_clear()
