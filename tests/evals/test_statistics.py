"""Intervals and tests, held against published values and against themselves."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.evals.statistics import Interval, bootstrap_mean, mcnemar, paired_means, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    found = wilson(successes, trials)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(0, 300), st.integers(0, 300))
def test_wilson_holds_its_value_and_mirrors(right: int, wrong: int) -> None:
    found, mirrored = wilson(right, right + wrong), wilson(wrong, right + wrong)
    assert 0 <= found.low <= found.high <= 1
    assert math.isclose(found.low, 1 - mirrored.high, abs_tol=1e-12)
    assert right + wrong == 0 or found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (1, 9, 0.021484), (7, 20, 0.019157), (121, 59, 4.4e-06)],
)
def test_mcnemar_is_the_exact_binomial(first: int, second: int, p: float) -> None:
    assert math.isclose(mcnemar(first, second), p, rel_tol=0.02)
    assert mcnemar(first, second) == mcnemar(second, first)


def test_mcnemar_takes_many_pairs() -> None:
    assert mcnemar(4000, 5000) < 1e-20


def test_the_bootstrap_is_seeded_and_near_the_normal_interval() -> None:
    values = [float(number % 10) for number in range(200)]
    found = bootstrap_mean(values)
    assert found == bootstrap_mean(values)
    assert found is not None
    spread = 1.96 * math.sqrt(8.25 / 200)
    assert math.isclose(found.low, 4.5 - spread, abs_tol=0.06)
    assert math.isclose(found.high, 4.5 + spread, abs_tol=0.06)


def test_what_does_not_vary_has_no_width() -> None:
    assert bootstrap_mean([2.0, 2.0]) == Interval(2.0, 2.0, 2.0)
    assert bootstrap_mean([]) is None


def test_a_permutation_of_few_pairs_is_exact() -> None:
    found = paired_means([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 5.0])
    assert found is not None
    assert (found.p, found.difference.value, found.pairs) == (2 / 16, 1.0, 4)


def test_a_permutation_of_many_pairs_finds_what_is_there_and_nothing_else() -> None:
    even = [float(number % 7) for number in range(80)]
    shifted = [value + 0.5 + number % 3 for number, value in enumerate(even)]
    signs = [value + (1 if number % 2 else -1) for number, value in enumerate(even)]
    found, chance = paired_means(even, shifted), paired_means(even, signs)
    assert found is not None
    assert chance is not None
    assert found.p < 0.001
    assert chance.p > 0.5
    assert paired_means(even, even) is not None
