"""Interrupts of the cell that runs: the first is SIGINT, the second ends a kernel that does not heed it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from codeact_tui.protocol.events import Noted
from codeact_tui.session.user_cells import UserCells

__all__ = ["Interrupts"]

_DEAF_S = 3.0
"""How long a cell may take to heed an interrupt before the user is told that it does not."""
_DEAF = "The cell does not heed the interrupt. Interrupt again to end the kernel;"
_DEAF_LOST = "its variables will be lost."
_DEAF_BACK = "its variables will be as they were before this cell."
_DID_NOT_HEED = "ended, because the cell did not heed the interrupt"


@dataclass
class Interrupts:
    """Counts how often the cell that runs was interrupted.

    Attributes:
        user_cells: Start the kernel anew; they have the cells, the kernel and the record.
        spawn: Runs something in the background.
    """

    user_cells: UserCells
    spawn: Callable[[Coroutine[Any, Any, None], str], None]
    _count: int = 0

    def interrupt(self) -> None:
        """Interrupt the cell that runs, if one does."""
        cells = self.user_cells.cells
        if cells.running is None or cells.recording:
            return
        self._count += 1
        if self._count == 1:
            self.spawn(self._interrupt_cell(), "interrupt")
        elif self._count == 2:
            self.spawn(self._end_deaf_kernel(), "end a deaf kernel")

    def reset(self) -> None:
        """No cell runs: the next interrupt is the first one again."""
        self._count = 0

    async def _interrupt_cell(self) -> None:
        it = self.user_cells
        cell = it.cells.running
        await it.cells.interrupt()
        await asyncio.sleep(_DEAF_S)
        if cell is not None and it.cells.running == cell:
            lost = _DEAF_BACK if it.host.held() else _DEAF_LOST
            await it.ledger.record(Noted(f"{_DEAF} {lost}"))

    async def _end_deaf_kernel(self) -> None:
        """End it; where there is a checkpoint, have the variables back as they were before the cell."""
        it = self.user_cells
        if not await it.host.recover(_DID_NOT_HEED):
            await it.restart(rerun=False)
