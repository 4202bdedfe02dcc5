from collections.abc import Callable

import pytest

from codeact_tui.protocol.events import CellOutput, Envelope, PromptSubmitted, SessionOpened, TurnFinished
from codeact_tui.protocol.ids import ActionId, SessionId
from codeact_tui.protocol.outputs import DisplayData, StreamOutput, UpdateDisplay
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.markdown import markdown_lines
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.themes import load_theme
from codeact_tui.tui.widgets import conversation as conversation_module
from codeact_tui.tui.widgets import conversation_blocks
from codeact_tui.tui.widgets.conversation import Conversation
from tests.tui.widgets.conversation_stage import SIZE, Watch, drawn, rows, tell
from tests.tui.widgets.frame import Teller, cell_events, every_kind, long_story
from tests.work import counted


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(now=lambda: 1_700_000_100.0)


async def test_a_session_reads_from_top_to_bottom(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=(80, 60)) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        teller.open()
        teller.turn(1)
        conversation.load(teller.transcript)
        assert [row for row in await drawn(pilot, conversation) if row][:6] == [
            " · codeact 0.1.0, demo, in growth",
            " · Python 3.12.1, .venv, ready in 0.62 s, in a sandbox",
            " › Which regions grew most in year 1?",
            " I'll look at the file of year 1 first.",
            " ✓ [1] import pandas as pd …" + " " * 44 + "0.41 s",
            " ✓ [2] df.info()" + " " * 56 + "0.03 s",
        ]


async def test_what_is_told_one_by_one_looks_as_when_it_is_loaded(conversation: Conversation) -> None:
    other = Conversation(now=lambda: 1_700_000_100.0)
    story = every_kind()
    async with Watch(conversation).run_test(size=(80, 50)) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        for envelope in replayed(every_kind):
            teller.transcript.apply(envelope)
            conversation.apply(envelope)
        told = await drawn(pilot, conversation)
    async with Watch(other).run_test(size=(80, 50)) as pilot:
        other.load(story.transcript)
        assert told == await drawn(pilot, other)


def replayed(story: Callable[[], Teller]) -> list[Envelope]:
    """The events of a story."""
    envelopes: list[Envelope] = []

    def note(self: Transcript, envelope: Envelope) -> object:
        envelopes.append(envelope)
        return apply(self, envelope)

    apply = Transcript.apply
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transcript, "apply", note)
        story()
    return envelopes


async def test_an_action_changes_its_sign_as_it_goes_on(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        seen: list[str] = []
        for event in cell_events(1, "1 + 1", seconds=0.25):
            seen.append(next(row for row in await tell(pilot, conversation, teller, event) if "[1]" in row))
        assert [(row[:5], row.split()[-2:]) for row in seen] == [
            (" ● [1", ["+", "1"]),
            (" ● [1", ["1", "approved"]),
            (" ▶ [1", ["38", "s"]),
            (" ✓ [1", ["0.25", "s"]),
        ]


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [
        ("/work/growth", "", "· opened again, with a fresh Python"),
        ("/work/new", "/work/growth", "· opened again in new, no more in growth, with a fresh Python"),
        ("/b/growth", "/a/growth", "· opened again in /b/growth, no more in /a/growth, with a fresh Python"),
    ],
)
async def test_a_session_says_into_which_folder_it_moved(
    conversation: Conversation, here: str, there: str, told: str
) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        opened = SessionOpened(SessionId("s" * 14), here, "demo", "ask", "0.1.0", resumed=True, moved_from=there)
        assert told in "\n".join(row.strip() for row in await tell(pilot, conversation, teller, opened))


async def test_keys_choose_cells_and_unfold_them(conversation: Conversation) -> None:
    app = Watch(conversation)
    async with app.run_test(size=(80, 60)) as pilot:
        conversation.load(every_kind().transcript)
        conversation.focus()
        await pilot.press("up", "up", "k", "up", "up")
        assert app.chosen == ["a5", "a4", "a3", "a2", "a1"]
        assert conversation.selected == "a1"
        folded = await drawn(pilot, conversation)
        await pilot.press("enter")
        unfolded = await drawn(pilot, conversation)
        assert any("│ for row in rows:" in row for row in unfolded)
        assert any("… 39 lines more, o opens the whole" in row for row in unfolded)
        assert any("│ ▎a warning" in row for row in unfolded)
        await pilot.press("o", "enter")
        assert app.wanted == ["a1"]
        assert await drawn(pilot, conversation) == folded
        await pilot.press("j")
        assert app.chosen[-1] == "a2"


async def test_an_edited_action_shows_what_was_changed(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=(80, 60)) as pilot:
        conversation.load(every_kind().transcript)
        conversation.select_action(ActionId("a3"))
        conversation.toggle_fold()
        shown = await drawn(pilot, conversation)
        inside = [row.removeprefix("   │ ") for row in shown if row.startswith("   │ ")]
        assert inside == [
            "import os",
            "print('x')",
            "── changed by you before it ran",
            " import os",
            "-os.remove('x')",
            "+print('x')",
            "rejected: do not touch my files",
        ]


async def test_a_click_chooses_and_a_second_one_unfolds(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "CLICK_CHAIN_TIME_THRESHOLD", -1.0)  # no two clicks are a double one
    app = Watch(conversation)
    async with app.run_test(size=(80, 60)) as pilot:
        conversation.load(every_kind().transcript)
        y = next(at for at, row in enumerate(await drawn(pilot, conversation)) if "[2]" in row)
        await pilot.click(offset=(20, y))
        assert app.chosen == ["a2"]
        await pilot.click(offset=(20, y))
        assert any("│ df.groupby" in row for row in await drawn(pilot, conversation))


async def test_time_goes_on_while_a_cell_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_module, "_TICK_S", 0.01)
    now = 1_700_000_001.5
    conversation = Conversation(now=lambda: now)
    teller = Teller()
    *begin, end = cell_events(1, "work()")
    for event in begin:
        teller.tell(event)
    conversation.load(teller.transcript)
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        assert any(row.endswith(" 0 s") for row in await drawn(pilot, conversation))
        now += 42
        while not any(row.endswith(" 42 s") for row in rows(conversation)):
            await pilot.pause(0.01)
        shown = await tell(pilot, conversation, teller, end)
        assert any(row.endswith(" 0.41 s") for row in shown)


async def test_another_theme_gives_other_colours(conversation: Conversation) -> None:
    app = Watch(conversation)
    app.register_theme(load_theme("light").theme)
    async with app.run_test(size=SIZE) as pilot:
        conversation.load(every_kind().transcript)
        before = await drawn(pilot, conversation)
        dark = {segment.style for segment in conversation.render_line(5)}
        app.theme = "light"
        assert await drawn(pilot, conversation) == before
        light = {segment.style for segment in conversation.render_line(5)}
        assert not dark & light


async def test_without_colour_the_signs_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    conversation = Conversation(now=lambda: 1_700_000_100.0)
    app = Watch(conversation)
    async with app.run_test(size=(80, 50)) as pilot:
        conversation.load(every_kind().transcript)
        shown = await drawn(pilot, conversation)
        assert {row[1] for row in shown if "[" in row[:4]} == {"✓", "✗", "⊘", "▶", "●"}
        styles = [segment.style for strip in app.screen._compositor.render_strips() for segment in strip]  # pyright: ignore[reportPrivateUsage]
        colors = {color.get_truecolor() for style in styles if style for color in (style.color, style.bgcolor) if color}
        assert all(color.red == color.green == color.blue for color in colors)


async def test_what_there_is_to_copy(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE):
        assert conversation.copy_text("answer") is None
        assert conversation.copy_text("cell") is None
        story = every_kind()
        conversation.load(story.transcript)
        conversation.select_action(ActionId("a1"))
        assert conversation.copy_text("answer") == "I'll look first."
        assert conversation.copy_text("cell") == "for row in rows:\n    print(row)  # all"
        copied = conversation.copy_text("output")
        assert copied is not None
        assert copied.startswith("line 0 of many\nline 1 of many\n")
        assert copied.endswith("line 59 of many\na warning")


async def test_a_display_is_updated_in_the_cell_that_shows_it(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        display = CellOutput(ActionId("a1"), DisplayData({"text/plain": "10 %"}, display_id="bar"))
        await tell(pilot, conversation, teller, *cell_events(1, "show()", display))
        conversation.toggle_fold()
        assert any("10 %" in row for row in await drawn(pilot, conversation))
        update = CellOutput(ActionId("a2"), UpdateDisplay("bar", {"text/plain": "90 %"}))
        shown = await tell(pilot, conversation, teller, *cell_events(2, "update()", update))
        assert any("90 %" in row for row in shown)


async def test_a_progress_bar_stays_one_line(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        *begin, _ = cell_events(1, "work()")
        await tell(pilot, conversation, teller, *begin)
        conversation.toggle_fold()
        shown: list[str] = []
        for percent in range(0, 101, 5):
            output = StreamOutput("stderr", f"\r{percent:3} %|{'█' * (percent // 5):<20}|")
            shown = await tell(pilot, conversation, teller, CellOutput(ActionId("a1"), output))
        assert [row for row in shown if "%|" in row] == [f"   │ ▎100 %|{'█' * 20}|"]


async def test_quiet_ends_are_silent_and_others_are_not(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        shown = await tell(pilot, conversation, teller, TurnFinished(1, "answer", 2), TurnFinished(2, "interrupted", 0))
        assert [row for row in shown if row] == [" ■ stopped by you"]


async def test_of_five_thousand_entries_only_those_in_sight_are_drawn(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_texts: list[str] = []

    def noted(text: str, width: int, paint: Paint) -> list[Line]:
        drawn_texts.append(text)
        return markdown_lines(text, width, paint)

    monkeypatch.setattr(conversation_blocks, "markdown_lines", noted)
    teller = Teller()
    teller.transcript = long_story(5000)
    async with Watch(conversation).run_test(size=(120, 36)) as pilot:
        with counted() as work:
            conversation.load(teller.transcript)
        assert work.calls < 150 * 5000
        await drawn(pilot, conversation)
        assert 0 < len(drawn_texts) < 40
        drawn_texts.clear()
        for number in range(20):
            await tell(pilot, conversation, teller, PromptSubmitted(f"prompt {number}"))
        assert not drawn_texts
        await pilot.resize_terminal(100, 36)
        assert len(drawn_texts) < 40
