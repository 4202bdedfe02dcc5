"""A session that a program talks to: what is asked, what comes, how it ends."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import codeact_tui
from codeact_tui import Session
from codeact_tui.errors import CodeActError, ConfigError, OpRefused, SessionNotFound
from codeact_tui.headless.answers import AnswerMisfit
from codeact_tui.headless.deciding import Decision, Edit
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Ask, Hang
from codeact_tui.model.base import Finished, TextDelta
from codeact_tui.model.scripted import Hold, ScriptedModel
from codeact_tui.protocol.events import (
    ActionProposed,
    ApprovalRequested,
    CellOutput,
    Event,
    ModelReplied,
    PromptSubmitted,
    TurnFinished,
)
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.ops import Approve, SetPolicy
from codeact_tui.protocol.turns import Usage
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.observations import output_text
from tests.headless.conftest import MakeSession, act


async def test_the_events_of_a_turn_come_in_order_and_its_outcome_after_them(session: MakeSession) -> None:
    async with session(act("print(6 * 7)"), "It is 42.", approve="all") as talk:
        turn = talk.send("six times seven?")
        events = [event async for event in turn]
        kept = [type(event) for event in events if isinstance(event, PromptSubmitted | ActionProposed | CellOutput)]
        assert kept == [PromptSubmitted, ActionProposed, CellOutput]
        assert [event.text for event in events if isinstance(event, ModelReplied)] == ["Let me see.", "It is 42."]
        assert isinstance([event for event in events if not hasattr(event, "state")][-1], TurnFinished)
        assert (await turn) == turn.outcome
        assert (turn.outcome.end, turn.outcome.answer) == ("answer", "It is 42.")
        assert (turn.outcome.turns, turn.outcome.actions, turn.outcome.message) == (2, 1, "")


async def test_one_turn_follows_the_other_and_both_are_in_the_transcript(session: MakeSession) -> None:
    async with session("one", "two") as talk:
        assert [(await talk.send("a")).answer, (await talk.send("b")).answer] == ["one", "two"]
        assert talk.transcript.turn == 2


async def test_what_needs_a_person_is_refused_and_the_turn_ends_there(session: MakeSession) -> None:
    for approve in (None, "never", "safe"):
        async with session(act("open('x', 'w')"), "never asked", approve=approve) as talk:
            outcome = await talk.send("write")
            assert (outcome.end, outcome.action) == ("refused", action_id(1))
            assert outcome.message == "Action [1] needs a person to decide about it."
            record = talk.transcript.actions[action_id(1)]
            assert (record.state, record.reason) == ("rejected", "Nobody is there to be asked.")
            assert not talk.transcript.turn_open


async def test_what_is_harmless_runs_from_the_first_action_on(session: MakeSession) -> None:
    async with session(act("print(1)"), "done", approve="safe") as talk:
        outcome = await talk.send("compute")
        assert (outcome.end, talk.transcript.actions[action_id(1)].approved_by) == ("answer", "safe")


async def test_a_cell_that_asks_for_input_is_refused_too(session: MakeSession) -> None:
    kernel = FakeKernel()
    kernel.on("input()", Ask("Name? "))
    async with session(act("input()"), approve="all", kernel=kernel) as talk:
        outcome = await talk.send("ask me")
        assert (outcome.end, outcome.message) == ("refused", "Cell [1] asks for input.")


@pytest.mark.parametrize(
    ("decision", "state", "code"),
    [
        (True, "finished", "print(1)"),
        (False, "rejected", "print(1)"),
        ("use print(2)", "rejected", "print(1)"),
        (Edit("print(2)"), "finished", "print(2)"),
    ],
)
async def test_a_function_decides(session: MakeSession, decision: Decision, state: str, code: str) -> None:
    asked: list[str] = []

    async def decide(record: ActionRecord) -> Decision:
        asked.append(record.code)
        return decision

    async with session(act("print(1)"), "done", approve=decide) as talk:
        outcome = await talk.send("go")
        record = talk.transcript.actions[next(iter(talk.transcript.actions))]
        assert (record.state, record.code, asked, outcome.end) == (state, code, ["print(1)"], "answer")
        assert record.reason == (decision if isinstance(decision, str) else "")


async def test_a_function_that_fails_stops_the_turn_and_is_told(session: MakeSession) -> None:
    def decide(_: ActionRecord) -> bool:
        raise ZeroDivisionError

    async with session(act("print(1)"), approve=decide) as talk:
        with pytest.raises(ZeroDivisionError):
            await talk.send("go")
        assert [record.state for record in talk.transcript.actions.values()] == ["rejected"]


async def test_the_loop_itself_may_decide(session: MakeSession) -> None:
    async with session(act("print(1)"), "done", approve="ask") as talk:
        turn = talk.send("go")
        async for event in turn:
            if isinstance(event, ApprovalRequested):
                talk.do(Approve(event.action, 9, event.sha256))  # refused, and the turn goes on
                talk.do(Approve(event.action, event.revision, event.sha256))
        assert turn.outcome.end == "answer"


async def test_the_most_turns_end_it(session: MakeSession) -> None:
    async with session(act("1"), act("2"), act("3"), approve="all", max_turns=2) as talk:
        outcome = await talk.send("go")
        assert (outcome.end, outcome.turns, outcome.actions) == ("turns", 2, 2)


async def test_the_cost_ends_it_also_where_it_is_not_known(session: MakeSession) -> None:
    def priced(usd: float | None) -> list[TextDelta | Finished]:
        return [TextDelta(act("1")), Finished("stop", Usage(1, 1, cost_usd=usd))]

    async with session(priced(0.02), priced(0.03), priced(0.04), approve="all") as talk:
        outcome = await talk.send("go", max_cost=0.04)
        assert (outcome.end, outcome.turns, outcome.usage.cost_usd) == ("cost", 2, 0.05)
        assert outcome.message == "It has cost $0.0500, more than the $0.0400 that it may."
    async with session(priced(None), approve="all") as talk:
        assert (await talk.send("go", max_cost=1)).end == "cost"


async def test_the_time_ends_it(session: MakeSession) -> None:
    kernel = FakeKernel()
    kernel.on("hang()", Hang())
    async with session(act("hang()"), approve="all", kernel=kernel) as talk:
        outcome = await talk.send("go", timeout_s=0.05)
        assert (outcome.end, outcome.message) == ("timeout", "It took longer than the 0.05 seconds that it may.")


async def test_who_is_cancelled_interrupts_it(session: MakeSession) -> None:
    hold = Hold()
    async with session([hold]) as talk:
        turn = talk.send("go")
        waiting = asyncio.ensure_future(turn)
        await hold.reached.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await turn).end == "interrupted"


async def test_a_failure_is_an_outcome_with_a_sentence(session: MakeSession) -> None:
    async with session(settings={"model.retries": 0}) as talk:
        outcome = await talk.send("go")
        assert (outcome.end, outcome.message.startswith("The script is at its end.")) == ("failed", True)


@dataclass
class Town:
    """What is asked for below."""

    name: str
    people: int


async def test_a_typed_answer_is_checked_and_asked_for_again(session: MakeSession) -> None:
    replies = ["Bern.", '{"name": "Bern"}', 'Here:\n```json\n{"name": "Bern", "people": 134000}\n```']
    model = ScriptedModel(replies)
    async with session(model=model) as talk:
        assert await talk.ask("Which town?", Town) == Town("Bern", 134000)
        asked = [request.messages[-1].content for request in model.requests]
        assert asked[0].startswith("Which town?\n\nGive your final answer")
        assert asked[2].startswith("The answer does not fit: Object missing required field `people`. Answer again")


async def test_an_answer_that_never_fits_is_asked_for_so_often_and_no_more(session: MakeSession) -> None:
    async with session("a", "b", "c") as talk:
        outcome = await talk.send("?", answer={"type": "object"}, attempts=2)
        assert (outcome.end, outcome.turns) == ("misfit", 2)
        assert outcome.message == "The answer holds no JSON. It was asked for 2 times."
    async with session("a") as talk:
        with pytest.raises(AnswerMisfit):
            await talk.ask("?", Town, attempts=1)


async def test_a_cell_of_ones_own_runs_in_the_same_kernel(session: MakeSession) -> None:
    async with session(act("print(x)"), "done", approve="all") as talk:
        assert (await talk.run("x = 3")).status == "ok"
        assert (await talk.run("1/0", hidden=True)).status == "error"
        await talk.send("what is x?")
        assert [output_text(record.outputs) for record in talk.transcript.actions.values()][2] == "3"
        with pytest.raises(CodeActError, match="There is no code to run"):
            await talk.run(" ")


async def test_two_things_at_once_are_refused(session: MakeSession) -> None:
    hold = Hold()
    async with session([hold, TextDelta("late")]) as talk:
        first = asyncio.ensure_future(talk.send("one"))
        await hold.reached.wait()
        with pytest.raises(OpRefused, match="still goes on"):
            talk.send("two")
        hold.release()
        assert (await first).answer == "late"


async def test_what_cannot_be_asked_is_refused_at_once(session: MakeSession) -> None:
    async with session() as talk:
        with pytest.raises(OpRefused):
            talk.send("  ")
        with pytest.raises(ConfigError):
            talk.send("?", answer={"type": "nothing"})
        with pytest.raises(ConfigError):
            talk.send("?", answer=asyncio.Event)
    with pytest.raises(OpRefused, match="not open"):
        _ = session().id


async def test_a_kept_session_is_one_like_any_other(session: MakeSession, tmp_path: Path) -> None:
    async with session("kept", keep=True) as talk:
        await talk.send("remember")
        name = talk.id
    async with session("and on", keep=True, resume=name) as again:
        assert (again.id, again.transcript.turn) == (name, 1)
        async with session("no", keep=True, resume=name) as other:
            with pytest.raises(OpRefused, match="open in another"):
                await other.send("too")
    with pytest.raises(SessionNotFound):
        async with session(resume="nothing-like-it"):
            pass
    with pytest.raises(ConfigError, match=r"session\.cell_seconds"):
        async with session(settings={"session.cell_seconds": "long"}):
            pass
    with pytest.raises(CodeActError, match="is not there"):
        async with session(folder=tmp_path / "nowhere"):
            pass


async def test_ops_that_are_no_turn_are_told_of_in_the_next(session: MakeSession) -> None:
    async with session(act("print(1)"), "done") as talk:
        talk.do(SetPolicy("all"))
        heard: list[Event] = [event async for event in talk.send("go")]
        assert any(isinstance(event, CellOutput) for event in heard)


def test_importing_the_package_costs_nothing() -> None:
    code = "import codeact_tui, sys; print(*(name for name in sys.modules if name.startswith('codeact_tui')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split() == ["codeact_tui"]
    assert codeact_tui.Session is Session
    with pytest.raises(AttributeError):
        _ = codeact_tui.nothing  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
