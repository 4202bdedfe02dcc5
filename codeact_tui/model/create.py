"""From a model's name and the settings to the adapter that asks it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from codeact_tui.config.schema import ModelConfig, ModelOverride
from codeact_tui.errors import ConfigError
from codeact_tui.model.base import ActionFormat, Model, ModelInfo
from codeact_tui.model.catalog import PROVIDERS
from codeact_tui.model.demo import DemoModel
from codeact_tui.model.keys import KeySource
from codeact_tui.model.local_servers import LOCAL_SERVERS, base_url_of
from codeact_tui.model.prices import ModelFacts, facts_of

__all__ = ["action_format_of", "create_model", "merged"]

_OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_KEY = "OPENAI_API_KEY"
_ADDRESSES = frozenset({"openai", "ollama", *(server.provider for server in LOCAL_SERVERS)})
"""What in a name says only where to ask, and is no part of what the server calls the model."""


def merged(config: ModelConfig, override: ModelOverride | None) -> ModelConfig:
    """Lay what is set for one model over what is set for all."""
    if override is None:
        return config
    changed = {key: value for key, value in msgspec.structs.asdict(override).items() if value is not None}
    return msgspec.structs.replace(config, **changed)


def action_format_of(name: str, config: ModelConfig, overrides: Mapping[str, ModelOverride]) -> ActionFormat:
    """Say how a model writes actions: as set, else in `execute` tags."""
    chosen = merged(config, overrides.get(name)).action_format
    return "execute" if chosen == "auto" else chosen


def create_model(
    name: str, config: ModelConfig, overrides: Mapping[str, ModelOverride], environment: Mapping[str, str]
) -> Model:
    """Make the adapter for a model. Nothing is connected yet, and neither httpx nor litellm is imported.

    What is known of the model (`prices.facts_of`) is read from a file when the model is asked for the first time.

    Args:
        name: `demo`, or `provider/model`.
        config: `[model]`.
        overrides: `[models."…"]`.
        environment: Where keys and the addresses of local servers are looked for.

    Raises:
        ConfigError: The server's address is none.
    """
    if name in {"", "demo"}:
        return DemoModel()
    settings = merged(config, overrides.get(name))
    provider, _, short = name.partition("/")
    base_url = settings.base_url or base_url_of(provider, environment)
    _check_address(base_url)
    facts = ModelFacts() if base_url else facts_of(name)
    info = ModelInfo(name, settings.context_window or facts.context_window)
    speaks_openai = provider == "openai" or bool(base_url)
    if settings.client == "openai" or (settings.client == "auto" and speaks_openai):
        from codeact_tui.model.openai_client import OpenAIClient

        return OpenAIClient(
            info,
            model=short if short and provider in _ADDRESSES else name,
            base_url=base_url or _OPENAI_URL,
            keys=KeySource(environment, _openai_key(provider, settings, base_url), settings.api_key_command),
            price=facts.cost_usd,
        )
    from codeact_tui.model.litellm_client import LiteLLMClient

    return LiteLLMClient(
        info,
        model=name,
        base_url=settings.base_url,
        key_env=settings.api_key_env,
        environment=environment,
        keys=KeySource(environment, _provider_keys(provider, settings), settings.api_key_command),
    )


def _check_address(base_url: str) -> None:
    try:
        _ = urlsplit(base_url).port
    except ValueError as error:
        raise ConfigError(
            f'"{base_url}" is no address of a model server.',
            remedy="Correct model.base_url, or the variable it is from.",
        ) from error


def _openai_key(provider: str, settings: ModelConfig, base_url: str) -> tuple[str, ...]:
    """Name the variable of the key. OpenAI's goes to no server that is not named as one of OpenAI's."""
    usual = (_OPENAI_KEY,) if provider == "openai" or not base_url else ()
    return (settings.api_key_env,) if settings.api_key_env else usual


def _provider_keys(provider: str, settings: ModelConfig) -> tuple[str, ...]:
    """Name the variables that may hold a provider's key; at an address of the user's own, what is named for it."""
    if settings.api_key_env or settings.base_url:
        return tuple(filter(None, [settings.api_key_env]))
    return next((known.keys for known in PROVIDERS if known.prefix == provider), ())
