"""What a cell has put out so far: a fold of its `CellOutput` events. Pure."""

from dataclasses import dataclass, field
from typing import assert_never

from codeact_tui.protocol.outputs import (
    ClearOutput,
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    MimeBundle,
    Output,
    StreamOutput,
    UpdateDisplay,
)
from codeact_tui.secrets.detect import whole_lines
from codeact_tui.secrets.veil import Veil

__all__ = ["DisplayBlock", "ErrorBlock", "OutputBlock", "OutputLog", "StreamBlock"]


@dataclass
class StreamBlock:
    """Neighbouring text on one stream."""

    name: str
    pieces: list[str] = field(default_factory=list[str])
    veil: Veil = field(default_factory=Veil, repr=False, compare=False)
    _masked_chars: int = field(default=0, init=False, repr=False, compare=False)
    _masked: str = field(default="", init=False, repr=False, compare=False)

    @property
    def raw(self) -> str:
        """All of it as it came."""
        if len(self.pieces) > 1:
            self.pieces[:] = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""

    @property
    def text(self) -> str:
        """All of it, carriage returns and colours as they came, what looks like a key masked while that is hidden."""
        raw = self.raw
        if not self.veil.drawn:
            return raw
        end = whole_lines(raw, self._masked_chars)
        if end > self._masked_chars:
            self._masked += self.veil.shown(raw[self._masked_chars : end])
            self._masked_chars = end
        return self._masked + self.veil.shown(raw[end:])


@dataclass
class DisplayBlock:
    """Something displayed, or the value of the last expression."""

    raw: MimeBundle
    metadata: dict[str, str]
    display_id: str | None = None
    is_result: bool = False
    veil: Veil = field(default_factory=Veil, repr=False, compare=False)
    _shown: tuple[object, bool, MimeBundle] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def data(self) -> MimeBundle:
        """What is displayed, in its forms; the same object while it stays the same."""
        known = self._shown
        if known is None or known[0] is not self.raw or known[1] != self.veil.drawn:
            shown = {mime: self._seen(mime, value) for mime, value in self.raw.items()} if self.veil.drawn else self.raw
            known = self._shown = self.raw, self.veil.drawn, self.raw if shown == self.raw else shown
        return known[2]

    def _seen(self, mime: str, value: str) -> str:
        return self.veil.shown(value) if not mime.startswith("image/") or mime == "image/svg+xml" else value


@dataclass
class ErrorBlock:
    """The exception that ended the cell."""

    ename: str
    raw_evalue: str
    raw_traceback: tuple[str, ...]
    veil: Veil = field(default_factory=Veil, repr=False, compare=False)

    @property
    def evalue(self) -> str:
        """What it says."""
        return self.veil.shown(self.raw_evalue)

    @property
    def traceback(self) -> tuple[str, ...]:
        """Where it was raised, in lines with colours."""
        return tuple(self.veil.shown(line) for line in self.raw_traceback)


OutputBlock = StreamBlock | DisplayBlock | ErrorBlock


@dataclass
class OutputLog:
    """The blocks of one cell, in order. `version` is another after every change, for caches."""

    blocks: list[OutputBlock] = field(default_factory=list[OutputBlock])
    changes: int = 0
    skipped_bytes: int = 0
    """Stream text between the head, which is in the blocks, and `tail`."""
    total_bytes: int = 0
    raw_tail: str = ""
    blob: str | None = None
    veil: Veil = field(default_factory=Veil, repr=False, compare=False)
    _clear_next: bool = False

    @property
    def version(self) -> int:
        """Another after every change, and while what looks like a key is hidden than when it is not."""
        return 2 * self.changes + self.veil.drawn

    @property
    def tail(self) -> str:
        """The last of the stream text, where some of it was kept aside."""
        return self.veil.shown(self.raw_tail)

    def add(self, output: Output) -> None:
        """Take in one output. `UpdateDisplay` changes this cell's own displays; other cells' are the transcript's."""
        self.changes += 1
        match output:
            case ClearOutput():
                self._clear_next = True
                if not output.wait:
                    self._clear_if_due()
            case UpdateDisplay():
                self.update(output)
            case StreamOutput() | DisplayData() | ExecuteResult() | ErrorOutput():
                self._clear_if_due()
                self._append(output)
            case _:
                assert_never(output)

    def update(self, update: UpdateDisplay) -> bool:
        """Give the displays with this id their new data; say whether there were any."""
        found = False
        for block in self.blocks:
            if isinstance(block, DisplayBlock) and block.display_id == update.display_id:
                block.raw, block.metadata = update.data, update.metadata
                found = True
        self.changes += found
        return found

    def cut(self, *, total_bytes: int, skipped_bytes: int, tail: str, blob: str | None) -> None:
        """Note that stream text past the head was kept aside."""
        self.changes += 1
        self.total_bytes, self.skipped_bytes, self.raw_tail, self.blob = total_bytes, skipped_bytes, tail, blob

    def _clear_if_due(self) -> None:
        if self._clear_next:
            self.blocks.clear()
            self._clear_next = False

    def _append(self, output: StreamOutput | DisplayData | ExecuteResult | ErrorOutput) -> None:
        match output:
            case StreamOutput():
                last = self.blocks[-1] if self.blocks else None
                if isinstance(last, StreamBlock) and last.name == output.name:
                    last.pieces.append(output.text)
                else:
                    self.blocks.append(StreamBlock(output.name, [output.text], self.veil))
            case DisplayData():
                self.blocks.append(DisplayBlock(output.data, output.metadata, output.display_id, veil=self.veil))
            case ExecuteResult():
                self.blocks.append(DisplayBlock(output.data, output.metadata, is_result=True, veil=self.veil))
            case ErrorOutput():
                self.blocks.append(ErrorBlock(output.ename, output.evalue, output.traceback, self.veil))
            case _:
                assert_never(output)
