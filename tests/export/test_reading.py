"""Files from elsewhere as sessions."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.errors import CodeActError
from codeact_tui.export.files import export_to_text
from codeact_tui.export.reading import read_session
from codeact_tui.export.wish import ExportWish
from codeact_tui.protocol.events import Envelope, StoredEvent
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult
from codeact_tui.session.entries import PromptEntry, ReplyEntry
from codeact_tui.session.observations import output_text
from codeact_tui.session.transcript import Transcript, replay
from tests.cli.commands import codeact
from tests.export.sessions import Story, printed

PNG = "iVBORw0KGgo="


def folded(events: list[StoredEvent]) -> Transcript:
    return replay(Envelope(event, place, float(place)) for place, event in enumerate(events, 1))


def read(value: Any, **more: Any) -> Transcript:
    text = value if isinstance(value, str) else json.dumps(value)
    return folded(read_session(text.encode(), "file.json", **more))


def lines(*values: Any) -> str:
    return "\n".join(json.dumps(value) for value in values)


def cells(transcript: Transcript) -> list[tuple[str, str, str | None, str]]:
    """Whose each cell is, its code, how it ended, what it put out."""
    return [(each.origin, each.code, each.status, output_text(each.outputs)) for each in transcript.actions.values()]


def said(transcript: Transcript) -> list[str]:
    return [
        entry.text if isinstance(entry, PromptEntry) else entry.reply.text
        for entry in transcript.entries
        if isinstance(entry, PromptEntry | ReplyEntry)
    ]


def test_a_notebooks_cells_become_the_users() -> None:
    book: dict[str, Any] = {
        "nbformat": 4,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "source": ["# A title\n", "words"]},
            {
                "cell_type": "code",
                "execution_count": 1,
                "source": ["x = 1\n", "x"],
                "outputs": [
                    {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\x1b[2J\n"]},
                    {"output_type": "execute_result", "data": {"text/plain": ["1"]}, "metadata": {}},
                    {"output_type": "display_data", "data": {"image/png": PNG, "application/json": {"a": [1]}}},
                ],
            },
            {
                "cell_type": "code",
                "execution_count": 2,
                "source": "1/0",
                "outputs": [{"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mE: v"]}],
            },
            {"cell_type": "code", "execution_count": None, "source": "never()", "outputs": []},
            {"cell_type": "code", "source": "  "},
        ],
    }
    transcript = read(book)
    assert transcript.title == "A title"
    assert [each[:3] for each in cells(transcript)] == [
        ("user", "x = 1\nx", "ok"),
        ("user", "1/0", "error"),
        ("user", "never()", None),
    ]
    first = next(iter(transcript.actions.values()))
    assert "\x1b" not in output_text(first.outputs)
    assert "a\nb\n1\n" in output_text(first.outputs)
    assert "image/png" in str(first.outputs.blocks)
    assert transcript.turn == 0
    assert transcript.unfinished() == []


def test_a_line_of_codeact_instruct_and_of_sharegpt() -> None:
    talk = [
        ("system", "human", "ignored"),
        ("user", "human", "add them"),
        ("assistant", "gpt", "I add.\n<execute>\nprint(1 + x)\n</execute>"),
        ("user", "human", "Observation:\nTraceback (most recent call last)\nNameError: x"),
        ("assistant", "gpt", "I mend.\n<execute>x = 2\nprint(1 + x)</execute>"),
        ("user", "human", "Execution Output:\n3"),
        ("assistant", "gpt", "It is 3."),
        ("user", "human", "thanks"),
    ]
    instruct: dict[str, Any] = {
        "id": "a",
        "conversations": [{"role": role, "content": content} for role, _, content in talk],
    }
    shared: dict[str, Any] = {"id": "a", "conversations": [{"from": who, "value": content} for _, who, content in talk]}
    shared["conversations"][0]["from"] = "system"
    for line in (instruct, shared):
        transcript = read(line)
        assert [(code, status) for _, code, status, _ in cells(transcript)] == [
            ("print(1 + x)", "error"),
            ("x = 2\nprint(1 + x)", "ok"),
        ]
        assert said(transcript) == ["add them", "I add.", "I mend.", "It is 3.", "thanks"]
        assert cells(transcript)[1][3] == "3"
    many = lines(instruct, {"id": "b", "conversations": [{"role": "user", "content": "second"}]})
    assert read(many, line=2).title == "second"
    for wrong in (None, 3):
        with pytest.raises(CodeActError):
            read(many, line=wrong)


def test_a_session_of_freeact() -> None:
    call = {"part_kind": "tool-call", "tool_name": "ipybox_execute_ipython_cell", "tool_call_id": "1"}
    other = {"part_kind": "tool-call", "tool_name": "search", "args": '{"q": "x"}', "tool_call_id": "2"}
    session: list[dict[str, Any]] = [
        {"kind": "request", "parts": [{"part_kind": "system-prompt", "content": "s"}]},
        {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": ["count", {"kind": "binary"}]}]},
        {
            "kind": "response",
            "parts": [
                {"part_kind": "thinking", "content": "hm"},
                {"part_kind": "text", "content": "I count."},
                {**call, "args": {"code": "print(3)"}},
                other,
            ],
        },
        {"kind": "request", "parts": [{"part_kind": "tool-return", "tool_call_id": "1", "content": "3\n"}]},
        {"kind": "response", "parts": [{"part_kind": "text", "content": "Three."}]},
    ]
    transcript = read(lines(*({"v": 1, "message": message, "meta": {"ts": "x"}} for message in session)))
    assert cells(transcript) == [("model", "print(3)", "ok", "3")]
    assert said(transcript) == ["count", "I count.", '[Used the tool search: {"q": "x"}]', "Three."]


def test_a_conversation_of_open_interpreter() -> None:
    talk: list[dict[str, Any]] = [
        {"role": "user", "type": "message", "content": "list them"},
        {"role": "assistant", "type": "message", "content": "I list."},
        {"role": "assistant", "type": "code", "format": "shell", "content": "ls"},
        {"role": "computer", "type": "console", "format": "active_line", "content": "1"},
        {"role": "computer", "type": "console", "format": "output", "content": "a\x1b]0;t\x07\n"},
        {"role": "assistant", "type": "code", "format": "python", "content": "plot()"},
        {"role": "computer", "type": "image", "format": "base64.png", "content": PNG},
        {"role": "assistant", "type": "message", "content": "There."},
    ]
    transcript = read(talk)
    assert [each[1:3] for each in cells(transcript)] == [("%%sh\nls", "ok"), ("plot()", "ok")]
    assert cells(transcript)[0][3] == "a"
    assert "image/png" in cells(transcript)[1][3]
    assert said(transcript) == ["list them", "I list.", "", "There."]
    old = [{"role": "user", "message": "go"}, {"role": "assistant", "message": "So.", "code": "1", "output": "1"}]
    assert cells(read(old)) == [("model", "1", "ok", "1")]


def test_what_was_exported_comes_back() -> None:
    story = Story("Round trip").prompt("Go.").does("print(1)", printed("1\n"), words="I go.").fails("1/0")
    story.does("x", ExecuteResult({"text/plain": "2"}), DisplayData({"image/png": PNG, "text/plain": "p"}))
    story.own("y", ErrorOutput("E", "v", ("t",))).rejected("no()").answer("Done.")
    before = replay(story.envelopes)

    def back(form: str) -> Transcript:
        wish = ExportWish(form, redact=False)  # pyright: ignore[reportArgumentType]
        return read(export_to_text([story.envelopes], wish, {})[0])

    own = back("jsonl")
    assert (cells(own), said(own), own.title) == (cells(before), said(before), "Round trip")
    book = back("ipynb")
    assert [(code, out) for _, code, _, out in cells(book)] == [(code, out) for _, code, _, out in cells(before)]
    assert (book.title, said(book)) == ("Round trip", said(before))
    talk = back("codeact-instruct")
    assert [code for _, code, _, _ in cells(talk)] == ["print(1)", "1/0", "x"]


def test_own_lines_bring_no_control_sequences() -> None:
    story = Story().does("x", printed("a\x1b]52;c;AAAA\x07b"), ErrorOutput("E", "v", ("\x1b[2Jt",)))
    text = export_to_text([story.envelopes], ExportWish("jsonl", redact=False), {})[0]
    blocks = next(iter(read(text).actions.values())).outputs.blocks
    assert "\x1b" not in repr([getattr(block, "text", "") for block in blocks])
    assert "\\x1b" not in repr(blocks)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"{}", b"[]", b"null", b"hello", b'{"cells": []}', b'{"cells": 3}', b"[1, 2]", b"[" * 9999],
)
def test_what_is_no_session_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(CodeActError):
        read_session(data, "x")


WORDS = ["code", "stream", "user", "assistant", "computer", "message", "error"]
LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(WORDS)
NAMES = """cells cell_type source outputs output_type text data metadata conversations role content from value type
format message parts part_kind args tool_call_id kind v meta event sequence traceback worksheets"""
KEYS = st.sampled_from(tuple(NAMES.split()))


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5)


JSON = st.recursive(LEAF, nested, max_leaves=25)


@settings(max_examples=100, deadline=None)
@given(JSON, JSON)
def test_no_json_at_all_is_a_mistake_of_ours(first: Any, second: Any) -> None:
    for text in (json.dumps(first), lines(first, second), json.dumps({"cells": [first, second]})):
        try:
            transcript = folded(read_session(text.encode(), "x"))
        except CodeActError:
            continue
        assert transcript.title


def test_the_command_imports_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("talk.jsonl").write_text(lines({"conversations": [{"role": "user", "content": "what now?"}]}), "utf-8")
    outcome = codeact(capsys, "import", "talk.jsonl")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Imported 0 cells as what now?.\ncodeact chat --resume ")
    again = codeact(capsys, "export", "-t", "md", "-o", "-")
    assert (again.code, again.err) == (0, "")
    assert "> what now?" in again.out
    written = codeact(capsys, "export", "-o", "page.html")
    assert written.err == f"Written to {tmp_path / 'page.html'}.\n"
    assert codeact(capsys, "export", "-o", "page.html").code == 1
    assert codeact(capsys, "export", "part", "--all").code == 2
    assert codeact(capsys, "import", "nowhere.ipynb").code == 1
