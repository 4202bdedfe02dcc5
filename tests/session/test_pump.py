"""Outputs become events: joined, bounded, the whole kept aside."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.config.schema import OutputConfig
from codeact_tui.errors import StoreError
from codeact_tui.protocol.events import ActionProposed, CellOutput, Envelope, OutputTruncated, StoredEvent
from codeact_tui.protocol.ids import ActionId, SessionId
from codeact_tui.protocol.outputs import DisplayData, Output, StreamOutput
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.pump import OutputPump
from codeact_tui.session.transcript import Transcript
from codeact_tui.store.memory import MemoryCatalog, MemoryJournal

A1 = ActionId("a1")
SMALL = OutputConfig(head_kb=1, tail_kb=1, stored_mb=1)


async def ledger() -> Ledger:
    journal = await MemoryCatalog().create(folder="/", model="m")
    made = Ledger(journal, Transcript())
    await made.record(ActionProposed(A1, "x", "0"))
    return made


def outputs_of(events: list[StoredEvent]) -> list[Output]:
    return [event.output for event in events if isinstance(event, CellOutput)]


async def test_neighbours_on_one_stream_are_joined_and_order_is_kept() -> None:
    pump = OutputPump(A1, await ledger(), SMALL)
    for output in (
        StreamOutput("stdout", "a"),
        StreamOutput("stdout", "b"),
        StreamOutput("stderr", "c"),
        DisplayData({"text/plain": "d"}),
        StreamOutput("stdout", "e"),
    ):
        pump.put(output)
    assert outputs_of(await pump.finish()) == [
        StreamOutput("stdout", "ab"),
        StreamOutput("stderr", "c"),
        DisplayData({"text/plain": "d"}),
        StreamOutput("stdout", "e"),
    ]


async def test_a_progress_bar_is_kept_as_it_ended() -> None:
    pump = OutputPump(A1, await ledger(), SMALL)
    for percent in range(101):
        pump.put(StreamOutput("stderr", f"\r{percent:3}%"))
    pump.put(StreamOutput("stderr", "\n"))
    [output] = outputs_of(await pump.finish())
    assert isinstance(output, StreamOutput)
    assert len(output.text) < 20
    assert "100%" in output.text


async def test_bars_below_each_other_are_kept_as_they_came() -> None:
    pump = OutputPump(A1, await ledger(), SMALL)
    pump.put(StreamOutput("stderr", "\rone long\n\rtwo\x1b[1A"))
    pump.put(DisplayData({"text/plain": "d"}))
    pump.put(StreamOutput("stderr", "\rno\rnew\n"))
    texts = [output.text for output in outputs_of(await pump.finish()) if isinstance(output, StreamOutput)]
    assert texts == ["\rone long\n\rtwo\x1b[1A", "\rno\rnew\n"]


async def test_output_past_the_head_is_kept_aside_whole() -> None:
    where = await ledger()
    pump = OutputPump(A1, where, SMALL)
    text = "".join(f"line {number}\n" for number in range(1000))
    for start in range(0, len(text), 100):
        pump.put(StreamOutput("stdout", text[start : start + 100]))
    events = await pump.finish()
    head = "".join(output.text for output in outputs_of(events) if isinstance(output, StreamOutput))
    truncated = events[-1]
    assert isinstance(truncated, OutputTruncated)
    assert text.startswith(head)
    assert text.endswith(truncated.tail)
    assert len(head) + truncated.skipped_bytes + len(truncated.tail) == truncated.total_bytes == len(text)
    assert truncated.blob is not None
    assert await where.journal.read_blob(truncated.blob) == text.encode()


async def test_what_is_stored_has_a_bound_too() -> None:
    where = await ledger()
    pump = OutputPump(A1, where, SMALL)
    for _ in range(20):
        pump.put(StreamOutput("stdout", "x" * 100_000))
    truncated = (await pump.finish())[-1]
    assert isinstance(truncated, OutputTruncated)
    assert truncated.blob is not None
    assert len(await where.journal.read_blob(truncated.blob)) == 1024 * 1024
    assert truncated.total_bytes == 2_000_000


class FullJournal:
    """Takes events, but has no room for blobs."""

    session = SessionId("s")
    writable = True

    def __init__(self, journal: MemoryJournal) -> None:
        self.append = journal.append
        self.read = journal.read
        self.read_blob = journal.read_blob
        self.close = journal.close

    async def append_blob(self, name: str, data: bytes) -> None:
        raise StoreError("The disk is full.")


async def test_a_full_disk_costs_the_whole_but_not_head_and_tail() -> None:
    journal = FullJournal(await MemoryCatalog().create(folder="/", model="m"))
    pump = OutputPump(A1, Ledger(journal, Transcript()), SMALL)
    pump.put(StreamOutput("stdout", "x" * 5000))
    truncated = (await pump.finish())[-1]
    assert isinstance(truncated, OutputTruncated)
    assert (truncated.blob, truncated.tail) == (None, "x" * 1024)


@given(st.lists(st.text(alphabet="aé漢😀\n", min_size=1, max_size=400), max_size=30))
async def test_nothing_is_lost_between_head_and_tail(pieces: list[str]) -> None:
    where = await ledger()
    pump = OutputPump(A1, where, SMALL)
    for piece in pieces:
        pump.put(StreamOutput("stdout", piece))
    events = await pump.finish()
    text = "".join(pieces)
    head = "".join(output.text for output in outputs_of(events) if isinstance(output, StreamOutput))
    if not events or not isinstance(events[-1], OutputTruncated):
        assert head == text
        return
    end = events[-1]
    assert text.startswith(head)
    assert text.endswith(end.tail)
    assert len(head.encode()) + end.skipped_bytes + len(end.tail.encode()) == len(text.encode())
    assert end.blob is not None
    assert await where.journal.read_blob(end.blob) == text.encode()


async def test_what_comes_after_the_end_is_recorded_too() -> None:
    where = await ledger()
    heard: list[StoredEvent] = []
    told = asyncio.Event()

    def hear(envelopes: Sequence[Envelope]) -> None:
        heard.extend(each.event for each in envelopes if isinstance(each.event, CellOutput))
        told.set()

    where.listen(hear)
    pump = OutputPump(A1, where, SMALL)
    pump.put(StreamOutput("stdout", "last"))
    await asyncio.sleep(0)  # what is put out is being gathered
    assert outputs_of(await pump.finish()) == [StreamOutput("stdout", "last")]
    pump.put(StreamOutput("stdout", "from a thread"))
    async with asyncio.timeout(60):
        await told.wait()
    assert outputs_of(heard) == [StreamOutput("stdout", "from a thread")]
