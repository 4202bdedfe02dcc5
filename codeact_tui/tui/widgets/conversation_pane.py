"""The conversation with what belongs to it: the line in which one looks for words, and copying what was selected."""

from typing import TYPE_CHECKING, cast

from textual import on
from textual.content import Content
from textual.widget import Widget

from codeact_tui.tui.commands.view import copy_text
from codeact_tui.tui.text import styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.conversation import Conversation
from codeact_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen
    from codeact_tui.tui.widgets.find_bar import FindBar

__all__ = ["ConversationPane"]

_SELECTING = "selecting · y copies · esc"


class ConversationPane(Pane):
    """A pane with the conversation in it.

    Args:
        conversation: What is shown.
        body: What else stands below the title.
    """

    def __init__(self, conversation: Conversation, *body: Widget) -> None:
        super().__init__("conversation", conversation, *body, id="conversation-pane")
        self._conversation = conversation
        self.find_bar: FindBar | None = None

    def find(self, words: str = "") -> None:
        """Open the line in which one looks for words, or go there."""
        from codeact_tui.tui.widgets.find_bar import FindBar

        if self.find_bar is None:
            self.find_bar = FindBar(self._conversation, self._find_closed)
            self.mount(self.find_bar)
        self.find_bar.field.focus()
        if words:
            self.find_bar.field.value = words

    @on(Conversation.CopyRequested)
    def _copy(self, message: Conversation.CopyRequested) -> None:
        message.stop()
        if message.text:
            copy_text(cast("MainScreen", self.screen), message.text)

    @on(Conversation.Selecting)
    def _selecting(self, message: Conversation.Selecting) -> None:
        message.stop()
        words = styled(_SELECTING, palette(self).color("accent")) if message.active else Content("")
        self.set_title("conversation", words)

    def _find_closed(self, stay: bool) -> None:
        self.find_bar = None
        (self._conversation if stay else cast("MainScreen", self.screen).prompt).focus()
