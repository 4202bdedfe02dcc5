"""Whether two conditions can hold at the same moment. Pure.

A condition reads facts of a `Situation`. It is called with a stand-in that answers each fact that it is asked for, one
value after the other: only what it reads is tried, and all of that.
"""

from collections.abc import Callable
from typing import cast

from codeact_tui.tui.situation import Situation

__all__ = ["can_hold", "consistent"]

Condition = Callable[[Situation], bool]


def consistent(now: Situation) -> bool:
    """Say whether these facts can be true together on the screen."""
    return (
        (not now.prompt or now.typing)
        and (not now.answerable or not now.typing)
        and (not (now.editing or now.reasoning) or not now.answering)
        and (not now.editing or not now.reasoning)
        and (not now.completing or (now.prompt and not now.prompt_empty))
        and (not now.question or not now.past)
        and (not now.kernel_dead or not now.kernel_up)
    )


def can_hold(*conditions: Condition) -> bool:
    """Say whether there is a situation in which all of these hold."""
    return _search([*conditions, consistent], {})


class _Asked(Exception):
    """A fact is asked for that has not been tried yet."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Facts:
    """Stands in for a situation, as far as it is known."""

    def __init__(self, known: dict[str, bool]) -> None:
        self._known = known

    def __getattr__(self, name: str) -> bool:
        if name not in self._known:
            raise _Asked(name)
        return self._known[name]


def _search(conditions: list[Condition], known: dict[str, bool]) -> bool:
    facts = cast("Situation", _Facts(known))
    try:
        return all(condition(facts) for condition in conditions)
    except _Asked as asked:
        name = asked.name
    return any(_search(conditions, {**known, name: value}) for value in (True, False))
