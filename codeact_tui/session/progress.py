"""Looks now and then where the running cell is and how much memory the kernel holds, and tells what has changed."""

import asyncio
from collections.abc import Callable

from codeact_tui.errors import KernelError
from codeact_tui.kernel.answers import CellProgress
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.events import CellProgressed
from codeact_tui.protocol.ids import ActionId

__all__ = ["ProgressWatch"]

FIRST_S = 1.0
"""A cell that is done sooner is not looked at while it runs."""
EVERY_S = 0.25
_MEMORY_EVERY = 4
"""In every so manieth look the memory is looked at too."""
_TELLING = 0.02
"""By this share the memory has to change to be told of."""


class ProgressWatch:
    """Watches one kernel.

    Args:
        kernel: The kernel.
        tell: Takes what there is to tell.
        first_s: How long a cell has to run before it is looked at.
        every_s: How long to wait between two looks.
    """

    def __init__(
        self, kernel: Kernel, tell: Callable[[CellProgressed], None], first_s: float = FIRST_S, every_s: float = EVERY_S
    ) -> None:
        self._kernel = kernel
        self._tell = tell
        self._first_s = first_s
        self._every_s = every_s
        self._told = CellProgressed(None)

    async def follow(self, action: ActionId) -> None:
        """Watch a cell until this is cancelled."""
        await asyncio.sleep(self._first_s)
        looks = 0
        while True:
            await self._look(action, memory=looks % _MEMORY_EVERY == 0)
            looks += 1
            await asyncio.sleep(self._every_s)

    async def at_rest(self) -> None:
        """Look once at the memory, with no cell running."""
        await self._look(None, memory=True)

    async def _look(self, action: ActionId | None, *, memory: bool) -> None:
        try:
            found = await self._kernel.progress(memory=memory)
        except KernelError:
            return
        event = self._event(action, found)
        if event != self._told:
            self._told = event
            self._tell(event)

    def _event(self, action: ActionId | None, found: CellProgress) -> CellProgressed:
        before = self._told.memory_bytes
        held = found.memory_bytes or before
        if abs(held - before) <= _TELLING * before:
            held = before
        return CellProgressed(action, found.line if action is not None else 0, held)
