"""The prompt: a rule that says what goes on, and the field below it."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from codeact_tui.tui.widgets.pane import PaneTitle
from codeact_tui.tui.widgets.prompt_area import PromptArea

__all__ = ["PromptBox"]


class PromptBox(Vertical):
    """The field with its sign, under a rule.

    Args:
        area: The field.
    """

    def __init__(self, area: PromptArea) -> None:
        super().__init__(id="prompt-box")
        self.area = area
        self._title = PaneTitle()
        self._sign = Static(Content("›"), id="prompt-sign", markup=False)

    def compose(self) -> ComposeResult:
        """Put the field under its rule."""
        yield self._title
        with Horizontal(id="prompt-row"):
            yield self._sign
            yield self.area

    def set_activity(self, title: str, state: Content) -> None:
        """Say on the rule what goes on."""
        self._title.title = title
        self._title.show_state(state)

    def set_sign(self, sign: str) -> None:
        """Say what the text is: `›` for the model, `!` for Python."""
        if (wanted := Content(sign)) != self._sign.content:
            self._sign.update(wanted, layout=False)

    def on_descendant_focus(self) -> None:
        """Mark the rule while letters go to the prompt."""
        self._title.active = True

    def on_descendant_blur(self) -> None:
        """And unmark it."""
        self._title.active = False
