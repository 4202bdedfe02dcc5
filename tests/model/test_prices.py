"""Prices and windows come out of litellm's table, or are unknown."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.model.prices import ModelFacts, Tier, facts_in, facts_of, read_table
from codeact_tui.protocol.turns import Usage


def table(**entries: object) -> dict[str, msgspec.Raw]:
    return {name.replace("__", "/"): msgspec.Raw(msgspec.json.encode(entry)) for name, entry in entries.items()}


PLAIN = {
    "litellm_provider": "acme",
    "max_input_tokens": 8000,
    "max_tokens": 100,
    "input_cost_per_token": 2e-6,
    "output_cost_per_token": 8e-6,
    "cache_read_input_token_cost": 5e-7,
}


def cost(facts: ModelFacts, usage: Usage) -> float | None:
    dollars = facts.cost_usd(usage)
    return None if dollars is None else round(dollars, 9)


def test_a_model_is_found_with_and_without_its_provider() -> None:
    facts = ModelFacts(8000, (Tier(0, 2e-6, 8e-6, 5e-7),))
    assert facts_in(table(acme__m=PLAIN), "acme/m") == facts
    assert facts_in(table(m=PLAIN), "acme/m") == facts


@pytest.mark.parametrize("name", ["other/m", "m", "", "acme/n", "acme/", "acme"])
def test_a_model_of_another_provider_or_name_is_unknown(name: str) -> None:
    assert facts_in(table(m=PLAIN, acme__m=PLAIN), name) == ModelFacts()


def test_a_window_is_no_longest_reply() -> None:
    entry = {"litellm_provider": "acme", "max_tokens": 4096, "max_output_tokens": 4096}
    assert facts_in(table(m=entry), "acme/m").context_window is None


@pytest.mark.parametrize(
    "entry",
    [
        {"litellm_provider": "acme"},
        {"litellm_provider": "acme", "input_cost_per_token": 1e-6},
        {"litellm_provider": "acme", "input_cost_per_token": None, "output_cost_per_token": None},
        {"litellm_provider": "acme", "input_cost_per_token": -1, "output_cost_per_token": 1},
        {"litellm_provider": "acme", "input_cost_per_token": True, "output_cost_per_token": "0.1"},
        {"litellm_provider": "acme", "max_input_tokens": "8k", "deprecation_date": 3},
        {"litellm_provider": ["acme"]},
        ["acme"],
        7,
    ],
)
def test_what_is_not_said_or_makes_no_sense_is_unknown(entry: object) -> None:
    assert facts_in(table(m=entry), "acme/m") == ModelFacts()


def test_cached_tokens_cost_what_they_cost() -> None:
    facts = facts_in(table(m=PLAIN), "acme/m")
    assert cost(facts, Usage(1000, 100)) == 0.0028
    assert cost(facts, Usage(1000, 100, cached_tokens=400)) == 0.0022
    assert cost(facts, Usage(1000, 100, cached_tokens=5000)) == 0.0013


def test_long_requests_cost_more_where_the_provider_says_so() -> None:
    tiered = PLAIN | {
        "input_cost_per_token_above_200k_tokens": 4e-6,
        "output_cost_per_token_above_200k_tokens": 1e-5,
        "input_cost_per_token_above_512k_tokens": 6e-6,
        "input_cost_per_token_batches": 1e-9,
    }
    facts = facts_in(table(m=tiered), "acme/m")
    assert [tier.above_tokens for tier in facts.tiers] == [0, 200_000, 512_000]
    assert cost(facts, Usage(200_000, 0)) == 0.4
    assert cost(facts, Usage(200_001, 1000)) == 0.810004
    assert cost(facts, Usage(600_000, 0)) == 3.6


@pytest.mark.parametrize("usage", [Usage(), Usage(5, None), Usage(None, 5)])
def test_an_unknown_usage_has_an_unknown_cost(usage: Usage) -> None:
    assert facts_in(table(m=PLAIN), "acme/m").cost_usd(usage) is None


def test_an_unknown_price_is_no_price_of_zero() -> None:
    assert ModelFacts().cost_usd(Usage(5, 5)) is None
    free = PLAIN | {"input_cost_per_token": 0, "output_cost_per_token": 0, "cache_read_input_token_cost": 0}
    assert facts_in(table(m=free), "acme/m").cost_usd(Usage(5, 5)) == 0.0


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**7))
def test_a_cost_is_never_negative(read: int, written: int, cached: int) -> None:
    cost = facts_in(table(m=PLAIN), "acme/m").cost_usd(Usage(read, written, cached))
    assert cost is not None
    assert cost >= 0


def test_the_table_that_is_installed_is_read() -> None:
    assert len(read_table()) > 1000
    facts = facts_of("openai/gpt-4.1")
    assert facts.context_window == 1_047_576
    assert cost(facts, Usage(1_000_000, 0)) == 2.0
    assert facts_of("anthropic/claude-haiku-4-5").context_window == 200_000
    assert facts_of("nobody/nothing") == ModelFacts()
