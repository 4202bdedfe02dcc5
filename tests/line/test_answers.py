"""What a line means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.line.answers import Answer, Entry, looks_like_answer, parse_answer, parse_entry, parse_yes_no


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("y", Answer("run")),
        (" YES ", Answer("run")),
        ("e", Answer("edit")),
        ("n", Answer("reject")),
        ("n too slow", Answer("reject", "too slow")),
        ("f use polars", Answer("reject", "use polars")),
        ("f", Answer("why")),
        ("a", Answer("rule")),
        ("t", Answer("turn")),
        ("c", Answer("careful")),
        ("", None),
        ("yes please", None),
        ("no problem, go on", None),
        ("yn", None),
        ("и", None),
    ],
)
def test_answers(line: str, answer: Answer | None) -> None:
    assert parse_answer(line) == answer


@given(st.text())
def test_nothing_but_a_word_of_consent_runs_anything(line: str) -> None:
    answer = parse_answer(line)
    if answer is not None and answer.verb in {"run", "turn", "careful"}:
        assert line.strip().lower() in {"y", "yes", "run", "t", "turn", "all", "c", "careful"}


def test_yes_and_no() -> None:
    assert [parse_yes_no(line) for line in ("y", "No", "maybe", "")] == [True, False, None, None]


def test_what_could_be_an_answer() -> None:
    assert [looks_like_answer(line) for line in ("", "y", "no", "what now?")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("hello", Entry("prompt", "hello")),
        ("  two\nlines ", Entry("prompt", "two\nlines")),
        ("!x = 1", Entry("code", "x = 1")),
        ("!  x = 1\n  y", Entry("code", "x = 1\n  y")),
        ("!!ls -l", Entry("shell", "ls -l")),
        ("!!", None),
        ("!", None),
        ("", None),
        ("/vars all", Entry("command", "all", "vars")),
        ("/help", Entry("command", "", "help")),
        ("/home/me/x.csv is broken", Entry("prompt", "/home/me/x.csv is broken")),
        ("/ is the root", Entry("prompt", "/ is the root")),
        ("/?", Entry("prompt", "/?")),
    ],
)
def test_entries(line: str, entry: Entry | None) -> None:
    assert parse_entry(line) == entry
