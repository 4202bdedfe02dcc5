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

__all__ = ["DisplayBlock", "ErrorBlock", "OutputBlock", "OutputLog", "StreamBlock"]


@dataclass
class StreamBlock:
    """Neighbouring text on one stream."""

    name: str
    pieces: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        """All of it, carriage returns and colours as they came."""
        if len(self.pieces) > 1:
            self.pieces[:] = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""


@dataclass
class DisplayBlock:
    """Something displayed, or the value of the last expression."""

    data: MimeBundle
    metadata: dict[str, str]
    display_id: str | None = None
    is_result: bool = False


@dataclass
class ErrorBlock:
    """The exception that ended the cell."""

    ename: str
    evalue: str
    traceback: tuple[str, ...]


OutputBlock = StreamBlock | DisplayBlock | ErrorBlock


@dataclass
class OutputLog:
    """The blocks of one cell, in order. `version` grows with every change, for caches."""

    blocks: list[OutputBlock] = field(default_factory=list[OutputBlock])
    version: int = 0
    skipped_bytes: int = 0
    """Stream text between the head, which is in the blocks, and `tail`."""
    total_bytes: int = 0
    tail: str = ""
    blob: str | None = None
    _clear_next: bool = False

    def add(self, output: Output) -> None:
        """Take in one output. `UpdateDisplay` changes this cell's own displays; other cells' are the transcript's."""
        self.version += 1
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
                block.data, block.metadata = update.data, update.metadata
                found = True
        self.version += found
        return found

    def cut(self, *, total_bytes: int, skipped_bytes: int, tail: str, blob: str | None) -> None:
        """Note that stream text past the head was kept aside."""
        self.version += 1
        self.total_bytes, self.skipped_bytes, self.tail, self.blob = total_bytes, skipped_bytes, tail, blob

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
                    self.blocks.append(StreamBlock(output.name, [output.text]))
            case DisplayData():
                self.blocks.append(DisplayBlock(output.data, output.metadata, output.display_id))
            case ExecuteResult():
                self.blocks.append(DisplayBlock(output.data, output.metadata, is_result=True))
            case ErrorOutput():
                self.blocks.append(ErrorBlock(output.ename, output.evalue, output.traceback))
            case _:
                assert_never(output)
