"""A stream that falls silent is given up, and closed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest

from codeact_tui.errors import ModelStalled, ModelUnavailable
from codeact_tui.model.base import Alive, Delta, Finished, TextDelta
from codeact_tui.model.stall import with_stall_timeout


class Stream:
    """Gives deltas; an event among them is waited for first."""

    def __init__(self, *steps: Delta | asyncio.Event | Exception) -> None:
        self.steps = steps
        self.closed = False

    async def deltas(self) -> AsyncGenerator[Delta]:
        try:
            for step in self.steps:
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        finally:
            self.closed = True


async def test_deltas_are_handed_on() -> None:
    stream = Stream(TextDelta("a"), Alive(), Finished("stop"))
    assert [delta async for delta in with_stall_timeout(stream.deltas(), 5.0)] == list(stream.steps)
    assert stream.closed


async def test_silence_ends_it() -> None:
    stream = Stream(TextDelta("a"), asyncio.Event())
    deltas = with_stall_timeout(stream.deltas(), 0.02)
    assert await anext(deltas) == TextDelta("a")
    with pytest.raises(ModelStalled, match=r"sent nothing for 0\.02 s") as caught:
        await anext(deltas)
    assert stream.closed
    assert "model.stall_seconds" in caught.value.remedy


async def test_a_reader_that_takes_its_time_is_no_silence() -> None:
    stream = Stream(TextDelta("a"), TextDelta("b"))
    deltas = with_stall_timeout(stream.deltas(), 0.02)
    assert await anext(deltas) == TextDelta("a")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.05)
    assert await anext(deltas) == TextDelta("b")
    await deltas.aclose()


async def test_zero_waits_for_ever() -> None:
    gate = asyncio.Event()
    stream = Stream(gate, TextDelta("late"))
    asked = asyncio.create_task(anext(with_stall_timeout(stream.deltas(), 0)))  # pyright: ignore[reportArgumentType]
    done, _ = await asyncio.wait({asked}, timeout=0.05)
    assert not done
    gate.set()
    assert await asked == TextDelta("late")


async def test_failures_pass_through() -> None:
    stream = Stream(TextDelta("a"), ModelUnavailable("down"))
    with pytest.raises(ModelUnavailable):
        [delta async for delta in with_stall_timeout(stream.deltas(), 5.0)]


@pytest.mark.parametrize("way", ["cancel", "close"])
async def test_leaving_closes_the_stream_within(way: str) -> None:
    stream = Stream(TextDelta("a"), asyncio.Event())
    deltas = with_stall_timeout(stream.deltas(), 60.0)
    assert await anext(deltas) == TextDelta("a")
    if way == "close":
        await deltas.aclose()
    else:
        asked = asyncio.create_task(anext(deltas))  # pyright: ignore[reportArgumentType]
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    assert stream.closed
