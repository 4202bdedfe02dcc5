"""When a request is tried again, and how long to wait before. Pure but for chance."""

import random
from dataclasses import dataclass

from codeact_tui.errors import ModelError, ModelRateLimited, ModelStreamEnded, ModelUnavailable

__all__ = ["RetryPolicy"]


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with jitter, overruled by what the provider asks for.

    Attributes:
        attempts: How many there are in all; 1 never tries again.
        base_s: Seconds before the second attempt; doubled for each one after.
        cap_s: The longest wait of our own.
        longest_s: A provider that asks for more is not waited for.
        jitter: The part of a wait that is left to chance, 0 to 1.
    """

    attempts: int = 5
    base_s: float = 0.5
    cap_s: float = 20.0
    longest_s: float = 120.0
    jitter: float = 0.25

    def delay(self, attempt: int, error: ModelError) -> float | None:
        """Say how long to wait before the next attempt, in seconds; None when there is none.

        Args:
            attempt: The one that failed, counted from 1.
            error: How it failed.
        """
        if attempt >= self.attempts or not isinstance(error, ModelRateLimited | ModelUnavailable | ModelStreamEnded):
            return None
        asked_s = None if isinstance(error, ModelStreamEnded) else error.retry_after_s
        if asked_s is not None:
            return asked_s if asked_s <= self.longest_s else None
        wait_s = min(self.base_s * 2 ** (attempt - 1), self.cap_s)
        return wait_s * (1 + self.jitter * random.uniform(-1, 1))
