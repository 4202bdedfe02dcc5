"""What is told of the variables, asked or unasked."""

from msgspec import Struct

from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.variables import FIRST_PART, TablePart, Variable, VariableDetail

__all__ = [
    "VariableInspected",
    "VariablesChanged",
    "VariablesListed",
]


class VariablesChanged(Struct, frozen=True, tag="variables_changed"):
    """What a cell did to the variables. Transient: the kernel is the truth of them."""

    action: ActionId | None = None
    added: tuple[Variable, ...] = ()
    changed: tuple[Variable, ...] = ()
    removed: tuple[str, ...] = ()
    total: int = 0
    """How many there are, hidden ones not counted."""
    cut: bool = False
    """There were too many to look at all of them in time."""


class VariablesListed(Struct, frozen=True, tag="variables_listed"):
    """Answers `ListVariables`. Transient."""

    variables: tuple[Variable, ...]
    total: int = 0
    cut: bool = False
    all: bool = False


class VariableInspected(Struct, frozen=True, tag="variable_inspected"):
    """Answers `InspectVariable`. Transient."""

    name: str
    detail: VariableDetail
    path: tuple[str | int, ...] = ()
    start: int = 0
    part: TablePart = FIRST_PART
