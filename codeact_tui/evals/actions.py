"""Reads a reply of a model that acts by calls, as JSON or as text, and finds the answer in any reply. Pure.

The first of `Action:` and `Answer:` counts, as in the published evaluation. Of a text action the arguments are cut at
commas and numbers made of what looks like one; beyond that, quotes and brackets hold an argument together.
"""

import ast
import json
import re
from typing import cast

from msgspec import Struct

from codeact_tui.evals.base import Call
from codeact_tui.evals.checking import converted
from codeact_tui.evals.prompts import CALL_END

__all__ = ["BadAction", "find_answer", "read_call", "read_reply"]

_MARK = re.compile(r"(?:^|(?<=[\s>*]))\**(Action|Answer):\**")
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"\A```[a-z]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_TEXT_CHARS = 200_000


class BadAction(Exception):
    """An action that can't be read; the message is for the model."""


class FoundReply(Struct, frozen=True):
    """What a reply holds: the text of one action, or an answer, or neither."""

    action: str | None = None
    answer: str | None = None
    kept: str = ""
    """The reply up to the end of that: what the model is shown as its own words."""


def read_reply(text: str) -> FoundReply:
    """Find the action or the answer, whichever comes first."""
    reply = _THOUGHT.sub("", text[:_TEXT_CHARS], count=1).strip()
    first = _MARK.search(reply)
    if first is None:
        return FoundReply(kept=reply)
    rest = reply[first.end() :]
    second = _MARK.search(rest)
    body = rest[: second.start()] if second else rest
    if first[1] == "Answer":
        return FoundReply(answer=body.strip(), kept=(reply[: first.end()] + body).strip())
    end = body.find(CALL_END)
    body, closing = (body[:end], f"{CALL_END}") if end >= 0 else (body, "")
    return FoundReply(action=body.strip(), kept=(reply[: first.end()] + body + closing).strip())


def find_answer(words: str) -> str | None:
    """Give what stands after the first `Answer:` of a reply without code; None where there is none."""
    return read_reply(words).answer


def read_call(action: str, mode: str) -> Call:
    """Read one call of a tool.

    Args:
        action: What stood between `Action:` and its end.
        mode: `json` or `text`.

    Raises:
        BadAction: It is none.
    """
    fenced = _FENCE.match(action.strip())
    body = (fenced[1] if fenced else action).strip()
    return _json_call(body) if mode == "json" else _text_call(body)


def _json_call(body: str) -> Call:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAction(f"That action is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise BadAction('That action is no JSON object with "tool" and "args".')
    call = cast("dict[str, object]", found)
    name, arguments = call.get("tool"), call.get("args", [])
    if not isinstance(name, str) or not name:
        raise BadAction('That action has no "tool" with the name of one.')
    if not isinstance(arguments, list | dict):
        arguments = [arguments]
    return Call(name, json.dumps(arguments))


def _text_call(body: str) -> Call:
    name, *arguments = [piece.strip() for piece in _pieces(body)]
    if not name:
        raise BadAction("That action names no tool. Write its name, then its arguments, with commas between.")
    named = [_KEYWORD.match(argument) for argument in arguments]
    if arguments and all(named):
        given = {match[1]: _value(match[2].strip()) for match in named if match}
        return Call(name, _encoded(given))
    return Call(name, _encoded([_value(argument) for argument in arguments]))


_KEYWORD = re.compile(r"([A-Za-z_]\w*)\s*=\s*(.*)\Z", re.DOTALL)


def _encoded(value: object) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadAction("An argument is no number, text, list or table.") from error


def _pieces(body: str) -> list[str]:
    """Cut at commas that stand in no brackets and no quotes; at all of them where those are not in pairs."""
    pieces: list[str] = []
    depth, quote, start, before = 0, "", 0, ","
    for index, character in enumerate(body):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and before in ",[({:=":
            quote = character
        elif character in "[({":
            depth += 1
        elif character in "])}":
            depth -= 1
        elif character == "," and depth == 0:
            pieces.append(body[start:index])
            start = index + 1
        before = before if character.isspace() else character
    return body.split(",") if quote or depth else [*pieces, body[start:]]


def _value(text: str) -> object:
    number = converted(text)
    if not isinstance(number, str):
        return number
    if text in {"True", "False", "None"} or text[:1] in {"[", "(", "{", '"', "'"}:
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return text
    return text
