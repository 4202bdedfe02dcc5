"""The question whether a cell may reach a host, and the keys that answer it."""

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from codeact_tui.protocol.permissions import HostAsked
from codeact_tui.session.permission_words import asked_words
from codeact_tui.tui.text import joined, one_line, styled
from codeact_tui.tui.themes import palette

__all__ = ["HostBar"]

_WORDS_CHARS = 600
"""A host has 253 characters at most, so all of it is shown."""


class HostBar(Vertical, can_focus=True):
    """Says which host is asked about: the whole of its name, whatever it is called."""

    def __init__(self) -> None:
        super().__init__(id="host")
        self.display = False
        self.question: HostAsked | None = None
        self.hints = Static(id="host-hints", markup=False)
        self.hints.auto_links = False
        self._words = Static(id="host-question", markup=False)
        self._words.auto_links = False
        self._until = 0.0

    def ask(self, question: HostAsked | None, now_s: float) -> None:
        """Show this question; None takes it away. The same one again changes nothing.

        Args:
            question: What is asked.
            now_s: Seconds since the epoch.
        """
        if question == self.question:
            return
        if question is not None and not self._words.is_attached:
            self.mount(self._words, self.hints)  # most sessions never need them
        self.question = question
        self.display = question is not None
        if question is not None:
            self._until = now_s + question.seconds
            colors = palette(self)
            words = one_line(asked_words(question), _WORDS_CHARS)
            before, host, after = words.partition(one_line(question.host, _WORDS_CHARS))
            parts = [styled("▲ ", colors.color("warning")), Content(before), styled(host, colors.color("accent"))]
            self._words.update(joined([*parts, Content(f"{after}. May it?")]))

    def left_s(self, now_s: float) -> int:
        """Give the seconds until it counts as refused."""
        return max(0, round(self._until - now_s))
