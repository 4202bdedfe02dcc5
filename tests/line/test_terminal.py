"""Sessions at a terminal with a line editor: keys, the prompt that stays, what is drawn above it."""

import asyncio
from collections.abc import Callable

import pytest

from codeact_tui.config.schema import Config, InterfaceConfig, SessionConfig
from codeact_tui.kernel.fake_script import Ask, Die, Hang
from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.events import ActionApproved, ActionRejected, CellFinished, PromptSubmitted
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.base import Desk, Session
from tests.line.stage import QUESTION, Stage, act, ask_and_see, at_once, at_terminal


def has_line(wanted: str) -> Callable[[str], bool]:
    return lambda view: any(line.rstrip() == wanted for line in view.split("\n"))


async def test_the_prompt_is_there_before_the_session() -> None:
    stage, gate = Stage(["Hello."]), asyncio.Event()

    async def connect() -> tuple[Desk, Session]:
        await gate.wait()
        return await stage.connect()

    async with at_terminal(stage, connect=connect) as (person, front):
        await person.sees("opening the session\n›")
        person.types("hi there<enter>")
        await person.sees("Kept until the session is open: hi there")
        gate.set()
        await person.sees("Hello.")
        person.types("<ctrl+d>")
        assert await front == 0


@pytest.mark.parametrize(("key", "ran"), [("y", True), ("<enter>", True), ("n", False), ("t", True)])
async def test_one_key_answers(key: str, ran: bool) -> None:
    stage = Stage([act("print(6 * 7)"), "Done."], config=at_once())
    async with at_terminal(stage) as (person, _):
        await ask_and_see(person)
        person.types(key)
        await person.sees("Done.")
        assert stage.kernel.executed == (["print(6 * 7)"] if ran else [])
        await person.does_not_see(QUESTION)


async def test_a_line_answers_too_and_carries_a_reason() -> None:
    stage = Stage([act("print(1)"), "Fine."], config=at_once())
    async with at_terminal(stage) as (person, _):
        await ask_and_see(person)
        person.types("f")
        await person.sees("Why not [1]?")
        person.types("too slow<enter>")
        await person.sees("[1] rejected: too slow.")
        await person.sees("Fine.")
        assert "too slow" in stage.model.requests[-1].messages[-1].content


async def test_the_code_is_on_the_screen_when_the_question_is() -> None:
    stage = Stage([act("print('here')"), "Done."])
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("go<enter>")
        view = await person.sees(QUESTION)
        assert "print('here')" in view.partition(QUESTION)[0]


async def test_keys_typed_ahead_never_approve() -> None:
    stage = Stage([act("print(1)"), "Done."], config=Config(interface=InterfaceConfig(approval_delay_ms=60_000)))
    async with at_terminal(stage) as (person, _):
        await ask_and_see(person)
        person.types("y")
        await person.sees("› y")
        person.types("<enter>")
        await person.sees("That was typed before the question could be read. Please answer again.")
        person.types("<enter>")
        person.types("/status<enter>")
        await person.sees("State: waiting")
        assert stage.count(ActionApproved) == 0
        assert stage.count(ActionRejected) == 0


async def test_a_prompt_that_is_being_typed_is_no_answer() -> None:
    hold = Hold()
    stage = Stage([[TextDelta("So:\n"), hold, TextDelta("<execute>\nprint(1)\n</execute>")], "Done."], config=at_once())
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("go<enter>")
        await hold.reached.wait()
        person.types("and then stop b")
        await person.sees("› and then stop b")
        hold.release()
        await person.sees(QUESTION)
        person.types("y<enter>")
        await person.sees("Kept until its time has come: and then stop by")
        assert stage.count(ActionApproved) == 0
        person.types("y")
        await person.sees("Done.")
        assert [event.text for event in stage.events if isinstance(event, PromptSubmitted)] == [
            "go",
            "and then stop by",
        ]


async def test_text_streams_above_the_prompt() -> None:
    hold = Hold()
    stage = Stage([[TextDelta("One line.\nAnd a ha"), hold, TextDelta("lf.")]])
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("go<enter>")
        await person.sees("One line.\n")
        await person.sees(has_line("And a ha"))
        hold.release()
        view = await person.sees(has_line("And a half."))
        assert "And a ha\n" not in view


async def test_a_progress_bar_stays_one_line() -> None:
    stage = Stage()
    stage.kernel.on("bar()", StreamOutput("stderr", "\r10%"), StreamOutput("stderr", "\r50%"), Hang())
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("!bar()<enter>")
        await person.sees(has_line("50%"))
        person.types("<ctrl+c>")
        view = await person.sees("[1] interrupted after")
        assert "10%" not in view
        assert view.count("50%") == 1


async def test_colours_of_output_are_drawn_and_closed() -> None:
    stage = Stage()
    stage.kernel.on(
        "red()", StreamOutput("stdout", "\x1b[31mred\nstill red\n"), StreamOutput("stdout", "\x1b[0mplain\n")
    )
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("!red()<enter>")
        await person.sees("[1] done")
        rows = {line: row for row, line in enumerate(person.screen.drawn())}
        colours = {text: person.screen.buffer[rows[text]][0].fg for text in ("red", "still red", "plain")}
        assert colours == {"red": "red", "still red": "red", "plain": "default"}


async def test_no_color_is_honoured() -> None:
    stage = Stage([act("print(1)")])
    stage.kernel.on("red()", StreamOutput("stdout", "\x1b[31mred\n"))
    async with at_terminal(stage, environment={"TERM": "xterm-256color", "NO_COLOR": "1"}) as (person, _):
        await person.sees("›")
        person.types("!red()<enter>")
        await person.sees("[1] done")
        person.types("go<enter>")
        await person.sees("Run [2]?")
        rows = person.screen.drawn()
        found = {person.screen.buffer[row][column].fg for row, line in enumerate(rows) for column in range(len(line))}
        assert found == {"default"}


async def test_an_editor_gets_the_terminal_and_the_change_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/1/2/")
    stage = Stage([act("print(1)"), "Done."], config=at_once())
    async with at_terminal(stage) as (person, _):
        await ask_and_see(person)
        person.types("e")
        await person.sees("+print(2)")
        await person.sees(QUESTION)
        person.types("y")
        await person.sees("Done.")
        assert stage.kernel.executed == ["print(2)"]


async def test_the_configured_editor_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "false")
    stage = Stage(config=Config(interface=InterfaceConfig(editor="sed -i s/1/3/")))
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("!print(1)<enter>")
        await person.sees("[1] done")
        person.types("/rerun 1 edit<enter>")
        await person.sees("[2] done")
        assert stage.kernel.executed == ["print(1)", "print(3)"]


async def test_a_prompt_is_written_on_in_the_editor() -> None:
    stage = Stage(["I see."], config=Config(interface=InterfaceConfig(editor="sed -i s/short/long/")))
    async with at_terminal(stage) as (person, _):
        await person.sees("The kernel is ready")
        person.types("a short word<ctrl+g>")
        await person.sees("› a long word")
        person.types("<enter>")
        await person.sees("I see.")
        assert stage.model.requests[0].messages[-1].content == "a long word"


async def test_input_and_passwords_are_answered_in_place() -> None:
    stage = Stage()
    stage.kernel.on("greet()", Ask("Name? ", then=lambda name: [StreamOutput("stdout", f"hello {name}\n")]))
    stage.kernel.on(
        "login()", Ask("Word: ", password=True, then=lambda word: [StreamOutput("stdout", f"{len(word)}!\n")])
    )
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("!greet()<enter>")
        await person.sees(has_line("Name?"))
        person.types("/Ana<enter>")
        await person.sees("Name? /Ana\nhello /Ana")
        person.types("!login()<enter>")
        await person.sees(has_line("Word:"))
        person.types("sesame")
        await person.sees("Word: ******")
        person.types("<enter>")
        await person.sees("Word: (not shown)\n6!")
        assert "sesame" not in person.view


async def test_what_was_being_typed_survives_a_question_of_the_cell() -> None:
    hold = asyncio.Event()
    stage = Stage()
    stage.kernel.on("greet()", Ask("Name? "))
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("!greet()<enter>half a thought")
        await person.sees(has_line("Name?"))
        person.types("Bo<enter>")
        await person.sees("[1] done")
        await person.sees("› half a thought")
        hold.set()


async def test_ctrl_c_stops_and_twice_leaves() -> None:
    stage = Stage()
    stage.kernel.on("hang()", Hang())
    async with at_terminal(stage) as (person, front):
        await person.sees("›")
        person.types("!hang()<enter>")
        await person.sees("running · Ctrl+C stops")
        person.types("<ctrl+c>")
        await person.sees("[1] interrupted after")
        person.types("<ctrl+c>")
        assert await front == 0
        assert stage.closed


async def test_ctrl_c_clears_what_was_typed_first() -> None:
    stage = Stage()
    async with at_terminal(stage) as (person, front):
        await person.sees("›")
        await person.sees("The kernel is ready")
        person.types("half")
        await person.sees("› half")
        person.types("<ctrl+c>")
        await person.does_not_see("› half")
        assert not front.done()
        person.types("<ctrl+d>")
        assert await front == 0


async def test_ctrl_c_while_thinking_interrupts_the_turn() -> None:
    hold = Hold()
    stage = Stage([[TextDelta("Well, "), hold, TextDelta("never said")], "Going on."])
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("go<enter>")
        await hold.reached.wait()
        await person.sees("thinking · Ctrl+C stops")
        person.types("<ctrl+c>")
        await person.sees("The turn was interrupted. Type /continue to go on with it.")
        person.types("/continue<enter>")
        await person.sees("Going on.")


async def test_a_dead_kernel_is_told_while_nothing_runs() -> None:
    stage = Stage()
    async with at_terminal(stage) as (person, _):
        await person.sees("The kernel is ready")
        stage.kernel.die(-11)
        await person.sees("The kernel died")
        person.types("/restart<enter>")
        await person.sees("A fresh kernel is ready")
        stage.kernel.on("die()", Die(3))
        person.types("!die()<enter>")
        await person.sees("[1] ended with the kernel.")
        assert stage.count(CellFinished) == 1


async def test_the_limit_is_answered_by_a_key() -> None:
    interface = InterfaceConfig(approval_delay_ms=0)
    stage = Stage(
        [act("print(1)"), "Done."],
        config=Config(session=SessionConfig(policy="all", max_actions=1), interface=interface),
    )
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("go<enter>")
        await person.sees("Go on for up to 1 action more? y yes · n no")
        person.types("y")
        await person.sees("Done.")


async def test_commands_complete() -> None:
    stage = Stage()
    async with at_terminal(stage) as (person, _):
        await person.sees("The kernel is ready")
        person.types("/poli")
        await person.sees("who decides about actions")
        person.types("<tab>")
        await person.sees("› /policy")
        person.types(" a")
        await person.sees(lambda view: "all" in view.rpartition("/policy a")[2])
        person.types("<ctrl+c>")


async def test_own_names_complete_from_the_kernel() -> None:
    stage = Stage()
    async with at_terminal(stage) as (person, _):
        await person.sees("The kernel is ready")
        person.types("!quite_a_long_name = 1<enter>")
        await person.sees("[1] done")
        person.types("!quite_")
        await person.sees(lambda view: view.count("quite_a_long_name") == 3)
        person.types("<tab>")
        await person.sees("› !quite_a_long_name")
        person.types("<ctrl+c>")


async def test_earlier_prompts_come_back_with_the_arrow() -> None:
    stage = Stage(["One.", "Two."])
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("first thing<enter>")
        await person.sees("One.")
        person.types("<up>")
        await person.sees(lambda view: view.count("› first thing") == 2)


async def test_several_lines_are_one_prompt() -> None:
    stage = Stage(["Two lines, I see."])
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("one<ctrl+j>two<enter>")
        await person.sees("Two lines")
        assert stage.model.requests[0].messages[-1].content == "one\ntwo"


async def test_reduced_motion_says_instead_of_redrawing() -> None:
    hold = Hold()
    config = Config(interface=InterfaceConfig(reduced_motion=True, approval_delay_ms=0))
    stage = Stage(
        [[TextDelta("Half a li"), hold, TextDelta("ne.\n<execute>\nprint(1)\n</execute>")], "Done."], config=config
    )
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("go<enter>")
        await hold.reached.wait()
        view = await person.sees("Thinking.")
        assert "Half a li" not in view
        hold.release()
        await person.sees("Half a line.")
        await person.sees(QUESTION)
        person.types("y")
        await person.sees("Running [1].")
        await person.sees("Done.")


async def test_the_session_ends_when_the_front_end_is_cancelled() -> None:
    stage = Stage([act("print(1)")])
    async with at_terminal(stage) as (person, front):
        await ask_and_see(person)
        front.cancel()
        await asyncio.wait([front])
    assert stage.closed


async def test_of_which_variables_the_model_was_told_is_said() -> None:
    stage = Stage(["It is 42."], config=at_once())
    async with at_terminal(stage) as (person, _):
        await person.sees("›")
        person.types("!answer = 42<enter>")
        await person.sees("Variables: new answer.")
        person.types("what is @answer, and @nothing?<enter>")
        await person.sees("The model is told of @answer (int).")
        await person.sees("It is 42.")
