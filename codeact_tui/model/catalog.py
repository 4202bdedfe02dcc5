"""Which models can be used now: local servers that answer, providers whose key is there, and always the demo."""

import asyncio
import datetime
from collections.abc import Collection, Mapping

import msgspec
from msgspec import Struct

from codeact_tui.model.local_servers import LocalServer, probe
from codeact_tui.model.prices import ModelFacts, facts_in, read_table

__all__ = ["PROVIDERS", "Provider", "UsableModel", "current", "key_present", "listed", "usable_models"]


class UsableModel(Struct, frozen=True):
    """A model that can be chosen."""

    name: str
    """As `/model` and the settings take it."""
    why: str
    """What makes it usable, in a few words."""


class Provider(Struct, frozen=True):
    """A provider that wants a key."""

    prefix: str
    """What its models' names begin with."""
    title: str
    keys: tuple[str, ...]
    """The environment variables that may hold its key. Only names are ever looked at, never values."""
    models: tuple[str, ...]
    """Some that are known to write code well, the first the one to try first."""


PROVIDERS = (
    Provider("openai", "OpenAI", ("OPENAI_API_KEY",), ("gpt-5.6", "gpt-5.4-mini", "gpt-4.1")),
    Provider(
        "anthropic", "Anthropic", ("ANTHROPIC_API_KEY",), ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5")
    ),
    Provider(
        "gemini", "Google Gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), ("gemini-pro-latest", "gemini-flash-latest")
    ),
    Provider("mistral", "Mistral", ("MISTRAL_API_KEY",), ("mistral-large-latest", "codestral-latest")),
    Provider("deepseek", "DeepSeek", ("DEEPSEEK_API_KEY",), ("deepseek-v4-pro", "deepseek-v4-flash")),
    Provider("groq", "Groq", ("GROQ_API_KEY",), ("openai/gpt-oss-120b", "openai/gpt-oss-20b")),
    Provider("xai", "xAI", ("XAI_API_KEY",), ("grok-4.7", "grok-code-fast-1")),
    Provider("cerebras", "Cerebras", ("CEREBRAS_API_KEY",), ("gpt-oss-120b",)),
    Provider("moonshot", "Moonshot", ("MOONSHOT_API_KEY",), ("kimi-k2.7-code", "kimi-k3")),
    Provider("zai", "Z.ai", ("ZAI_API_KEY",), ("glm-5.3", "glm-5-code")),
    Provider("openrouter", "OpenRouter", ("OPENROUTER_API_KEY",), ("openrouter/auto",)),
    Provider("together_ai", "Together", ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY"), ("moonshotai/Kimi-K2.7-Code",)),
    Provider("perplexity", "Perplexity", ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"), ("sonar-pro",)),
)


async def usable_models(environment: Mapping[str, str], in_keyring: Collection[str] = ()) -> list[UsableModel]:
    """Say which models can be used now, the nearest first and the demo last.

    Args:
        environment: Where keys are looked for, by name, and the addresses of local servers.
        in_keyring: The names of keys that the user has put there.
    """
    local, providers = await asyncio.gather(probe(environment), asyncio.to_thread(_current_providers))
    return listed(local, providers, environment, in_keyring)


def listed(
    local: list[tuple[LocalServer, list[str]]],
    providers: tuple[Provider, ...],
    environment: Mapping[str, str],
    in_keyring: Collection[str] = (),
) -> list[UsableModel]:
    """Make the list from what was found. Pure."""
    found = [
        UsableModel(f"{server.provider}/{name}", f"{server.title} is running")
        for server, names in local
        for name in names
    ]
    for provider in providers:
        key = key_present(provider, environment)
        kept = next((name for name in provider.keys if name in in_keyring), None)
        why = f"{key} is set" if key is not None else f"{kept} is in the keyring" if kept is not None else ""
        if why:
            found += [UsableModel(f"{provider.prefix}/{model}", why) for model in provider.models]
    return [*found, UsableModel("demo", "scripted, offline: to learn codeact without a model")]


def key_present(provider: Provider, environment: Mapping[str, str]) -> str | None:
    """Name the variable that holds a provider's key; None when none is set."""
    return next((name for name in provider.keys if environment.get(name, "").strip()), None)


def current(
    providers: tuple[Provider, ...], table: Mapping[str, msgspec.Raw], today: datetime.date
) -> tuple[Provider, ...]:
    """Drop the models that are known to be gone, or that litellm does not know. Pure.

    Args:
        providers: What there may be.
        table: litellm's; where it has nothing of a provider, all stays.
        today: In which the models have to be served still.
    """
    return tuple(
        msgspec.structs.replace(provider, models=tuple(_served(provider, table, today.isoformat())))
        for provider in providers
    )


def _served(provider: Provider, table: Mapping[str, msgspec.Raw], today: str) -> list[str]:
    facts = {model: facts_in(table, f"{provider.prefix}/{model}") for model in provider.models}
    if all(fact == ModelFacts() for fact in facts.values()):
        return list(provider.models)
    return [model for model, fact in facts.items() if fact != ModelFacts() and (not fact.ends or fact.ends > today)]


def _current_providers() -> tuple[Provider, ...]:
    return current(PROVIDERS, read_table(), datetime.datetime.now(datetime.UTC).date())
