"""Sessions whose lines come from a pipe: a line is a prompt, a command or an answer."""

import io
from collections.abc import Iterable

import pytest

from codeact_tui.config.schema import Config, InterfaceConfig, OutputConfig, SessionConfig
from codeact_tui.errors import ModelAuthFailed, ModelUnavailable, StoreError
from codeact_tui.kernel.fake_script import Ask, Die
from codeact_tui.line.run import Streams, run_line
from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Script
from codeact_tui.protocol.events import ActionApproved, ActionRejected, CellStarted
from codeact_tui.protocol.outputs import (
    ClearOutput,
    DisplayData,
    StreamOutput,
    UpdateDisplay,
)
from codeact_tui.session.base import Desk, Session
from tests.line.stage import Stage, act, converse


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


async def said(scripts: Iterable[Script], script: str, **config: object) -> tuple[str, int]:
    return await converse(Stage(scripts, config=Config(**config)), script)  # pyright: ignore[reportArgumentType]


async def test_a_turn_is_told_in_words_without_one_escape() -> None:
    stage = Stage([act("print(6 * 7)"), "It is 42."])
    text, code = await converse(stage, "what is six times seven?\ny\n")
    lines = lines_of(text)
    asked = lines.index("› what is six times seven?")
    assert lines[asked:-1] == [
        "› what is six times seven?",
        "Thinking.",
        "Let me see.",
        "[1] the model proposes:",
        "   1  print(6 * 7)",
        "[1] looks like it only computes.",
        "Run [1]? y run · d dry run · e edit · n reject · f say why · a always · t turn · c careful",
        "[1] approved.",
        "Running [1].",
        "42",
        lines[asked + 10],
        "Thinking.",
        "It is 42.",
    ]
    assert lines[asked + 10].startswith("[1] done in ")
    assert lines[-1].startswith("The session is kept: codeact chat --resume ")
    assert code == 0
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert stage.closed


async def test_a_question_at_the_end_of_input_is_a_rejection() -> None:
    stage = Stage([act("print(1)")])
    text, code = await converse(stage, "go\n")
    assert "[1] was rejected: the input ended before there was an answer." in text
    assert code == 1
    rejected = [event for event in stage.events if isinstance(event, ActionRejected)]
    assert [(event.by, event.reason) for event in rejected] == [("user", "the input ended before there was an answer")]
    assert stage.count(ActionApproved) == 0
    assert stage.kernel.executed == []


async def test_what_is_no_answer_is_said_and_asked_again() -> None:
    text, code = await said([act("print(1)"), "Fine."], "go\nwhat?\n\nn\n")
    assert "That is no answer about [1]" in text
    assert "[1] rejected." in text
    assert code == 0


async def test_a_reason_goes_to_the_model() -> None:
    stage = Stage([act("print(1)"), act("print(2)"), "Fine."])
    text, _ = await converse(stage, "go\nn not that one\nf\nnor this\n")
    assert "[1] rejected: not that one." in text
    assert "[2] rejected: nor this." in text
    assert "nor this" in stage.model.requests[-1].messages[-1].content


async def test_the_rest_of_a_turn_can_be_allowed() -> None:
    stage = Stage([act("print(1)"), act("print(2)"), "Done."])
    text, code = await converse(stage, "go\nt\n")
    assert "[2] runs by itself, as everything does in the rest of this turn." in text
    assert stage.kernel.executed == ["print(1)", "print(2)"]
    assert code == 0


async def test_an_edit_is_shown_as_a_diff_and_asked_about_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/40/41/")
    stage = Stage([act("x = 40\nprint(x)"), "Done."])
    text, code = await converse(stage, "go\ne\ny\n")
    assert "[1] as you changed it:" in text
    assert "  -x = 40\n  +x = 41\n" in text
    assert text.count("Run [1]?") == 2
    assert stage.kernel.executed == ["x = 41\nprint(x)"]
    assert code == 0


@pytest.mark.parametrize(
    ("editor", "told"),
    [("true", "Nothing was changed."), ("false", "exit code 1"), ("/nowhere/vi", "could not be started")],
)
async def test_an_edit_that_changes_nothing_leaves_the_question_open(
    editor: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    stage = Stage([act("print(1)"), "Done."])
    text, _ = await converse(stage, "go\ne\ny\n")
    assert told in text
    assert stage.kernel.executed == ["print(1)"]


async def test_commands_and_own_cells() -> None:
    stage = Stage([act("x = [1, 2]"), "Done."])
    script = "go\ny\n!y = 5\n/vars\n/var x\n/rerun 1\n/rerun 9\n/rerun\n/policy all\n/policy never\n/model\n"
    script += "/status\n/nope\n/rename My title\n"
    text, code = await converse(stage, script)
    assert "[2] your cell:\n   1  y = 5\n" in text
    assert "Variables: new y." in text
    assert "x: list, 2, " in text
    assert "[3] your rerun of [1]:" in text
    assert "There is no cell [9]. So far: 3 cells." in text
    assert "Which cell? Give its number: /rerun 3." in text
    assert "Policy: all; every action runs by itself." in text
    assert "There is no policy never. Say ask, safe, sandbox, turn or all." in text
    assert "* scripted" in text
    assert "Policy: all\n" in text
    assert "There is no command /nope. /help lists them." in text
    assert "Title: My title" in text
    assert code == 0


async def test_a_shell_command_is_not_shown_to_the_model() -> None:
    stage = Stage(["Hello."])
    stage.kernel.on("!ls", StreamOutput("stdout", "secret.txt\n"))
    text, _ = await converse(stage, "!!ls\nhello\n")
    assert "your cell, not shown to the model:" in text
    assert "secret.txt" in text
    assert "secret" not in str(stage.model.requests)


async def test_cells_ask_and_are_answered_by_lines() -> None:
    stage = Stage(["Hi."])
    stage.kernel.on("greet()", Ask("Name? ", then=lambda answer: [StreamOutput("stdout", f"hello {answer}\n")]))
    text, code = await converse(stage, "!greet()\n/Ana\nhello\n")
    assert "Running [1].\nName? /Ana\nhello /Ana\n" in text
    assert "› hello" in text
    assert code == 0


async def test_a_cell_that_asks_at_the_end_of_input_is_stopped() -> None:
    stage = Stage()
    stage.kernel.on("greet()", Ask("Name? "))
    text, code = await converse(stage, "!greet()\n")
    assert "[1] asked “Name?” and was stopped: the input ended before there was an answer." in text
    assert code == 1


async def test_progress_is_one_line_in_its_final_state() -> None:
    stage = Stage()
    stage.kernel.on("bar()", *(StreamOutput("stderr", f"\r{percent}%") for percent in (10, 50, 100)))
    text, _ = await converse(stage, "!bar()\n")
    assert "\n100%\n" in text
    assert "50%" not in text


async def test_what_is_displayed_anew_is_shown_in_its_final_state() -> None:
    stage = Stage()
    stage.kernel.on(
        "show()",
        DisplayData({"text/plain": "epoch 1"}, display_id="d"),
        UpdateDisplay("d", {"text/plain": "epoch 2"}),
        UpdateDisplay("d", {"text/plain": "epoch 3"}),
    )
    stage.kernel.on(
        "frames()",
        StreamOutput("stdout", "frame 1\n"),
        ClearOutput(wait=True),
        StreamOutput("stdout", "frame 2\n"),
        ClearOutput(wait=True),
        StreamOutput("stdout", "frame 3\n"),
    )
    text, _ = await converse(stage, "!show()\n!frames()\n")
    assert [line for line in text.split("\n") if line.startswith("epoch")] == ["epoch 1", "epoch 3"]
    assert [line for line in text.split("\n") if line.startswith("frame ")] == ["frame 1", "frame 3"]


async def test_a_long_output_says_what_is_missing_and_where_it_is() -> None:
    stage = Stage(config=Config(output=OutputConfig(head_kb=1, tail_kb=1)))
    stage.kernel.on("flood()", StreamOutput("stdout", "".join(f"line {n}\n" for n in range(1000))))
    text, _ = await converse(stage, "!flood()\n/output 1\n")
    shown, _, whole = text.partition("[the whole, 8.9 kB: /output 1]")
    assert "bytes left out …]" in shown
    assert "line 0\n" in shown
    assert "line 999\n" in shown
    assert "line 500\n" not in shown
    assert all(f"line {n}\n" in whole for n in range(1000))


async def test_a_dead_kernel_is_told_and_replaced() -> None:
    stage = Stage()
    stage.kernel.on("os._exit(3)", Die(3))
    text, code = await converse(stage, "!os._exit(3)\n/restart\n!print(5)\n")
    assert "The kernel died: exit code 3. All variables are gone." in text
    assert "Type /restart for a fresh one" in text
    assert "[1] ended with the kernel." in text
    assert "A fresh kernel is ready" in text
    assert "\n5\n" in text
    assert code == 0


async def test_the_limit_of_a_turn_is_a_question() -> None:
    config = Config(session=SessionConfig(policy="all", max_actions=1))
    stage = Stage([act("print(1)"), act("print(2)")], config=config)
    text, code = await converse(stage, "go\ny\n")
    assert text.count("Go on for up to 1 action more? y yes · n no") == 2
    assert stage.kernel.executed == ["print(1)", "print(2)"]
    assert code == 1


async def test_a_failed_turn_is_one_line_and_exit_code_1() -> None:
    text, code = await said([[ModelAuthFailed("The key was not accepted.", remedy="Set OPENAI_API_KEY.")]], "go\n")
    assert "Error: The key was not accepted. Set OPENAI_API_KEY." in text
    assert code == 1


async def test_a_retry_voids_what_streamed() -> None:
    stage = Stage([[TextDelta("It is forty"), ModelUnavailable("The line broke.", retry_after_s=0)], "It is 42."])
    text, code = await converse(stage, "go\n")
    assert "It is forty\nThe line broke. Trying again in " in text
    assert "What was said of this reply is void.\nIt is 42.\n" in text
    assert code == 0


async def test_what_comes_from_outside_can_not_move_a_terminal() -> None:
    evil = "\x1b[2J\x1b]0;title\x07[red]x[/red]\x9b31m"
    stage = Stage([act(f"print(1) # {evil}\u202e", words=f"words {evil}"), "Done."])
    stage.kernel.on("evil()", StreamOutput("stdout", evil + "\x1b[31mred\n"))
    text, _ = await converse(stage, f"{evil}\nn {evil}\n!evil()\n")
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert "\x9b" not in text
    assert "⟨U+202E⟩" in text
    assert "⟨U+001B⟩[2J" in text
    assert "words [red]x[/red]" in text


async def test_a_first_prompt_comes_before_the_lines() -> None:
    text, code = await converse(Stage(["One.", "Two."]), "second\n", first_prompt="first")
    assert text.index("› first") < text.index("One.") < text.index("› second") < text.index("Two.")
    assert code == 0


async def test_a_first_prompt_is_never_a_command() -> None:
    text, _ = await converse(Stage(["I see."]), "", first_prompt="/exit is a strange word")
    assert "› /exit is a strange word" in text
    assert "I see." in text


async def test_a_session_at_work_is_not_left_for_another() -> None:
    stage = Stage([act("print(1)"), "Done."])
    text, _ = await converse(stage, "go\n/new\ny\n")
    assert "This session is still at work. Stop it first, with Ctrl+C." in text
    assert stage.kernel.executed == ["print(1)"]
    assert len(stage.controllers) == 1


async def test_new_sessions_lists_and_resuming() -> None:
    stage = Stage([act("x = 1"), "Done.", "Hello."])
    text, code = await converse(stage, "alpha task\ny\n/new\nbeta task\n/sessions\n/resume alpha\n/resume nothing\n")
    assert "alpha task" in text.partition("/resume and a part")[0]
    resumed = text.partition("Type /resume and a part of an id or title to open one.")[2]
    assert "[1] the model's cell:\n   1  x = 1\n[1] done in" in resumed
    assert "opened again" in resumed
    assert "The variables of 1 cell are gone: /restart rerun runs the approved cells again." in resumed
    assert "No session has nothing in its id or title." in resumed
    assert len(stage.controllers) == 3
    assert code == 0


async def test_rerunning_after_a_resume() -> None:
    stage = Stage([act("x = 1"), "Done."])
    text, _ = await converse(stage, "alpha task\ny\n/new\n/resume alpha\n/restart rerun\n")
    assert "your rerun of [1]:" in text
    assert "1 cells were rerun" in text or "1 cell was rerun" in text


async def test_an_edited_rerun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/1/2/")
    stage = Stage()
    await converse(stage, "!print(1)\n/rerun 1 edit\n")
    assert stage.kernel.executed == ["print(1)", "print(2)"]


async def test_a_session_that_can_not_be_opened() -> None:
    async def refuse() -> tuple[Desk, Session]:
        raise StoreError("The disk is full.", remedy="Make room.")

    out = io.StringIO()
    code = await run_line(refuse, interface=InterfaceConfig(), streams=Streams(io.StringIO("hello\n"), out))
    assert (out.getvalue(), code) == ("Error: The disk is full. Make room.\n", 1)


async def test_a_session_that_is_open_elsewhere_can_be_looked_at() -> None:
    stage = Stage(["Hello."])
    journal = await stage.catalog.create(folder="/project", model="scripted")

    async def connect() -> tuple[Desk, Session]:
        return stage, await stage.open(journal.session)

    out = io.StringIO()
    code = await run_line(connect, interface=InterfaceConfig(), streams=Streams(io.StringIO("hello\n"), out))
    assert "here it can only be looked at" in out.getvalue()
    assert "This session is open in another codeact" in out.getvalue()
    assert code == 0
    await journal.close()


async def test_lines_from_memory_are_as_good_as_a_pipe() -> None:
    stage, out = Stage(["Hello."]), io.StringIO()
    code = await run_line(stage.connect, interface=InterfaceConfig(), streams=Streams(io.StringIO("hi\n/exit\n"), out))
    assert "Hello.\n" in out.getvalue()
    assert code == 0


async def test_a_reader_that_goes_away_ends_the_session() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    stage = Stage([act("print(1)")])
    _, code = await converse(stage, "go\n" + "y\n" * 5, stdout=Gone())
    assert code in {0, 1}
    assert stage.closed


async def test_an_output_that_knows_no_such_characters_gets_others() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    stage = Stage(["Grüße."])
    await converse(stage, "hi\n", stdout=out)
    assert b"Gr??e." in raw.getvalue()


async def test_code_is_started_only_with_the_hash_of_what_was_shown() -> None:
    stage = Stage([act("print('\u202e')"), "Done."])
    await converse(stage, "go\ny\n")
    started = [event for event in stage.events if isinstance(event, CellStarted)]
    approved = [event for event in stage.events if isinstance(event, ActionApproved)]
    assert [event.sha256 for event in started] == [event.sha256 for event in approved]
    assert stage.kernel.executed == ["print('\u202e')"]


async def test_a_session_is_exported_by_the_desk() -> None:
    stage = Stage(["Hello."])
    text, code = await converse(stage, "hi\n/export html page.html\n")
    assert f"Written html page.html of {stage.controllers[0].id}." in lines_of(text)
    assert code == 0
