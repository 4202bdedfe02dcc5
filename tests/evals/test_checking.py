"""Answers are compared as the paper compares them."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codeact_tui.evals.checking import is_right

VALUES = st.recursive(
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("14", 14),
        (" 14 ", 14),
        ("14.0", 14),
        ("14", 14.0),
        ("'Oslo'", "Oslo"),
        ("Oslo", "Oslo"),
        ("[1, 2.0, 'x']", [1, 2, "x"]),
        ("(1, 2)", [1, 2]),
        ("['3', 4]", [3, 4]),
        ("[['a', 1], ['b', 2]]", [["a", 1], ["b", 2]]),
        ("True", True),
        ("12", "12"),
        ("12.50", "12.5"),
    ],
)
def test_right(answer: str, expected: object) -> None:
    assert is_right(answer, json.dumps(expected))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("103", 103.84),
        ("15", 14),
        ("The answer is 14", 14),
        ("[1, 2]", [2, 1]),
        ("[1]", [1, 2]),
        ("1", True),
        ("oslo", "Oslo"),
        ("", 0),
        ("[" * 10_000, [1]),
        ("__import__('os').getcwd()", "/"),
        ("nan", 1),
    ],
)
def test_wrong(answer: str, expected: object) -> None:
    assert not is_right(answer, json.dumps(expected))


def test_close_takes_what_is_within_the_tolerance_also_in_lists() -> None:
    assert is_right("12.504", "12.5", "close", 0.005)
    assert not is_right("12.51", "12.5", "close", 0.005)
    assert is_right("['x', 2.999]", '["x", 3]', "close", 0.005)
    assert not is_right("inf", "3", "close", 0.005)


def test_unordered_takes_any_order_and_nothing_else() -> None:
    assert is_right("['b', 'a']", '["a", "b"]', "unordered")
    assert is_right("{'b', 'a'}", '["a", "b"]', "unordered")
    assert not is_right("['a', 'a']", '["a", "b"]', "unordered")
    assert not is_right("['a', 'b', 'c']", '["a", "b"]', "unordered")


@given(VALUES)
@example("\r")
def test_a_value_written_out_is_right(value: object) -> None:
    assert is_right(str(value), json.dumps(value))


@given(st.text(max_size=200), VALUES)
def test_no_answer_makes_it_fail(answer: str, value: object) -> None:
    assert is_right(answer, json.dumps(value)) in {True, False}
