"""A kernel's process that was started, the talk with it, and its end, wanted or not."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from codeact_tui.errors import KernelDied, KernelError
from codeact_tui.kernel.answers import Checkpoint, NamespaceDiff
from codeact_tui.kernel.base import KernelListener
from codeact_tui.kernel.checkpoints import FRESH, WARM, Checkpoints
from codeact_tui.kernel.dispatcher import Dispatcher
from codeact_tui.kernel.process_watch import how_it_ended
from codeact_tui.kernel.replies import read_checkpoint
from codeact_tui.kernel.runtime_folder import RuntimeFolder
from codeact_tui.kernel.wire import Wire

if TYPE_CHECKING:
    from codeact_tui.kernel.jupyter_process import KernelProcess
    from codeact_tui.sandbox.provisioner import Ending, Status

__all__ = ["RunningKernel"]

_GRACE_S = 1.0
"""How long a kernel that is told to end may take before it is killed."""
_BUSY_GRACE_S = 0.2
_KILLED_S = 5.0
_READY_S = 10.0
_WARM_AFTER_S = 5.0
"""So long after the start modules are imported aside: the first cells have the processor to themselves."""
_CHECKPOINT_S = 20.0
_RESTART = "Restart it: /restart. Its variables are gone."
_GONE_BACK = "The kernel was taken back to a checkpoint."


class _Talk(Struct):
    """One of the kernels in the process, and the sockets to it."""

    number: int
    wire: Wire
    dispatcher: Dispatcher
    ended: asyncio.Event


class RunningKernel:
    """A process that was started, and the talk with the kernel in it; after a checkpoint was woken, with another one.

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
        self.checkpoints = Checkpoints(process.order, listener.on_held)
        self._folder = folder
        self._listener = listener
        self._display_bytes = display_bytes
        self._ending = False
        self._killed_because = ""
        self._obituary: asyncio.Task[None] | None = None
        self._talk = self._speak(1, process.wire)
        self._replacing = False
        """Another kernel is about to take this one's place: its death is told if that fails."""
        self._untold = ""
        self._gone: set[int] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._warming: asyncio.TimerHandle | None = None
        process.watch(self._on_end, self._on_status)

    @property
    def dispatcher(self) -> Dispatcher:
        """Speaks with the kernel of now."""
        return self._talk.dispatcher

    @property
    def is_gone(self) -> bool:
        """The kernel has ended, if not its process."""
        return self._talk.ended.is_set() or self.process.ended.is_set()

    async def checkpoint(self, name: str) -> Checkpoint | None:
        """Have a frozen copy made; None where the process keeps none.

        Raises:
            KernelError: It could not be made.
        """
        if not self.process.keeps_checkpoints:
            return None
        content = await self.dispatcher.ask("shell", "codeact_checkpoint_request", {"name": name}, _CHECKPOINT_S)
        try:
            reply = read_checkpoint(name, content)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise KernelError("The kernel's answer could not be understood.") from error
        self.checkpoints.expect(name)
        return reply

    async def warm_up(self, modules: Sequence[str]) -> None:
        """Right after the start: have a fresh kernel kept that has modules imported, to be woken by `start_over`.

        Raises:
            KernelError: It could not be made.
        """
        if modules and await self.checkpoint(FRESH) is not None:
            later = asyncio.get_running_loop().call_later(_WARM_AFTER_S, self.checkpoints.make_warm, modules)
            self._warming = later

    async def start_over(self, *, keep: bool) -> None:
        """Let the fresh kernel that is kept take this one's place.

        Args:
            keep: The checkpoints stay.

        Raises:
            KernelError: It could not; the kernel is as it was.
        """
        await self.wake(WARM, because="The kernel was restarted.")
        for each in () if keep else self.checkpoints.held():
            self.checkpoints.drop(each.checkpoint)

    async def wake(self, name: str, *, because: str = _GONE_BACK) -> None:
        """Let a woken copy take the kernel's place; what still waits for the other one ends by this sentence.

        Raises:
            KernelError: It could not; the kernel is as it was.
        """
        self._replacing = True
        try:
            if self._obituary is not None:
                await asyncio.wait([self._obituary])
            talk = await self._woken(name)
            before, self._talk, self._untold = self._talk, talk, ""
        finally:
            self._replacing = False
            if self._untold:
                self._tell_listener(self._untold)
        self._leave(before, because)
        self._listener.on_state("idle")

    async def _woken(self, name: str) -> _Talk:
        number = await self.checkpoints.wake(name, self._sockets)
        talk = self._speak(number, self.process.connect(self._sockets(number)))
        try:
            async with asyncio.timeout(_READY_S):
                await talk.dispatcher.ready()
            if number in self._gone:
                raise KernelError("The checkpoint woke and ended at once.", remedy="Try an earlier one.")
        except BaseException as error:
            self.process.order(do="end", kernel=number)
            await asyncio.shield(talk.dispatcher.close())
            if isinstance(error, TimeoutError):
                raise KernelError("The checkpoint woke and does not answer.", remedy="Try an earlier one.") from None
            raise
        return talk

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
        if self._warming is not None:
            self._warming.cancel()
        grace_s = _BUSY_GRACE_S if self.dispatcher.is_busy or not self.ready else _GRACE_S
        self.dispatcher.fail(error)
        if not self.process.ended.is_set():
            if not self.is_gone:
                self._talk.wire.send("control", "shutdown_request", {"restart": False})
            if self.is_gone or not await _comes(self._talk.ended, grace_s):
                await self.process.kill()
            if not await _comes(self.process.ended, 0 if self.checkpoints.any_left else grace_s):
                await self.process.kill()
                if not await _comes(self.process.ended, _KILLED_S):
                    await self.process.kill()  # what ends it has not
                    await _comes(self.process.ended, _KILLED_S)
        if self._obituary is not None:
            await asyncio.wait([self._obituary])
        if self._leaving:
            await asyncio.wait(self._leaving)
        await self.dispatcher.close()
        await self.process.close()
        await asyncio.to_thread(self._folder.remove)

    def _speak(self, number: int, wire: Wire) -> _Talk:
        dispatcher = Dispatcher(
            wire,
            display_bytes=self._display_bytes,
            interrupt=lambda: self._interrupt(number),
            on_busy=lambda busy: self._on_busy(number, busy),
            on_variables=lambda diff: self._on_variables(number, diff),
        )
        dispatcher.start()
        return _Talk(number, wire, dispatcher, asyncio.Event())

    def _sockets(self, number: int) -> str:
        return f"{self._folder.sockets}{number}"

    def _leave(self, talk: _Talk, because: str = _GONE_BACK) -> None:
        """End a kernel whose place another one has taken."""
        self.process.order(do="end", kernel=talk.number)
        talk.dispatcher.fail(KernelDied(because, remedy="Run the cell again if you need what it does."))
        task = asyncio.create_task(self._close(talk), name="leave a kernel")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _close(self, talk: _Talk) -> None:
        await talk.dispatcher.close()
        await asyncio.to_thread(self._folder.remove_sockets, self._sockets(talk.number) if talk.number > 1 else "")

    async def _interrupt(self, number: int) -> None:
        if self.process.keeps_checkpoints:
            self.process.order(do="interrupt", kernel=number)
        else:
            await self.process.interrupt()

    def _on_busy(self, number: int, busy: bool) -> None:
        if self._is_now(number) and not self.is_gone:
            self._listener.on_state("busy" if busy else "idle")

    def _on_variables(self, number: int, diff: NamespaceDiff) -> None:
        if self._is_now(number):
            self._listener.on_variables(diff)

    def _is_now(self, number: int) -> bool:
        return not self._ending and self._talk.number == number

    def _on_status(self, status: "Status") -> None:
        if status.ended:
            self._on_kernel_end(status.ended, self.process.ending_of(status))
        self.checkpoints.hear(status)

    def _on_kernel_end(self, number: int, ending: "Ending") -> None:
        self._gone.add(number)
        if number != self._talk.number:
            return
        self._talk.ended.set()
        if not self._ending and self.checkpoints.any_left:
            self._mourn(ending)

    def _on_end(self, ending: "Ending") -> None:
        gone_before = self._talk.ended.is_set() and self.checkpoints.any_left
        self._talk.ended.set()
        self.checkpoints.fail()
        if not self._ending and not gone_before:
            self._mourn(ending)

    def _mourn(self, ending: "Ending") -> None:
        telling = self._tell_of_death(self._talk, ending)
        self._obituary = asyncio.create_task(telling, name="kernel death")

    async def _tell_of_death(self, talk: _Talk, ending: "Ending") -> None:
        """Hand on what the kernel said last, then let everyone know."""
        await talk.dispatcher.drain()
        how = how_it_ended(ending.exit_code)
        if self._killed_because:
            how = f"killed, because {self._killed_because}"
        elif ending.disk_bytes:
            how = f"killed, because its cells had written {ending.disk_bytes / (1 << 30):.1f} GiB (sandbox.disk_mb)"
        elif ending.memory_bytes:
            how = f"killed, because it held {ending.memory_bytes / (1 << 30):.1f} GiB of memory"
        remedy = "" if self.checkpoints.held() else _RESTART
        talk.dispatcher.fail(KernelDied(f"The kernel died: {how}.", remedy=remedy, exit_code=ending.exit_code))
        if self._replacing:
            self._untold = how
        elif self.ready and not self._ending and talk is self._talk:
            self._tell_listener(how)

    def _tell_listener(self, how: str) -> None:
        self._untold = ""
        self._listener.on_state("dead")
        self._listener.on_died(how)


async def _comes(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
