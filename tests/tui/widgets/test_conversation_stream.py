"""A reply that is being written, in the conversation."""

import pytest

from codeact_tui.protocol.events import Envelope, ModelReplied, Noted, ReplyDelta, RetryScheduled
from codeact_tui.tui.widgets.conversation import Conversation
from tests.tui.widgets.conversation_stage import SIZE, Watch, drawn, tell
from tests.tui.widgets.frame import Teller


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(now=lambda: 1_700_000_100.0)


async def test_a_reply_streams_and_becomes_the_entry(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        text = "Some *words*.\n\n- a\n- b\n\n```python\nx = 1\n```\n\nEnd."
        for at in range(0, len(text), 3):
            conversation.stream("text", text[at : at + 3])
            await drawn(pilot, conversation)
        streamed = await drawn(pilot, conversation)
        assert await tell(pilot, conversation, teller, ModelReplied(text)) == streamed
        assert [row for row in streamed if row] == [" Some words.", " • a", " • b", " │ x = 1", " End."]


async def test_a_long_fence_streams_as_code_to_its_end(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        conversation.load(Teller().transcript)
        conversation.stream("text", "```python\n")
        for number in range(3000):
            conversation.stream("text", f"# line {number}\n")
        conversation.flush()
        conversation.stream("text", "# last\n```\n\nand **words**\n")
        assert (await drawn(pilot, conversation))[-4:] == [" │ # line 2999", " │ # last", "", " and words"]


async def test_code_streams_as_one_line_and_never_as_markdown(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        conversation.stream("text", "I'll do it.")
        for number in range(300):
            conversation.stream("code", f"x_{number} = '# {number}'\n")
        shown = [row for row in await drawn(pilot, conversation) if row]
        assert shown[0] == " I'll do it."
        assert shown[1].startswith(" ✎ x_0 = '# 0' …")
        assert shown[1].endswith("300 lines")


async def test_a_retry_takes_away_what_streamed(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        conversation.stream("reasoning", "thinking aloud")
        assert any("thinking aloud" in row for row in await drawn(pilot, conversation))
        conversation.apply(Envelope(ReplyDelta("text", "half a repl"), 0, 0.0))
        assert any("half a repl" in row for row in await drawn(pilot, conversation))
        shown = await tell(pilot, conversation, teller, RetryScheduled("Lost the connection.", 1, 4, 2.0))
        assert not any("half a repl" in row for row in shown)
        assert any("↻ Lost the connection: again in 2.00 s, attempt 2 of 4" in row for row in shown)


async def test_what_comes_while_a_reply_streams_stands_above_it(conversation: Conversation) -> None:
    async with Watch(conversation).run_test(size=SIZE) as pilot:
        teller = Teller()
        conversation.load(teller.transcript)
        conversation.stream("text", "streaming")
        shown = [row for row in await tell(pilot, conversation, teller, Noted("something else")) if row]
        assert shown == [" · something else", " streaming"]
        conversation.stream("text", " goes on")
        assert [row for row in await drawn(pilot, conversation) if row][-1] == " streaming goes on"
