"""A session on the screen: questions of cells, failures, death of the kernel, limits, resuming, leaving."""

import asyncio
from pathlib import Path

import pandas as pd
import pytest
from textual.widgets import OptionList

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.errors import ModelAuthFailed, ModelUnavailable, SessionNotFound
from codeact_tui.kernel.fake_script import Ask, Hang
from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import (
    AnswerInput,
    Approve,
    Continue,
    Interrupt,
    ListVariables,
    Policy,
    RestartKernel,
    SetModel,
    SetPolicy,
    SubmitPrompt,
)
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.base import Desk, Session
from tests.tui.shell.stage import StageDesk, cell, interface, stage

A1 = ActionId("a1")


# -- before there is a session


async def test_the_prompt_takes_text_before_the_session_is_there() -> None:
    desk = StageDesk(Config(), ["Hello."])
    gate = asyncio.Event()

    async def connect() -> tuple[Desk, Session | None]:
        await gate.wait()
        return desk, await desk.open()

    async with stage(connect=connect, desk=desk) as play:
        await play.shows("getting ready")
        await play.say("good morning")
        await play.type("and more")
        assert desk.ops == []
        gate.set()
        await play.until(lambda: SubmitPrompt("good morning") in desk.ops)
        await play.shows("Hello.")
        assert play.screen.prompt.text == "and more"


async def test_a_first_prompt_is_sent_as_soon_as_it_can_be() -> None:
    async with stage("Hello.", first_prompt="hi there") as play:
        await play.idle()
        assert play.ops == [SubmitPrompt("hi there")]
        await play.shows("› hi there", "Hello.")


async def test_a_session_that_can_not_be_opened_ends_the_application() -> None:
    async def connect() -> tuple[Desk, Session | None]:
        raise SessionNotFound("No session has that id.", remedy="codeact sessions lists them.")

    async with stage(connect=connect) as play:
        await play.until(lambda: play.app.failure is not None)
        assert play.app.return_code == 1


# -- questions of cells


async def test_a_cells_question_is_answered_in_the_screen() -> None:
    async with stage(cell("name = input()"), "Done.") as play:
        play.kernel.on(
            "name = input()",
            Ask("Your name? ", then=lambda answer: [StreamOutput("stdout", f"hello {answer}\n")]),
        )
        await play.ask()
        await play.pilot.press("y")
        await play.until(lambda: play.screen.answer.field.has_focus)
        await play.shows("Your name?")
        await play.type("Ada")
        await play.pilot.press("enter")
        await play.idle()
        assert AnswerInput(A1, "Ada") in play.ops
        await play.shows("hello Ada")
        assert play.screen.prompt.has_focus
        assert not play.screen.answer.display


async def test_a_password_is_not_shown() -> None:
    async with stage(cell("getpass()"), "Done.") as play:
        play.kernel.on("getpass()", Ask("Password: ", password=True))
        await play.ask()
        await play.pilot.press("y")
        await play.until(lambda: play.screen.answer.field.has_focus)
        await play.type("hunter2")
        assert "hunter2" not in play.text
        await play.pilot.press("enter")
        await play.idle()
        assert AnswerInput(A1, "hunter2") in play.ops
        assert play.screen.answer.field.value == ""


async def test_typing_in_the_prompt_does_not_answer_a_cell() -> None:
    async with stage(cell("name = input()"), "Done.") as play:
        play.kernel.on("name = input()", Ask("Your name? "))
        await play.ask()
        await play.type("zz")
        play.screen.send(Approve(A1, 0, play.screen.transcript.actions[A1].sha256))
        await play.until(lambda: play.screen.answer.display)
        await play.type("top")
        assert play.screen.prompt.text == "zztop"
        await play.pilot.press("tab")
        await play.type("Ada")
        assert play.screen.answer.field.value == "Ada"


# -- what goes wrong


async def test_a_failure_is_one_line_with_what_to_do() -> None:
    async with stage([ModelAuthFailed("The key was not accepted.", remedy="Set OPENAI_API_KEY.")]) as play:
        await play.say("hi")
        await play.shows("The key was not accepted.", "Set OPENAI_API_KEY.")
        await play.idle()


async def test_a_retry_counts_down() -> None:
    async with stage([ModelUnavailable("The server is down.", retry_after_s=30)], "Back.") as play:
        await play.say("hi")
        await play.shows("(1 of 5)")
        await play.pilot.press("escape")
        await play.idle()


async def test_a_dead_kernel_is_told_of_and_restarted() -> None:
    async with stage(cell("x = 1"), "Done.") as play:
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        play.kernel.die(-11)
        await play.shows("Python died: segmentation fault", "f7 restart Python", "f8 rerun the cells", "Python dead")
        await play.pilot.press("f8")
        await play.until(lambda: play.kernel.executed == ["x = 1", "x = 1"])
        assert RestartKernel(rerun=True) in play.ops
        await play.until(lambda: "Python died" not in play.text.splitlines()[-5])


async def test_at_the_limit_it_asks_and_c_goes_on() -> None:
    async with stage(cell("1"), cell("2"), "Done.", session=SessionConfig(max_actions=1, policy="all")) as play:
        await play.say("go")
        await play.shows("Go on?")
        await play.until(lambda: play.screen.situation().answerable and play.screen.cell.view.has_focus)
        await play.pilot.press("c")
        await play.until(lambda: Continue() in play.ops)


async def test_escape_stops_a_cell_that_hangs() -> None:
    async with stage(cell("train()"), "Done.") as play:
        play.kernel.on("train()", Hang())
        await play.ask()
        await play.pilot.press("y")
        await play.until(lambda: play.screen.live.state == "running")
        await play.pilot.press("escape")
        await play.idle()
        assert Interrupt() in play.ops
        await play.shows("■")


# -- ctrl+c, ctrl+d


async def test_ctrl_c_stops_and_twice_quits() -> None:
    hold = Hold()
    async with stage([TextDelta("x"), hold]) as play:
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.pilot.press("ctrl+c")
        assert Interrupt() in play.ops
        await play.shows("Ctrl+C again quits")
        await play.pilot.press("ctrl+c")
        await play.until(lambda: not play.app.is_running or play.app.return_code == 0)


async def test_ctrl_c_copies_a_selection_and_stops_nothing() -> None:
    async with stage() as play:
        await play.type("copy me")
        play.screen.prompt.select_all()
        await play.pilot.press("ctrl+c")
        await play.until(lambda: play.app.clipboard == "copy me")
        assert play.ops == []
        assert play.screen.prompt.text == "copy me"


async def test_ctrl_d_quits_only_from_an_empty_prompt() -> None:
    async with stage() as play:
        await play.type("ab")
        await play.pilot.press("home", "ctrl+d")
        assert play.screen.prompt.text == "b"
        await play.pilot.press("ctrl+d")
        assert play.screen.prompt.empty
        await play.pilot.press("ctrl+d")
        await play.until(lambda: play.app.return_code == 0)


# -- sessions


async def test_another_session_is_found_by_what_was_said_and_opened() -> None:
    async with stage("The answer is zebra.", "Second.") as play:
        await play.say("first question")
        await play.idle()
        first = play.screen.link.session
        play.desk.scripts[:] = ["Second."]
        await play.say("/new")
        await play.until(lambda: play.screen.link.session is not first and play.screen.live.kernel == "idle")
        await play.say("second question")
        await play.idle()
        await play.pilot.press("ctrl+r")
        await play.shows("second question", "first question")
        await play.type("zebra")
        await play.until(lambda: play.app.screen.query_one(OptionList).option_count == 1)
        await play.pilot.press("enter")
        await play.until(
            lambda: (
                first is not None and play.screen.link.session is not None and play.screen.link.session.id == first.id
            )
        )
        await play.shows("The answer is zebra.")


async def test_a_session_is_renamed_and_deleted_in_the_picker() -> None:
    async with stage("One.", "Two.") as play:
        await play.say("spring sales")
        await play.idle()
        before = play.screen.link.session
        await play.say("/new")
        await play.until(lambda: play.screen.link.session is not before)
        await play.pilot.press("ctrl+r")
        await play.shows("spring sales")
        await play.pilot.press("f2")
        await play.pilot.press("end", *"2")
        await play.pilot.press("enter")
        await play.shows("spring sales2")
        await play.pilot.press("delete")
        await play.shows("Press del again")
        await play.pilot.press("delete")
        await play.shows("no session yet")
        assert await play.desk.sessions() == []


async def test_a_resumed_session_offers_to_rerun_its_cells() -> None:
    desk = StageDesk(Config(), [cell("x = 41"), "Done."])
    async with stage(desk=desk) as play:
        await play.ask("set x")
        await play.pilot.press("y")
        await play.idle()
    session = desk.opened[0].id
    desk.scripts = []

    async def connect() -> tuple[Desk, Session | None]:
        return desk, await desk.open(session)

    async with stage(desk=desk, connect=connect) as again:
        await again.shows("set x", "The variables of the earlier cells are gone.", "f8 rerun the cells")
        await again.pilot.press("up")
        assert again.screen.prompt.text == "set x"
        await again.pilot.press("f8")
        await again.until(lambda: desk.kernel.executed == ["x = 41"])


async def test_a_session_that_is_open_elsewhere_can_only_be_looked_at() -> None:
    desk = StageDesk(Config(), ["Said."])
    async with stage(desk=desk) as play:
        await play.say("hello")
        await play.idle()
        session = desk.opened[0].id

        async def connect() -> tuple[Desk, Session | None]:
            return desk, await desk.open(session)

        async with stage(desk=desk, connect=connect) as other:
            await other.shows("Said.", "Here you can only look", "read only")
            assert other.screen.prompt.disabled
            await other.pilot.press("x", "enter")
            assert not any(isinstance(op, SubmitPrompt) and op.text != "hello" for op in desk.ops)


# -- choosing


async def test_the_model_is_picked() -> None:
    async with stage() as play:
        await play.say("/model")
        await play.shows("ollama_chat/qwen3")
        await play.pilot.press("down", "enter")
        await play.until(lambda: any(isinstance(op, SetModel) for op in play.ops))
        assert play.ops[-1] == SetModel("openai/gpt-4.1")


async def test_shift_tab_goes_from_policy_to_policy() -> None:
    async with stage() as play:
        steps: tuple[tuple[Policy, str], ...] = (
            ("safe", "harmless runs by itself"),
            ("sandbox", "sandboxed runs by itself"),
            ("ask", "you decide about each cell"),
        )
        for policy, words in steps:
            await play.pilot.press("shift+tab")
            assert play.ops[-1] == SetPolicy(policy)
            await play.shows(words)


async def test_vars_lists_the_variables() -> None:
    async with stage() as play:
        await play.say("!answer = 42")
        await play.idle()
        await play.say("/vars all")
        assert play.ops[-1] == ListVariables(all=True)
        assert play.screen.variables.has_focus
        await play.shows("answer")


async def test_a_variable_is_looked_into() -> None:
    async with stage() as play:
        await play.say("!answer = {'a': 1}")
        await play.idle()
        await play.pilot.press("f4", "enter")
        await play.until(lambda: play.app.screen is not play.screen)
        await play.shows("'a'")
        await play.pilot.press("escape")
        assert play.app.screen is play.screen


async def test_a_table_is_looked_into_and_sorted() -> None:
    async with stage() as play:
        play.kernel.namespace["table"] = pd.DataFrame({"n": [20, 30, 10], "s": ["b", "c", "a"]})
        await play.say("!table = table")
        await play.idle()
        await play.pilot.press("f4", "enter")
        await play.shows("0 │    20  b", "row 1 of 3")
        await play.pilot.press("s")
        await play.shows("2 │    10  a", "n ▲")
        await play.pilot.press("h")
        await play.shows("median")
        await play.pilot.press("escape", "escape")
        assert play.app.screen is play.screen


async def test_the_cost_is_told() -> None:
    async with stage("Hi.") as play:
        await play.say("hi")
        await play.idle()
        await play.say("/cost")
        await play.shows("cost unknown")


async def test_the_session_is_exported_by_the_desk() -> None:
    async with stage("Hi.") as play:
        await play.say("hi")
        await play.idle()
        await play.say("/export html page.html")
        await play.shows("Written html page.html of")


@pytest.mark.parametrize("name", ["light", "ansi", "dark"])
async def test_themes_change_at_once(name: str) -> None:
    async with stage() as play:
        await play.say(f"/theme {name}")
        await play.until(lambda: play.app.theme == name)


async def test_a_wrong_theme_is_told_of_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('dark = true\n[colors]\nbackground = "nonsense"\n')
    async with stage(theme_dirs=[tmp_path]) as play:
        await play.say("/theme mine")
        await play.shows("mine.toml")
        assert play.app.theme == "dark"
        await play.say("/theme nothing")
        await play.shows("There is no theme called 'nothing'")


async def test_the_settings_name_a_theme_that_is_not_there() -> None:
    async with stage(settings=interface(theme="nope")) as play:
        await play.shows("There is no theme called 'nope'")
        assert play.app.theme == "dark"
