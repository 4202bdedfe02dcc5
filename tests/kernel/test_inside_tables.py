"""Windows, orders, figures and pictures of what is looked into, without a kernel."""

import base64
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
from PIL import Image

from codeact_tui.kernel.inside import sorting
from codeact_tui.kernel.inside.details import detail
from codeact_tui.kernel.inside.sorting import Orders, Unsortable

pandas: Any = pd

CODES = [3, None, 1, 3, 2]


def look(value: object, start: int = 0, orders: Orders | None = None, **part: object) -> Any:
    return detail({"v": value}, "v", [], start, {"as_table": True, **part}, orders)


def plain(value: object) -> Any:
    return detail({"v": value}, "v", [], 0)


def asked(orders: Orders, table: object, total: int, find: Callable[[], Any]) -> tuple[Any, bool, str]:
    return orders.look(table, total, 0, find)


def table_of(value: object, start: int = 0, orders: Orders | None = None, **part: object) -> Any:
    return look(value, start, orders, **part)["table"]


def ordered(value: object, column: int, **part: Any) -> Any:
    """Wait for the order, as a front end that asks again does."""
    orders = Orders()
    table = table_of(value, orders=orders, sort=column, **part)
    while table.get("sorting"):
        table = table_of(value, orders=orders, sort=column, **part)
    return table


def places(value: object, column: int = 0, **part: Any) -> list[int]:
    table = ordered(value, column, **part)
    assert table["problem"] == ""
    return [int(label) for label in table["index"]]


COLUMNS = {"n": range(1000), "s": [f"row {n}" for n in range(1000)], "x": [n / 4 for n in range(1000)]}
FRAMES: dict[str, Any] = {"pandas": pd.DataFrame(COLUMNS), "polars": pl.DataFrame(COLUMNS)}


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


# -- order


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
    gone: list[int] = []
    weakref.finalize(frame, gone.append, 1)
    del frame
    gc.collect()
    assert gone == [1]


# -- figures


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


# -- pictures


def pixels(found: Any) -> tuple[int, int, bytes]:
    picture = found["picture"]
    return picture["width"], picture["height"], base64.b64decode(picture["pixels"])


def test_arrays_of_bytes_are_pictures() -> None:
    image = np.zeros((4, 5, 3), dtype="u1")
    image[0, 0] = (255, 128, 1)
    width, height, data = pixels(plain(image))
    assert (width, height, len(data), data[:6]) == (5, 4, 60, b"\xff\x80\x01\x00\x00\x00")
    assert pixels(plain(np.full((4, 4), 7, dtype="u1")))[2] == b"\x07" * 48
    assert pixels(plain(np.ones((4, 4), dtype=bool)))[2] == b"\xff" * 48
    assert pixels(plain(np.full((4, 4, 3), 0.5)))[2] == b"\x7f" * 48
    clear = np.zeros((4, 4, 4), dtype="u1")
    assert pixels(plain(clear))[2] == b"\xff" * 48


@pytest.mark.parametrize(
    "value",
    [
        np.zeros((4, 5)),
        np.zeros((2, 5), dtype="u1"),
        np.zeros((4, 4, 5), dtype="u1"),
        np.full((4, 4, 3), 2.0),
        np.zeros(9),
    ],
)
def test_other_arrays_are_not(value: object) -> None:
    assert "picture" not in plain(value)


@pytest.mark.parametrize("size", [(1000, 10), (10, 1000), (161, 121), (5000, 3000)])
def test_a_large_picture_is_made_small(size: tuple[int, int]) -> None:
    width, height = size
    found = pixels(plain(np.zeros((height, width), dtype="u1")))
    assert found[0] <= 160
    assert found[1] <= 120
    assert len(found[2]) == found[0] * found[1] * 3


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I", "F"])
def test_pillows_images_are_pictures(mode: str) -> None:
    found = plain(Image.new(mode, (320, 100)))
    assert pixels(found)[:2] == (160, 50)
    assert (found["variable"]["shape"], found["variable"]["summary"]) == ([100, 320], f"{mode} picture, 320 × 100")


def test_an_image_that_is_not_read_yet_is_left_alone(tmp_path: Any) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert "picture" not in plain(image)
        image.load()
        assert pixels(plain(image))[2][:3] == b"\xff\x00\x00"


class Mine(Image.Image):
    """A class of the user's."""


def test_a_class_made_from_an_image_is_no_image() -> None:
    assert "picture" not in plain(Mine())
