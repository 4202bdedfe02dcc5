"""Training sets: what is accepted, what is kept, what is told of it."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.evals.base import SuiteError
from codeact_tui.evals.collecting import Attempt, Chosen, Filters, choose, datasheet, datasheet_page, why_turned_down
from codeact_tui.evals.instructions import Instruction, of_suite, read_instructions
from tests.cli.commands import codeact
from tests.evals.suites import sums
from tests.http_connection import Received
from tests.openai_script import Streamed
from tests.openai_thread import ThreadedOpenAIServer


def line(said: str) -> str:
    conversations = [{"role": "system", "content": f"in /tmp/{said}"}, {"role": "user", "content": said}]
    return json.dumps({"id": said, "conversations": conversations})


def attempt(instruction: str, said: str = "x", *, mended: bool = False, turns: int = 2, number: int = 1) -> Attempt:
    return Attempt(
        instruction, "0", "m", number, True, line=line(said), mended=mended, turns=turns, actions=turns - 1,
        input_tokens=100, output_tokens=10, cost_usd=0.5,
    )  # fmt: skip


def test_the_mended_one_comes_first_then_the_shorter() -> None:
    made = [
        attempt("a", "short", turns=2),
        attempt("a", "mended", turns=4, mended=True, number=2),
        attempt("b", "long", turns=5),
        attempt("b", "brief", turns=3, number=2),
    ]
    chosen = choose(made, Filters())
    assert [json.loads(each.line)["id"] for each in chosen.attempts] == ["mended", "brief"]
    assert chosen.surplus == 2
    assert len(choose(made, Filters(per_instruction=2)).attempts) == 4
    assert [each.instruction for each in choose(made, Filters(mended_only=True)).attempts] == ["a"]
    assert choose(made, Filters(min_turns=4)) == Chosen((made[1], made[2]), too_short=2)


def test_what_says_the_same_is_a_duplicate_whatever_its_folder_and_its_blanks() -> None:
    other = msgspec.structs.replace(attempt("b"), line=line("x").replace("in /tmp/x", "in /tmp/y"))
    chosen = choose([attempt("a"), other, attempt("c", "y")], Filters())
    assert ([each.instruction for each in chosen.attempts], chosen.duplicates) == (["a", "c"], 1)


MANY = [
    attempt(name, said, turns=turns, number=number)
    for name in "ab"
    for number, (said, turns) in enumerate([("x", 2), ("y", 3), ("x", 3), ("z", 2)], start=1)
]


@settings(max_examples=20)
@given(st.permutations(MANY))
def test_the_order_in_which_attempts_ended_changes_nothing(made: list[Attempt]) -> None:
    assert choose(made, Filters(per_instruction=2)) == choose(MANY, Filters(per_instruction=2))


def test_the_datasheet_adds_up() -> None:
    made = [
        attempt("a", mended=True, turns=4),
        attempt("b"),
        msgspec.structs.replace(attempt("c", "y"), replaced=("Replaced: 1 × key.",)),
        Attempt("d", "0", "m", 1, False, "wrong answer", cost_usd=0.5),
        Attempt("e", "0", "m", 1, False, "wrong answer", cost_usd=0.5),
    ]
    chosen = choose(made, Filters())
    sheet = datasheet(made, chosen, Filters(), version="1", when="2024-05-01")
    assert (sheet.written, sheet.mended, sheet.instructions, sheet.asked, sheet.accepted) == (2, 1, 5, 5, 3)
    assert (sheet.turned_down, sheet.models, sheet.cost_usd) == ({"wrong answer": 2}, {"m": 2}, 2.5)
    assert sheet.turns is not None
    assert (sheet.turns.total, sheet.turns.mean, sheet.turns.median) == (6, 3.0, 3)
    assert sheet.written + sum(sheet.left_out.values()) == sheet.accepted
    page = datasheet_page(sheet, "set")
    assert "| wrong answer | 2 |" in page
    assert "| duplicates | 1 |" in page
    assert datasheet_page(datasheet([], choose([], Filters()), Filters(), version="1", when=""), "set")


def test_an_answer_is_held_against_the_expected_one() -> None:
    sought = Instruction("a", "x", "14")
    assert why_turned_down(sought, "So it is.\nAnswer: 14", "answer") == ""
    assert why_turned_down(sought, "Answer: 15", "answer") == "wrong answer"
    assert why_turned_down(sought, "It is 14.", "answer") == "no line with the answer"
    assert why_turned_down(sought, "", "turns") == "no answer: turns"
    assert why_turned_down(Instruction("a", "x"), "Whatever.", "answer") == ""


def test_instructions_are_lines_or_json(tmp_path: Path) -> None:
    file = tmp_path / "asks.txt"
    file.write_text(
        '# these\n\nCount.\n{"id": "m", "instruction": "Add.", "expected": [1], "check": "assert x"}\n', "utf-8"
    )
    count, add = read_instructions(file)
    assert count == Instruction("asks-3", "Count.")
    assert (add.id, add.expected, add.check) == ("m", "[1]", "assert x")
    assert add.prompt.startswith("Add.\n\nEnd with a line")
    assert count.sha256 != add.sha256


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no instructions"),
        ('{"instruction": 1}', "line 1: Expected `str`"),
        ('{"ask": "x"}', "line 1: "),
        ('{"id": "a", "instruction": "x"}\n{"id": "a", "instruction": "y"}', "two instructions with the id a"),
    ],
)
def test_what_is_no_instruction_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "asks.txt").write_text(text, "utf-8")
    with pytest.raises(SuiteError, match=said):
        read_instructions(tmp_path / "asks.txt")


def test_a_suites_tasks_tell_of_their_tools(tmp_path: Path) -> None:
    (once,) = of_suite(sums(tmp_path, 1))
    assert once.expected == "10"
    assert "- add(a: float, b: float) -> float: Add two numbers." in once.prompt
    assert "_codeact_tools" in once.setup


ASKS = [
    {"id": "mended", "instruction": "What is 3 + 4, doubled?", "expected": 14, "setup": "def twice(x): return 2 * x"},
    {"id": "checked", "instruction": "Put 5 into five.", "check": "assert five == 6"},
    {"id": "wrong", "instruction": "What is 3 + 4, doubled, again?", "expected": 15},
]
REPLIES = {
    "What is": ["<execute>\nprint(twise(7))\n</execute>", "Mended.\n<execute>\nprint(2 * 7)\n</execute>", "Answer: 14"],
    "Put 5": ["<execute>\nfive = 5\n</execute>", "Done."],
}


def _plays(request: Received) -> Streamed:
    assert request.body is not None
    messages = request.body["messages"]
    script = next(script for start, script in REPLIES.items() if messages[1]["content"].startswith(start))
    return Streamed((script[sum(message["role"] == "assistant" for message in messages)],), usage=(100, 10))


@pytest.mark.kernel
def test_a_set_is_made_over_the_wire_and_chosen_from_anew_without_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    (tmp_path / "asks.jsonl").write_text("\n".join(json.dumps(ask) for ask in ASKS), "utf-8")
    asked = ("collect", "asks.jsonl", "-o", "set.jsonl", "-m", "openai/m", "--sandbox", "off")
    with ThreadedOpenAIServer(choose=_plays) as server:
        config = tmp_path / "home" / "config"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(f'[model]\nbase_url = "{server.base_url}"\n', "utf-8")
        first = codeact(capsys, *asked, "--jobs", "2", "--json")
        requests = len(server.requests)
        again = codeact(capsys, *asked, "--min-turns", "4")
        assert len(server.requests) == requests
    assert first.code == 0, first.err
    sheet = json.loads(first.out)
    assert (sheet["asked"], sheet["accepted"], sheet["written"], sheet["mended"]) == (3, 1, 1, 1)
    assert sheet["turned_down"] == {"its check failed": 1, "wrong answer": 1}
    assert sheet["tokens"]["total"] == 330
    assert "0 trajectories" in again.out
    assert "left out: 1, too few turns" in again.out
    assert (tmp_path / "set.jsonl").read_text("utf-8") == ""
    third = codeact(capsys, *asked, "--mended-only")
    assert "1 trajectories, 1 of them with an error that was mended." in third.out
    (written,) = (tmp_path / "set.jsonl").read_text("utf-8").splitlines()
    roles = [message["role"] for message in json.loads(written)["conversations"]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user", "assistant"]
    assert "NameError" in written
    assert "def twice" not in written
    assert not (tmp_path / "home" / "data" / "codeact.db").exists()


def test_a_checker_has_to_define_accept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.py").write_text("x = 1", "utf-8")
    (tmp_path / "a.txt").write_text("Count.", "utf-8")
    outcome = codeact(
        capsys, "collect", str(tmp_path / "a.txt"), "-o", str(tmp_path / "o"), "--checker", str(tmp_path / "c.py")
    )
    assert outcome.code == 1
    assert "defines no accept(instruction, answer)" in outcome.err
    nothing = codeact(capsys, "collect", str(tmp_path / "none"), "-o", str(tmp_path / "o"))
    assert "Give a file of instructions, or a suite." in nothing.err
