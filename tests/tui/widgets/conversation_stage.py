"""A conversation on a screen of its own, and what is to be seen of it."""

from textual.pilot import Pilot

from codeact_tui.protocol.events import Event
from codeact_tui.protocol.ids import ActionId
from codeact_tui.tui.widgets.conversation import Conversation
from tests.tui.widgets.frame import Frame, Teller

SIZE = (80, 24)


class Watch(Frame):
    """Keeps the messages that an owner would get."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self.chosen: list[ActionId] = []
        self.wanted: list[ActionId] = []
        self.following: list[tuple[bool, int]] = []

    def on_conversation_action_selected(self, message: Conversation.ActionSelected) -> None:
        self.chosen.append(message.action_id)

    def on_conversation_open_requested(self, message: Conversation.OpenRequested) -> None:
        self.wanted.append(message.action_id)

    def on_conversation_following_changed(self, message: Conversation.FollowingChanged) -> None:
        self.following.append((message.following, message.unseen))


def rows(conversation: Conversation) -> list[str]:
    """What is on the screen, row by row."""
    return [conversation.render_line(y).text.rstrip() for y in range(conversation.size.height)]


async def drawn(pilot: Pilot[None], conversation: Conversation) -> list[str]:
    conversation.flush()
    await pilot.pause()
    return rows(conversation)


async def tell(pilot: Pilot[None], conversation: Conversation, teller: Teller, *events: Event) -> list[str]:
    for event in events:
        conversation.apply(teller.tell(event))
    return await drawn(pilot, conversation)
