"""The last place before the terminal: what is written there can be rewritten."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

__all__ = ["Rewriting", "rewriting"]


class Rewriting:
    """A driver whose output goes through a function."""

    rewrite: Callable[[str], str] | None = None
    """Gives what is written instead; None where everything is written as it is."""


def rewriting(base: "type[Driver]") -> "type[Driver]":
    """Give a driver like another one, that is also `Rewriting`."""

    class RewritingDriver(base, Rewriting):
        def write(self, data: str) -> None:
            super().write(data if self.rewrite is None else self.rewrite(data))

    return RewritingDriver
