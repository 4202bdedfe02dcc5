"""The order of rows that are looked at, without a kernel."""

import datetime
import gc
import math
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.api.extensions import ExtensionArray, ExtensionDtype

from codeact_tui.kernel.inside import sorting
from codeact_tui.kernel.inside.sorting import Orders, Unsortable
from tests.kernel.looking import FRAMES, look, ordered, pixels, places, plain, table_of

pandas: Any = pd

CODES = [3, None, 1, 3, 2]


def asked(orders: Orders, table: object, total: int, find: Callable[[], Any]) -> tuple[Any, bool, str]:
    return orders.look(table, total, 0, find)


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"a": [3.0, math.nan, 1.0, 3.0, 2.0]}),
        pd.DataFrame({"a": pandas.array(CODES, dtype="Int64")}),
        pd.DataFrame({"a": pd.Series(["c", None, "a", "c", "b"])}),
        pd.DataFrame({"a": pd.Series(["c", None, "a", "c", "b"], dtype=object)}),
        pd.DataFrame({"a": pd.Series(CODES, dtype=object)}),
        pd.DataFrame({"a": pandas.Categorical.from_codes([2, -1, 0, 2, 1], ["x", "m", "a"])}),
        pd.DataFrame({"a": pandas.to_datetime(["2020-03", None, "2020-01", "2020-03", "2020-02"])}),
        pd.DataFrame({"a": pandas.to_datetime(["2020-03", None, "2020-01", "2020-03", "2020-02"]).tz_localize("UTC")}),
        pd.DataFrame({"a": pandas.to_timedelta([3, None, 1, 3, 2], "h")}),
        pd.Series([3.0, math.nan, 1.0, 3.0, 2.0]),
        pl.DataFrame({"a": CODES}),
        pl.DataFrame({"a": [3.0, math.nan, 1.0, 3.0, 2.0]}),
        pl.Series("a", ["c", None, "a", "c", "b"]),
        np.array([3.0, math.nan, 1.0, 3.0, 2.0]),
        np.array([[0, 3.0], [0, math.nan], [0, 1.0], [0, 3.0], [0, 2.0]]),
    ],
    ids=lambda value: f"{type(value).__module__.split('.')[0]} {getattr(value, 'dtypes', getattr(value, 'dtype', ''))}",
)
def test_rows_are_sorted_either_way_and_what_is_missing_comes_last(value: Any) -> None:
    column = len(value.shape) - 1 if type(value) is np.ndarray else 0
    assert places(value, column) in ([2, 4, 0, 3, 1], [2, 4, 3, 0, 1])
    assert places(value, column, descending=True) in ([3, 0, 4, 2, 1], [0, 3, 4, 2, 1])


def test_equal_values_stay_as_they_stand() -> None:
    frame = pd.DataFrame({"a": [1, 0] * 500})
    assert places(frame, rows=500) == list(range(1, 1000, 2))


@given(values=st.lists(st.none() | st.integers(-5, 5), max_size=60), start=st.integers(0, 70), count=st.integers(0, 70))
def test_a_window_of_sorted_rows_is_part_of_the_whole(values: list[int | None], start: int, count: int) -> None:
    frame = pd.DataFrame({"a": pandas.array(values, dtype="Int64")})
    for descending in (False, True):
        whole = places(frame, rows=500, descending=descending)
        assert sorted(whole) == list(range(len(values)))
        present = [values[place] for place in whole if values[place] is not None]
        assert present == sorted(present, reverse=descending)  # pyright: ignore[reportArgumentType]
        assert all(values[place] is None for place in whole[len(present) :])
        orders = Orders()
        part: dict[str, Any] = {"sort": 0, "descending": descending, "rows": count, "orders": orders}
        table = table_of(frame, start, **part)
        while table.get("sorting"):
            table = table_of(frame, start, **part)
        assert [int(label) for label in table["index"]] == whole[start : start + count]


@given(st.lists(st.text(max_size=3) | st.none(), max_size=200))
@settings(deadline=None)
def test_texts_are_sorted_in_runs_as_they_are_at_once(values: list[str | None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_RUN", 3)
        found = places(pd.DataFrame({"a": pd.Series(values, dtype=object)}), rows=500)
    expected = sorted(
        (place for place, value in enumerate(values) if value is not None), key=lambda at: values[at] or ""
    )
    assert found[: len(expected)] == expected


class Rings:
    """Must not be compared."""

    def __lt__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __hash__(self) -> int:
        raise AssertionError("hashed")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("asked for equality")


class Loud(float):
    """Must not be compared either."""

    def __ne__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __lt__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = float.__hash__


@pytest.mark.parametrize("item", [Rings(), Loud(1.0), (1, 2), [1], datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)])
def test_objects_are_neither_sorted_nor_counted_by_their_own_code(item: object) -> None:
    cells = np.empty(3, dtype=object)
    cells[0], cells[1], cells[2] = item, item, None
    frame = pd.DataFrame({"o": pd.Series(cells, dtype=object)})
    table = ordered(frame, 0)
    assert "would run their code" in table["problem"]
    assert table["index"] == ["0", "1", "2"]
    found = look(frame, figures=0)
    assert ("objects", "2") in found["statistics"]


class Eager(np.ndarray):
    """An array whose own methods must not be called."""

    def _ring(self, *_: object, **__: object) -> Any:
        raise AssertionError("its own code ran")

    view = astype = tolist = sum = min = max = __getitem__ = __len__ = _ring  # pyright: ignore


def test_a_subclass_of_an_array_is_read_as_a_plain_one() -> None:
    image: Any = np.ndarray.__new__(Eager, (8, 8), dtype="u1")
    np.ndarray.fill(image, 3)
    assert pixels(plain(image))[2] == b"\x03" * 192
    assert ordered(image, 0)["rows"][0] == ["3"] * 8
    assert dict(look(image, figures=0)["statistics"])["max"] == "3"


class Foreign(ExtensionArray):
    """A column of somebody else's kind: it may be asked for its dtype and nothing more."""

    armed = False

    def __init__(self, length: int) -> None:
        self._length = length

    @property
    def dtype(self) -> Any:
        return ForeignDtype()

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, item: object) -> Any:
        assert not Foreign.armed, "its own code ran"
        return self

    def take(self, *_: object, **__: object) -> Any:
        raise AssertionError("its own code ran")

    isna = copy = _reduce = argsort = _values_for_argsort = factorize = take  # pyright: ignore


def _array_type(_: object) -> Any:
    return Foreign


ForeignDtype: Any = type(
    "ForeignDtype",
    (ExtensionDtype,),
    {"type": object, "name": "foreign", "construct_array_type": classmethod(_array_type)},
)


def test_a_column_of_a_foreign_kind_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pandas.DataFrame({"n": range(5)})
    frame["f"] = pandas.Series(Foreign(5), copy=False)
    monkeypatch.setattr(Foreign, "armed", True)
    table = table_of(frame, 1, rows=2)
    assert table["rows"] == [["1", "…"], ["2", "…"]]
    assert places(frame, 0, descending=True) == [4, 3, 2, 1, 0]
    assert "its own code" in ordered(frame, 1)["problem"]
    assert look(frame, figures=1)["statistics"] == [("values", "5")]


def test_texts_and_numbers_together_have_no_order() -> None:
    table = ordered(pd.DataFrame({"m": pd.Series([1, "a"], dtype=object)}), 0)
    assert table["problem"] == "It holds objects (int, str): comparing them would run their code."


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (pd.DataFrame({"p": pandas.period_range("2020", periods=3)}), "Columns of period[D] can't be sorted here."),
        (pd.DataFrame({"c": [1j]}), "Columns of complex128 can't be sorted here."),
        (pl.DataFrame({"l": [[1], [2]]}), "Columns of List(Int64) can't be sorted here."),
        (np.zeros((2, 2), dtype=complex), "Columns of complex128 can't be sorted here."),
    ],
)
def test_what_has_no_order_says_so(frame: object, problem: str) -> None:
    assert ordered(frame, 0)["problem"] == problem


def test_a_column_that_is_not_there_says_so() -> None:
    assert ordered(FRAMES["pandas"], 99)["problem"] == "There is no such column."


def test_too_many_rows_are_refused_without_a_look_at_them() -> None:
    big = np.broadcast_to(np.zeros(1), 20_000_001)
    assert ordered(big, 0)["problem"] == "It has 20,000,001 rows; up to 20,000,000 can be sorted here."
    words = pd.DataFrame({"s": pd.Series(["a"] * 2_000_001, dtype=object)})
    assert "sorted up to 2,000,000" in ordered(words, 0)["problem"]


def test_an_order_is_found_once_and_forgotten_with_the_cell() -> None:
    frame, orders, found = pd.DataFrame({"a": [2, 1]}), Orders(), list[int]()

    def find() -> Any:
        found.append(1)
        raise Unsortable("no")

    while asked(orders, frame, 2, find)[1]:
        pass
    assert asked(orders, frame, 2, find) == (None, False, "no")
    assert found == [1]
    orders.forget()
    while asked(orders, frame, 2, find)[1]:
        pass
    assert found == [1, 1]


def test_a_long_sort_is_waited_for_by_nobody_and_what_came_too_late_is_dropped() -> None:
    frame, other, orders, go = pd.DataFrame({"a": [2, 1]}), pd.DataFrame({"a": [1]}), Orders(), threading.Event()

    def find() -> Any:
        go.wait()
        raise Unsortable("old")

    def find_other() -> Any:
        raise Unsortable("other")

    assert asked(orders, frame, 2, find) == (None, True, "")
    assert asked(orders, other, 1, find_other) == (None, True, "")
    orders.forget()
    go.set()
    while asked(orders, other, 1, find_other)[1]:
        pass
    assert asked(orders, other, 1, find_other)[2] == "other"


def test_an_order_that_was_being_found_when_a_cell_ended_is_found_anew() -> None:
    frame, orders, go, found = pd.DataFrame({"a": [2, 1]}), Orders(), threading.Event(), list[int]()

    def find() -> Any:
        found.append(1)
        go.wait()
        raise Unsortable(f"{len(found)} times")

    assert asked(orders, frame, 2, find) == (None, True, "")
    orders.forget()
    go.set()
    while asked(orders, frame, 2, find)[1]:
        pass
    assert asked(orders, frame, 2, find)[2] == "2 times"


def test_an_order_keeps_no_table_alive() -> None:
    orders = Orders()
    frame = pd.DataFrame({"a": [2, 1]})
    while table_of(frame, orders=orders, sort=0).get("sorting"):
        pass
    for thread in threading.enumerate():  # what has told of the order may not have ended yet
        if thread.name == "codeact sorts":
            thread.join(60)
    gone: list[int] = []
    weakref.finalize(frame, gone.append, 1)
    del frame
    gc.collect()
    assert gone == [1]
