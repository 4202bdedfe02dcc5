"""Variables as those who look on may see them: what looks like a key masked. Pure."""

from msgspec.structs import replace

from codeact_tui.protocol.variables import Variable, VariableDetail, VariableNode, VariableTable
from codeact_tui.secrets.veil import Veil

__all__ = ["shown_detail", "shown_variable"]


def shown_variable(variable: Variable, veil: Veil) -> Variable:
    """Give a variable as it may be seen now; its name may tell that it is a key."""
    summary = veil.shown_value(variable.name, variable.summary)
    return variable if summary == variable.summary else replace(variable, summary=summary)


def shown_detail(detail: VariableDetail, name: str, veil: Veil) -> VariableDetail:
    """Give a variable's detail as it may be seen now.

    Args:
        detail: As the kernel told it.
        name: The variable's.
        veil: What hides keys.
    """
    if not veil.drawn:
        return detail
    return replace(
        detail,
        variable=shown_variable(detail.variable, veil),
        table=_table(detail.table, veil) if detail.table is not None else None,
        nodes=tuple(_node(node, veil) for node in detail.nodes),
        text=veil.shown_value(name, detail.text),
        source=veil.shown(detail.source),
    )


def _node(node: VariableNode, veil: Veil) -> VariableNode:
    return replace(node, summary=veil.shown_value(node.label.strip("'\"."), node.summary))


def _table(table: VariableTable, veil: Veil) -> VariableTable:
    """Mask the cells of a window, the name of each column before its values."""
    named = [*table.columns, *[""] * max((len(row) for row in table.rows), default=0)]
    rows = tuple(
        tuple(
            veil.shown_value(name, cell) if name else veil.shown(cell) for name, cell in zip(named, row, strict=False)
        )
        for row in table.rows
    )
    return replace(table, rows=rows)
