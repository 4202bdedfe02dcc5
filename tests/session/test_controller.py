"""The turn loop, from outside: Ops in, Events out."""

import asyncio

import pytest

from codeact_tui.config.schema import Config, ModelConfig, SessionConfig
from codeact_tui.errors import ModelAuthFailed, ModelRateLimited, ModelUnavailable
from codeact_tui.model.base import Finished, TextDelta
from codeact_tui.model.phrases import NO_OUTPUT
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    CodeCompleted,
    Failed,
    InputAnswered,
    InputRequested,
    KernelDied,
    KernelStarted,
    ModelReplied,
    Noted,
    PromptQueued,
    PromptSubmitted,
    ReplyDelta,
    ReplyProblem,
    RetryScheduled,
    SessionOpened,
    StateChanged,
    TitleChanged,
    TurnFinished,
    TurnStarted,
    VariableInspected,
    VariablesListed,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import (
    AnswerInput,
    CompleteCode,
    Continue,
    InspectVariable,
    Interrupt,
    ListVariables,
    Rerun,
    RestartKernel,
    RunUserCode,
    SetPolicy,
    SubmitPrompt,
)
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.entries import EventEntry
from codeact_tui.session.transcript import replay
from tests.session.bench import act, bench

ALL = Config(session=SessionConfig(policy="all"))
NO_WAIT = Config(model=ModelConfig(retries=1, stall_seconds=0.05))


async def test_a_turn_from_prompt_to_answer() -> None:
    async with bench([act("print 42"), "It is 42."]) as it:
        it.send(SubmitPrompt("What is it?"))
        await it.until(ApprovalRequested)
        assert it.kernel.ran == []
        it.approve()
        end = await it.until(TurnFinished)
    assert end == TurnFinished(1, "answer", 1)
    assert it.kernel.ran == ["print 42"]
    assert it.model.requests[1].messages[-1].content == "Execution Output:\n42"
    kinds = [
        type(envelope.event)
        for envelope in it.envelopes
        if envelope.sequence and envelope.event.__class__ is not KernelStarted
    ]
    assert kinds == [
        PromptSubmitted, TitleChanged, TurnStarted, ModelReplied, ActionProposed, ApprovalRequested, ActionApproved,
        CellStarted, CellOutput, CellFinished, ModelReplied, TurnFinished,
    ]  # fmt: skip


async def test_the_transcript_is_the_fold_of_what_was_told() -> None:
    async with bench([act("print 1"), act("fail no"), "Done."], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await it.until(TurnFinished)
        told = replay(envelope for envelope in it.envelopes if envelope.sequence)
        assert told.actions == it.controller.transcript.actions
        assert told.entries == it.controller.transcript.entries[1:]


async def test_states_are_told_in_order() -> None:
    async with bench([act("print 1"), "Done."]) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        it.approve()
        await it.until(TurnFinished)
        await it.until(lambda: it.controller.state == "idle")
    states = [event.state for event in it.all(StateChanged)]
    assert states == ["thinking", "waiting", "running", "thinking", "idle", "stopped"]


async def test_the_limit_of_actions_asks_to_go_on() -> None:
    config = Config(session=SessionConfig(policy="all", max_actions=2))
    async with bench([act("print 1"), act("print 2"), act("print 3"), "Done."], config=config) as it:
        it.send(SubmitPrompt("go"))
        assert (await it.until(TurnFinished)).reason == "limit"
        it.send(Continue())
        assert (await it.until(TurnFinished, 2)).reason == "answer"
    assert it.kernel.ran == ["print 1", "print 2", "print 3"]


@pytest.mark.parametrize(
    ("script", "kind", "asked_again"),
    [
        ("<execute>\na\n</execute>\n<execute>\nb\n</execute>", "several_blocks", True),
        ("<execute>\n\n</execute>", "empty_block", True),
        ([TextDelta("<execute>\nprint("), Finished("length")], "cut_off", True),
        ("<execute>\nx = '", "tag_in_string", True),
        ("", "empty_reply", True),
        ([TextDelta("It is"), Finished("length")], "cut_off", False),
    ],
)
async def test_replies_of_another_form(script: object, kind: str, asked_again: bool) -> None:
    async with bench([script, "Done."], config=ALL) as it:  # pyright: ignore[reportArgumentType]
        it.send(SubmitPrompt("go"))
        await it.until(TurnFinished)
    problem = it.all(ReplyProblem)[0]
    assert problem.kind == kind
    assert len(it.model.requests) == 1 + asked_again
    if asked_again:
        assert problem.to_model in it.seen_by_model()


async def test_two_empty_replies_end_the_turn() -> None:
    async with bench(["", "", "late"]) as it:
        it.send(SubmitPrompt("go"))
        assert (await it.until(TurnFinished)).reason == "empty"


async def test_a_retry_is_told_and_then_helps() -> None:
    async with bench([[ModelRateLimited("Slow down.", retry_after_s=0.0)], "Done."], config=NO_WAIT) as it:
        it.send(SubmitPrompt("go"))
        assert (await it.until(TurnFinished)).reason == "answer"
    assert it.all(RetryScheduled) == [RetryScheduled("Slow down.", 1, 2, 0.0)]


async def test_waiting_to_try_again_can_be_stopped() -> None:
    async with bench([[ModelUnavailable("Down.", retry_after_s=100.0)], "late"]) as it:
        it.send(SubmitPrompt("go"))
        await it.until(RetryScheduled)
        it.send(Interrupt())
        assert (await it.until(TurnFinished)).reason == "interrupted"


@pytest.mark.parametrize("error", [ModelAuthFailed("No key.", remedy="Set it."), ModelUnavailable("Down.")])
async def test_a_failure_is_one_line_and_the_session_goes_on(error: Exception) -> None:
    config = Config(model=ModelConfig(retries=0))
    async with bench([[error], "Back."], config=config) as it:
        it.send(SubmitPrompt("go"))
        assert (await it.until(TurnFinished)).reason == "failed"
        assert it.all(Failed)[0].error == type(error).__name__
        it.send(Continue())
        assert (await it.until(TurnFinished, 2)).reason == "answer"


async def test_a_stall_is_given_up() -> None:
    async with bench([[TextDelta("Let me"), Hold()]], config=NO_WAIT) as it:
        it.send(SubmitPrompt("go"))
        await it.until(TurnFinished)
    assert it.all(Failed)[0].error == "ModelStalled"


async def test_what_is_said_meanwhile_steers_or_waits() -> None:
    hold = Hold()
    async with bench([[hold, TextDelta("<execute>\nprint 1\n")], "Steered.", "Queued."], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await hold.reached.wait()
        it.send(SubmitPrompt("but quickly"), SubmitPrompt("and then", when="queue"))
        await it.until(PromptQueued, 2)
        hold.release()
        await it.until(TurnFinished, 2)
    assert it.model.requests[1].messages[-1].content == "Execution Output:\n1\n\nbut quickly"
    assert it.model.requests[2].messages[-1].content == "and then"


async def test_a_cell_of_the_user_is_shown_to_the_model() -> None:
    async with bench(["Seen."]) as it:
        it.send(RunUserCode("print 1"), RunUserCode("print 2", hidden=True))
        await it.until(CellFinished, 2)
        it.send(SubmitPrompt("see?"))
        await it.until(TurnFinished)
    seen = it.seen_by_model()
    assert seen.startswith(
        "The user ran this cell in the same kernel:\n```python\nprint 1\n```\n\nExecution Output:\n1"
    )
    assert "print 2" not in seen


async def test_a_cell_of_the_user_runs_while_a_question_is_open() -> None:
    async with bench([act("print 1"), "Done."]) as it:
        it.send(SubmitPrompt("go"))
        asked = await it.until(ApprovalRequested)
        it.send(RunUserCode("print look"))
        await it.until(CellFinished)
        await it.until(lambda: it.controller.state == "waiting")
        it.approve(it.controller.transcript.actions[asked.action])
        await it.until(TurnFinished)
    assert it.kernel.ran == ["print look", "print 1"]


async def test_a_rerun_is_a_new_action_with_the_difference() -> None:
    async with bench() as it:
        it.send(RunUserCode("print 1"))
        await it.until(CellFinished)
        it.send(Rerun(ActionId("a1"), "print 2"))
        await it.until(CellFinished, 2)
        assert (it.last.rerun_of, it.last.origin) == ("a1", "rerun")
        assert "-print 1\n+print 2" in it.last.revisions[0].diff
        it.send(Rerun(ActionId("a9")))
        assert (await it.until(Failed)).error == "OpRefused"


async def test_a_question_of_a_cell_is_answered_and_a_password_not_kept() -> None:
    async with bench() as it:
        it.send(RunUserCode("ask name"))
        asked = await it.until(InputRequested)
        it.send(AnswerInput(asked.action, "Ada"))
        await it.until(CellFinished)
        it.send(RunUserCode("ask secret"))
        asked = await it.until(InputRequested, 2)
        assert asked.password
        it.send(AnswerInput(asked.action, "hunter2"))
        await it.until(CellFinished, 2)
    assert [answer.text for answer in it.all(InputAnswered)] == ["Ada", None]


async def test_a_kernel_that_dies_is_told_and_started_for_the_next_cell() -> None:
    async with bench([act("die"), "Oh."], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await it.until(TurnFinished)
        assert it.all(KernelDied) == [KernelDied("segmentation fault")]
        assert it.all(CellFinished)[0].status == "died"
        assert "all variables are gone" in it.seen_by_model()
        it.send(RunUserCode("print 1"))
        await it.until(CellFinished, 2)
    assert (it.kernel.starts, it.all(CellFinished)[1].status) == (2, "ok")


async def test_a_restart_can_rerun_what_made_the_variables() -> None:
    async with bench() as it:
        it.send(RunUserCode("print 1"), RunUserCode("fail"), RunUserCode("print 2"))
        await it.until(CellFinished, 3)
        it.send(RestartKernel())
        await it.until(KernelStarted, 2)
        it.send(RestartKernel(rerun=True))
        await it.until(Noted)
    assert it.kernel.ran == ["print 1", "fail", "print 2", "print 1", "print 2"]


async def test_the_policy_can_be_changed() -> None:
    async with bench([act("print 1"), "Done."]) as it:
        it.send(SetPolicy("all"), SubmitPrompt("go"))
        await it.until(TurnFinished)
    assert it.kernel.ran == ["print 1"]


async def test_inquiries_are_answered() -> None:
    async with bench() as it:
        await it.until(KernelStarted)
        it.send(ListVariables(), InspectVariable("x"), CompleteCode(7, "pri", 3))
        assert (await it.until(VariablesListed)).variables[0].name == "x"
        assert (await it.until(VariableInspected)).detail.variable.name == "x"
        assert await it.until(CodeCompleted) == CodeCompleted(7, ("print",), 0, 3)


async def test_a_silent_cell_says_so_to_the_model() -> None:
    async with bench([act("quiet"), "Done."], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await it.until(TurnFinished)
    assert it.seen_by_model() == f"Execution Output:\n{NO_OUTPUT}"


async def test_code_streams_apart_from_words() -> None:
    async with bench([act("print 1", "Look:"), "Done."], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await it.until(TurnFinished)
    code = "".join(event.text for event in it.all(ReplyDelta) if event.kind == "code")
    assert code == "print 1\n"


async def test_closing_in_the_middle_of_everything() -> None:
    async with bench([act("hang")], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await it.kernel.began.wait()
        await asyncio.wait_for(it.controller.close(), 120)
        assert (it.last.status, it.controller.state) == ("interrupted", "stopped")
    assert [type(event) for event in it.all(TurnFinished)] == [TurnFinished]


async def test_a_session_open_elsewhere_may_only_be_looked_at() -> None:
    async with bench(["Hello."]) as first:
        first.send(SubmitPrompt("hello"))
        await first.until(TurnFinished)
        journal = await first.catalog.open(first.controller.id)
        async with bench(catalog=first.catalog, journal=journal) as second:
            assert not second.controller.writable
            assert [type(entry).__name__ for entry in second.controller.transcript.entries][:3] == [
                "EventEntry", "EventEntry", "PromptEntry",
            ]  # fmt: skip
            second.send(SubmitPrompt("mine"))
            assert (await second.until(Failed)).error == "OpRefused"
            assert second.kernel.starts == 0


async def test_a_resumed_session_tells_the_model_that_the_variables_are_gone() -> None:
    async with bench([act("print 1"), "One."], config=ALL) as first:
        first.send(SubmitPrompt("go"))
        await first.until(TurnFinished)
    journal = await first.catalog.open(first.controller.id)
    async with bench(["Two."], catalog=first.catalog, journal=journal) as second:
        second.send(SubmitPrompt("and now?"))
        await second.until(TurnFinished)
        assert "no variable, import or function of the earlier cells exists any more" in second.seen_by_model()
        second.send(RestartKernel(rerun=True))
        await second.until(Noted)
    assert second.kernel.ran == ["print 1"]


async def test_a_session_that_is_opened_in_another_folder_says_so() -> None:
    async with bench([act("print 1"), "One."], config=ALL, folder="/there") as first:
        first.send(SubmitPrompt("go"))
        await first.until(TurnFinished)
    for folder, moved_from in (("/here", "/there"), ("/here", "")):
        journal = await first.catalog.open(first.controller.id)
        async with bench(["Two."], catalog=first.catalog, journal=journal, folder=folder) as again:
            again.send(SubmitPrompt("and now?"))
            await again.until(TurnFinished)
            entries = again.controller.transcript.entries
            opened = [each.event for each in entries if isinstance(each, EventEntry)]
            assert [event.moved_from for event in opened if isinstance(event, SessionOpened)][-1] == moved_from
            told = [message.content for message in again.model.requests[0].messages]
            assert sum("in the folder '/here' now, no more in '/there'.]" in text for text in told) == 1


async def test_output_comes_joined() -> None:
    async with bench() as it:
        it.send(RunUserCode("print 1"))
        await it.until(CellFinished)
    assert [event.output for event in it.all(CellOutput)] == [StreamOutput("stdout", "1\n")]
