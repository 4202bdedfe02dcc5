"""When a request is tried again, and after how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelBadStream,
    ModelError,
    ModelNotFound,
    ModelRateLimited,
    ModelRefused,
    ModelStalled,
    ModelStreamEnded,
    ModelUnavailable,
)
from codeact_tui.model.retry import RetryPolicy

STEADY = RetryPolicy(attempts=5, base_s=0.5, cap_s=3.0, longest_s=60.0, jitter=0.0)


@pytest.mark.parametrize("kind", [ModelRateLimited, ModelUnavailable, ModelStreamEnded])
def test_what_may_pass_is_tried_again_ever_later(kind: type[ModelError]) -> None:
    delays = [STEADY.delay(attempt, kind("down")) for attempt in range(1, 7)]
    assert delays == [0.5, 1.0, 2.0, 3.0, None, None]


@pytest.mark.parametrize(
    "kind", [ModelAuthFailed, ModelNotFound, ModelRefused, ModelBadStream, ModelStalled, ContextOverflow, ModelError]
)
def test_what_would_fail_again_is_not_tried_again(kind: type[ModelError]) -> None:
    assert STEADY.delay(1, kind("no")) is None


@pytest.mark.parametrize(("asked_s", "waited_s"), [(0.0, 0.0), (17.0, 17.0), (60.0, 60.0), (60.1, None)])
def test_a_provider_that_says_how_long_is_heeded_within_bounds(asked_s: float, waited_s: float | None) -> None:
    for kind in (ModelRateLimited, ModelUnavailable):
        assert STEADY.delay(1, kind("later", retry_after_s=asked_s)) == waited_s


def test_one_attempt_is_never_followed_by_another() -> None:
    assert RetryPolicy(attempts=1).delay(1, ModelRateLimited("later", retry_after_s=1.0)) is None


@given(st.integers(1, 40), st.floats(0, 1))
def test_chance_stays_within_its_part(attempt: int, jitter: float) -> None:
    policy = RetryPolicy(attempts=100, base_s=0.5, cap_s=20.0, jitter=jitter)
    delay_s = policy.delay(attempt, ModelUnavailable("down"))
    plain_s = min(0.5 * 2 ** (attempt - 1), 20.0)
    assert delay_s is not None
    assert plain_s * (1 - jitter) - 1e-9 <= delay_s <= plain_s * (1 + jitter) + 1e-9
