"""When a key is an answer, and when it is typing. Pure: time comes from the caller.

A keystroke meant for the prompt never approves anything:

1. While the prompt (or any other field) has the focus, letters are text. Always.
2. The question takes the focus from the prompt only when the prompt is empty, the question has been on the screen for
   `delay_s`, and no key came in the last `delay_s`.
3. Even with the focus there, a letter counts only when the question has been up and the keyboard quiet for `delay_s`,
   and when no other letter follows within `LONE_KEY_S`: what comes in a burst is typing, and goes to the prompt whole.
4. What is answered is the question that was on the screen when the key went down; if another one has come since,
   nothing happens.
"""

from collections.abc import Callable

__all__ = ["LONE_KEY_S", "Guard"]

LONE_KEY_S = 0.12


class Guard:
    """Keeps the times that decide.

    Args:
        delay_s: Seconds that a question is up, and the keyboard quiet, before a key answers.
        clock: Seconds, never going back.
    """

    def __init__(self, delay_s: float, clock: Callable[[], float]) -> None:
        self.delay_s = delay_s
        self._clock = clock
        self._shown_at: float | None = None
        self._typed_at = float("-inf")
        self._question: object = None

    @property
    def lone_key_s(self) -> float:
        """Seconds in which no other letter may follow."""
        return min(LONE_KEY_S, self.delay_s)

    def question_shown(self, question: object) -> None:
        """A question is on the screen now; the same one again changes nothing."""
        if self._shown_at is None or question != self._question:
            self._question, self._shown_at = question, self._clock()

    def question_gone(self) -> None:
        """There is no question on the screen."""
        self._question, self._shown_at = None, None

    def typed(self) -> None:
        """Someone typed something, anywhere."""
        self._typed_at = self._clock()

    def wait_s(self) -> float | None:
        """Give the seconds until a key may answer, if none is typed until then; None without a question."""
        if self._shown_at is None:
            return None
        ready_at = max(self._shown_at, self._typed_at) + self.delay_s
        return max(0.0, ready_at - self._clock())

    @property
    def quiet(self) -> bool:
        """No one has typed for `delay_s`."""
        return self._clock() - self._typed_at >= self.delay_s

    @property
    def ready(self) -> bool:
        """A key may answer now."""
        return self.wait_s() == 0.0
