"""From a cell's outputs to events: joined, bounded, committed a few times a second."""

import asyncio
import logging

from codeact_tui.config.schema import OutputConfig
from codeact_tui.errors import StoreError
from codeact_tui.protocol.events import CellOutput, OutputSkipped, OutputTruncated, StoredEvent
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import Output, StreamOutput
from codeact_tui.protocol.terminal_text import collapse, moves_vertically
from codeact_tui.session.ledger import Ledger

__all__ = ["OutputPump"]

_log = logging.getLogger(__name__)

_BEAT_S = 0.03
"""How long outputs are gathered before they are committed together."""


class OutputPump:
    """Takes one cell's outputs and records them.

    Stream text up to the head's bound becomes `CellOutput`; past it, the whole goes to a blob in the store, and the
    last of it is told of as `OutputSkipped` until the cell's end, then kept as `OutputTruncated`.

    Args:
        action: The cell.
        ledger: Where the events go.
        limits: How much is kept where.
    """

    def __init__(self, action: ActionId, ledger: Ledger, limits: OutputConfig) -> None:
        self._action = action
        self._ledger = ledger
        self._head_bytes = limits.head_kb * 1024
        self._tail_bytes = limits.tail_kb * 1024
        self._stored_bytes = limits.stored_mb * 1024 * 1024
        self._waiting: list[Output] = []
        self._head: list[bytes] = []
        self._overflow: list[bytes] = []
        self._total = 0
        self._in_blob = 0
        self._tail = b""
        self._blob_failed = False
        self._beat: asyncio.Task[None] | None = None
        self._resting = False
        self._moving: set[str] = set()
        """The streams on which the cursor has gone up: what a piece overwrites is not known from it alone."""

    def put(self, output: Output) -> None:
        """Take one output; returns at once."""
        self._waiting.append(output)
        if self._beat is None:
            self._resting = True
            self._beat = asyncio.create_task(self._record_soon(), name=f"outputs {self._action}")

    async def finish(self) -> list[StoredEvent]:
        """End the pump; give the events that are not yet recorded, to be committed with the cell's end."""
        if self._beat is not None:
            if self._resting:
                self._beat.cancel()
            await asyncio.wait([self._beat])
            self._beat = None  # one that was cancelled has not said so; what comes after the end needs another
        events = self._take()
        if self._total > self._head_bytes:
            await self._spill()
            events.append(self._truncation())
        return events

    async def _record_soon(self) -> None:
        try:
            while self._waiting:
                self._resting = True
                await asyncio.sleep(_BEAT_S)
                self._resting = False
                await self._beat_once()
        except StoreError as error:
            _log.error("output of %s could not be recorded: %s", self._action, error)
        self._beat = None

    async def _beat_once(self) -> None:
        await self._ledger.record(*self._take())
        if self._overflow:
            await self._spill()
            self._ledger.tell(OutputSkipped(self._action, self._total, _text(self._tail[-8192:])))

    def _take(self) -> list[StoredEvent]:
        outputs, self._waiting = self._waiting, []
        events: list[StoredEvent] = []
        for output in self._joined(outputs):
            kept = self._within_head(output) if isinstance(output, StreamOutput) else output
            if kept is not None:
                events.append(CellOutput(self._action, kept))
        return events

    def _joined(self, outputs: list[Output]) -> list[Output]:
        """Join neighbouring text on one stream, progress bars collapsed to what is still to be seen of them."""
        joined: list[Output] = []
        pieces: list[str] = []
        for index, output in enumerate(outputs):
            if not isinstance(output, StreamOutput):
                joined.append(output)
                continue
            pieces.append(output.text)
            following = outputs[index + 1] if index + 1 < len(outputs) else None
            if not (isinstance(following, StreamOutput) and following.name == output.name):
                joined.append(StreamOutput(output.name, self._collapsed(output.name, "".join(pieces))))
                pieces = []
        return joined

    def _collapsed(self, name: str, text: str) -> str:
        if name not in self._moving and moves_vertically(text):
            self._moving.add(name)
        return text if name in self._moving else collapse(text)

    def _within_head(self, output: StreamOutput) -> StreamOutput | None:
        data = output.text.encode("utf-8", "replace")
        room = self._head_bytes - self._total
        self._total += len(data)
        if len(data) <= room:
            self._head.append(data)
            return StreamOutput(output.name, data.decode())
        kept = _whole_characters(data, max(room, 0))
        self._overflow += [*self._head, data]
        self._head.clear()
        return StreamOutput(output.name, kept.decode()) if kept else None

    async def _spill(self) -> None:
        data = b"".join(self._overflow)
        self._overflow.clear()
        self._tail = (self._tail + data)[-self._tail_bytes :]
        data = data[: max(self._stored_bytes - self._in_blob, 0)]
        self._in_blob += len(data)
        if not data or self._blob_failed:
            return
        try:
            await self._ledger.journal.append_blob(self._blob, data)
        except StoreError as error:
            self._blob_failed = True
            _log.error("the whole output of %s is not kept: %s", self._action, error)

    @property
    def _blob(self) -> str:
        return f"output-{self._action}"

    def _truncation(self) -> OutputTruncated:
        past_head = self._total - self._head_bytes
        tail = self._tail[-past_head:] if past_head < len(self._tail) else self._tail
        text = _text(tail)
        return OutputTruncated(
            self._action,
            total_bytes=self._total,
            skipped_bytes=max(past_head - len(text.encode()), 0),
            tail=text,
            blob=None if self._blob_failed else self._blob,
        )


def _whole_characters(data: bytes, length: int) -> bytes:
    """Cut UTF-8 after at most `length` bytes, between characters."""
    while 0 < length < len(data) and data[length] & 0xC0 == 0x80:
        length -= 1
    return data[:length]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "ignore")
