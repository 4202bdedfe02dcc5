"""What events change in a session's summary. Pure."""

from collections.abc import Iterable
from typing import get_args

from msgspec import Struct

from codeact_tui.protocol.events import (
    CellStarted,
    Event,
    ModelChanged,
    PromptSubmitted,
    SessionOpened,
    StoredEvent,
    TitleChanged,
)

__all__ = ["STORED_KINDS", "SummaryChange", "summarise"]

_TITLE_CHARS_MAX = 200

STORED_KINDS = frozenset(str(kind.__struct_config__.tag) for kind in get_args(StoredEvent))
"""The tags of all events that this version reads from the store."""


class SummaryChange(Struct, frozen=True):
    """To be added to, or put in the place of, what a summary says."""

    prompts: int = 0
    cells: int = 0
    title: str | None = None
    model: str | None = None


def summarise(events: Iterable[Event]) -> SummaryChange:
    """Say what these events change."""
    prompts = cells = 0
    title = model = None
    for event in events:
        match event:
            case PromptSubmitted():
                prompts += 1
            case CellStarted():
                cells += 1
            case TitleChanged():
                title = " ".join(event.title.split())[:_TITLE_CHARS_MAX].rstrip()
            case ModelChanged() | SessionOpened():
                model = event.model
            case _:
                pass
    return SummaryChange(prompts, cells, title, model)
