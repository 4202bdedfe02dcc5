"""An editor's prompt as text: what was typed, and the files that it brings along. Pure."""

from collections.abc import Sequence
from typing import Any

from acp.schema import (
    EmbeddedResourceContentBlock,
    ResourceContentBlock,
    TextContentBlock,
    TextResourceContents,
)

__all__ = ["prompt_text"]

_RESOURCE_CHARS = 400_000


def prompt_text(blocks: Sequence[Any]) -> str:
    """Write a prompt's blocks as one text: links by their names, embedded files in fences, pictures not at all."""
    return "".join(_block(block) for block in blocks).strip()


def _block(block: Any) -> str:
    match block:
        case TextContentBlock():
            return block.text
        case ResourceContentBlock():
            return f"{block.name} ({block.uri})"
        case EmbeddedResourceContentBlock():
            contents = block.resource
            if isinstance(contents, TextResourceContents):
                return f"\n\n{contents.uri}:\n{_fenced(contents.text[:_RESOURCE_CHARS])}\n\n"
            return f"\n[{contents.uri} is no text and is left out]\n"
        case _:
            return "\n[something that is no text is left out]\n"


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
