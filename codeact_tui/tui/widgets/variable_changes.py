"""What each variable was before the last cell that changed it, for as long as the kernel lives. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from codeact_tui.protocol.events import VariablesChanged
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.variables import Variable

__all__ = ["Change", "VariableChanges"]


class Change(Struct, frozen=True):
    """What the last cell that touched a variable did to it."""

    action: ActionId | None
    """The cell; None where that is not known."""
    after: Variable
    before: Variable | None = None
    """None for a new variable, and where it is not known."""
    new: bool = False
    """The cell made it."""


class VariableChanges:
    """Follows what cells do, and remembers of each variable the last change."""

    def __init__(self) -> None:
        self._known: dict[str, Variable] = {}
        """As the last cell left them, as far as that is certain."""
        self._changes: dict[str, Change] = {}

    def take(self, event: VariablesChanged) -> None:
        """Take in what a cell did."""
        for variable in event.added:
            self._changes[variable.name] = Change(event.action, variable, new=True)
        for variable in event.changed:
            self._changes[variable.name] = Change(event.action, variable, self._known.get(variable.name))
        for name in event.removed:
            self._known.pop(name, None)
            self._changes.pop(name, None)
        if event.cut:
            self._known.clear()  # of those that were left out it is not known whether they changed
        self._known |= {variable.name: variable for variable in (*event.added, *event.changed)}

    def learn(self, variables: Iterable[Variable]) -> None:
        """Take in a list. It may have been made while a cell runs: what is known from before stays."""
        self._known = {variable.name: variable for variable in variables} | self._known

    def of(self, name: str) -> Change | None:
        """Give the last change of a variable; None where there was none."""
        return self._changes.get(name)

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()
        self._changes.clear()
