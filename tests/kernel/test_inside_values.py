"""What is told of variables, and that no code of theirs runs for it."""

import collections
import dataclasses
import datetime
import decimal
import enum
import pathlib
import re
import sys
import threading
import types
import uuid
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest

from codeact_tui.kernel.inside.details import detail
from codeact_tui.kernel.inside.namespace import describe
from codeact_tui.kernel.inside.objects import public_name
from codeact_tui.kernel.inside.summaries import summarize


@dataclasses.dataclass
class Point:
    x: int
    y: "Point | None" = None


@dataclasses.dataclass
class Slotted:
    __slots__ = ("a", "b")
    a: int
    b: str


class Plain:
    def __init__(self) -> None:
        self.left = 1
        self.right = "r"

    @property
    def computed(self) -> int:
        raise AssertionError("a property was asked")


class Colour(enum.Enum):
    RED = 1


class Pair(NamedTuple):
    first: int
    second: list[int]


NESTED: list[Any] = [1, [2, [3, [4]]]]
CYCLE: list[Any] = [1]
CYCLE.append(CYCLE)


def some_function(a: int, /, b: int = 1, *args: int, c: int, d: int = 2, **rest: int) -> int:
    """Say nothing."""
    return a


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        (5, "5"),
        (10**500, "<int of 1661 bits>"),
        (1.5, "1.5"),
        (True, "True"),
        (None, "None"),
        (2j, "2j"),
        ("text\n", "'text\\n'"),
        ("x" * 10_000, "'" + "x" * 118 + "…"),
        (b"ab", "b'ab'"),
        (bytearray(b"ab"), "b'ab'"),
        ([1, "a", None], "[1, 'a', None]"),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, …]"),
        ((1,), "(1,)"),
        ((), "()"),
        ({1}, "{1}"),
        (set[int](), "set()"),
        (frozenset({1}), "{1}"),
        ({"a": {"b": {"c": 1}}}, "{'a': {'b': dict of 1}}"),
        (NESTED, "[1, [2, list of 2]]"),
        (CYCLE, "[1, [1, list of 2]]"),
        (collections.defaultdict[int, list[int]](list, {1: [2]}), "defaultdict({1: [2]})"),
        (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
        (collections.OrderedDict[str, int](a=1), "OrderedDict({'a': 1})"),
        (collections.deque([1, 2]), "[1, 2]"),
        (Pair(1, [2]), "Pair(first=1, second=[2])"),
        (Point(1, Point(2)), "Point(x=1, y=Point(x=2, y=None))"),
        (Slotted(1, "b"), "Slotted(a=1, b='b')"),
        (Plain(), "Plain(left=1, right='r')"),
        (object(), "<object object>"),
        (Colour.RED, "Colour.RED"),
        (Plain, "class Plain"),
        (some_function, "some_function(a, /, b=…, *args, c, d=…, **rest)"),
        (len, "len(…)"),
        (Plain().__init__, "method __init__(self)"),
        (sys, "module sys"),
        ((n for n in ()), "generator <genexpr>"),
        (range(3), "range(0, 3)"),
        (slice(1, None, 2), "slice(1, None, 2)"),
        (re.compile("a+"), "re.compile('a+')"),
        (ValueError("bad", 1), "ValueError('bad', 1)"),
        (decimal.Decimal("1.50"), "Decimal('1.50')"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), "2026-01-02 03:04:00 UTC"),
        (datetime.timedelta(hours=1), "1:00:00"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (np.float64(1.5), "1.5"),
        (np.int8(3), "3"),
        (np.arange(12.0).reshape(3, 4), "float64 [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, …]"),
        (np.array([{"a": 1}, None], dtype=object), "object [{'a': 1}, None]"),
        (pd.DataFrame({"a": [1], "b": ["x"]}), "a, b"),
        (pd.Series([1.5, 2.0]), "float64 [1.5, 2.0]"),
        (pd.Index(["p", "q"], dtype=object), "object ['p', 'q']"),
        (pd.Timestamp("2026-01-02", tz="Europe/Rome"), "2026-01-02 00:00:00 Europe/Rome"),
        (pd.NaT, "NaT"),
        (pd.NA, "<NA>"),
        (pl.DataFrame({"q": [1], "r": ["x"]}), "q, r"),
        (pl.Series("s", [1, 2]), "Int64 [1, 2]"),
        (pl.LazyFrame({"q": [1]}), "a query that has not run"),
    ],
)
def test_every_value_has_a_short_summary(value: object, summary: str) -> None:
    assert summarize(value)[:119] == summary[:119]


@pytest.mark.parametrize(
    ("value", "type_name", "kind", "shape", "size_bytes"),
    [
        ([1, 2], "list", "value", [2], sys.getsizeof([1, 2]) - 16),
        ("abc", "str", "value", [3], sys.getsizeof("abc")),
        (5, "int", "value", None, 28),
        (datetime.date(2026, 1, 1), "datetime.date", "value", None, None),
        (np.zeros((3, 4)), "numpy.ndarray", "array", [3, 4], 96),
        (pd.DataFrame({"a": [1, 2]}), "pandas.DataFrame", "table", [2, 1], 16),
        (pl.DataFrame({"a": [1, 2]}), "polars.DataFrame", "table", [2, 1], 16),
        (sys, "module", "module", None, None),
        (some_function, "function", "function", None, None),
        (Plain, "type", "class", None, None),
        (Plain(), "tests.kernel.test_inside_values.Plain", "other", None, None),
    ],
)
def test_a_variable_is_described(
    value: object, type_name: str, kind: str, shape: list[int] | None, size_bytes: int | None
) -> None:
    found = describe("v", value)
    assert (found["name"], found["type_name"], found["kind"], found["shape"]) == ("v", type_name, kind, shape)
    assert found["size_bytes"] == size_bytes


# -- traps


class Alarm:
    """Rings when anything of a trap runs."""

    rang: ClassVar[list[str]] = []

    @classmethod
    def ring(cls, what: str) -> Any:
        cls.rang.append(what)
        raise AssertionError(what)


class Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        return Alarm.ring(f"metaclass {name}")

    def __eq__(cls, other: object) -> bool:
        return Alarm.ring("metaclass ==")

    def __hash__(cls) -> int:
        return Alarm.ring("metaclass hash")

    def __instancecheck__(cls, instance: object) -> bool:
        return Alarm.ring("isinstance")

    @property
    def __module__(cls) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return Alarm.ring("metaclass module")


def _trap_namespace() -> dict[str, Any]:
    def rings(name: str) -> Any:
        def ring(*_: object) -> Any:
            return Alarm.ring(name)

        return ring

    names = ("__repr__", "__str__", "__len__", "__iter__", "__getattr__", "__getattribute__", "__eq__", "__hash__")
    more = ("__bool__", "__format__", "__sizeof__", "__index__", "__float__", "__getitem__", "keys", "items", "shape")
    return {name: rings(name) for name in (*names, *more)} | {"__class__": property(rings("__class__"))}


def _make_traps() -> dict[str, object]:
    traps: dict[str, object] = {}
    sequences = (list, tuple, set, frozenset, collections.deque)
    bases: tuple[Any, ...] = (object, dict, *sequences, str, bytes, int, float, Exception)
    for base in bases:
        cls = type(f"Trap_{base.__name__}", (base,), _trap_namespace())
        traps[base.__name__] = base.__new__(cls)
    hidden_dict = type("HiddenDict", (), {**_trap_namespace(), "__dict__": property(lambda _: Alarm.ring("__dict__"))})
    traps["hidden_dict"] = object.__new__(hidden_dict)
    cls = types.new_class("WithMeta", (), {"metaclass": Meta})
    traps["metaclass"] = type.__call__(cls)
    traps["class itself"] = cls
    return traps


TRAPS = _make_traps()


@pytest.mark.parametrize("name", TRAPS)
def test_no_code_of_a_value_runs(name: str) -> None:
    Alarm.rang.clear()
    trap = TRAPS[name]
    frame = np.empty(1, dtype=object)
    frame[0] = trap
    for value in (trap, [trap], {"k": trap}, (trap,), Point(1), frame):
        describe("v", value)
        found = detail({"v": value}, "v", [], 0)
        assert "error" not in found
        detail({"v": value}, "v", [0], 0)
    holder = Plain()
    holder.right = trap  # pyright: ignore[reportAttributeAccessIssue]
    detail({"v": holder}, "v", ["right"], 0)
    assert Alarm.rang == []


def test_no_code_in_the_cells_of_a_table_runs() -> None:
    Alarm.rang.clear()
    cells = np.empty(2, dtype=object)
    cells[0], cells[1] = TRAPS["object"], "text"
    table: Any = detail({"df": pd.DataFrame({"o": pd.Series(cells, dtype=object)})}, "df", [], 0)["table"]
    assert table["rows"] == [["<Trap_object object>"], ["text"]]
    assert Alarm.rang == []


def test_a_class_that_says_it_is_numpys_is_not_taken_for_it() -> None:
    fake = type("ndarray", (), {"__module__": "numpy", "shape": property(lambda _: Alarm.ring("shape"))})
    Alarm.rang.clear()
    assert describe("v", fake())["kind"] == "other"
    assert Alarm.rang == []


def test_a_module_with_a_lazy_attribute_is_not_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = types.ModuleType("polars")
    lazy.__getattr__ = lambda name: Alarm.ring(name)  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "polars", lazy)
    Alarm.rang.clear()
    value = type("DataFrame", (), {"__module__": "polars.dataframe"})()
    assert describe("v", value)["kind"] == "other"
    assert Alarm.rang == []


def test_a_container_that_changes_meanwhile_is_no_error() -> None:
    growing: dict[int, int] = {}
    stop = threading.Event()

    def grow() -> None:
        n = 0
        while not stop.is_set():
            growing[n] = n
            n += 1
            if n > 5000:
                growing.clear()
                n = 0

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(300):
            summarize(growing)
            detail({"g": growing}, "g", [], 0)
    finally:
        stop.set()
        thread.join()


def test_types_are_named_as_people_import_them() -> None:
    values: list[object] = [1, pd.DataFrame(), np.zeros(1), collections.Counter[str]()]
    assert [public_name(type(value)) for value in values] == [
        "int",
        "pandas.DataFrame",
        "numpy.ndarray",
        "collections.Counter",
    ]


# -- detail


def test_a_data_frame_is_a_window_of_rows() -> None:
    frame = pd.DataFrame({"n": range(200), "s": [f"row {n}" for n in range(200)], "f": [n / 3 for n in range(200)]})
    table: Any = detail({"df": frame}, "df", [], 100)["table"]
    assert (table["columns"], table["dtypes"][0], table["total_rows"], table["total_columns"]) == (
        ["n", "s", "f"],
        "int64",
        200,
        3,
    )
    assert len(table["rows"]) == 50
    assert (table["index"][0], table["rows"][0]) == ("100", ["100", "row 100", "33.333333"])


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame])
def test_tables_of_either_library_look_the_same(make: Any) -> None:
    table: Any = detail({"t": make({"a": [1, 2, 3], "b": ["x", "y\n", "z"]})}, "t", [], 1)["table"]
    assert (table["columns"], table["index"], table["rows"]) == (["a", "b"], ["1", "2"], [["2", "y\\n"], ["3", "z"]])


def test_an_array_has_figures() -> None:
    array = np.array([[1.0, np.nan, 3.0], [np.inf, 0.0, 4.0]])
    found = detail({"a": array}, "a", [], 0)
    assert found["statistics"] == [
        ("dtype", "float64"),
        ("bytes", "48"),
        ("NaN", "1"),
        ("infinite", "1"),
        ("min", "0.0"),
        ("max", "4.0"),
        ("mean", "2"),
        ("std", "1.58114"),
        ("zeros", "1"),
    ]
    nodes: Any = found["nodes"]
    assert [(node["label"], node["summary"]) for node in nodes][-1] == ("[1, 2]", "4.0")


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_large_array_is_sampled(order: Any) -> None:
    array = np.ones((3000, 1000), order=order)
    statistics: Any = detail({"a": array}, "a", [], 0)["statistics"]
    assert dict(statistics)["sampled"] == "131,072 of 3,000,000 values"
    strided: Any = detail({"a": array[::2, ::2]}, "a", [], 0)["statistics"]
    assert dict(strided)["mean"] == "1"


def test_nested_values_are_a_tree() -> None:
    value = {"k": [1, Point(2, Point(3))]}
    nodes: Any = detail({"v": value}, "v", [0], 0)["nodes"]
    assert [(node["label"], node["type_name"].rsplit(".", 1)[-1], node["expandable"]) for node in nodes] == [
        ("0", "int", False),
        ("1", "Point", True),
    ]
    deeper: Any = detail({"v": value}, "v", [*nodes[1]["path"], "y"], 0)
    assert [(node["label"], node["summary"]) for node in deeper["nodes"]] == [(".x", "3"), (".y", "None")]
    assert deeper["variable"]["name"] == "v[0][1].y"


def test_long_containers_come_in_pages() -> None:
    found: Any = detail({"v": list(range(1000))}, "v", [], 950)
    assert (found["total_nodes"], found["nodes"][0]["label"], len(found["nodes"])) == (1000, "950", 50)


@pytest.mark.parametrize("path", [[99], ["gone"], [-1], [0, 0]])
def test_a_path_that_leads_nowhere_says_so(path: list[Any]) -> None:
    assert "any more" in str(detail({"v": [1]}, "v", path, 0)["error"])


def test_functions_and_classes_show_their_source() -> None:
    assert str(detail({"f": some_function}, "f", [], 0)["source"]).startswith("def some_function(a: int, /")
    assert str(detail({"c": Plain}, "c", [], 0)["source"]).startswith("class Plain:\n    def __init__")


def test_source_is_read_from_ordinary_files_only() -> None:
    code = compile("def f(): pass", "/dev/zero", "exec")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    assert detail({"f": namespace["f"]}, "f", [], 0)["source"] == ""


def test_a_long_string_is_shown_at_length_but_not_whole() -> None:
    assert detail({"s": "x" * 100_000}, "s", [], 0)["text"] == "x" * 20_000
