import pytest

from codeact_tui.tui import python_editing as editing
from codeact_tui.tui.python_editing import Insertion


@pytest.mark.parametrize(
    ("before", "after", "text", "back"),
    [
        ("x = 1", "", "\n", 0),
        ("    x = 1", "", "\n    ", 0),
        ("if x:", "", "\n    ", 0),
        ("    for i in y:  ", "", "\n        ", 0),
        ("f(", "", "\n    ", 0),
        ("f(", ")", "\n    \n", 1),
        ("    f([", "])", "\n        \n    ", 5),
        ("        return x", "", "\n    ", 0),
        ("    pass", "", "\n", 0),
        ("    return x", " + 1", "\n    ", 0),
    ],
)
def test_enter_keeps_and_changes_the_depth(before: str, after: str, text: str, back: int) -> None:
    assert editing.indent_after(before, after) == Insertion(text, back)


@pytest.mark.parametrize(
    ("before", "after", "char", "expected"),
    [
        ("f", "", "(", Insertion("()", 1)),
        ("f", "x", "(", None),
        ("x = ", "", '"', Insertion('""', 1)),
        ("don", "", "'", None),
        ("fa", ")", "'", None),
        ("x = f", "", "'", Insertion("''", 1)),
        ('""', "", '"', Insertion('""""', 3)),
        ('x = "it', '"', '"', None),
        ("", "", "a", None),
    ],
)
def test_brackets_and_quotes_are_closed(before: str, after: str, char: str, expected: Insertion | None) -> None:
    assert editing.closed_pair(before, after, char) == expected


def test_what_is_selected_is_put_between() -> None:
    assert editing.closed_pair("", "x", "(", "a + b") == Insertion("(a + b)")


@pytest.mark.parametrize(
    ("before", "after", "char", "expected"),
    [
        ("f(", ")", ")", True),
        ("f(g(", ")", ")", False),
        ('"a', '"', '"', True),
        ("", '"a"', '"', False),
        ("f(", "]", ")", False),
        ("f(", "", ")", False),
    ],
)
def test_closing_characters_are_stepped_over(before: str, after: str, char: str, expected: bool) -> None:
    assert editing.steps_over(before, after, char) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("        ", "x", (4, 0)),
        ("      ", "x", (2, 0)),
        ("f(", ")", (1, 1)),
        ('"', '"', (1, 1)),
        ("f(", "x)", (1, 0)),
        ("ab", "", (1, 0)),
        ("", "", (1, 0)),
    ],
)
def test_backspace_takes_indents_and_empty_pairs(before: str, after: str, expected: tuple[int, int]) -> None:
    assert editing.backspace_columns(before, after) == expected


def test_lines_are_indented_and_back() -> None:
    lines = ["if x:", "", "  y"]
    assert editing.indented(lines) == ["    if x:", "", "      y"]
    assert editing.dedented(editing.indented(lines)) == lines
    assert editing.dedented(["\tx", "  y", "z"]) == ["x", "y", "z"]


def test_comments_go_on_and_off() -> None:
    lines = ["    if x:", "", "        y"]
    commented = ["    # if x:", "", "    #     y"]
    assert editing.toggled_comments(lines) == commented
    assert editing.toggled_comments(commented) == lines
    assert editing.toggled_comments(["# a", "b"]) == ["# # a", "# b"]
    assert editing.toggled_comments([""]) == [""]


def test_an_open_call_is_noticed() -> None:
    assert editing.in_call("f(1, ")
    assert not editing.in_call("f(1)")
    assert editing.in_call("f(g(1), [")
    assert not editing.in_call("")


def test_the_word_before_the_cursor() -> None:
    assert editing.word_before("df.rev") == "rev"
    assert editing.word_before("x = 12") == ""
    assert editing.word_before("größe") == "größe"
