"""Finding, selecting by keyboard, going from prompt to prompt, folding long prompts."""

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from codeact_tui.errors import StoreError
from codeact_tui.protocol.events import CellOutput, OutputTruncated, PromptSubmitted
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.tui.widgets.conversation import Conversation
from codeact_tui.tui.widgets.find_bar import FindBar
from tests.tui.widgets.frame import Frame, Teller, cell_events


class Finding(Frame):
    """A conversation with the line in which one looks for words."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self.conversation = conversation
        self.copied: list[str] = []
        self.closed: list[bool] = []

    def compose(self) -> ComposeResult:
        yield self.conversation

    async def bar(self) -> FindBar:
        bar = FindBar(self.conversation, self.closed.append)
        await self.mount(bar)
        return bar

    def on_conversation_copy_requested(self, message: Conversation.CopyRequested) -> None:
        self.copied.append(message.text)


def rows(conversation: Conversation) -> list[str]:
    conversation.flush()
    return [conversation.render_line(y).text.rstrip() for y in range(conversation.size.height)]


async def settled(pilot: Pilot[None], app: Finding) -> None:
    await app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType]
    await pilot.pause()


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(now=lambda: 1_700_000_100.0)


def story(turns: int = 30) -> Teller:
    teller = Teller()
    teller.open()
    for number in range(1, turns + 1):
        teller.turn(number)
    return teller


def count(bar: FindBar) -> str:
    return str(bar.query_one("#find-count").render())


async def test_finds_what_is_far_away_and_comes_back(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        conversation.load(story().transcript)
        await pilot.pause()
        before = rows(conversation)
        bar = await app.bar()
        bar.field.value = "most in YEAR 2"
        await settled(pilot, app)
        assert count(bar) == "not found"
        bar.field.value = "most in year 2"
        await settled(pilot, app)
        assert "of 11" in count(bar)
        first = count(bar)
        assert any("most in year 2" in row for row in rows(conversation))
        await pilot.press("enter")
        assert count(bar) != first
        await pilot.press("up")
        assert count(bar) == first
        await pilot.press("escape")
        await pilot.pause()
        assert rows(conversation)[:-2] == before[:-2] or rows(conversation) == before
        assert app.closed == [False]


async def test_a_match_in_a_folded_cell_unfolds_it_and_is_marked(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        teller = story(3)
        for event in cell_events(
            90, "a = 1\nneedle_of_code = 2", CellOutput(action_id(90), StreamOutput("stdout", "one\nneedle printed\n"))
        ):
            teller.tell(event)
        conversation.load(teller.transcript)
        await pilot.pause()
        assert not any("needle" in row for row in rows(conversation))
        bar = await app.bar()
        bar.field.value = "needle"
        await settled(pilot, app)
        assert count(bar) == "1 of 2"
        assert any("needle_of_code" in row for row in rows(conversation))
        strips = [conversation.render_line(y) for y in range(conversation.size.height)]
        marked = ["".join(s.text for s in strip if s.style and s.style.reverse) for strip in strips]
        assert "needle" in marked
        await pilot.press("tab")
        await pilot.pause()
        assert app.closed == [True]
        assert not conversation.finder.active
        assert any("needle_of_code" in row for row in rows(conversation))


async def test_words_over_a_line_end_are_found(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(40, 24)) as pilot:
        teller = Teller()
        teller.open()
        teller.tell(PromptSubmitted("some words that go on until the line is over and further than that"))
        conversation.load(teller.transcript)
        bar = await app.bar()
        bar.field.value = "words that go on until the line is over and further"
        await settled(pilot, app)
        assert count(bar) == "1 of 1"
        assert conversation.finder.shown()


async def test_lines_are_selected_and_copied_with_the_keyboard(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        conversation.load(story(3).transcript)
        conversation.focus()
        await pilot.pause()
        conversation.action_top()
        await pilot.pause()
        await pilot.press("v", "g", "y")
        await pilot.pause()
        assert app.copied
        copied = app.copied[0]
        await pilot.press("v", "g", "escape")
        assert not conversation.visual.active
        assert app.screen.get_selected_text() in {None, ""}
        assert "codeact 0.1.0" in copied
        assert "Which regions grew most in year 1?" in copied or "Python" in copied
        assert len(app.copied) == 1


async def test_a_selection_grows_by_blocks_in_both_directions(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        conversation.load(story(3).transcript)
        conversation.focus()
        await pilot.pause()
        await pilot.press("v", "G")
        lines = len(conversation.visual.text().splitlines())
        await pilot.press("shift+up", "shift+up")
        more = len(conversation.visual.text().splitlines())
        assert more > lines
        await pilot.press("shift+down")
        assert len(conversation.visual.text().splitlines()) <= more
        await pilot.press("home")
        assert "codeact 0.1.0" in conversation.visual.text()
        await pilot.press("v")
        assert not conversation.visual.active


async def test_from_prompt_to_prompt(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        conversation.load(story().transcript)
        await pilot.pause()
        conversation.step_prompt(-1)
        conversation.step_prompt(-1)
        first = next(row for row in rows(conversation) if row)
        assert first.startswith(" › Which regions grew most in year ")
        conversation.step_prompt(-1)
        above = next(row for row in rows(conversation) if row)
        assert int(above.split()[-1].rstrip("?")) == int(first.split()[-1].rstrip("?")) - 1
        conversation.step_prompt(1)
        assert next(row for row in rows(conversation) if row) == first
        for _ in range(30):
            conversation.step_prompt(1)
        assert conversation.following


async def test_to_a_cell_by_its_number(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        conversation.load(story().transcript)
        await pilot.pause()
        assert conversation.go_to_cell(3)
        assert any("[3]" in row for row in rows(conversation))
        assert conversation.selected is not None
        assert not conversation.go_to_cell(9999)


async def test_a_long_prompt_folds_and_unfolds(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 60)) as pilot:
        teller = Teller()
        teller.open()
        teller.tell(PromptSubmitted("\n".join(f"pasted line {number}" for number in range(1, 41))))
        conversation.load(teller.transcript)
        await pilot.pause()
        assert any("40 lines in all" in row for row in rows(conversation))
        assert not any("pasted line 30" in row for row in rows(conversation))
        conversation.toggle_fold()
        assert any("pasted line 30" in row for row in rows(conversation))
        conversation.toggle_fold()
        assert not any("pasted line 30" in row for row in rows(conversation))


async def test_everything_is_copied_as_text(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(80, 24)):
        conversation.load(story(2).transcript)
        text = conversation.copy_text("all")
        assert text is not None
        assert "› Which regions grew most in year 2?" in text
        assert "```python\nimport pandas as pd" in text


async def test_an_empty_search_finds_nothing(conversation: Conversation) -> None:
    app = Finding(conversation)
    async with app.run_test(size=(60, 20)) as pilot:
        bar = await app.bar()
        assert isinstance(bar.field, Input)
        bar.field.value = "  "
        await settled(pilot, app)
        assert conversation.finder.hits == []
        await pilot.press("enter", "up")


async def test_the_middle_of_a_long_output_is_found_in_the_store(conversation: Conversation) -> None:
    teller = story(3)
    teller.tell(OutputTruncated(action_id(1), 1_000_000, 900_000, "the tail", "blob-1"))
    stored = b"x" * 500_000 + b" Needle in the middle " + b"y" * 400_000

    async def read(name: str, start: int, length: int) -> bytes:
        assert name == "blob-1"
        return stored[start : start + length]

    app = Finding(conversation)
    async with app.run_test(size=(80, 20)) as pilot:
        conversation.read_blob = read
        conversation.load(teller.transcript)
        bar = await app.bar()
        await pilot.press(*"needle")
        await settled(pilot, app)
        assert count(bar) == "1 of 1 · in the whole output: tab, o"
        assert conversation.selected is None
        await pilot.press("s")
        await settled(pilot, app)
        assert count(bar) == "not found"
        await pilot.press(*["backspace"] * 7, *"Needle")
        await settled(pilot, app)
        assert count(bar).startswith("1 of 1")
        await pilot.press(*["backspace"] * 6, *"NEEDLE")
        await settled(pilot, app)
        assert count(bar) == "not found"


async def test_a_store_that_fails_finds_nothing_and_breaks_nothing(conversation: Conversation) -> None:
    teller = story(2)
    teller.tell(OutputTruncated(action_id(1), 1_000_000, 900_000, "the tail", "blob-1"))

    async def fail(name: str, start: int, length: int) -> bytes:
        raise StoreError("The disk is gone.", remedy=f"Mount it ({name}, {start}, {length}).")

    app = Finding(conversation)
    async with app.run_test(size=(80, 20)) as pilot:
        conversation.read_blob = fail
        conversation.load(teller.transcript)
        bar = await app.bar()
        await pilot.press(*"needle")
        await settled(pilot, app)
        assert count(bar) == "not found"
