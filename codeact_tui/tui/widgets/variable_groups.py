"""The variables by what kind of thing they are, each group under a head that folds it."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from rich.style import Style

from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.widgets.variable_columns import GAP
from codeact_tui.tui.widgets.variable_row import VariableRow, cursor_line

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["Group", "GroupRow", "group_of", "grouped"]

Group = Literal[
    "pinned", "tables", "arrays", "containers", "values", "other", "functions", "classes", "modules", "gone"
]
"""From the top down."""

_BY_KIND: dict[str, Group] = {
    "table": "tables",
    "array": "arrays",
    "function": "functions",
    "class": "classes",
    "module": "modules",
    "other": "other",
}
_TEXTS = frozenset({"str", "bytes", "bytearray"})


def group_of(variable: Variable) -> Group:
    """Say what kind of thing a variable is: what holds others is a container, text is a value."""
    if variable.kind in {"value", "other"} and variable.shape is not None and variable.type_name not in _TEXTS:
        return "containers"
    return _BY_KIND.get(variable.kind, "values")


class GroupRow:
    """The head of a group.

    Args:
        group: Which.
        count: How many are in it.
        folded: Its rows are not shown.
        pane: Tells which row is chosen.
    """

    def __init__(self, group: Group, count: int, *, folded: bool, pane: "VariablesPane") -> None:
        self.group: Group = group
        self._count = count
        self._folded = folded
        self._pane = pane

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it: whether it is folded, its name, how many there are."""
        sign = "▸" if self._folded else "▾"
        pieces = [
            (f"{sign} ", paint.muted),
            (self.group, paint.muted + Style(bold=True)),
            (" " * GAP, paint.text),
            (f"{self._count:,}", paint.muted),
        ]
        return [cursor_line(pieces, width, paint, chosen=self._pane.chosen is self)]


def grouped(
    rows: Iterable[VariableRow], gone: Sequence[VariableRow], folded: Collection[Group], pane: "VariablesPane"
) -> list[GroupRow | VariableRow]:
    """Put rows under the heads of their groups, in the order that they have; a group without rows has no head.

    Args:
        rows: What there is.
        gone: What the last cell took away.
        folded: Groups that show their heads only.
        pane: Says what is pinned: that has a group of its own, on top.
    """
    groups: dict[Group, list[VariableRow]] = {group: [] for group in get_args(Group)}
    for row in rows:
        groups["pinned" if pane.list.is_pinned(row.variable.name) else group_of(row.variable)].append(row)
    groups["gone"] += gone
    found: list[GroupRow | VariableRow] = []
    for group, members in groups.items():
        if members:
            found.append(GroupRow(group, len(members), folded=group in folded, pane=pane))
            found += [] if group in folded else members
    return found
