import asyncio
from collections.abc import Callable

import pytest

from codeact_tui.kernel.stopwatch import Stopwatch


class Clock:
    """A loop's clock that the test moves."""

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: self.now)

    async def move(self, seconds: float) -> None:
        self.now += seconds
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Clock]:
    return lambda: Clock(asyncio.get_running_loop(), monkeypatch)


async def test_only_running_time_counts(clock: Callable[[], Clock]) -> None:
    time, rings = clock(), list[float]()
    watch = Stopwatch(10, lambda: rings.append(time.now))
    await time.move(50)
    watch.start()
    watch.start()
    await time.move(6)
    watch.pause()
    await time.move(100)
    assert rings == []
    watch.start()
    await time.move(3.9)
    assert rings == []
    await time.move(0.2)
    assert len(rings) == 1
    watch.start()
    await time.move(100)
    assert len(rings) == 1


async def test_a_stopped_watch_never_rings(clock: Callable[[], Clock]) -> None:
    time, rings = clock(), list[float]()
    for watch in (Stopwatch(1, lambda: rings.append(1)), Stopwatch(None, lambda: rings.append(2))):
        watch.start()
        watch.pause()
        watch.start()
        watch.stop()
        watch.start()
        await time.move(100)
    assert rings == []
