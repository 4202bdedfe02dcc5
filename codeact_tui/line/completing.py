"""Completion at the prompt."""

from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from codeact_tui.line.base import Hands

__all__ = ["HandsCompleter"]


class HandsCompleter(Completer):
    """Asks the front end what could stand here.

    Args:
        hands: The front end.
    """

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Nothing: completion waits for nobody, so it is asynchronous only."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Complete what stands before the cursor."""
        for suggestion in await self._hands.suggest(document.text_before_cursor):
            yield Completion(suggestion.text, -suggestion.length, display_meta=suggestion.says)
