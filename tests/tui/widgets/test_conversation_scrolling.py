"""Scrolling through the conversation, and selecting in it with the mouse."""

import pytest

from codeact_tui.protocol.events import ModelReplied, PromptSubmitted
from codeact_tui.tui.widgets.conversation import Conversation
from tests.tui.widgets.conversation_stage import SIZE, Watch, drawn, tell
from tests.tui.widgets.frame import Teller, long_story


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(now=lambda: 1_700_000_100.0)


async def test_it_follows_the_end_only_from_the_end(conversation: Conversation) -> None:
    app = Watch(conversation)
    async with app.run_test(size=SIZE) as pilot:
        teller = Teller()
        teller.transcript = long_story(60)
        conversation.load(teller.transcript)
        await drawn(pilot, conversation)
        shown = await tell(pilot, conversation, teller, PromptSubmitted("at the end"))
        assert "at the end" in shown[-1]
        conversation.action_page_up()
        before = await drawn(pilot, conversation)
        shown = await tell(pilot, conversation, teller, PromptSubmitted("one"), PromptSubmitted("two"))
        assert shown[:-1] == before[:-1]
        assert shown[-1].endswith("↓ 2 new")
        assert not conversation.following
        conversation.stream("text", "word " * 500)
        shown = await drawn(pilot, conversation)
        assert shown[:-1] == before[:-1]
        assert shown[-1].endswith("↓ 3 new")
        shown = await tell(pilot, conversation, teller, ModelReplied("word " * 500))
        assert shown[-1].endswith("↓ 3 new")
        conversation.focus()
        await pilot.press("end")
        shown = await drawn(pilot, conversation)
        assert "word" in shown[-1]
        assert conversation.following
        assert app.following[-1] == (True, 0)


async def test_scrolling_up_a_line_moves_a_line_wherever_it_is(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        conversation.load(long_story(400))
        before = await drawn(pilot, conversation)
        for _ in range(150):
            conversation.scroll_relative(y=-3, animate=False)
            after = await drawn(pilot, conversation)
            assert after[3:] == before[:-3]
            before = after


async def test_another_width_keeps_the_place(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        conversation.load(long_story(200))
        conversation.scroll_to(y=300, animate=False)
        top = next(row for row in await drawn(pilot, conversation) if "year" in row)
        await pilot.resize_terminal(60, 20)
        assert any(top.split("year")[1].split()[0] in row for row in await drawn(pilot, conversation))
        conversation.action_bottom()
        await drawn(pilot, conversation)
        await pilot.resize_terminal(100, 30)
        await drawn(pilot, conversation)
        assert conversation.following
        assert conversation.scroll_offset.y == conversation.max_scroll_y


async def test_the_mouse_selects_across_blocks_and_copies_plain_text(conversation: Conversation) -> None:
    app = Watch(conversation)
    async with app.run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        words = "a reply **with words** that go on and on until the line has to be wrapped at the right edge of it"
        await tell(pilot, conversation, teller, PromptSubmitted("first prompt"), ModelReplied(words))
        await pilot.mouse_down(offset=(9, 0))
        await pilot.hover(offset=(10, 3))
        await pilot.mouse_up(offset=(10, 3))
        assert app.screen.get_selected_text() == (
            "prompt\n\na reply with words that go on and on until the line has to be wrapped at the right edge"
        )
        shown = await drawn(pilot, conversation)
        await pilot.resize_terminal(70, 24)
        assert app.screen.get_selected_text() is None
        assert shown[0] == " › first prompt"


async def test_a_double_click_selects_the_block(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "CLICK_CHAIN_TIME_THRESHOLD", 3600.0)
    app = Watch(conversation)
    async with app.run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        await tell(pilot, conversation, teller, PromptSubmitted("first"), ModelReplied("one\n\ntwo"))
        await pilot.click(conversation, offset=(3, 2), times=2)
        assert app.screen.get_selected_text() == "one\n\ntwo"


async def test_the_mark_of_what_is_new_can_be_clicked(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        teller.transcript = long_story(60)
        conversation.load(teller.transcript)
        conversation.action_top()
        await tell(pilot, conversation, teller, PromptSubmitted("new"))
        await pilot.click(offset=(75, 23))
        assert conversation.following
        assert "› new" in (await drawn(pilot, conversation))[-1]
