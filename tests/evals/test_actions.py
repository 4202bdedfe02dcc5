"""Replies of models that act by calls."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.evals.actions import BadAction, find_answer, read_call, read_reply


def test_the_first_action_counts_and_what_follows_is_not_read() -> None:
    found = read_reply("I look.\nAction: look, 1 End Action\nThen\nAction: other End Action\nAnswer: 3")
    assert (found.action, found.answer) == ("look, 1", None)
    assert found.kept == "I look.\nAction: look, 1 End Action"


def test_an_answer_before_an_action_counts() -> None:
    found = read_reply("Answer: 42\nAction: look End Action")
    assert (found.action, found.answer) == (None, "42")


def test_an_action_needs_no_end() -> None:
    assert read_reply("Action: look, 1").action == "look, 1"


def test_thoughts_and_bold_marks_are_passed_over() -> None:
    assert read_reply("<think>Action: no</think>**Answer:** 5").answer == "5"
    assert find_answer("so\n\nAnswer: [1, 2]\n") == "[1, 2]"
    assert find_answer("The Answer is 3") is None
    assert read_reply("MyAction: x").action is None


@pytest.mark.parametrize(
    ("action", "tool", "arguments"),
    [
        ('{"tool": "add", "args": [1, "b"]}', "add", [1, "b"]),
        ('{"tool": "add", "args": {"a": 1}}', "add", {"a": 1}),
        ('{"tool": "look"}', "look", []),
        ('{"tool": "find", "args": "x"}', "find", ["x"]),
        ('```json\n{"tool": "look", "args": []}\n```', "look", []),
    ],
)
def test_json_calls(action: str, tool: str, arguments: object) -> None:
    call = read_call(action, "json")
    assert (call.tool, json.loads(call.arguments)) == (tool, arguments)


@pytest.mark.parametrize(
    ("action", "tool", "arguments"),
    [
        ("look", "look", []),
        ("add, 1, 2.5", "add", [1, 2.5]),
        ("find, New York, 2023-12-01", "find", ["New York", "2023-12-01"]),
        ("find, 'a, b', \"c\"", "find", ["a, b", "c"]),
        ("total, [1, 2, 3], x", "total", [[1, 2, 3], "x"]),
        ("say, it's, fine", "say", ["it's", "fine"]),
        ("say, (open", "say", ["(open"]),
        ("flag, True, None", "flag", [True, None]),
        ("add, a=1, b='x, y'", "add", {"a": 1, "b": "x, y"}),
    ],
)
def test_text_calls(action: str, tool: str, arguments: object) -> None:
    call = read_call(action, "text")
    assert (call.tool, json.loads(call.arguments)) == (tool, arguments)


@pytest.mark.parametrize("action", ["", "[1]", "{", '{"args": []}', '{"tool": 3}', "[" * 100_000])
def test_what_is_no_json_call_is_told(action: str) -> None:
    with pytest.raises(BadAction):
        read_call(action, "json")


def test_a_text_action_names_a_tool() -> None:
    with pytest.raises(BadAction):
        read_call(" , 1", "text")


@given(st.text(alphabet="aA1 ,'\"[](){}=:.\n", max_size=80), st.sampled_from(["json", "text"]))
def test_any_text_is_a_call_or_told_to_be_none(action: str, mode: str) -> None:
    try:
        call = read_call(action, mode)
    except BadAction:
        return
    assert isinstance(json.loads(call.arguments), list | dict)


@given(st.text(max_size=300))
def test_any_reply_is_read(reply: str) -> None:
    found = read_reply(reply)
    assert found.action is None or found.answer is None
