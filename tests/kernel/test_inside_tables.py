"""Windows of what is looked into, without a kernel."""

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.kernel.looking import FRAMES, look, table_of

pandas: Any = pd


@pytest.mark.parametrize("library", FRAMES)
def test_a_window_is_rows_and_columns(library: str) -> None:
    table = table_of(FRAMES[library], 990, rows=20, first_column=1, columns=1)
    assert (table["columns"], len(table["rows"]), table["index"][0]) == (["s"], 10, "990")
    assert table["rows"][-1] == ["row 999"]
    assert (table["total_rows"], table["total_columns"]) == (1000, 3)


@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize(("start", "first"), [(1000, 0), (5000, 0), (0, 3), (0, 99), (1 << 47, 1 << 47)])
def test_a_window_past_the_end_is_empty(library: str, start: int, first: int) -> None:
    table = table_of(FRAMES[library], start, rows=10, first_column=first)
    assert (not table["rows"]) or table["columns"] == []
    assert (table["total_rows"], table["total_columns"]) == (1000, 3)


def test_a_window_has_bounds() -> None:
    wide = pd.DataFrame(np.zeros((2000, 200)))
    table = table_of(wide, rows=10**9, columns=10**9)
    assert (len(table["rows"]), len(table["columns"])) == (500, 50)
    assert table_of(wide, rows=-5, columns=-5, first_column=-5)["rows"] == []


def test_what_is_missing_is_told_from_text_that_looks_like_it() -> None:
    frame = pd.DataFrame(
        {
            "f": [math.nan, 1.5],
            "o": pd.Series([None, "NaN"], dtype=object),
            "i": pandas.array([pd.NA, 1], dtype="Int64"),
            "t": [pd.NaT, pd.Timestamp("2026-01-02")],
        }
    )
    table = table_of(frame)
    assert table["rows"] == [["NaN", "None", "<NA>", "NaT"], ["1.5", "NaN", "1", "2026-01-02 00:00:00"]]
    assert table["missing"] == [0, 1, 2, 3]


def test_the_index_and_its_name_are_told() -> None:
    frame = pd.DataFrame({"v": [1]}, index=pd.MultiIndex.from_tuples([("a", 2)], names=["k", "l"]))
    frame.index.name = ("k", "l")
    table = table_of(frame)
    assert (table["index"], table["index_name"]) == (["('a', 2)"], "('k', 'l')")


@pytest.mark.parametrize(
    ("value", "columns", "rows"),
    [
        (np.array([[1, 2], [3, 4]]), ["0", "1"], [["1", "2"], ["3", "4"]]),
        (np.array([1.5, 2.5]), ["value"], [["1.5"], ["2.5"]]),
        (np.array([(1, "b")], dtype=[("x", "i4"), ("y", "U3")]), ["x", "y"], [["1", "b"]]),
        (np.array(["2020-01-02T00:00:00.123456789"], dtype="M8[ns]"), ["value"], [["2020-01-02T00:00:00.123456789"]]),
        (pd.Series([1], name="s"), ["s"], [["1"]]),
        (pl.Series("p", [1]), ["p"], [["1"]]),
    ],
)
def test_series_and_arrays_are_tables_too(value: object, columns: list[str], rows: list[list[str]]) -> None:
    table = table_of(value)
    assert (table["columns"], table["rows"]) == (columns, rows)


@pytest.mark.parametrize("value", [np.zeros((2, 2, 2)), np.array(1.0), np.zeros(2, dtype="V4"), [1], "text"])
def test_what_has_no_rows_is_no_table(value: object) -> None:
    assert "table" not in look(value)
