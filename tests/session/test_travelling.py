"""Going back in a session, over a kernel without a process that keeps its variables."""

from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Die
from codeact_tui.protocol.events import CellFinished, Failed, KernelDied, Noted, TurnFinished
from codeact_tui.protocol.ops import PreviewRewind, Redo, Rewind, RunUserCode, SubmitPrompt, Undo
from codeact_tui.protocol.travel import CheckpointTaken, KernelRecovered, RewindPreviewed, Rewound
from codeact_tui.protocol.travel_files import TravelAsked
from codeact_tui.protocol.travel_words import rewound_words
from codeact_tui.session.entries import ActionEntry, PromptEntry
from codeact_tui.session.points import points
from codeact_tui.session.transcript import replay
from tests.session.bench import Bench, bench


def travelling() -> FakeKernel:
    kernel = FakeKernel()
    kernel.keeps_checkpoints = True
    return kernel


async def run(it: Bench, *codes: str) -> None:
    """Run cells of the user's, one after the other."""
    for code in codes:
        count = len(it.all(CellFinished))
        it.send(RunUserCode(code))
        await it.until(CellFinished, count + 1)


async def ask(it: Bench, text: str) -> None:
    """Say something, and wait for the turn's end."""
    count = len(it.all(TurnFinished))
    it.send(SubmitPrompt(text))
    await it.until(TurnFinished, count + 1)


def shown_to_model(it: Bench) -> str:
    return "\n".join(message.content for message in it.model.requests[-1].messages)


def visible(it: Bench) -> list[str]:
    """Give what still counts of the conversation: prompts and cells."""
    shown: list[str] = []
    for entry in it.controller.transcript.entries:
        match entry:
            case _ if entry.undone:
                continue
            case PromptEntry():
                shown.append(entry.text)
            case ActionEntry():
                shown.append(entry.record.code)
            case _:
                continue
    return shown


def value(kernel: FakeKernel, name: str) -> object:
    return kernel.namespace.get(name, "nothing")


async def test_undo_takes_back_the_last_cell_and_redo_brings_it_again() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = [1]", "x.append(2); y = 5")
        it.send(Undo())
        await it.until(Rewound)
        assert (value(kernel, "x"), value(kernel, "y")) == ([1], "nothing")
        assert visible(it) == ["x = [1]"]
        it.send(Redo())
        await it.until(Rewound, 2)
        assert (value(kernel, "x"), value(kernel, "y")) == ([1, 2], 5)
        assert visible(it) == ["x = [1]", "x.append(2); y = 5"]


async def test_of_cells_that_were_sent_together_undo_takes_back_the_last_alone() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        for code in ("x = [1]", "x.append(2)", "x.append(3)"):
            it.send(RunUserCode(code))
        await it.until(CellFinished, 3)
        it.send(Undo())
        await it.until(Rewound)
        assert value(kernel, "x") == [1, 2]
        assert visible(it) == ["x = [1]", "x.append(2)"]


async def test_undo_again_and_again_comes_to_the_beginning() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = 1", "x = 2", "x = 3")
        for count in (1, 2, 3):
            it.send(Undo())
            await it.until(Rewound, count)
        assert value(kernel, "x") == "nothing"
        assert visible(it) == []
        it.send(Undo())
        assert (await it.until(Failed)).message == "There is no cell to take back."


async def test_variables_alone_go_back_and_the_model_is_told() -> None:
    kernel = travelling()
    async with bench(["hello"], in_its_place=kernel) as it:
        await run(it, "x = 1", "x = 2")
        last = points(it.controller.transcript)[-1]
        it.send(Rewind(last.sequence, ("variables",)))
        await it.until(Rewound)
        assert value(kernel, "x") == 1
        assert visible(it) == ["x = 1", "x = 2"]
        await ask(it, "go on")
        assert "All variables are back as they were before that" in shown_to_model(it)


async def test_the_conversation_alone_goes_back() -> None:
    kernel = travelling()
    async with bench(["one", "two"], in_its_place=kernel) as it:
        await ask(it, "first")
        await run(it, "x = 1")
        await ask(it, "second")
        point = next(each for each in points(it.controller.transcript) if each.prompt == "second")
        it.send(Rewind(point.sequence, ("conversation",)))
        await it.until(Rewound)
        assert visible(it) == ["first", "x = 1"]
        assert value(kernel, "x") == 1


async def test_what_was_taken_back_is_not_shown_to_the_model() -> None:
    async with bench(["one", "two"], in_its_place=travelling()) as it:
        await run(it, "secret = 1", "unwanted = 2")
        it.send(Undo())
        await it.until(Rewound)
        await ask(it, "go on")
        assert "secret" in shown_to_model(it)
        assert "unwanted" not in shown_to_model(it)


async def test_a_preview_says_what_would_change_and_changes_nothing() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = 1; z = 0", "x = 2; y = 5; del z")
        it.send(PreviewRewind(points(it.controller.transcript)[-1].sequence))
        told: RewindPreviewed = await it.until(RewindPreviewed)
        assert [(each.name, each.kind) for each in told.variables] == [
            ("x", "changes"),
            ("y", "disappears"),
            ("z", "appears"),
        ]
        assert (told.cells, told.problem) == (1, "")
        assert value(kernel, "y") == 5


async def test_variables_that_are_not_held_any_more_are_asked_about_and_nothing_changes() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = 1", "x = 2")
        kernel.drop("c2")
        it.send(Undo())
        asked: TravelAsked = await it.until(TravelAsked)
        assert asked.problem == "The variables of that point are not kept any more"
        assert (asked.ways, [offer.action for offer in asked.replay]) == (("replay", "leave"), ["a1"])
        assert value(kernel, "x") == 2
        assert it.all(Rewound) == []


async def test_variables_that_are_not_held_any_more_can_be_left_as_they_are() -> None:
    kernel = travelling()
    async with bench(["hello"], in_its_place=kernel) as it:
        await run(it, "x = 1", "x = 2")
        kernel.drop("c2")
        it.send(Undo(way="leave"))
        assert (await it.until(Rewound)).what == ("conversation",)
        assert (value(kernel, "x"), visible(it)) == (2, ["x = 1"])
        await ask(it, "go on")
        assert "the variables that it made are still there" in shown_to_model(it)


async def test_variables_that_are_not_held_any_more_are_made_by_running_the_cells_again() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = 1", "x += 1", "x += 10; y = 1")
        kernel.drop("c3")
        it.send(Undo(way="replay"))
        await it.until(Noted)
        assert (value(kernel, "x"), value(kernel, "y")) == (2, "nothing")
        assert visible(it) == ["x = 1", "x += 1", "x = 1", "x += 1"]
        assert it.all(Rewound)[0].way == "replay"
        assert "2 cells were rerun on a fresh kernel" in it.all(Noted)[-1].text


async def test_a_going_back_that_ran_cells_again_is_undone_with_them() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = [1]", "y = x", "x.append(2)")
        kernel.drop("c3")
        it.send(Undo(way="replay"))
        await it.until(Noted)
        assert value(kernel, "x") == [1]
        it.send(Redo())
        again: Rewound = await it.until(Rewound, 2)
        assert (again.undoes, again.what) == (True, ("conversation", "variables", "files")[:2])
        assert visible(it) == ["x = [1]", "y = x", "x.append(2)"]
        assert value(kernel, "x") == [1, 2]
        assert value(kernel, "y") is value(kernel, "x")
        assert [record.live for record in it.controller.transcript.actions.values()] == [True] * 3 + [False] * 2
        it.send(Undo(way="replay"))
        await it.until(Noted, 2)
        await run(it, "z = 1")
        it.send(Redo())
        assert "There is nothing to redo" in (await it.until(Failed)).message


async def test_what_can_not_be_kept_is_not_promised() -> None:
    kernel = travelling()
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = 1", "x = 2")
        kernel.drop("c2")
        kernel.keeps_checkpoints = False
        it.send(Undo(way="replay"))
        gone: Rewound = await it.until(Rewound)
        assert gone.saved is None
        assert "/redo undoes it, but for the variables" in rewound_words(gone)[1]


async def test_a_kernel_that_dies_is_there_again_as_before_the_cell() -> None:
    kernel = travelling()
    kernel.on("crash()", Die(-11))
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = 1", "crash()")
        told: KernelRecovered = await it.until(KernelRecovered)
        assert (told.how, told.checkpoint, told.action) == ("segmentation fault", "c2", "a2")
        assert it.all(KernelDied) == []
        assert kernel.executed.count("crash()") == 1
        await run(it, "x += 1")
        assert value(kernel, "x") == 2


async def test_a_kernel_without_checkpoints_dies_as_ever() -> None:
    kernel = FakeKernel()
    kernel.on("crash()", Die(-11))
    async with bench(in_its_place=kernel) as it:
        await run(it, "x = 1", "crash()")
        await it.until(KernelDied)
        assert it.all(CheckpointTaken) == []


async def test_the_stored_events_tell_the_same_story() -> None:
    kernel = travelling()
    async with bench(["hello"], in_its_place=kernel) as it:
        await run(it, "x = 1", "x = 2", "x = 3")
        it.send(Undo())
        await it.until(Rewound)
        it.send(Undo())
        await it.until(Rewound, 2)
        it.send(Redo())
        await it.until(Rewound, 3)
        again = replay([each for each in it.envelopes if each.sequence])
        assert [each.undone for each in again.entries] == [
            each.undone for each in it.controller.transcript.entries[-len(again.entries) :]
        ]
        assert value(kernel, "x") == 2
