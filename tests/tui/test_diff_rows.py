from hypothesis import assume, given
from hypothesis import strategies as st

from codeact_tui.tui.diff_rows import DiffLine, changed_lines, diff_lines

LINES = st.lists(st.sampled_from("abcde"), max_size=30)


def test_a_change_stands_between_what_is_the_same() -> None:
    old, new = list("abcdefghij"), list("abcdeXghij")
    assert diff_lines(old, new, 1) == [
        DiffLine("gap", 4, 0),
        DiffLine("same", 4, 4),
        DiffLine("removed", 5, 5),
        DiffLine("added", 6, 5),
        DiffLine("same", 6, 6),
        DiffLine("gap", 3, 7),
    ]


def test_nothing_changed_leaves_nothing_to_show() -> None:
    assert [line.kind for line in diff_lines(["a"] * 20, ["a"] * 20)] == ["gap"]


def test_changed_lines_are_told_from_added_ones() -> None:
    assert changed_lines(list("abc"), list("aXcd")) == {1: "changed", 3: "added"}
    assert changed_lines(list("abc"), list("abc")) == {}


@given(LINES, LINES)
def test_both_sides_can_be_read_from_it(old: list[str], new: list[str]) -> None:
    assume(old != new)
    lines = diff_lines(old, new, 100)
    assert [old[line.old] for line in lines if line.kind in {"same", "removed"}] == old
    assert [new[line.new] for line in lines if line.kind in {"same", "added"}] == new


@given(LINES, LINES)
def test_nothing_is_left_out_unsaid(old: list[str], new: list[str]) -> None:
    lines = diff_lines(old, new, 1)
    counted = sum(line.old if line.kind == "gap" else line.kind in {"same", "removed"} for line in lines)
    assert counted == len(old)


def test_very_long_code_is_compared_all_the_same() -> None:
    old = [f"line {number}" for number in range(20_000)]
    new = [*old[:10_000], "new", *old[10_001:]]
    assert changed_lines(old, new) == {10_000: "changed"}
