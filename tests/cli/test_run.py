"""`codeact run`: tasks without a screen, their output and their exit codes."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ptyprocess import PtyProcess

from codeact_tui.cli.run import EXIT_CODES
from codeact_tui.headless.json_schema import FILE, protocol_schema
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.ops import Approve, SubmitPrompt
from tests.cli.commands import Outcome, codeact, fresh
from tests.openai_script import Streamed, text
from tests.openai_thread import ThreadedOpenAIServer

PRIMES = "what is the sum of the first 1000 primes?"


@pytest.mark.kernel
def test_the_answer_is_all_that_stands_on_stdout(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = fresh("run", PRIMES, "--model", "demo", "--approve", "all")
    assert (code, err) == (0, "")
    assert out.startswith("The cell's value is **3682913**.")
    assert json.loads(codeact(capsys, "sessions", "list", "--json").out)[0]["title"] == PRIMES


def test_what_needs_a_person_is_refused_with_a_code_of_its_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = codeact(capsys, "run", PRIMES)
    assert (code, out) == (3, "")
    first, second = err.splitlines()
    assert first == "Action [1] needs a person to decide about it."
    assert second.startswith("codeact chat --resume ")


@pytest.mark.kernel
def test_json_is_the_protocol_a_line_an_event(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(PRIMES))
    code, out, err = codeact(capsys, "run", "-", "--json", "--approve", "all")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    schema = json.loads(FILE.read_text("utf-8"))
    validator: Any = jsonschema.Draft202012Validator(schema)
    for line in lines:
        validator.validate(line)
    *events, last = lines
    assert events[0]["event"]["type"] == "session_opened"
    stored = [line["sequence"] for line in events if line["sequence"]]
    assert stored == list(range(1, len(stored) + 1))
    assert events[-2]["event"] == {"type": "turn_finished", "turn": 1, "reason": "answer", "actions": 1}
    for line in events:
        assert json.loads(encode(decode_event(json.dumps(line["event"]).encode()))) == line["event"]
    assert (last["exit_code"], last["result"]["end"], last["result"]["turns"]) == (0, "answer", 2)
    again = codeact(capsys, "run", "more", "--json", "--resume", last["result"]["session"])
    assert json.loads(again.out.splitlines()[0])["event"]["resumed"] is True


def test_the_schema_is_the_protocols() -> None:
    """Run `python -m codeact_tui.headless.json_schema` where it is not."""
    assert json.loads(FILE.read_text("utf-8")) == protocol_schema()
    ops = {"$ref": "#/$defs/Op", "$defs": protocol_schema()["$defs"]}
    for op in (SubmitPrompt("x"), Approve(action_id(1), 0, "0" * 64)):
        jsonschema.validate(json.loads(encode(op)), ops)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"type": "no_such_op"}, ops)


Served = Callable[..., tuple[Outcome, list[dict[str, Any]]]]


@pytest.fixture
def served(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Served:
    """Run a task whose model is a local server; gives what the command did, and what the model was asked."""

    def run(replies: Sequence[Streamed], *arguments: str) -> tuple[Outcome, list[dict[str, Any]]]:
        with ThreadedOpenAIServer(replies) as server:
            monkeypatch.setenv("CODEACT_MODEL_BASE_URL", server.base_url)
            monkeypatch.setenv("CODEACT_MODEL_NAME", "local")
            outcome = codeact(capsys, "run", *arguments)
            return outcome, [request.body for request in server.requests]

    return run


def test_a_typed_answer_is_checked_and_asked_for_again(served: Served) -> None:
    Path("town.json").write_text('{"type": "object", "properties": {"people": {"type": "integer"}}}', "utf-8")
    replies = [text("Bern"), text('{"people": "many"}'), text('{"people": 134000, "name": "Bern \x9b"}')]
    outcome, requests = served(replies, "which town?", "--output-schema", "town.json")
    assert (outcome.code, json.loads(outcome.out), outcome.err) == (0, {"people": 134000, "name": "Bern \x9b"}, "")
    assert outcome.out.isascii()
    assert "at $.people: 'many' is not of type 'integer'" in requests[2]["messages"][-1]["content"]
    outcome, _ = served([text("a"), text("b"), text("c")], "which?", "--output-schema", "town.json")
    assert outcome == (7, "", "The answer holds no JSON. It was asked for 3 times.\n")


def test_limits_have_codes_of_their_own(served: Served) -> None:
    act = text("<execute>\n1\n</execute>")
    assert served([act], "go", "--approve", "never", "--max-turns", "1")[0].code == 3
    assert served([text("hm")], "go", "--max-cost", "0.5")[0].code == 5
    assert served([text("slow", piece=1, delay_s=60)], "go", "--timeout", "0.3")[0].code == 6
    assert set(EXIT_CODES.values()) == {0, 1, 3, 4, 5, 6, 7, 8, 130}


def test_what_cannot_be_done_is_a_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.json").write_text("{", "utf-8")
    Path("list.json").write_text("[]", "utf-8")
    Path("wrong.json").write_text('{"type": "nothing"}', "utf-8")
    Path("latin").write_bytes(b"\xff")
    cases = {
        ("run", "go", "--output-schema", "broken.json"): "broken.json is no JSON",
        ("run", "go", "--output-schema", "list.json"): "it has to be an object",
        ("run", "go", "--output-schema", "wrong.json"): "is no JSON Schema",
        ("run", "-f", "latin"): "latin is no text in UTF-8.",
        ("run", "-f", "nowhere"): "nowhere",
        ("run", "  "): "The task is empty.",
    }
    for arguments, sentence in cases.items():
        outcome = codeact(capsys, *arguments)
        assert (outcome.code, outcome.out) == (1, "")
        assert sentence in outcome.err
    assert codeact(capsys, "run", "a", "-f", "b").code == 2
    assert codeact(capsys, "run", "a", "-c", "-r", "b").code == 2


@pytest.mark.kernel
def test_ctrl_c_ends_the_turn_and_keeps_the_session(folder: Path) -> None:
    arguments = [sys.executable, "-m", "codeact_tui", "run", "run something slow that I can stop", "--json"]
    with subprocess.Popen([*arguments, "--approve", "all"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[dict[str, Any]] = []
        for line in process.stdout:
            lines.append(json.loads(line))
            if lines[-1].get("event", {}).get("type") == "cell_started":
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    kinds = [line["event"]["type"] for line in lines[:-1]]
    assert kinds.count("turn_finished") == 1
    assert (lines[-1]["exit_code"], lines[-1]["result"]["end"]) == (130, "interrupted")


@pytest.mark.kernel
def test_on_a_terminal_it_tells_what_goes_on(folder: Path) -> None:
    arguments = [sys.executable, "-m", "codeact_tui", "run", PRIMES, "--approve", "all"]
    spawn: Any = getattr(PtyProcess, "spawn")  # noqa: B009 - it has no types
    process = spawn(arguments, dimensions=(40, 200), env={**os.environ, "TERM": "xterm"})
    seen = ""
    while True:
        try:
            seen += process.read().decode()
        except EOFError:
            break
    lines = seen.replace("\r\n", "\n").splitlines()
    assert any(line.startswith("  ┃ ") for line in lines)
    assert "[1] runs (all)." in lines
    assert "  │ 3682913" in lines
    assert any(line.startswith("[1] done, ") for line in lines)
    assert lines[-1].startswith("The session is kept: codeact chat --resume ")
