"""Whether what is typed can be meant for the question that is open. Pure."""

from collections.abc import Callable

__all__ = ["Readiness"]


class Readiness:
    """Knows since when a question could be read, and what was typed before that.

    A key answers only when the question has been on the screen for the delay, no other key came within the delay, and
    nothing in the prompt was typed ahead.

    Args:
        delay_s: How long that is.
        clock: Gives seconds.
    """

    def __init__(self, delay_s: float, clock: Callable[[], float]) -> None:
        self._delay_s = delay_s
        self._clock = clock
        self._drawn_at: float | None = None
        self._key_at = float("-inf")
        self._ahead = False

    @property
    def ahead(self) -> bool:
        """What stands in the prompt was typed, at least in part, before the question could be read."""
        return self._ahead

    def begin(self, *, typed: bool) -> None:
        """A question is asked.

        Args:
            typed: Something stands in the prompt already.
        """
        self._drawn_at = None
        self._ahead = typed

    def drawn(self) -> None:
        """The question is on the screen."""
        if self._drawn_at is None:
            self._drawn_at = self._clock()

    def typed(self, *, empty: bool) -> None:
        """The prompt's text was changed.

        Args:
            empty: Nothing stands in it now.
        """
        now = self._clock()
        if empty:
            self._ahead = False
        elif self._drawn_at is None or now - self._drawn_at < self._delay_s:
            self._ahead = True
        self._key_at = now

    def entered(self) -> None:
        """The prompt's text was handed on."""
        self._ahead = False
        self._key_at = self._clock()

    def may_answer(self) -> bool:
        """Say whether a key that comes now answers; one that does not puts the next one off."""
        now, before = self._clock(), self._key_at
        self._key_at = now
        if self._drawn_at is None or self._ahead:
            return False
        return now - max(self._drawn_at, before) >= self._delay_s
