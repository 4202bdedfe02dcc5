"""From a model's name and the settings to the adapter that asks it."""

from collections.abc import Mapping

import msgspec

from codeact_tui.config.schema import ModelConfig, ModelOverride
from codeact_tui.model.base import ActionFormat, Model, ModelInfo
from codeact_tui.model.demo import DemoModel

__all__ = ["action_format_of", "create_model", "merged"]

_OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_KEY = "OPENAI_API_KEY"


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
    """Make the adapter for a model. Nothing is connected or imported yet.

    Args:
        name: `demo`, or `provider/model`.
        config: `[model]`.
        overrides: `[models."…"]`.
        environment: Where keys are looked for.
    """
    if name in {"", "demo"}:
        return DemoModel()
    settings = merged(config, overrides.get(name))
    info = ModelInfo(name, settings.context_window or None)
    provider, _, short = name.partition("/")
    speaks_openai = provider == "openai" or bool(settings.base_url)
    if settings.client == "openai" or (settings.client == "auto" and speaks_openai):
        from codeact_tui.model.openai_client import OpenAIClient

        return OpenAIClient(
            info,
            model=short if provider == "openai" and short else name,
            base_url=settings.base_url or _OPENAI_URL,
            key=environment.get(settings.api_key_env or _OPENAI_KEY, ""),
        )
    from codeact_tui.model.litellm_client import LiteLLMClient

    return LiteLLMClient(
        info, model=name, base_url=settings.base_url, key_env=settings.api_key_env, environment=environment
    )
