"""Figures of a column, without a kernel."""

import datetime
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.looking import FRAMES, look, plain

pandas: Any = pd


def test_figures_of_numbers() -> None:
    values = np.append(np.arange(100.0), [math.nan, math.inf])
    found = look(pd.DataFrame({"x": values}), figures=0)
    assert dict(found["statistics"]) == {
        "values": "102",
        "missing": "1 (1.0%)",
        "distinct": "101",
        "infinite": "1",
        "min": "0",
        "max": "99",
        "mean": "49.5",
        "median": "49.5",
        "std": "28.8661",
    }
    assert found["histogram"] == {"counts": [5] * 20, "low": "0", "high": "99", "labels": []}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_figures_of_texts_are_the_most_common(make: Any) -> None:
    found = look(make({"s": ["b", "a", "b", None]}), figures=0)
    assert dict(found["statistics"]) == {"values": "4", "missing": "1 (25.0%)", "distinct": "2"}
    assert (found["histogram"]["labels"], found["histogram"]["counts"]) == (["b", "a"], [2, 1])


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (pandas.to_datetime(["2020-01-01", "2020-01-03"]), "2020-01-01 00:00:00", "2020-01-03 00:00:00"),
        (pandas.to_timedelta([1, 3], "h"), "1:00:00", "3:00:00"),
        (pl.Series([datetime.date(2020, 1, 1), datetime.date(2020, 1, 3)]), "2020-01-01", "2020-01-03"),
    ],
)
def test_figures_of_times(values: object, low: str, high: str) -> None:
    frame = pl.DataFrame({"t": values}) if isinstance(values, pl.Series) else pd.DataFrame({"t": values})
    histogram = look(frame, figures=0)["histogram"]
    assert (histogram["low"], histogram["high"], sum(histogram["counts"])) == (low, high, 2)


def test_many_values_are_sampled_and_it_says_so() -> None:
    found = look(pd.DataFrame({"x": np.arange(1_000_000)}), figures=0)
    assert dict(found["statistics"])["looked at"] == "100,000, 1 in 10"
    assert sum(found["histogram"]["counts"]) == 100_000


def test_a_yes_or_no_is_counted() -> None:
    histogram = look(pd.DataFrame({"b": [True, False, True]}), figures=0)["histogram"]
    assert (histogram["labels"], histogram["counts"]) == (["False", "True"], [1, 2])


def counted(found: Any) -> int:
    return sum(found["histogram"]["counts"]) if found.get("histogram") else 0


@given(st.lists(st.floats() | st.just(0.0), max_size=40))
def test_any_floats_are_spread(values: list[float]) -> None:
    found = look(np.array(values), figures=0)
    finite = sum(math.isfinite(value) for value in values)
    assert counted(found) == finite
    again = plain(np.array(values))
    assert counted(again) == finite


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=1, max_size=40))
def test_any_integers_are_spread(values: list[int]) -> None:
    found = look(np.array(values, dtype="int64"), figures=0)
    assert sum(found["histogram"]["counts"]) == len(values)
    assert (found["histogram"]["low"], found["histogram"]["high"]) == (str(min(values)), str(max(values)))


def test_a_column_without_figures_says_so() -> None:
    assert look([1], figures=0)["error"] == "There are no figures of this column."
    assert look(FRAMES["pandas"], figures=99)["error"] == "There are no figures of this column."
