"""What is known of the kernel's variables without running anyone's code."""

from typing import Annotated

from msgspec import Meta, Struct

__all__ = [
    "FIRST_PART",
    "TableColumn",
    "TablePart",
    "Variable",
    "VariableDetail",
    "VariableHistogram",
    "VariableMention",
    "VariableNode",
    "VariablePicture",
    "VariableTable",
]

_Place = Annotated[int, Meta(ge=0, le=1 << 48)]


class TableColumn(Struct, frozen=True, array_like=True):
    """A column of a table; of a series or an array, all of it."""

    name: str
    dtype: str
    mark: int = 0
    """A number for its values: where it is another one, they are others. 0 where they were not looked at."""


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
    columns: tuple[TableColumn, ...] = ()
    """Of a table, a series or an array, in a listing: what tells two times apart. The first 100."""


class VariableMention(Struct, frozen=True):
    """A variable that a prompt names, as it was when the prompt was sent."""

    variable: Variable
    columns: tuple[str, ...] = ()
    """Of a table, the first ones."""
    dtypes: tuple[str, ...] = ()
    """Of these columns."""
    total_columns: int = 0


class VariableNode(Struct, frozen=True):
    """One step into a nested object: a key, an index or an attribute."""

    label: str
    """As Python writes the step: `'name'`, `0`, `.field`."""
    type_name: str
    summary: str
    path: tuple[str | int, ...] = ()
    """The steps from the variable to here, for asking on: positions of items, names of attributes."""
    expandable: bool = False
    opens: bool = False
    """It is a table, an array or a picture, and is looked into by itself."""


class TablePart(Struct, frozen=True):
    """Which part of a table is asked for, beside its first row, and in which order its rows stand."""

    rows: Annotated[int, Meta(ge=0, le=500)] = 50
    first_column: _Place = 0
    columns: Annotated[int, Meta(ge=0, le=50)] = 50
    sort: _Place | None = None
    """The column whose values give the rows' order, counted from 0; None leaves them as they are."""
    descending: bool = False
    figures: _Place | None = None
    """The column whose figures are asked for instead of rows; its place as in `sort`."""
    as_table: bool = False
    """The rows of an array too, not only of what is a table."""


FIRST_PART = TablePart()
"""The first columns of the first rows, as they are."""


class VariableTable(Struct, frozen=True):
    """A window of rows and columns of a data frame, a series or an array of one or two dimensions."""

    columns: tuple[str, ...]
    dtypes: tuple[str, ...]
    index: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total_rows: int
    total_columns: int
    missing: tuple[int, ...] = ()
    """Cells without a value, counted row by row from the window's first: their text says `NaN`, `None` or the like."""
    index_name: str = ""
    sorting: bool = False
    """The rows are still being sorted, and are not here: ask again."""
    problem: str = ""
    """Why the rows are not in the order that was asked for."""


class VariableHistogram(Struct, frozen=True):
    """How values are spread: bars of equal width from `low` to `high`, or the values that come most often."""

    counts: tuple[int, ...]
    low: str = ""
    high: str = ""
    labels: tuple[str, ...] = ()
    """The values that are counted, where each bar stands for one."""


class VariablePicture(Struct, frozen=True):
    """A small copy of an image."""

    width: int
    height: int
    """In pixels, of the copy."""
    pixels: str
    """Three bytes for each pixel, red, green and blue, row by row from the top, in base64."""


class VariableDetail(Struct, frozen=True):
    """All that the detail view shows; the parts that do not apply are empty."""

    variable: Variable
    table: VariableTable | None = None
    statistics: tuple[tuple[str, str], ...] = ()
    """Of an array or a column: label and value, in the order shown."""
    nodes: tuple[VariableNode, ...] = ()
    total_nodes: int = 0
    """How many there are; more than `len(nodes)` when cut."""
    source: str = ""
    """A function's or class's source."""
    text: str = ""
    """A longer safe value, for strings and scalars."""
    error: str = ""
    """Why there is no detail: the name is gone, or the kernel did not answer."""
    histogram: VariableHistogram | None = None
    """Of an array's numbers, or of the column whose figures were asked for."""
    picture: VariablePicture | None = None
    has_rows: bool = False
    """It can be asked for as a table, by its rows, although that is not what is here."""
