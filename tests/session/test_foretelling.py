from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.events import ApprovalRequested, CellFinished, KernelStarted
from codeact_tui.protocol.ops import EditAction, RestartKernel, SubmitPrompt
from tests.session.bench import act, bench

IMPORT = "import os\nroot = 'data'"
REMOVE = "os.remove(root + '/x')"


async def test_a_question_says_what_the_cell_would_do() -> None:
    async with bench([act(IMPORT), act(REMOVE), "Done."]) as it:
        it.send(SubmitPrompt("clean up"))
        first = await it.until(ApprovalRequested)
        assert (first.effects, first.problem) == ((), "")
        it.approve()
        await it.until(CellFinished)
        second = await it.until(ApprovalRequested, 2)
        assert second.effects == (Effect(1, "delete", "data/x"),)
        it.send(EditAction(second.action, second.revision, "open('y')"))
        third = await it.until(ApprovalRequested, 3)
        assert third.effects == (Effect(1, "read", "y"),)
        assert it.controller.transcript.actions[third.action].request == third


async def test_a_new_kernel_knows_nothing_of_the_cells_before() -> None:
    async with bench([act(IMPORT), "Done.", act(REMOVE)]) as it:
        it.send(SubmitPrompt("look"))
        await it.until(ApprovalRequested)
        it.approve()
        await it.until(lambda: it.controller.state == "idle")
        it.send(RestartKernel())
        await it.until(KernelStarted, 2)
        it.send(SubmitPrompt("clean up"))
        asked = await it.until(ApprovalRequested, 2)
        assert asked.effects == (Effect(1, "delete"),)


async def test_a_long_cell_is_read_off_the_loop() -> None:
    async with bench([act("x = 1\n" * 2000 + "open('a')")]) as it:
        it.send(SubmitPrompt("go"))
        asked = await it.until(ApprovalRequested)
        assert asked.effects == (Effect(2001, "read", "a"),)
