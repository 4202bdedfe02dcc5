"""A kernel's process that was started, the talk with it, and its end, wanted or not."""

import asyncio
from typing import TYPE_CHECKING

from codeact_tui.errors import KernelDied
from codeact_tui.kernel.base import KernelListener, NamespaceDiff
from codeact_tui.kernel.dispatcher import Dispatcher
from codeact_tui.kernel.process_watch import how_it_ended
from codeact_tui.kernel.runtime_folder import RuntimeFolder

if TYPE_CHECKING:
    from codeact_tui.kernel.jupyter_process import KernelProcess
    from codeact_tui.sandbox.provisioner import Ending

__all__ = ["RunningKernel"]

_GRACE_S = 1.0
"""How long a kernel that is told to end may take before it is killed."""
_BUSY_GRACE_S = 0.2
_KILLED_S = 5.0
_RESTART = "Restart it: /restart. Its variables are gone."


class RunningKernel:
    """A process that was started, and the talk with it.

    Args:
        process: The process.
        folder: Its private folder.
        listener: Hears what it does unasked.
        display_bytes: How large one display may be.
    """

    def __init__(
        self, process: "KernelProcess", folder: RuntimeFolder, listener: KernelListener, display_bytes: int
    ) -> None:
        self.process = process
        self.ready = False
        self._folder = folder
        self._listener = listener
        self._ending = False
        self._killed_because = ""
        self._obituary: asyncio.Task[None] | None = None
        self.dispatcher = Dispatcher(
            process.wire,
            display_bytes=display_bytes,
            interrupt=process.interrupt,
            on_busy=self._on_busy,
            on_variables=self._on_variables,
        )
        self.dispatcher.start()
        process.watch(self._on_end)

    async def kill(self, because: str) -> None:
        """End the process by force, as a death of its own that is told of.

        Args:
            because: Why, to go on after "killed, because".
        """
        self._killed_because = because
        await self.process.kill()

    async def end(self, error: KernelDied) -> None:
        """End the process and let go of everything; what still waits for it ends by this error."""
        self._ending = True
        grace_s = _BUSY_GRACE_S if self.dispatcher.is_busy or not self.ready else _GRACE_S
        self.dispatcher.fail(error)
        if not self.process.ended.is_set():
            self.process.request_end()
            if not await _comes(self.process.ended, grace_s):
                await self.process.kill()
                if not await _comes(self.process.ended, _KILLED_S):
                    await self.process.kill()  # what ends it has not
                    await _comes(self.process.ended, _KILLED_S)
        if self._obituary is not None:
            await asyncio.wait([self._obituary])
        await self.dispatcher.close()
        await self.process.close()
        await asyncio.to_thread(self._folder.remove)

    def _on_busy(self, busy: bool) -> None:
        if not self._ending and not self.process.ended.is_set():
            self._listener.on_state("busy" if busy else "idle")

    def _on_variables(self, diff: NamespaceDiff) -> None:
        if not self._ending:
            self._listener.on_variables(diff)

    def _on_end(self, ending: "Ending") -> None:
        if not self._ending:
            self._obituary = asyncio.create_task(self._tell_of_death(ending), name="kernel death")

    async def _tell_of_death(self, ending: "Ending") -> None:
        """Hand on what the kernel said last, then let everyone know."""
        await self.dispatcher.drain()
        how = how_it_ended(ending.exit_code)
        if self._killed_because:
            how = f"killed, because {self._killed_because}"
        elif ending.disk_bytes:
            how = f"killed, because its cells had written {ending.disk_bytes / (1 << 30):.1f} GiB (sandbox.disk_mb)"
        elif ending.memory_bytes:
            how = f"killed, because it held {ending.memory_bytes / (1 << 30):.1f} GiB of memory"
        self.dispatcher.fail(KernelDied(f"The kernel died: {how}.", remedy=_RESTART, exit_code=ending.exit_code))
        if self.ready and not self._ending:
            self._listener.on_state("dead")
            self._listener.on_died(how)


async def _comes(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
