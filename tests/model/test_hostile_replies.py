"""Replies that are made to cost: the parser looks at every character a bounded number of times."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from codeact_tui.model.base import ActionFormat, ToolCallDelta
from codeact_tui.model.code_actions import ReplyParser
from codeact_tui.model.tool_calls import ToolCallReader

if TYPE_CHECKING:
    from _typeshed import TraceFunction

HOSTILE: dict[str, Callable[[int], str]] = {
    "tags in inline code": lambda n: "`<execute>` " * n,
    "tags in inline code that never closes": lambda n: "`" + "<execute>" * n,
    "runs of backticks of many lengths": lambda n: " ".join("`" * (i % 90 + 1) for i in range(n)) + "<execute>",
    "closing tags in strings": lambda n: "<execute>\n" + "'</execute>' " * n,
    "closing tags in a long string": lambda n: "<execute>\n'''" + "</execute>\n" * n,
    "a fence and blank lines": lambda n: "<execute>\n```python\n" + "\n" * n + "x",
    "a fence and spaces": lambda n: "<execute>\n```python\nx" + " " * n + "\ny",
    "fences in code": lambda n: "<execute>\n```python\n" + "```\n" * n + "x",
    "fences in words": lambda n: "```\n" * n,
    "angle brackets": lambda n: "<" * n,
    "beginnings of tags": lambda n: "<exec" * n,
    "white space": lambda n: " " * n,
    "quotes": lambda n: "<execute>\n" + "'\"" * n,
    "backslashes": lambda n: "<execute>\n'" + "\\" * n,
    "ends of thoughts": lambda n: "</think>" * n,
    "ends of thoughts in inline code": lambda n: "`</think>` " * n,
    "lines": lambda n: "<execute>\n" + "x = 1\n" * n,
}


def steps_to_parse(text: str, piece: int, action_format: ActionFormat) -> int:
    """Count the calls, lines and returns of Python that parsing takes; what a step of C costs is not seen."""
    parser, count = ReplyParser(action_format), 0

    def trace(_frame: FrameType, _event: str, _argument: object) -> "TraceFunction":
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for start in range(0, len(text), piece):
            parser.feed(text[start : start + piece])
        parser.finish("stop")
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("piece", [7, 1_000_000])
@pytest.mark.parametrize("action_format", ["execute", "fenced"])
def test_steps_grow_with_the_length_and_not_with_its_square(name: str, piece: int, action_format: ActionFormat) -> None:
    make = HOSTILE[name]
    small = steps_to_parse(make(200), piece, action_format)
    large = steps_to_parse(make(1600), piece, action_format)
    assert large < 8 * 1.5 * small + 200


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_step_is_a_long_one(name: str) -> None:
    make = HOSTILE[name]
    text = make(300_000 // max(len(make(100)) // 100, 1))
    parser = ReplyParser("execute")
    parser.feed(text)
    parser.finish("stop")


@pytest.mark.parametrize(
    "arguments",
    ['{"other": "' + "x" * 5000, " " * 5000, '{"code": "\\ud83d' + "x" * 5000, '{"code": "\\q' + "x" * 5000],
)
def test_a_preview_that_leads_nowhere_is_given_up(arguments: str) -> None:
    reader = ToolCallReader()
    for char in arguments:
        reader.feed(ToolCallDelta(0, "a", "", char))
        assert len(reader._preview._held) <= 101  # pyright: ignore[reportPrivateUsage]
    assert reader.code is None
