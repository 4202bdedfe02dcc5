"""Finding words in the conversation: in all blocks, drawn or not, folded or not."""

import asyncio
import re
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from codeact_tui.errors import CodeActError
from codeact_tui.tui.rendering.layout import Drawn
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.selecting import Place
from codeact_tui.tui.stored_text import find_words
from codeact_tui.tui.widgets.conversation_action import ActionBlock

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.conversation import Conversation

__all__ = ["Findable", "Finder", "Hit"]

_SLICE_S = 0.008
"""The event loop is left to others after so long."""
_MAX_HITS = 10_000
_MAX_QUERY = 200
_STORED_BYTES = 512 * 1024 * 1024
"""How much of long outputs is looked through."""
_STORED = 1 << 30
"""Stands for a match that is not here: in the middle of a long output."""


@runtime_checkable
class Findable(Protocol):
    """A block that has words to be found."""

    def find_text(self) -> str:
        """Give all of its words, also those that are folded away."""
        ...


class Hit(NamedTuple):
    """Where a match is: the block, and which of the block's matches it is."""

    block: int
    number: int


Spans = dict[int, list[tuple[int, int, int]]]
"""By line: first and last character of a match, and its number in the block."""


class Finder:
    """Finds, counts, shows and marks matches. Capital letters in what is looked for have to match, small ones need not.

    Args:
        view: The conversation.
    """

    def __init__(self, view: "Conversation") -> None:
        self._view = view
        self._pattern: re.Pattern[str] | None = None
        self._spans: dict[int, tuple[Drawn, Spans]] = {}
        self.hits: list[Hit] = []
        self.at = -1
        """Which of the hits is shown."""

    @property
    def active(self) -> bool:
        """Something is looked for."""
        return self._pattern is not None

    async def find(self, query: str, place: int) -> None:
        """Look for other words, and show the first match from a block on; leaves the loop to others now and then.

        Args:
            query: The words; white space matches any.
            place: The block to begin at; when nothing follows, the first match of all is shown.
        """
        words = query[:_MAX_QUERY].split()
        flags = 0 if any(map(str.isupper, query)) else re.IGNORECASE
        pattern = re.compile(r"\s+".join(map(re.escape, words)), flags) if words else None
        self._spans.clear()
        self._pattern, self.hits, self.at = pattern, [], -1
        self._view.refresh()
        if pattern is None:
            return
        hits: list[Hit] = []
        began_s = time.monotonic()
        for index, block in enumerate(list(self._view.blocks)):
            if isinstance(block, Findable):
                hits += [Hit(index, number) for number, _ in enumerate(pattern.finditer(block.find_text()))]
            if len(hits) >= _MAX_HITS:
                break
            if time.monotonic() - began_s > _SLICE_S:
                await asyncio.sleep(0)
                began_s = time.monotonic()
        self.hits = hits[:_MAX_HITS]
        if self.hits:
            self.show(next((at for at, hit in enumerate(self.hits) if hit.block >= place), 0))

    async def find_stored(self, query: str, place: int) -> None:
        """Look on, in the middle of long outputs, which is only in the store; what was found before stays shown.

        Args:
            query: As for `find`, which comes before.
            place: The block to begin at.
        """
        found = await self._find_stored(query, {hit.block for hit in self.hits})
        if not found or not self.active:
            return
        shown = self.hits[self.at] if self.hits else None
        self.hits = sorted([*self.hits, *found])
        if shown is not None:
            self.at = self.hits.index(shown)
        else:
            self.show(next((at for at, hit in enumerate(self.hits) if hit.block >= place), 0))

    async def _find_stored(self, query: str, found: set[int]) -> list[Hit]:
        """Look through long outputs of which only head and tail are here; those where it was found already left out."""
        read_blob, words = self._view.read_blob, " ".join(query[:_MAX_QUERY].split())
        hits: list[Hit] = []
        left_bytes = _STORED_BYTES
        for index, block in enumerate(list(self._view.blocks)):
            if read_blob is None or not isinstance(block, ActionBlock) or index in found:
                continue
            blob, size = block.record.outputs.blob, block.record.outputs.total_bytes
            if blob is None or left_bytes <= 0:
                continue
            left_bytes -= size
            try:
                place = await find_words(
                    partial(read_blob, blob), words, 0, forward=True, exact=any(map(str.isupper, query))
                )
            except CodeActError:
                continue  # what can't be read is told of where it is opened
            if place is not None:
                hits.append(Hit(index, _STORED))
        return hits

    def step(self, by: int) -> None:
        """Go to the next match, or the one before; after the last comes the first."""
        if self.hits:
            self.show((self.at + by) % len(self.hits))

    def show(self, at: int) -> None:
        """Bring a match in sight; a block that hides it is unfolded."""
        hit = self.hits[at]
        if hit.block >= len(self._view.blocks):
            return
        self.at = at
        self._view.stay()
        if hit.number not in self._numbers(hit.block):
            self._view.unfold_block(hit.block)
        row = next((row for row, spans in self._of(hit.block).items() if any(s[2] == hit.number for s in spans)), 0)
        self._view.show_line(hit.block, row)
        self._view.refresh()

    def stop(self) -> None:
        """Look for nothing any more."""
        self._pattern, self.hits, self.at = None, [], -1
        self._spans.clear()
        self._view.refresh()

    def shown(self) -> bool:
        """Say whether the match can be seen where it is: the middle of long output can't."""
        return 0 <= self.at < len(self.hits) and self.hits[self.at].number in self._numbers(self.hits[self.at].block)

    def decorate(self, strip: Strip, line: Line, place: Place, match: Style, current: Style) -> Strip:
        """Mark the matches in a line."""
        spans = self._of(place[0]).get(place[1], ())
        text = line.text
        for start, end, number in spans:
            style = current if 0 <= self.at < len(self.hits) and self.hits[self.at] == (place[0], number) else match
            strip = _marked(strip, cell_len(text[:start]), cell_len(text[:end]), style)
        return strip

    def _numbers(self, block: int) -> set[int]:
        return {number for spans in self._of(block).values() for _, _, number in spans}

    def _of(self, block: int) -> Spans:
        """Give where the matches of a block are drawn."""
        drawn = self._view.drawn(block)
        known = self._spans.get(block)
        if known is None or known[0] is not drawn:
            known = (drawn, self._look(drawn, self._view.lines_skipped(block)))
            self._spans[block] = known
        return known[1]

    def _look(self, drawn: Drawn, skipped: int) -> Spans:
        starts: list[tuple[int, int]] = []
        parts: list[str] = []
        length = 0
        for row, line in enumerate(drawn.lines):
            joint, text = line.joint if parts else "", "" if row < skipped else line.text[line.gutter :]
            starts.append((length + len(joint), len(text)))
            parts += [joint, text]
            length += len(joint) + len(text)
        spans: Spans = {}
        if self._pattern is None:
            return spans
        for number, found in enumerate(self._pattern.finditer("".join(parts))):
            for row, (start, size) in enumerate(starts):
                low, high = max(found.start(), start), min(found.end(), start + size)
                if low < high:
                    gutter = drawn.lines[row].gutter
                    spans.setdefault(row, []).append((low - start + gutter, high - start + gutter, number))
        return spans


def _marked(strip: Strip, start: int, end: int, style: Style) -> Strip:
    chosen = Strip([Segment(text, (own or Style()) + style) for text, own, _ in strip.crop(start, end)])
    return Strip.join([strip.crop(0, start), chosen, strip.crop(end)])
