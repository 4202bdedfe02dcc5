"""What a reply comes to, however it is written and however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.model.base import ActionFormat, ToolCallDelta
from codeact_tui.model.code_actions import FinishReason, ParsedReply, ReplyParser


def parse(text: str, action_format: ActionFormat = "execute", reason: FinishReason = "stop") -> ParsedReply:
    parser = ReplyParser(action_format)
    parser.feed(text)
    return parser.finish(reason)


def kinds(reply: ParsedReply) -> list[str]:
    return [problem.kind for problem in reply.problems]


def test_words_alone_are_an_answer() -> None:
    assert parse("It is 42.\n") == ParsedReply("It is 42.", None, "It is 42.")


def test_a_block_is_an_action() -> None:
    reply = parse("First:\n<execute>\nx = 1\nprint(x)\n</execute>")
    assert reply == ParsedReply("First:", "x = 1\nprint(x)", "First:\n<execute>\nx = 1\nprint(x)\n</execute>")


def test_the_stop_sequence_may_have_taken_the_closing_tag() -> None:
    reply = parse("First:\n<execute>\nprint(1)\n")
    assert (reply.code, reply.problems) == ("print(1)", ())
    assert reply.raw == "First:\n<execute>\nprint(1)\n</execute>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<execute>print(1)</execute>", "print(1)"),
        ("<execute> print(1) </execute>", "print(1)"),
        ("< Execute >\nprint(1)\n</ EXECUTE >", "print(1)"),
        ("<execute>\r\nprint(1)\r\n</execute>\r\n", "print(1)"),
        ("<execute>\n```python\nprint(1)\n```\n</execute>", "print(1)"),
        ("<execute>\n    a = 1\n    b = 2\n</execute>", "a = 1\nb = 2"),
        ("<execute> if a:\n    b = 2\nc\n</execute>", "if a:\n    b = 2\nc"),
        ("<execute>\nprint('</execute>')\n</execute>", "print('</execute>')"),
        ('<execute>\ns = """\n</execute>\n"""\nprint(s)\n</execute>', 's = """\n</execute>\n"""\nprint(s)'),
        ("<execute>\n!echo it's\n</execute>\nSee?", "!echo it's"),
        ('<execute>\n%%bash\necho """\n</execute>\nand so on', '%%bash\necho """'),
        ("<execute>\nx = 1  # done </execute>", "x = 1  # done"),
        ("<execute>!echo it's</execute>", "!echo it's"),
        ("<execute>!echo it's", "!echo it's"),
        ("<execute>\n%%bash\necho it's </execute>\nIt's done.", "%%bash\necho it's"),
        ("<execute>\n!echo '</execute>'\n</execute>", "!echo '</execute>'"),
        ("<execute>\nx = '''\n%d </execute>\n'''\n</execute>", "x = '''\n%d </execute>\n'''"),
        ("<execute>\nx = 'a\\\n</execute>'\n</execute>", "x = 'a\\\n</execute>'"),
        ("<execute>\nx = it's </execute>\nmore", "x = it's"),
        ("```foo``` is no fence:\n<execute>\n1\n</execute>", "1"),
        ("A lone ` opens nothing <execute>\n1\n</execute>", "1"),
        ("<execute>\n\n~~~py\n1\n\n~~~\n\n</execute>", "1"),
        ("<execute>\n```python\n1\n</execute>", "1"),
    ],
)
def test_code_of_a_block(text: str, code: str) -> None:
    reply = parse(text)
    assert (reply.code, reply.problems) == (code, ())


@pytest.mark.parametrize(
    "text",
    [
        "Write `<execute>` to act.",
        "Like so:\n```\n<execute>\nprint(1)\n</execute>\n```\nDone.",
        "~~~text\n<execute>\n~~~",
        "a < b and <executes> too",
        "Write ``<execute> ` `` to act.",
        "The `</think>` tag ends a thought.",
        "```\n</think>\n```",
    ],
)
def test_a_tag_in_a_fence_or_in_inline_code_is_text(text: str) -> None:
    reply = parse(text)
    assert (reply.code, reply.words, reply.problems) == (None, text, ())


def test_only_the_first_of_several_blocks_is_taken() -> None:
    reply = parse("<execute>\na\n</execute>\nthen\n<execute>\nb\n</execute>")
    assert (reply.code, reply.raw, kinds(reply)) == ("a", "<execute>\na\n</execute>", ["several_blocks"])


@pytest.mark.parametrize(
    ("text", "reason", "kind"),
    [
        ("<execute>\nprint(1", "length", "cut_off"),
        ("<execute>\nprint('", "stop", "tag_in_string"),
        ("<execute>\nprint(1)", "content_filter", "unclosed_block"),
        ("<execute>\n\n</execute>", "stop", "empty_block"),
        ("", "stop", "empty_reply"),
        (" \n", "stop", "empty_reply"),
        ("<think>hm</think>\n", "stop", "empty_reply"),
        ("", "length", "cut_off"),
    ],
)
def test_what_is_not_run_is_told_to_both(text: str, reason: FinishReason, kind: str) -> None:
    reply = parse(text, reason=reason)
    assert (reply.code, kinds(reply)) == (None, [kind])
    assert reply.problems[0].message
    assert reply.problems[0].to_model


@pytest.mark.parametrize(
    "text", ["```python\n<execute>\nprint(1)\n", "Write `<execute>print(1)", "~~~\nx\n<execute>\n"]
)
def test_an_example_that_the_stop_sequence_cut_is_told(text: str) -> None:
    reply = parse(text)
    assert (reply.code, reply.words, kinds(reply)) == (None, text.strip(), ["tag_in_string"])
    assert "Markdown" in reply.problems[0].to_model
    assert kinds(parse(text, "fenced" if "```" not in text else "tool")) == []


def test_thoughts_that_took_all_tokens_are_told_as_such() -> None:
    reply = parse("<think>\nhm, <execute>\n1", reason="length")
    assert (reply.code, kinds(reply)) == (None, ["cut_off"])
    assert "thinking" in reply.problems[0].message


def test_an_answer_cut_short_is_still_an_answer() -> None:
    reply = parse("It is", reason="length")
    assert (reply.words, kinds(reply), reply.problems[0].to_model) == ("It is", ["cut_off"], "")


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("Look:\n```python\nprint(1)\n```\nDone.", "print(1)", []),
        ("```py\ns = '''\n```\n'''\n```\n", "s = '''\n```\n'''", []),
        ("~~~python3\nprint(1)\n~~~", "print(1)", []),
        ("```{.python}\nprint(1)\n```", "print(1)", []),
        ("```text\nno\n```\n```python\nyes\n```", "yes", []),
        ("```python\na\n```\n```python\nb\n```", "a", ["several_blocks"]),
        ("```python\nprint(1)", "print(1)", ["unclosed_block"]),
        ("````\n```python\nno\n```\n````", None, []),
    ],
)
def test_fenced_python(text: str, code: str | None, found: list[str]) -> None:
    reply = parse(text, "fenced")
    assert (reply.code, kinds(reply)) == (code, found)


def test_thoughts_are_no_words_and_no_action() -> None:
    reply = parse("<think>\nmaybe <execute>\n</think>\n\nYes.\n<execute>\n1\n</execute>")
    assert (reply.reasoning, reply.words, reply.code) == ("maybe <execute>", "Yes.", "1")


def test_thinking_is_a_thought_too() -> None:
    assert parse("<thinking>\n<execute>\n</thinking>\nYes.").words == "Yes."


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        ("`df` holds", "`df` holds"),
        ("``", ""),
        ("```python", ""),
        ("  ~", ""),
        ("a <exec", "a "),
        ("a <exec ", "a "),
        ("a <exec b", "a <exec b"),
        ("a <b", "a "),
        ("a <bold>", "a <bold>"),
        ("<execute>\nx = a <b", "x = a "),
        ("<execute>\nx = a <b>", "x = a <b>"),
        ("<think>\nwell </thin", "\nwell "),
    ],
)
def test_only_what_may_begin_a_tag_is_held_back(begun: str, shown: str) -> None:
    parser = ReplyParser("execute")
    pieces = [piece for char in begun for piece in parser.feed(char)]
    assert "".join(piece.text for piece in pieces) == shown


def test_thoughts_whose_opening_the_template_took() -> None:
    reply = parse("let me see\n</think>\nYes.")
    assert (reply.reasoning, reply.words, reply.raw) == ("let me see", "Yes.", "Yes.")


def call(*arguments: str, name: str = "run_python", reason: FinishReason = "tool_calls") -> tuple[str, ParsedReply]:
    parser = ReplyParser("tool")
    shown = "".join(
        piece.text
        for index, text in enumerate(arguments)
        for piece in parser.feed_tool_call(ToolCallDelta(0, "c1" if index == 0 else "", "" if index else name, text))
    )
    return shown, parser.finish(reason)


def test_a_native_call_streams_its_code() -> None:
    shown, reply = call('{"co', 'de": "print(\\"', "a\\u00e9\\", 'n\\")"}')
    assert shown == 'print("aé\n")'
    assert (reply.code, reply.tool_call, reply.problems) == ('print("aé\n")', "c1", ())


def test_a_character_in_two_halves_is_shown_whole() -> None:
    shown, reply = call('{"code": "# \\ud83d', "\\udc", '0d"}')
    assert shown == reply.code == "# 🐍"


def test_a_name_that_is_said_with_every_delta_is_one_name() -> None:
    parser = ReplyParser("tool")
    for part in ('{"code"', ': "1"}'):
        parser.feed_tool_call(ToolCallDelta(0, "a", "run_python", part))
    assert parser.finish("tool_calls").code == "1"


def test_a_fence_in_a_call_is_no_code() -> None:
    assert call('{"code": "```python\\n1\\n```"}')[1].code == "1"


@pytest.mark.parametrize(
    ("arguments", "name"), [('{"code": 1}', "run_python"), ("{", "run_python"), ('{"code": ""}', "x")]
)
def test_a_call_that_cannot_be_read(arguments: str, name: str) -> None:
    assert kinds(call(arguments, name=name)[1]) == ["bad_tool_call"]


def test_a_call_cut_off() -> None:
    assert kinds(call('{"code": "print(', reason="length")[1]) == ["cut_off"]


def test_of_several_calls_the_first_is_taken() -> None:
    parser = ReplyParser("tool")
    parser.feed_tool_call(ToolCallDelta(0, "a", "run_python", '{"code": "1"}'))
    parser.feed_tool_call(ToolCallDelta(1, "b", "run_python", '{"code": "2"}'))
    reply = parser.finish("tool_calls")
    assert (reply.code, reply.tool_call, kinds(reply)) == ("1", "a", ["several_blocks"])


PARTS = st.sampled_from(
    ["<execute>", "</execute>", "<think>", "</think>", "```", "```python", "~~~", "`", "\n", "\r\n", " ", "'", '"',
     '"""', "'''", "<", "</", "<exec", "ute>", "# x", "\\", "x = 1", "words", "é", "    ", "< execute >", "\u2028"]
)  # fmt: skip
REPLIES = st.lists(PARTS | st.text(max_size=6), max_size=30).map("".join)
FORMATS = st.sampled_from(["execute", "fenced"])


@given(REPLIES, st.lists(st.integers(0, 200)), FORMATS, st.sampled_from(["stop", "length", "other"]))
def test_any_cutting_gives_the_same(
    text: str, cuts: list[int], action_format: ActionFormat, reason: FinishReason
) -> None:
    whole = ReplyParser(action_format)
    whole_pieces = whole.feed(text)
    expected = whole.finish(reason)
    parser = ReplyParser(action_format)
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    pieces = [piece for start, end in pairwise(edges) for piece in parser.feed(text[start:end])]
    assert parser.finish(reason) == expected
    for kind in ("text", "code", "reasoning"):
        early = "".join(piece.text for piece in pieces if piece.kind == kind)
        late = "".join(piece.text for piece in whole_pieces if piece.kind == kind)
        assert early.startswith(late) or late.startswith(early)


def feeding_work(length: int) -> int:
    """Count the characters that a reply of one long line, fed one by one, makes the parser look at."""
    parser = ReplyParser("execute")
    looked = 0
    for _ in range(length):
        parser.feed("<")
        looked += len(parser._tail) + 1  # pyright: ignore[reportPrivateUsage]
    return looked


def test_work_grows_with_the_length_of_a_line_not_with_its_square() -> None:
    assert feeding_work(4000) < 5 * feeding_work(1000)
