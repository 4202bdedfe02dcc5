"""Intervals and tests, seeded, with nothing but the standard library. Pure.

Sources: E. B. Wilson, JASA 22 (1927), for a proportion; B. Efron, Ann. Statist. 7 (1979), the percentile bootstrap;
Q. McNemar, Psychometrika 12 (1947), by the exact binomial; Fisher's paired permutation of signs.
"""

import itertools
import math
import random
from collections.abc import Sequence

from msgspec import Struct

__all__ = ["Interval", "Paired", "bootstrap_mean", "mcnemar", "paired_means", "wilson"]

_Z = 1.959963984540054
"""Of the normal distribution, for 95 %."""
_DRAWS = 4000
_DRAWN_MAX = 2_000_000
"""Draws times values: more would keep the user waiting, and say no more."""
_EXACT_MAX = 14
"""Up to so many pairs that differ, all signs are tried."""
_SEED = 20240513


class Interval(Struct, frozen=True):
    """A figure, and where it lies with 95 % confidence."""

    value: float
    low: float
    high: float


class Paired(Struct, frozen=True):
    """Whether two ways differ, over the same tasks."""

    difference: Interval
    """Of the second from the first."""
    p: float
    """How likely so great a difference is by chance alone."""
    pairs: int


def wilson(successes: int, trials: int) -> Interval:
    """Give a proportion and its Wilson score interval; from 0 to 1, all of that where there was no trial."""
    if trials == 0:
        return Interval(0.0, 0.0, 1.0)
    share, square = successes / trials, _Z * _Z / trials
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return Interval(share, low, high)


def bootstrap_mean(values: Sequence[float], seed: int = _SEED) -> Interval | None:
    """Give a mean and its percentile bootstrap interval; None where there is no value."""
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    if min(values) == max(values):
        return Interval(mean, mean, mean)
    means = _resampled_means(values, seed)
    return Interval(mean, _quantile(means, 0.025), _quantile(means, 0.975))


def mcnemar(first_only: int, second_only: int) -> float:
    """Give the exact two-sided p of two ways that differ in so many pairs: solved by the first alone, by the second."""
    differing = first_only + second_only
    if differing == 0:
        return 1.0
    ways = tail = 1
    for k in range(1, min(first_only, second_only) + 1):
        ways = ways * (differing - k + 1) // k
        tail += ways
    return min(1.0, 2 * tail / 2**differing)


def paired_means(first: Sequence[float], second: Sequence[float], seed: int = _SEED) -> Paired | None:
    """Compare the means of two figures, task by task: the difference by bootstrap, its p by permutation of signs."""
    differences = [other - one for one, other in zip(first, second, strict=True)]
    interval = bootstrap_mean(differences, seed)
    return None if interval is None else Paired(interval, _sign_permutation(differences, seed), len(differences))


def _sign_permutation(differences: Sequence[float], seed: int) -> float:
    moved = [abs(difference) for difference in differences if difference]
    if not moved:
        return 1.0
    seen = abs(math.fsum(differences)) * (1 - 1e-12)
    if len(moved) <= _EXACT_MAX:
        sums = [abs(math.fsum(signed)) for signed in itertools.product(*((-each, each) for each in moved))]
        return sum(each >= seen for each in sums) / len(sums)
    chance, draws = random.Random(seed), _draws(len(moved))
    hits = 0
    for _ in range(draws):
        signs = chance.getrandbits(len(moved))
        total = sum(each if signs >> index & 1 else -each for index, each in enumerate(moved))
        hits += abs(total) >= seen
    return (hits + 1) / (draws + 1)


def _resampled_means(values: Sequence[float], seed: int) -> list[float]:
    chance, count = random.Random(seed), len(values)
    return sorted(sum(chance.choices(values, k=count)) / count for _ in range(_draws(count)))


def _draws(values: int) -> int:
    return max(200, min(_DRAWS, _DRAWN_MAX // max(values, 1)))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
