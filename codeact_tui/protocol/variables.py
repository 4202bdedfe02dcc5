"""What is known of the kernel's variables without running anyone's code."""

from msgspec import Struct

__all__ = ["Variable", "VariableDetail", "VariableNode", "VariableTable"]


class Variable(Struct, frozen=True):
    """One name in the kernel's namespace, summed up."""

    name: str
    type_name: str
    """`DataFrame`, `int`, `numpy.ndarray`: qualified outside builtins and `__main__`."""
    kind: str = "value"
    """value, table, array, module, function, class or other; what the detail view shows depends on it."""
    shape: tuple[int, ...] | None = None
    """`(rows, columns)` of a table, an array's shape, `(length,)` of a container; None without one."""
    size_bytes: int | None = None
    """What it holds itself, in bytes; None where that can't be told without its code."""
    summary: str = ""
    """A short, safe value in one line."""


class VariableNode(Struct, frozen=True):
    """One step into a nested object: a key, an index or an attribute."""

    label: str
    """As Python writes the step: `'name'`, `0`, `.field`."""
    type_name: str
    summary: str
    path: tuple[str | int, ...] = ()
    """The steps from the variable to here, for asking on: positions of items, names of attributes."""
    expandable: bool = False


class VariableTable(Struct, frozen=True):
    """A window of rows of a data frame or a series."""

    columns: tuple[str, ...]
    dtypes: tuple[str, ...]
    index: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total_rows: int
    total_columns: int


class VariableDetail(Struct, frozen=True):
    """All that the detail view shows; the parts that do not apply are empty."""

    variable: Variable
    table: VariableTable | None = None
    statistics: tuple[tuple[str, str], ...] = ()
    """Of an array: label and value, in the order shown."""
    nodes: tuple[VariableNode, ...] = ()
    total_nodes: int = 0
    """How many there are; more than `len(nodes)` when cut."""
    source: str = ""
    """A function's or class's source."""
    text: str = ""
    """A longer safe value, for strings and scalars."""
    error: str = ""
    """Why there is no detail: the name is gone, or the kernel did not answer."""
