"""`codeact sessions` on a real store."""

import asyncio
import json
from pathlib import Path

import pytest

from codeact_tui.paths import packages_dir, store_path
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    CellFinished,
    CellOutput,
    CellStarted,
    ModelReplied,
    PromptSubmitted,
    SessionOpened,
    StoredEvent,
    TitleChanged,
)
from codeact_tui.protocol.ids import SessionId, action_id, code_sha256
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.store.sqlite import SqliteCatalog
from tests.cli.commands import codeact, fresh

Capture = pytest.CaptureFixture[str]

CODE = "print(6 * 7)"
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


def keep(
    folder: Path, title: str = "Six times seven", prompt: str = "What is 6 × 7?", output: str = "42\n"
) -> SessionId:
    """Store a session with one cell."""
    first, sha256 = action_id(1), code_sha256(CODE)

    async def store() -> SessionId:
        catalog = SqliteCatalog(store_path())
        journal = await catalog.create(folder=str(folder), model="demo")
        events: list[StoredEvent] = [
            SessionOpened(journal.session, str(folder), "demo", "ask", "0.1.0"),
            PromptSubmitted(prompt),
            TitleChanged(title),
            ModelReplied("I'll compute it.", CODE),
            ActionProposed(first, CODE, sha256),
            ActionApproved(first, 0, sha256, "user"),
            CellStarted(first, 0, sha256),
            CellOutput(first, StreamOutput("stdout", output)),
            CellFinished(first, "ok", 0.25, 1),
            ModelReplied("It is 42."),
        ]
        await journal.append(events)
        await journal.close()
        await catalog.close()
        return journal.session

    return asyncio.run(store())


def test_list_is_of_this_folder_or_of_all(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    here = keep(folder)
    there = keep(tmp_path / "elsewhere", "Another")
    outcome = codeact(capsys, "sessions", "list")
    assert (outcome.code, outcome.err) == (0, "")
    [line] = outcome.out.splitlines()
    assert line.startswith(here[-6:])
    assert line.endswith("1 cell  demo  Six times seven")
    both = codeact(capsys, "sessions", "list", "--all").out.splitlines()
    assert {line[:6] for line in both} == {here[-6:], there[-6:]}
    assert any(f"{tmp_path}/elsewhere  Another" in line for line in both)
    assert len(codeact(capsys, "sessions", "list", "--all", "-n", "1").out.splitlines()) == 1
    summaries = json.loads(codeact(capsys, "sessions", "list", "--json").out)
    assert [(summary["id"], summary["title"], summary["cells"]) for summary in summaries] == [
        (here, "Six times seven", 1)
    ]


@pytest.mark.parametrize(("width", "columns"), [(200, ["1 cell", "demo"]), (60, ["1 cell"]), (50, [])])
def test_a_narrow_terminal_leaves_the_titles_room(
    width: int, columns: list[str], folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder)
    monkeypatch.setattr("codeact_tui.cli.sessions.terminal_width", lambda: width)
    [line] = codeact(capsys, "sessions", "list").out.splitlines()
    assert line.split("  ")[2:] == [*columns, "Six times seven"]


def test_nothing_to_list_says_what_to_do(folder: Path, capsys: Capture) -> None:
    assert "--all" in codeact(capsys, "sessions", "list").out
    assert "codeact chat" in codeact(capsys, "sessions", "list", "--all").out
    assert json.loads(codeact(capsys, "sessions", "list", "--json").out) == []


def test_show_is_the_conversation(folder: Path, capsys: Capture) -> None:
    session = keep(folder)
    outcome = codeact(capsys, "sessions", "show", session[-6:])
    assert (outcome.code, outcome.err) == (0, "")
    blocks = outcome.out.split("\n\n")
    assert blocks[0].startswith(f"Six times seven\n{session} · {folder} · demo · ")
    assert blocks[1:] == [
        "› What is 6 × 7?",
        "I'll compute it.",
        "[1] ran, 0.25 s\n    print(6 * 7)\n  │ 42",
        "It is 42.",
        "",
    ]


def test_an_encoding_without_some_signs_is_no_error(folder: Path) -> None:
    outcome = fresh("sessions", "show", keep(folder), environ={"PYTHONIOENCODING": "ascii"})
    assert (outcome.code, outcome.err) == (0, "")
    assert "? What is 6 ? 7?" in outcome.out


def test_show_as_json_is_every_event(folder: Path, capsys: Capture) -> None:
    session = keep(folder)
    lines = codeact(capsys, "sessions", "show", session, "--json").out.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[1]["event"] == {
        "type": "prompt_submitted",
        "text": "What is 6 × 7?",
        "steering": False,
        "mentions": [],
    }


def test_nothing_stored_can_move_the_terminal(folder: Path, capsys: Capture) -> None:
    session = keep(folder, f"title {EVIL}", f"prompt {EVIL}\nfindme", f"output {EVIL}\n")
    for arguments in (
        ["list"],
        ["list", "--all"],
        ["list", "--json"],
        ["show", session],
        ["show", session, "--json"],
        ["search", "findme"],
        ["search", "findme", "--json"],
        ["rename", session, f"new {EVIL}"],
    ):
        outcome = codeact(capsys, "sessions", *arguments)
        assert outcome.code == 0
        assert outcome.out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(outcome.out + outcome.err)


def test_rename_and_find_by_title(folder: Path, capsys: Capture) -> None:
    session = keep(folder)
    assert codeact(capsys, "sessions", "rename", session[-6:], "  The\nanswer ").out == (
        f"{session[-6:]} is now called The answer.\n"
    )
    assert codeact(capsys, "sessions", "list").out.endswith("The answer\n")
    assert codeact(capsys, "sessions", "show", "The answer").code == 0
    outcome = codeact(capsys, "sessions", "rename", session, "\x1b[0m ")
    assert (outcome.code, outcome.err) == (1, "A title can't be empty. Give a few words.\n")


def test_search_shows_where_and_marks_what(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    session = keep(folder)
    keep(folder, "Another", "something else", "nothing\n")
    outcome = codeact(capsys, "sessions", "search", "compute")
    head, snippet = outcome.out.splitlines()[:2]
    assert head.startswith(session[-6:])
    assert head.endswith("Six times seven")
    assert snippet.startswith("    ")
    assert "I'll compute it." in snippet
    hits = json.loads(codeact(capsys, "sessions", "search", "compute", "--json").out)
    assert {hit["session"]["id"] for hit in hits} >= {session}
    assert codeact(capsys, "sessions", "search", "xyzzy").out == "Nothing found.\n"

    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert "\x1b[1mcompute\x1b[0m it" in codeact(capsys, "sessions", "search", "compute").out


def test_delete_asks_first(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = keep(folder), keep(folder, "Another")
    outcome = codeact(capsys, "sessions", "delete", first)
    assert (outcome.code, outcome.err) == (1, "There is no terminal to ask on. With --yes nothing is asked.\n")

    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    questions: list[str] = []
    answers = ["n", "y"]

    def answer(question: str) -> str:
        questions.append(question)
        return answers.pop(0)

    monkeypatch.setattr("builtins.input", answer)
    outcome = codeact(capsys, "sessions", "delete", first, second, first)
    assert outcome.out.splitlines() == [
        f"{first[-6:]}  Six times seven",
        f"{second[-6:]}  Another",
        "Nothing was deleted.",
    ]
    assert questions == ["Delete these 2 sessions and all that was kept of them, for good? [y/N] "]
    assert codeact(capsys, "sessions", "delete", first).out.endswith(f"Deleted {first[-6:]} Six times seven.\n")
    assert [line[:6] for line in codeact(capsys, "sessions", "list").out.splitlines()] == [second[-6:]]
    assert codeact(capsys, "sessions", "delete", second, "--yes").code == 0
    assert "No sessions" in codeact(capsys, "sessions", "list").out


def test_what_its_cells_have_installed_is_shown_and_goes_with_it(folder: Path, capsys: Capture) -> None:
    session = keep(folder)
    for name in ("tinya-1.0.dist-info", "evil\x1b[2J-1.0.dist-info"):
        (packages_dir(session) / "lib" / "python3.12" / "site-packages" / name).mkdir(parents=True)
    shown = codeact(capsys, "sessions", "show", session).out
    assert shown.endswith("Packages kept with it, 0.0 MB: tinya 1.0.\n")
    assert codeact(capsys, "sessions", "delete", session, "--yes").code == 0
    assert not packages_dir(session).exists()


def test_nothing_is_deleted_when_one_is_not_there(folder: Path, capsys: Capture) -> None:
    session = keep(folder)
    outcome = codeact(capsys, "sessions", "delete", session, "nonesuch", "--yes")
    assert outcome.code == 1
    assert "nonesuch" in outcome.err
    assert codeact(capsys, "sessions", "list").out.startswith(session[-6:])


@pytest.mark.parametrize("command", ["show", "delete"])
def test_a_session_that_is_not_there_is_said(folder: Path, capsys: Capture, command: str) -> None:
    keep(folder)
    outcome = codeact(capsys, "sessions", command, "nonesuch")
    assert (outcome.code, outcome.out) == (1, "")
    assert "nonesuch" in outcome.err
