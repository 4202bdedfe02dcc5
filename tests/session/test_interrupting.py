"""Interrupts, whatever goes on."""

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.events import ActionRejected, ApprovalRequested, KernelStarted, ModelReplied, TurnFinished
from codeact_tui.protocol.ops import Interrupt, SubmitPrompt
from tests.session.bench import act, bench

ALL = Config(session=SessionConfig(policy="all"))


async def test_interrupting_a_reply_keeps_what_was_said() -> None:
    hold = Hold()
    async with bench([[TextDelta("Let me think"), hold], "Back."]) as it:
        it.send(SubmitPrompt("go"))
        await hold.reached.wait()
        it.send(Interrupt())
        assert (await it.until(TurnFinished)).reason == "interrupted"
        assert it.model.closed_streams == 1
        reply = it.all(ModelReplied)[0]
        assert (reply.text, reply.finish, reply.code) == ("Let me think", "interrupted", None)
        it.send(SubmitPrompt("again"))
        await it.until(TurnFinished, 2)
    assert [message.role for message in it.model.requests[1].messages] == ["system", "user", "assistant", "user"]
    assert it.seen_by_model() == "[Your turn was interrupted by the user.]\n\nagain"


async def test_interrupting_a_question_rejects_it() -> None:
    async with bench([act("print 1")]) as it:
        it.send(SubmitPrompt("go"))
        asked = await it.until(ApprovalRequested)
        it.send(Interrupt())
        await it.until(TurnFinished)
    assert it.all(ActionRejected) == [ActionRejected(asked.action, by="interrupt")]
    assert it.kernel.ran == []


async def test_interrupting_a_cell() -> None:
    async with bench([act("hang"), "Back."], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await it.kernel.began.wait()
        it.send(Interrupt())
        assert (await it.until(TurnFinished)).reason == "interrupted"
        assert it.last.status == "interrupted"
        it.send(SubmitPrompt("and?"))
        await it.until(TurnFinished, 2)
    assert "The cell was interrupted by the user." in it.seen_by_model()


async def test_a_deaf_cell_is_ended_with_its_kernel_by_a_second_interrupt() -> None:
    async with bench([act("deaf")], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await it.kernel.began.wait()
        it.send(Interrupt(), Interrupt())
        await it.until(KernelStarted, 2)
        await it.until(TurnFinished)
    assert it.last.status == "died"


async def test_interrupting_nothing_does_nothing() -> None:
    async with bench(["Hello."]) as it:
        it.send(Interrupt())
        it.send(SubmitPrompt("hello"))
        assert (await it.until(TurnFinished)).reason == "answer"
