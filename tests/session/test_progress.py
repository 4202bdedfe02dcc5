import asyncio

from codeact_tui.kernel.answers import CellProgress
from codeact_tui.protocol.events import CellProgressed
from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.progress import ProgressWatch
from tests.session.bench import ToyKernel

MB = 1 << 20
CELL = ActionId("a3")


class Watched(ToyKernel):
    """Says what it is told to, one after the other."""

    def __init__(self, *progress: CellProgress) -> None:
        super().__init__()
        self.left = list(progress)
        self.asked: list[bool] = []
        self.over = asyncio.Event()

    async def progress(self, *, memory: bool = True) -> CellProgress:
        self.asked.append(memory)
        if not self.left:
            self.over.set()
            await asyncio.Event().wait()
        return self.left.pop(0)


async def test_what_changes_is_told_and_nothing_twice() -> None:
    kernel = Watched(
        CellProgress(1, 100 * MB),
        CellProgress(1, 0),
        CellProgress(4, 0),
        CellProgress(4, 101 * MB),
        CellProgress(4, 150 * MB),
        CellProgress(0, 0),
    )
    told: list[CellProgressed] = []
    following = asyncio.create_task(ProgressWatch(kernel, told.append, 0.0, 0.0).follow(CELL))
    await asyncio.wait_for(kernel.over.wait(), 120)
    following.cancel()
    assert told == [
        CellProgressed(CELL, 1, 100 * MB),
        CellProgressed(CELL, 4, 100 * MB),
        CellProgressed(CELL, 4, 150 * MB),
        CellProgressed(CELL, 0, 150 * MB),
    ]
    assert kernel.asked[:5] == [True, False, False, False, True]


async def test_at_rest_there_is_no_line() -> None:
    told: list[CellProgressed] = []
    await ProgressWatch(Watched(CellProgress(7, MB)), told.append).at_rest()
    assert told == [CellProgressed(None, 0, MB)]
