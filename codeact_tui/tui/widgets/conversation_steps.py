"""Where the arrow keys and the jumps go in the conversation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from codeact_tui.tui.widgets.conversation_blocks import PromptBlock

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.conversation import Conversation

__all__ = ["cell_beside", "prompt_beside"]


def cell_beside(view: "Conversation", cells: Sequence[int], current: int | None, direction: int) -> int | None:
    """Give the next cell, but none past what has not been seen: a page at most.

    Args:
        view: The conversation.
        cells: Where the cells are among its blocks, in order.
        current: The one that is chosen.
        direction: 1 down, -1 up.
    """
    height = view.scrollable_content_region.height
    top, bottom = view.scroll_offset.y, view.scroll_offset.y + height
    if current is None or not top <= view.block_top(current) < bottom:
        seen = [index for index in cells if top <= view.block_top(index) < bottom]
        target = (seen[-1] if direction < 0 else seen[0]) if seen else None
    else:
        at = cells.index(current) + direction
        target = cells[at] if 0 <= at < len(cells) else None
    near = target is not None and top - height // 2 <= view.block_top(target) < bottom + height // 2
    return target if near else None


def prompt_beside(view: "Conversation", direction: int) -> int | None:
    """Give the prompt above what is in sight, or below its upper edge."""
    prompts = [index for index, block in enumerate(view.blocks) if isinstance(block, PromptBlock)]
    top = view.scroll_offset.y
    if direction < 0:
        return next((index for index in reversed(prompts) if view.block_top(index) < top), None)
    return next((index for index in prompts if view.block_top(index) > top), None)
