"""What is copied of the conversation, as text."""

from collections.abc import Sequence
from typing import Literal

from codeact_tui.session.entries import ActionRecord
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.outputs import outputs_text
from codeact_tui.tui.widgets.conversation_action import ActionBlock
from codeact_tui.tui.widgets.conversation_blocks import PromptBlock, ReplyBlock

__all__ = ["CopyKind", "copied"]

CopyKind = Literal["answer", "cell", "output", "all"]


def copied(kind: CopyKind, entries: Sequence[Block], subject: ActionRecord | None) -> str | None:
    """Give what there is to copy; None where there is nothing.

    Args:
        kind: The last answer, a cell's code or output, or everything.
        entries: The conversation.
        subject: The cell that is meant.
    """
    if kind == "all":
        return "\n\n".join(filter(None, map(_written, entries)))
    if kind == "answer":
        replies = (block for block in reversed(entries) if isinstance(block, ReplyBlock))
        return next((block.text for block in replies if block.text.strip()), None)
    if subject is None:
        return None
    return subject.code if kind == "cell" else outputs_text(subject.outputs)


def _written(block: Block) -> str:
    """Write a block as text: who said it, and what."""
    match block:
        case PromptBlock():
            return f"› {block.text}"
        case ReplyBlock():
            return block.text.strip()
        case ActionBlock():
            output = outputs_text(block.record.outputs)
            fence = f"[{block.record.number}]\n```python\n{block.record.code}\n```"
            return f"{fence}\n\n```\n{output.rstrip()}\n```" if output else fence
        case _:
            return ""
