"""Arrow's tables as they are looked into, without a kernel. Where pyarrow is not installed there is nothing to test."""

from typing import Any

import pytest

from tests.kernel.looking import ordered, places, table_of

pa: Any = pytest.importorskip("pyarrow")

CODES = [3, None, 1, 3, 2]
TEXTS = ["c", None, "a", "c", "b"]


def in_chunks(*values: object) -> Any:
    """Give a table of a column that lies in two pieces."""
    column = pa.array(values)
    return pa.table({"a": pa.chunked_array([column[:2], column[2:]])})


@pytest.mark.parametrize(
    "table",
    [in_chunks(*CODES), in_chunks(*TEXTS), pa.table({"a": pa.array(TEXTS).dictionary_encode()})],
    ids=lambda table: str(table.schema.types[0]).partition("<")[0],
)
def test_rows_are_sorted_either_way_and_what_is_missing_comes_last(table: Any) -> None:
    assert places(table) == [2, 4, 0, 3, 1]
    assert places(table, descending=True) == [3, 0, 4, 2, 1]


def test_what_is_no_number_comes_before_what_is_missing_both_ways() -> None:
    table = in_chunks(2.0, float("nan"), None, 1.0)
    assert ordered(table, 0)["rows"] == [["1.0"], ["2.0"], ["NaN"], ["None"]]
    assert ordered(table, 0, descending=True)["rows"] == [["2.0"], ["1.0"], ["NaN"], ["None"]]


def test_a_window_of_sorted_rows_has_all_columns() -> None:
    table = pa.table({"a": CODES, "b": TEXTS})
    assert ordered(table, 0, rows=2)["rows"] == [["1", "a"], ["2", "b"]]
    assert table_of(table, 3)["rows"] == [["3", "c"], ["2", "b"]]


def test_what_has_no_order_says_so() -> None:
    found = ordered(pa.table({"l": [[1], [2]]}), 0)
    assert found["problem"].endswith(" can't be sorted here.")
    assert found["rows"] == [["[1]"], ["[2]"]]


class Mine(pa.ExtensionType):
    """A type of the user's."""

    def __init__(self) -> None:
        pa.ExtensionType.__init__(self, pa.int64(), "tests.mine")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, *_: object) -> "Mine":
        return cls()

    def __str__(self) -> str:
        raise AssertionError("its own code ran")

    __arrow_ext_scalar_class__ = __str__


def test_a_column_of_a_foreign_kind_is_not_looked_into() -> None:
    column = pa.ExtensionArray.from_storage(Mine(), pa.array([2, 1]))
    for each in (column, pa.StructArray.from_arrays([column], ["inner"])):
        found = ordered(pa.table({"a": each}), 0)
        assert found["rows"] == [["…"], ["…"]]
        assert "that would run its own code" in found["problem"]
