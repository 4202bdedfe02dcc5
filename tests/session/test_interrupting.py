"""Interrupts, whatever goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.errors import KernelError, KernelNotReady
from codeact_tui.kernel.answers import CellResult, Checkpoint, KernelNews, NamespaceListing
from codeact_tui.kernel.base import OnInput, OnOutput
from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Hold, ScriptedModel
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellStarted,
    Envelope,
    Failed,
    KernelStarted,
    ModelChanged,
    ModelReplied,
    TurnFinished,
)
from codeact_tui.protocol.ops import EditAction, Interrupt, RunUserCode, SetModel, SubmitPrompt
from codeact_tui.session.model_seat import SeatedModel
from tests.session.bench import ToyKernel, act, bench

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


class AskedKernel(ToyKernel):
    """Has something happen when it is asked for the variables, as is done to tell what a cell would do."""

    when_asked: Callable[[], Awaitable[object]] | None = None

    async def variables(self, *, include_all: bool = False) -> NamespaceListing:
        if self.when_asked is not None:
            await self.when_asked()
        return await super().variables(include_all=include_all)


async def test_interrupting_before_an_action_is_approved_leaves_it_rejected() -> None:
    kernel = AskedKernel()
    async with bench([act("print 1")], config=ALL, kernel=kernel) as it:

        async def interrupt() -> None:
            it.send(Interrupt())

        kernel.when_asked = interrupt
        it.send(SubmitPrompt("go"))
        assert (await it.until(TurnFinished)).reason == "interrupted"
        assert (it.last.state, it.last.rejected_by, kernel.ran) == ("rejected", "interrupt", [])


async def test_interrupting_what_was_just_approved_leaves_it_rejected() -> None:
    async with bench([act("print 1")]) as it:

        def hear(envelopes: Sequence[Envelope]) -> None:
            if any(isinstance(each.event, ActionApproved) for each in envelopes):
                it.send(Interrupt())

        it.controller.listen(hear)
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        it.approve()
        assert (await it.until(TurnFinished)).reason == "interrupted"
        assert (it.last.state, it.last.rejected_by, it.kernel.ran) == ("rejected", "interrupt", [])


async def test_an_edit_that_comes_too_late_brings_no_question_back() -> None:
    kernel = AskedKernel()
    async with bench([act("print 1")], kernel=kernel) as it:

        async def interrupt() -> None:
            it.send(Interrupt())
            await it.until(TurnFinished)

        it.send(SubmitPrompt("go"))
        asked = await it.until(ApprovalRequested)
        kernel.when_asked = interrupt
        it.send(EditAction(asked.action, 0, "print 2"))
        assert (await it.until(Failed)).error == "OpRefused"
        assert (it.last.state, len(it.all(ApprovalRequested))) == ("rejected", 1)


async def test_a_cell_that_waits_for_another_does_not_run_once_its_turn_is_interrupted() -> None:
    async with bench([act("print 1")], config=ALL) as it:
        it.send(RunUserCode("hang"))
        await it.kernel.began.wait()
        it.send(SubmitPrompt("go"))
        await it.until(lambda: any(turn.phase == "running" for turn in [it.controller._crew.turns.current] if turn))  # pyright: ignore[reportPrivateUsage]
        it.send(Interrupt())
        assert (await it.until(TurnFinished)).reason == "interrupted"
    assert it.kernel.ran == ["hang"]


class SlowNews(ToyKernel):
    """Tells what a cell did when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_tell = asyncio.Event(), asyncio.Event()

    async def news(self) -> KernelNews:
        if self.ran:
            self.asked.set()
            await self.may_tell.wait()
        return await super().news()


async def test_interrupts_of_a_cell_that_has_ended_leave_the_kernel_alone() -> None:
    kernel = SlowNews()
    async with bench([act("print 1")], config=ALL, kernel=kernel) as it:
        it.send(SubmitPrompt("go"))
        await kernel.asked.wait()
        it.send(Interrupt(), Interrupt())
        await asyncio.sleep(0)
        kernel.may_tell.set()
        await it.until(TurnFinished)
        assert (it.last.status, len(it.all(KernelStarted))) == ("ok", 1)


class SlowToFreeze(ToyKernel):
    """Does not answer the first time that a checkpoint is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def checkpoint(self, name: str) -> Checkpoint | None:
        self.asked.append(name)
        if len(self.asked) == 1:
            raise KernelError("The kernel did not answer within 20 seconds.")
        return Checkpoint(name)


async def test_a_checkpoint_that_may_come_late_is_not_taken_for_the_next_one() -> None:
    kernel = SlowToFreeze()
    async with bench(kernel=kernel) as it:
        for count in (1, 2, 3):
            it.send(RunUserCode("print 1"))
            await it.until(CellFinished, count)
        assert len(set(kernel.asked)) == 3
        assert list(it.controller.transcript.checkpoints) == kernel.asked[1:]


class Restarting(ToyKernel):
    """Is ended while a cell is prepared."""

    async def checkpoint(self, name: str) -> Checkpoint | None:
        self.execute = self._refuse
        return None

    async def _refuse(
        self, code: str, *, on_output: OnOutput, on_input: OnInput, timeout_s: float | None = None
    ) -> CellResult:
        raise KernelNotReady("No kernel is running.")


async def test_a_cell_that_does_not_reach_the_kernel_comes_to_an_end() -> None:
    async with bench(kernel=Restarting()) as it:
        it.send(RunUserCode("print 1"))
        assert (await it.until(Failed)).error == "KernelNotReady"
        assert len(it.all(CellStarted)) == len(it.all(CellFinished)) == 1
        assert it.last.status == "aborted"


async def test_a_model_whose_place_is_taken_while_it_answers_answers_to_the_end() -> None:
    hold, later = Hold(), ScriptedModel(["From the other."])
    async with bench([[TextDelta("From the "), hold, TextDelta("first.")]]) as it:
        seat = it.controller._parts.seat  # pyright: ignore[reportPrivateUsage]
        it.send(SubmitPrompt("go"))
        await hold.reached.wait()

        def create(_name: str) -> SeatedModel:
            return SeatedModel(later, "execute", 100_000)

        seat._create = create  # pyright: ignore[reportPrivateUsage]
        it.send(SetModel("other"))
        await it.until(ModelChanged)
        assert not it.model.closed
        hold.release()
        await it.until(TurnFinished)
        assert it.model.closed
        it.send(SubmitPrompt("again"))
        await it.until(TurnFinished, 2)
        assert [reply.text for reply in it.all(ModelReplied)] == ["From the first.", "From the other."]
    assert later.closed
