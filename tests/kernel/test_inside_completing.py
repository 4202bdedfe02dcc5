"""What the kernel's own part offers behind a cursor, and that none of it runs anything."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codeact_tui.kernel.inside.completing import complete
from codeact_tui.kernel.inside.reading import place_of
from codeact_tui.kernel.inside.signatures import inspect_code


class Shop:
    """Sells things."""

    rate: int

    def __init__(self, name: str, rate: int = 3) -> None:
        self.name = name
        self.stock = {"apples": 2}

    def sell(self, thing: str, *, count: int = 1) -> str:
        """Take it away. For good."""
        return thing * count

    @staticmethod
    def near(place: str) -> "Shop":
        raise AssertionError(place)

    @property
    def upper(self) -> str:
        raise AssertionError

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)

    def __dir__(self) -> list[str]:
        raise AssertionError


def namespace() -> dict[str, object]:
    return {"Shop": Shop, "shop": Shop("corner"), "table": {"north": 1, "it's": 2}, "words": ["a", "b"], "json": json}


def matches(code: str, cursor: int | None = None) -> list[str]:
    found: Any = complete(namespace(), {}, code, len(code) if cursor is None else cursor)
    return found["matches"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sho", "shop"),
        ("shop.", "sell"),
        ("shop.na", "name"),
        ("print(shop.st", "stock"),
        ("shop.stock.po", "pop"),
        ('shop.stock["', 'apples"]'),
        ("table['", "north']"),
        ("words[0].upp", "upper"),
        ('"x".joi', "join"),
        ("[1, 2].app", "append"),
        ("Shop('a').se", "sell"),
        ("Shop.near('b').se", "sell"),
        ("shop.upper.joi", "join"),
        ("shop.sell('a').joi", "join"),
        ("shop.sell(1, co", "count="),
        ("import js", "json"),
        ("from json import du", "dumps"),
        ("import json as j\nj.lo", "loads"),
        ("s = Shop('c')\ns.se", "sell"),
        ("with open('f') as f:\n    f", "f"),
        ("def later(x): pass\nlat", "later"),
        ("whi", "while"),
    ],
)
def test_what_fits_is_offered(code: str, expected: str) -> None:
    assert expected in matches(code)


@pytest.mark.parametrize(
    "code", ["# shop.", "'shop.", "1.", "x = 3.", "nowhere.", "shop.nowhere.", "((((", "table[\"it's", "f'shop."]
)
def test_where_nothing_can_be_told_nothing_but_names_is_offered(code: str) -> None:
    assert "sell" not in matches(code)
    assert "name" not in matches(code)


def test_private_names_come_only_when_asked_for() -> None:
    assert not [match for match in matches("shop.") if match.startswith("_")]
    assert "__init__" in matches("shop.__in")


def test_a_key_that_is_closed_already_is_not_closed_twice() -> None:
    assert matches('table[""]', 7) == ["it's", "north"]


def signature(code: str) -> tuple[object, object, object]:
    found = inspect_code(namespace(), code, len(code))
    return found.get("parameters"), found.get("active"), found.get("doc")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("shop.sell(", (["thing", "*", "count=1"], 0, "Take it away")),
        ("shop.sell('a', count=", (["thing", "*", "count=1"], 2, "Take it away")),
        ("Shop.sell(shop, ", (["self", "thing", "*", "count=1"], 1, "Take it away")),
        ("Shop(", (["name", "rate=3"], 0, "Sells things.")),
        ("Shop('a', (1, ", (["name", "rate=3"], 1, "Sells things.")),
        ("def own(a, b=[]):\n    'Mine.'\nown(1, ", (["a", "b=[]"], 1, "Mine.")),
        ("len(", (["obj", "/"], 0, "Return the number of items in a container.")),
        ("nowhere(", (None, None, None)),
        ("def shop(", (None, None, None)),
    ],
)
def test_calls_are_explained(code: str, expected: tuple[object, object, object]) -> None:
    assert signature(code) == expected


@example(code="", cursor=-1)
@given(st.text(alphabet="shop.[]({'\"#\n =:,fdefclass", max_size=60), st.integers(-2, 70))
def test_no_code_is_too_strange(code: str, cursor: int) -> None:
    complete(namespace(), {}, code, cursor)
    inspect_code(namespace(), code, cursor)


@given(st.text(alphabet="ab.[]()'\"", max_size=40))
def test_what_stands_before_a_dot_is_an_expression_or_nothing(code: str) -> None:
    place: Any = place_of(code, len(code))
    assert place.owner in code
    assert code[place.start :] == place.typed
