"""`codeact eval` as it is typed, with real kernels, and over the wire."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codeact_tui.config.resources import resource
from codeact_tui.config.schema import Config, SandboxConfig
from codeact_tui.evals.results import read_run
from codeact_tui.evals.suite_folder import read_suite
from codeact_tui.evaluating import check_references, load_suite
from tests.cli.commands import Outcome, codeact
from tests.evals.suites import TOOLS, sums, write_task
from tests.http_connection import Received
from tests.openai_script import Streamed
from tests.openai_thread import ThreadedOpenAIServer

pytestmark = pytest.mark.kernel
UNCONFINED = Config(sandbox=SandboxConfig(mode="off"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def rows(out: str) -> list[list[str]]:
    """Give the table's lines without the seconds, which are never the same."""
    lines = out.split("\n\n")[0].splitlines()
    return [line.split("  ")[:-1] for line in lines]


def evaluate(capsys: pytest.CaptureFixture[str], suite: Path, out: Path, *more: str) -> Outcome:
    return codeact(capsys, "eval", str(suite), "--out", str(out), "--sandbox", "off", *more)


async def test_every_solution_of_the_shipped_suite_gives_the_expected_answer() -> None:
    suite = await load_suite("many-tools", UNCONFINED)
    checked = await check_references(suite, UNCONFINED)
    assert [each for each in checked if each.problem] == []
    assert len(checked) == len(suite.tasks)


def test_a_wrong_solution_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = {
        "right": ("14", "answer = double(add(3, 4))", '[["add", [3, 4]], ["double", [7]]]'),
        "wrong": ("15", "answer = 14", "[]"),
        "fails": ("15", "answer = double(-1)", "[]"),
        "calls": ("14", "answer = double(add(3, 4))", '[["add", [1, 2]]]'),
    }
    for name, (expected, solution, calls) in tasks.items():
        task = f"instruction = 'x'\nexpected = {expected}\nsolution = '{solution}'\ncalls = {calls}"
        write_task(tmp_path / "suite", task, name=name)
    outcome = codeact(capsys, "eval", "check", str(tmp_path / "suite"), "--sandbox", "off")
    assert outcome.code == 1
    assert "wrong: the solution gives 14, and 15 is expected" in outcome.out
    assert "fails: the solution fails: ValueError" in outcome.out
    assert "calls: calls are not the calls" in outcome.out
    assert "1 of 4 solutions give the expected answer." in outcome.out


def test_a_run_that_is_killed_goes_on_to_the_same_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "suite"
    sums(suite, 1)
    hung = tmp_path / "hung"
    write_task(suite, tools=TOOLS.replace("def add(", "def add_all(").replace('"""Two tools."""', _WAITS % str(hung)))
    killed = subprocess.Popen(
        [sys.executable, "-m", "codeact_tui", "eval", str(suite), "--out", "cut", "--sandbox", "off", "--mode", "code"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert killed.stderr is not None
    while line := killed.stderr.readline():  # until the trial that waits for the file is the one that runs
        if line.startswith(b"1 of 2"):
            break
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    killed.stderr.close()
    with (tmp_path / "cut" / "results.jsonl").open("ab") as file:
        file.write(b'{"task": "sums/tw')
    assert len(read_run(tmp_path / "cut")[1]) == 1
    hung.touch()
    went_on = evaluate(capsys, suite, tmp_path / "cut", "--mode", "code")
    whole = evaluate(capsys, suite, tmp_path / "whole", "--mode", "code")
    assert (went_on.code, whole.code) == (0, 0)
    assert rows(went_on.out) == rows(whole.out)
    assert "1 of 2 trials" in went_on.err.splitlines()[0]


_WAITS = '''
"""Waits in its setup until a file is there."""

import pathlib
import time

while not pathlib.Path(%r).exists():
    time.sleep(0.02)
'''


def test_over_the_wire_a_mode_is_what_the_model_makes_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "suite"
    write_task(suite)
    with ThreadedOpenAIServer(choose=_plays) as server:
        settings = tmp_path / "home" / "config"
        settings.mkdir(parents=True)
        (settings / "config.toml").write_text(f'[model]\nbase_url = "{server.base_url}"\n', "utf-8")
        outcome = evaluate(capsys, suite, tmp_path / "run", "--model", "openai/m", "--json", "--jobs", "2")
    assert outcome.code == 0, outcome.err
    arms = {arm["mode"]: arm for arm in json.loads(outcome.out)["arms"]}
    assert {mode: (arm["right"], arm["turns"]["value"]) for mode, arm in arms.items()} == {
        "code": (1, 2.0),
        "json": (1, 3.0),
        "text": (0, 10.0),
    }
    assert {mode: arm["tokens"]["value"] for mode, arm in arms.items()} == {"code": 220, "json": 330, "text": 1100}
    assert arms["code"]["cost_usd"] is None
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "openai/m" in page
    again = codeact(capsys, "eval", "report", str(tmp_path / "run"))
    assert "unknown" in again.out
    compared = codeact(capsys, "eval", "compare", f"{tmp_path / 'run'}#code", f"{tmp_path / 'run'}#text")
    assert "which may well be chance" in compared.out


def _plays(request: Received) -> Streamed:
    """Solve the task by code and by JSON; go astray in text."""
    assert request.body is not None
    messages = request.body["messages"]
    system, done = messages[0]["content"], sum(message["role"] == "assistant" for message in messages)
    if "<execute>" in system:
        said = ["<execute>\nprint(double(add(3, 4)))\n</execute>", "Answer: 14"][done]
    elif '"tool":' in system:
        calls = ['{"tool": "add", "args": [3, 4]}', '{"tool": "double", "args": [7]}']
        said = [*(f"Action: {call} End Action" for call in calls), "Answer: 14"][done]
    else:
        said = "Action: add 3 4 End Action"
    return Streamed((said,), usage=(100, 10))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere is no folder with a suite."),
        (("many-tools", "--mode", "speech"), "--mode speech: that is no action mode. There are code, json, text."),
        (("many-tools", "--task", "cooking"), "No task of many-tools begins with cooking."),
        (("compare", "a", "b"), "a holds no run of codeact eval. Give the folder of one."),
        (("report", "a"), "a holds no run of codeact eval."),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = codeact(capsys, "eval", *arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert said in outcome.err


def test_the_demo_needs_no_folder_and_goes_on_by_itself(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    asked = ("eval", "many-tools", "--task", "decoding/xor", "--mode", "code,json")
    first = codeact(capsys, *asked)
    again = codeact(capsys, *asked)
    assert (first.code, again.code) == (0, 0), first.err
    assert rows(first.out) == rows(again.out)
    assert again.err == "2 of 2 trials, 2 right\n"
    (folder,) = (home / "data" / "evals").iterdir()
    assert {path.name for path in folder.iterdir()} == {"run.json", "results.jsonl", "report.html", "report.json"}
    assert read_suite(resource("evals/suites") / "many-tools").sha256 == read_run(folder)[0].sha256
