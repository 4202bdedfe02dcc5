import gc
import weakref
from typing import Any

import numpy as np

from codeact_tui.kernel.inside.namespace import Differ, find, listing


def scan(differ: Differ, namespace: dict[str, Any], hidden: dict[str, Any] | None = None, **limits: float) -> Any:
    steps = list(differ.scan(namespace, hidden or {}, **limits))
    assert all(step is None for step in steps[:-1])
    return steps[-1]


def names(entries: Any) -> list[str]:
    return [entry["name"] for entry in entries]


def test_the_difference_is_what_was_added_changed_and_removed() -> None:
    differ = Differ()
    namespace: dict[str, Any] = {"a": 1, "b": [1], "c": "x"}
    assert names(scan(differ, namespace)["added"]) == ["c", "b", "a"]
    namespace["b"].append(2)
    namespace["d"] = 4.0
    del namespace["a"]
    changes = scan(differ, namespace)
    assert (names(changes["added"]), names(changes["changed"]), changes["removed"], changes["total"]) == (
        ["d"],
        ["b"],
        ["a"],
        3,
    )
    changes = scan(differ, namespace)
    assert (changes["added"], changes["changed"], changes["removed"]) == ([], [], [])


def test_a_name_that_is_given_an_equal_object_has_changed_and_an_equal_number_has_not() -> None:
    differ, first, second = Differ(), [1], [1]
    scan(differ, {"x": first, "n": 1000})
    changes = scan(differ, {"x": second, "n": int("1000")})
    assert names(changes["changed"]) == ["x"]


def test_what_is_not_the_users_is_hidden() -> None:
    def function() -> None: ...

    secret = object()
    namespace = {"mine": 1, "_private": 2, "np": np, "function": function, "Class": Differ, "theirs": secret}
    assert names(listing(namespace, {"theirs": secret}, False)["variables"]) == ["mine"]
    assert names(listing(namespace, {"theirs": secret}, True)["variables"]) == [
        "Class",
        "function",
        "np",
        "_private",
        "mine",
    ]
    assert names(listing({"theirs": 5}, {"theirs": secret}, False)["variables"]) == ["theirs"]


def test_strange_keys_are_passed_over() -> None:
    asked: list[object] = []

    class Strange(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            asked.append(other)
            return False

        def __hash__(self) -> int:
            return hash("mine")

    namespace: dict[Any, Any] = {Strange("x"): 1, 5: 2, "mine": 3}
    asked.clear()
    assert names(listing(namespace, {}, True)["variables"]) == ["mine"]
    assert find(namespace, "mine") == 3
    assert asked == []


def test_what_the_user_deletes_is_freed() -> None:
    differ = Differ()
    namespace: dict[str, Any] = {"array": np.zeros(10), "box": {1, 2}}
    gone = weakref.ref(namespace["array"])
    scan(differ, namespace)
    del namespace["array"]
    gc.collect()
    assert gone() is None


def test_too_many_variables_are_cut_and_nothing_is_called_removed() -> None:
    differ = Differ()
    namespace = {f"v{n}": [n] for n in range(3000)}
    changes = scan(differ, namespace, seconds=0.0)
    assert changes["cut"]
    assert changes["total"] == 3000
    again = scan(differ, namespace, seconds=0.0)
    assert again["removed"] == []


def test_ten_thousand_variables_are_looked_at_in_short_steps() -> None:
    differ = Differ()
    namespace: dict[str, Any] = {f"v{n}": {"n": n, "s": str(n)} for n in range(10_000)}
    namespace["big"] = np.empty(2_000_000_000, dtype="u1")
    steps = sum(1 for _ in differ.scan(namespace, {}, 10.0))
    assert steps > 10, "nothing else could run in between"
