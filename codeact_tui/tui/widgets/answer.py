"""The field for what a cell asks by `input()` or `getpass`."""

from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from codeact_tui.protocol.events import InputRequested
from codeact_tui.protocol.ids import ActionId
from codeact_tui.tui.text import one_line, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.field import Field

__all__ = ["AnswerBar"]

_QUESTION_CHARS = 300


class AnswerBar(Horizontal):
    """Shows the cell's question and takes the answer; a password is not shown."""

    class Answered(Message):
        """The user answered the cell's question."""

        def __init__(self, action: ActionId, text: str) -> None:
            super().__init__()
            self.action = action
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="answer")
        self.display = False
        self.request: InputRequested | None = None
        self.field = Field(id="answer-field")
        self._question = Static(id="answer-question", markup=False)

    def ask(self, request: InputRequested | None) -> None:
        """Show this question; None takes it away. The same one again changes nothing."""
        if request is self.request:
            return
        if request is not None and not self.field.is_attached:
            self.mount(self._question, self.field)  # most sessions never need them
        self.request = request
        self.field.value = ""
        self.display = request is not None
        if request is not None:
            self.field.password = request.password
            colors = palette(self)
            words = one_line(request.prompt, _QUESTION_CHARS) or ("password" if request.password else "the cell asks")
            sign = styled("? ", colors.color("warning"))
            self._question.update(Content("").join([sign, styled(words, colors.color("foreground"))]))
            self.field.placeholder = "not shown · enter answers" if request.password else "enter answers"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the answer on, and forget it."""
        event.stop()
        if self.request is not None:
            action, text = self.request.action, event.value
            self.ask(None)
            self.post_message(self.Answered(action, text))
