"""The variables with what belongs to them: the heads of the columns."""

from codeact_tui.tui.widgets.pane import Pane
from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["VariablesBox"]


class VariablesBox(Pane):
    """A pane with the list of the variables in it.

    Args:
        variables: The list.
    """

    def __init__(self, variables: VariablesPane) -> None:
        super().__init__("variables", variables.heads, variables, id="variables-pane")
