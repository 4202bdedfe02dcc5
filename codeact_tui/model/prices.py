"""What a model costs and how much it reads, from the table that litellm ships; litellm itself is not imported."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from codeact_tui.protocol.turns import Usage

__all__ = ["ModelFacts", "Tier", "facts_in", "facts_of", "read_table"]

_TABLE = "model_prices_and_context_window_backup.json"
_LARGEST_BYTES = 64 * 1024 * 1024
_PRICE = re.compile(
    r"(input_cost_per_token|output_cost_per_token|cache_read_input_token_cost)(?:_above_(\d{1,6})k_tokens)?"
)
_SAME = {"ollama_chat": "ollama", "cohere": "cohere_chat"}
"""Providers whose models stand in the table under another's name."""


class Tier(Struct, frozen=True):
    """Prices in US dollars a token, for requests with more than so many input tokens."""

    above_tokens: int
    input: float
    output: float
    cached: float


class ModelFacts(Struct, frozen=True):
    """What is known of one model."""

    context_window: int | None = None
    """In tokens."""
    tiers: tuple[Tier, ...] = ()
    """From the cheapest; empty when no price is known."""
    ends: str = ""
    """The day it is no longer served, as YYYY-MM-DD; empty when unknown."""

    def cost_usd(self, usage: Usage) -> float | None:
        """Say what a request cost; None when that is unknown."""
        if not self.tiers or usage.input_tokens is None or usage.output_tokens is None:
            return None
        reached = [tier for tier in self.tiers if usage.input_tokens > tier.above_tokens]
        tier = reached[-1] if reached else self.tiers[0]
        cached = min(usage.cached_tokens or 0, usage.input_tokens)
        fresh = usage.input_tokens - cached
        return fresh * tier.input + cached * tier.cached + usage.output_tokens * tier.output


@lru_cache(maxsize=16)
def facts_of(name: str) -> ModelFacts:
    """Look a model up in litellm's table; nothing is known of a model that is not in it.

    Reads a file of a few MiB, some 10 ms, once for each name: call it in a thread.

    Args:
        name: `provider/model`.
    """
    return facts_in(read_table(), name)


def read_table() -> dict[str, msgspec.Raw]:
    """Read the table; it is empty where there is none that can be read."""
    spec = find_spec("litellm")
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    if folder is None:
        return {}
    try:
        with (Path(folder) / _TABLE).open("rb") as file:
            return msgspec.json.decode(file.read(_LARGEST_BYTES), type=dict[str, msgspec.Raw])
    except (OSError, msgspec.DecodeError):
        return {}


def facts_in(table: Mapping[str, msgspec.Raw], name: str) -> ModelFacts:
    """Look a model up in a table. Pure."""
    provider, _, short = name.partition("/")
    provider = _SAME.get(provider, provider)
    for key in (f"{provider}/{short}", short):
        entry = _entry(table.get(key))
        if entry.get("litellm_provider") == provider:
            return _facts(entry)
    return ModelFacts()


def _entry(raw: msgspec.Raw | None) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
    except msgspec.DecodeError:
        return {}


def _facts(entry: dict[str, Any]) -> ModelFacts:
    window = entry.get("max_input_tokens")
    ends = entry.get("deprecation_date")
    return ModelFacts(
        window if isinstance(window, int) and window > 0 else None, _tiers(entry), ends if isinstance(ends, str) else ""
    )


def _tiers(entry: dict[str, Any]) -> tuple[Tier, ...]:
    prices: dict[int, dict[str, float]] = {}
    for key, value in entry.items():
        found = _PRICE.fullmatch(key)
        if found and isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            prices.setdefault(int(found[2] or 0) * 1000, {})[found[1]] = float(value)
    base = prices.get(0, {})
    if not {"input_cost_per_token", "output_cost_per_token"} <= base.keys():
        return ()
    return tuple(_tier(above, base | prices[above]) for above in sorted(prices))


def _tier(above_tokens: int, prices: dict[str, float]) -> Tier:
    read, written = prices["input_cost_per_token"], prices["output_cost_per_token"]
    return Tier(above_tokens, read, written, prices.get("cache_read_input_token_cost", read))
