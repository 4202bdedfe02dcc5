"""The blocks of a transcript's entries: which there are, in their order, and where each cell is among them."""

from collections.abc import Callable

from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.session.entries import ActionEntry, ActionRecord, Entry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.widgets.conversation_action import ActionBlock
from codeact_tui.tui.widgets.conversation_blocks import EventBlock, PromptBlock, ReplyBlock, TakenBackBlock

__all__ = ["EntryBlocks"]


class EntryBlocks:
    """Grows with the transcript; draws nothing.

    Args:
        now: Gives the time, in seconds since the epoch.

    Attributes:
        blocks: One for each entry.
        actions: Which of them are cells.
        timed: Which of them show how long they have been running.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.blocks: list[Block] = []
        self.actions: dict[ActionId, int] = {}
        self.timed: set[int] = set()

    def __len__(self) -> int:
        return len(self.blocks)

    def add(self, entry: Entry) -> Block:
        """Make the block of the next entry."""
        block = self._make(entry)
        if isinstance(block, ActionBlock):
            self.actions[block.record.action] = len(self.blocks)
            if block.record.state == "running":
                self.timed.add(len(self.blocks))
        self.blocks.append(block)
        return block

    def action(self, index: int) -> ActionBlock:
        """Give the block at a place where a cell is."""
        block = self.blocks[index]
        assert isinstance(block, ActionBlock)
        return block

    def prompt(self, index: int) -> PromptBlock:
        """Give the block at a place where a prompt is."""
        block = self.blocks[index]
        assert isinstance(block, PromptBlock)
        return block

    def record(self, action: ActionId | None) -> ActionRecord | None:
        """Give this cell's record; for None, the last cell's."""
        found = action if action is not None else next(reversed(self.actions), None)
        return self.action(self.actions[found]).record if found is not None else None

    def numbered(self, number: int) -> ActionId | None:
        """Give the cell of this number, if there is one."""
        return next((action for action in self.actions if action_number(action) == number), None)

    def long_prompt(self) -> int | None:
        """Give where the last long prompt is, if no cell has come since."""
        newest = next(reversed(self.actions.values()), -1)
        found = range(len(self.blocks) - 1, newest, -1)
        return next((at for at in found if isinstance(each := self.blocks[at], PromptBlock) and each.long), None)

    def count_time(self, index: int) -> bool:
        """Count the time of a cell from now on, or no longer; say whether that is new."""
        running = self.action(index).record.state == "running"
        if running == (index in self.timed):
            return False
        self.timed.symmetric_difference_update({index})
        return True

    def _make(self, entry: Entry) -> Block:
        above = next((each for each in reversed(self.blocks) if not isinstance(each, TakenBackBlock)), None)
        match entry:
            case _ if entry.undone:
                return TakenBackBlock()
            case PromptEntry():
                return PromptBlock(entry, spaced=above is not None)
            case ReplyEntry():
                return ReplyBlock(entry, spaced=above is not None)
            case ActionEntry():
                return ActionBlock(entry.record, spaced=_parted(above), now=self._now)
            case EventEntry():
                return EventBlock(entry, spaced=isinstance(above, PromptBlock | ReplyBlock))


def _parted(above: Block | None) -> bool:
    """Say whether a blank line parts a cell from what is above it: a prompt, or more than a few words."""
    return isinstance(above, PromptBlock) or (isinstance(above, ReplyBlock) and "\n" in above.text.strip())
