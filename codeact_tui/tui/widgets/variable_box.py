"""The variables with what belongs to them: the heads of the columns, and what is done with one elsewhere."""

from typing import TYPE_CHECKING, cast

from textual import on

from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.widgets.pane import Pane
from codeact_tui.tui.widgets.variables import VariablesPane

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["VariablesBox"]


class VariablesBox(Pane):
    """A pane with the list of the variables in it.

    Args:
        variables: The list.
    """

    def __init__(self, variables: VariablesPane) -> None:
        super().__init__("variables", variables.heads, variables, id="variables-pane")
        self._variables = variables

    @on(VariablesPane.MentionRequested)
    def _mention(self, message: VariablesPane.MentionRequested) -> None:
        message.stop()
        screen = cast("MainScreen", self.screen)
        if not message.name.isidentifier():
            screen.chrome.say("A prompt can only name variables whose names are Python's.", "warning")
        elif not screen.prompt.disabled:
            screen.prompt.focus()
            screen.prompt.name_variable(message.name)

    @on(VariablesPane.CompareRequested)
    def _compare(self, message: VariablesPane.CompareRequested) -> None:
        from codeact_tui.tui.screens.variable_change import VariableChangeScreen

        message.stop()
        app_of(self).push_screen(VariableChangeScreen(message.change))
