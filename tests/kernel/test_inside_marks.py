"""What tells tables and arrays of two times apart."""

import time
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from codeact_tui.kernel.inside.marks import columns_of
from codeact_tui.kernel.inside.namespace import listing
from codeact_tui.kernel.replies import read_listing
from codeact_tui.protocol.table_changes import same_variable, table_changes
from codeact_tui.protocol.variables import Variable


def looked_at(value: object) -> Variable:
    """Give what is told of a variable with this value."""
    return read_listing(msgspec.json.encode(listing({"x": value}, {}, False, 600.0))).variables[0]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": range(10),
            "b": np.linspace(0, 1, 10),
            "s": [f"word {number}" for number in range(10)],
            "when": np.arange("2024-01-01", "2024-01-11", dtype="datetime64[D]").astype("datetime64[ns]"),
            "kind": pd.Categorical(["x", "y"] * 5),
            "maybe": pd.array([1, None] * 5, dtype="Int64"),
        }
    )


CHANGES: list[tuple[str, str]] = [
    ("df.loc[3, 'a'] = 99", "values of a"),
    ("df.loc[3, 's'] = 'another'; df.loc[0, 'b'] = 7.5", "values of b, s"),
    ("df.loc[3, 'when'] = pd.Timestamp('2020-01-01')", "values of when"),
    ("df.loc[0, 'kind'] = 'y'", "values of kind"),
    ("df.loc[0, 'maybe'] = 5", "values of maybe"),
    ("df['c'] = 1", "column c added"),
    ("del df['b']", "column b gone"),
    ("df = pd.concat([df, df.head(2)])", "rows 10 → 12"),
    ("df['a'] = df.a.astype('float64')", "a int64 → float64"),
    ("df = df[['b', 'a', 's', 'when', 'kind', 'maybe']]", "columns in another order"),
    ("df = df.rename(columns={'a': 'aa'})", "column aa added · column a gone"),
    ("df = df.copy()", ""),
    ("df", ""),
]


@pytest.mark.parametrize(("code", "told"), CHANGES)
def test_a_data_frame_is_told_apart_by_rows_columns_and_values(code: str, told: str) -> None:
    names: dict[str, Any] = {"df": table(), "pd": pd}
    before = looked_at(names["df"].copy())
    exec(code, names)
    after = looked_at(names["df"])
    assert " · ".join(table_changes(before, after)) == told
    assert same_variable(before, after) == (not told)


def test_arrays_and_series_are_told_apart_by_shape_and_values() -> None:
    zeros, ones = looked_at(np.zeros((1000, 10))), looked_at(np.ones((1000, 10)))
    assert table_changes(zeros, ones) == ("values",)
    assert table_changes(zeros, looked_at(np.zeros((1000, 11)))) == ("shape 1000×10 → 1000×11",)
    assert same_variable(zeros, looked_at(np.zeros((1000, 10))))
    assert table_changes(looked_at(pd.Series([1, 2])), looked_at(pd.Series([1, 3]))) == ("values",)


def test_what_is_large_is_looked_at_too() -> None:
    large = pd.DataFrame(np.zeros((2_000_000, 20)))
    first = looked_at(large)
    large.iloc[:, 3] += 1
    assert table_changes(first, looked_at(large)) == ("values of 3",)


def test_without_time_nothing_is_said_of_values() -> None:
    before = columns_of(table(), time.perf_counter() - 1)
    assert all(mark == 0 for _, _, mark in before)
    assert len(columns_of(pd.DataFrame({number: [1] for number in range(500)}), time.perf_counter() + 600)) == 100


def test_what_is_no_table_of_a_librarys_own_is_not_looked_at() -> None:
    class Mine(pd.DataFrame):
        @property
        def _mgr(self) -> object:  # pyright: ignore[reportIncompatibleVariableOverride]
            raise AssertionError("it was asked")

    assert columns_of([1, 2], time.perf_counter() + 600) == []
    assert columns_of(type("DataFrame", (), {})(), time.perf_counter() + 600) == []
    assert columns_of(object.__new__(Mine), time.perf_counter() + 600) == []
