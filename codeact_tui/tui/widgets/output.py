"""The output of one cell, in full as far as it is kept, scrolling, growing while the cell runs."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from codeact_tui.protocol.events import OutputSkipped
from codeact_tui.protocol.line_settler import WINDOW_LINES
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.outputs import DisplayBlock
from codeact_tui.tui.rendering.blocks import Block, LinesBlock
from codeact_tui.tui.rendering.lines import Line, indented
from codeact_tui.tui.rendering.output_part import ROWS_MAX, OutputPart
from codeact_tui.tui.rendering.outputs import OutputReader, outputs_text, skipped_parts
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.scroll import BlockScroll

__all__ = ["OutputView", "slices"]

_EMPTY = ("What a cell prints, shows and draws", "stands here. o opens the whole of it.")
_NOTHING_DRAWN = object()
_SLICE = 200
"""Lines of output in a block: what is out of sight is not drawn."""


class SliceBlock:
    """Some lines of a part.

    Args:
        part: The part.
        first: Its first line, counted from 0.
        last: The one after the last.
        rows_max: Tells how high a picture or a table may be.
    """

    def __init__(self, part: OutputPart, first: int, last: int, rows_max: Callable[[], int] | None = None) -> None:
        self._part = part
        self._rows_max = rows_max
        self._range = first, last
        self._open = part.grows and last == len(part.lines)
        self._settled = not part.grows or last < len(part.lines) - WINDOW_LINES
        self._revisions = part.revisions

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        return self._part.estimate(*self._range, max(1, width))

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        rows_max = self._rows_max() if self._rows_max is not None else ROWS_MAX
        lines = self._part.draw(*self._range, max(1, width - 1), paint, rows_max=rows_max)
        return indented(lines, [(" ", paint.text)])

    def shows(self, other: "SliceBlock") -> bool:
        """Say whether it is the same slice, and none of its lines can have changed."""
        if self._part is not other._part or self._range != other._range or self._open:
            return False
        return self._settled or self._revisions == other._revisions


def slices(part: OutputPart, rows_max: Callable[[], int] | None = None) -> "list[SliceBlock]":
    """Divide a part into blocks.

    Args:
        part: The part.
        rows_max: Tells how high a picture or a table may be.
    """
    step = _SLICE if part.kind not in {"markdown", "json"} else max(1, part.count)
    return [SliceBlock(part, first, min(first + step, part.count), rows_max) for first in range(0, part.count, step)]


class OutputView(BlockScroll):
    """Shows what a cell has put out; follows the end while the user is there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open_whole", "Whole text, or open outside", show=False),
        Binding("enter", "open_table", "Scroll a table in all directions", show=False),
        Binding("t", "next_form", "Other form: picture, text, HTML", show=False),
    ]

    class OpenRequested(Message):
        """The whole of the output is asked for, or what of it other programs show better."""

    class TableRequested(Message):
        """A table that was displayed is to be scrolled in all directions."""

    class FormChanged(Message):
        """The output is shown in another form."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._record: ActionRecord | None = None
        self._reader = OutputReader()
        self._version: object = _NOTHING_DRAWN
        self._skipped: OutputSkipped | None = None

    def show(self, record: ActionRecord | None) -> None:
        """Show this action's output instead."""
        if record is self._record:
            return
        self._record, self._reader, self._version = record, OutputReader(), _NOTHING_DRAWN
        if self._skipped is not None and (record is None or self._skipped.action != record.action):
            self._skipped = None
        self.set_blocks([], at_end=record is None or record.status != "ok")
        self.refresh_output()

    def refresh_output(self) -> None:
        """Take in what has come since."""
        record = self._record
        version = None if record is None else (record.outputs.version, record.state, self._skipped)
        if version == self._version:
            return
        self._version = version
        blocks = self._make(record) if record is not None else [self._empty()]
        same = 0
        for old, new in zip(self.blocks, blocks, strict=False):
            if old is not new:
                break
            same += 1
        self.replace_blocks(blocks, same=same)

    def skipped(self, event: OutputSkipped) -> None:
        """Take in that the running cell has put out more than is kept here, and the last of it."""
        self._skipped = event
        self.refresh_output()

    def _rows_max(self) -> int:
        """Give how high a picture may be: with its line it fits into what is in sight."""
        return max(8, self.size.height or ROWS_MAX)

    def text(self) -> str:
        """Give all that is kept of the output as plain text."""
        return outputs_text(self._record.outputs) if self._record is not None else ""

    @property
    def form_words(self) -> str:
        """Say in which form the output is shown, and what the next one is; empty where there is but one."""
        return self._reader.form_words

    def action_next_form(self) -> None:
        """Show what was displayed in its next form: a picture as its text, a table as HTML, and so on round."""
        if self.form_words:
            self._reader = OutputReader(self._reader.form + 1)
            self._version = _NOTHING_DRAWN
            self.refresh_output()
            self.post_message(self.FormChanged())

    def action_open_table(self) -> None:
        """Ask for a table, where one was displayed."""
        if self._record is not None and any(isinstance(block, DisplayBlock) for block in self._record.outputs.blocks):
            self.post_message(self.TableRequested())

    def action_open_whole(self) -> None:
        """Ask for the whole, where anything was put out."""
        if self._record is not None and self._record.outputs.blocks:
            self.post_message(self.OpenRequested())

    def _empty(self) -> Block:
        return LinesBlock([Line(((f" {line}", self.paint.muted),)) for line in _EMPTY])

    def _make(self, record: ActionRecord) -> list[Block]:
        old = self.blocks
        blocks: list[Block] = []
        parts = self._reader.parts(record.outputs)
        if record.state == "running" and self._skipped is not None and self._skipped.action == record.action:
            parts += skipped_parts(self._skipped)
        for part in parts:
            for block in slices(part, self._rows_max):
                before = old[len(blocks)] if len(blocks) < len(old) else None
                blocks.append(before if isinstance(before, SliceBlock) and before.shows(block) else block)
        if not blocks and record.state == "finished":
            blocks.append(LinesBlock([Line(((" no output", self.paint.muted),))]))
        return blocks
