"""The rules that are offered for a cell, to be changed before they are kept."""

import time
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from codeact_tui.effects.rules import NotARule, parse_rule
from codeact_tui.protocol.permissions import PermissionScope, Rule
from codeact_tui.tui.text import styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.field import Field

__all__ = ["RuleScreen"]

_LEAD = "A cell runs unasked when all that it would do is covered. What can't be told of a cell is always asked about."
_EMPTY = "An empty line is left out."


class RuleScreen(ModalScreen[list[tuple[Rule, PermissionScope]] | None]):
    """Gives the rules as they were written at last, or None.

    Args:
        sentences: What is offered, a field for each.
        delay_s: Enter keeps nothing before they have been on the screen for so long.
    """

    CSS_PATH = "rules.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "Back", show=False, priority=True),
        Binding("down", "app.focus_next", "Next rule", show=False),
        Binding("up", "app.focus_previous", "Rule before", show=False),
    ]

    def __init__(self, sentences: Sequence[str], delay_s: float) -> None:
        super().__init__()
        self._sentences = list(sentences)
        self._delay_s = delay_s
        self._shown_at = float("inf")
        self._said = Static(id="rules-said", markup=False)
        self.fields = [Field(_EMPTY, id=f"rule-{number}") for number in range(len(sentences))]

    def compose(self) -> ComposeResult:
        """A box: what rules are, a field for each, and what is wrong with them."""
        with Vertical(id="rules-box") as box:
            box.border_title = Content("Run unasked from now on")
            box.border_subtitle = Content("enter keep · esc back")
            yield Static(styled(_LEAD, palette(self).color("muted")), id="rules-lead", markup=False)
            yield from self.fields
            yield self._said

    def on_mount(self) -> None:
        """Begin with the first."""
        for field, sentence in zip(self.fields, self._sentences, strict=True):
            field.value = sentence
        self.fields[0].focus()
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._shown_at = time.monotonic()

    @on(Input.Changed)
    def _changed(self) -> None:
        try:
            self._rules()
        except NotARule as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}.", "warning")
        else:
            self._say("in this project: kept beside your settings · in this session: kept with it", "muted")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if time.monotonic() - self._shown_at < self._delay_s:
            return
        try:
            rules = self._rules()
        except NotARule:
            return  # it is said already
        self.dismiss(rules or None)

    def _rules(self) -> list[tuple[Rule, PermissionScope]]:
        return [parse_rule(field.value) for field in self.fields if field.value.strip()]

    def _say(self, words: str, color: str) -> None:
        self._said.update(styled(words, palette(self).color(color)))
