"""The checkpoints of one kernel's process, as its supervisor tells of them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from codeact_tui.errors import KernelError
from codeact_tui.protocol.travel import HeldCheckpoint

if TYPE_CHECKING:
    from codeact_tui.sandbox.provisioner import Status

__all__ = ["FRESH", "WARM", "Checkpoints"]

_WAKE_S = 20.0
FRESH, WARM = "fresh", "warm"
"""Copies of a kernel in which no cell has run, as `sandbox/inside/keeping.py` calls them: not to be gone back to."""


class Checkpoints:
    """Knows which checkpoints are held, and has them woken.

    Args:
        order: Has the supervisor do something.
        on_held: Called when others are held than before, or their sizes changed.
    """

    def __init__(self, order: Callable[..., None], on_held: Callable[[], None]) -> None:
        self._order = order
        self._on_held = on_held
        self._held: dict[str, HeldCheckpoint] = {}
        self._aside: set[str] = set()
        self._waking: dict[int, asyncio.Future[None]] = {}
        self._numbers = 1

    def held(self) -> tuple[HeldCheckpoint, ...]:
        """Give those that can be woken now, the oldest first."""
        return tuple(self._held.values())

    @property
    def is_warm(self) -> bool:
        """A fresh kernel can be had by waking one."""
        return WARM in self._aside

    @property
    def any_left(self) -> bool:
        """There is a copy of some kind, so that the process goes on without a kernel."""
        return bool(self._held or self._aside)

    def make_warm(self, modules: Sequence[str]) -> None:
        """Have the fresh copy import modules, aside."""
        self._order(do="warm", modules=list(modules))

    def drop(self, name: str) -> None:
        """Have one let go of."""
        if self._held.pop(name, None) is not None:
            self._order(do="drop", checkpoints=[name])
            self._on_held()

    def expect(self, name: str) -> None:
        """The kernel says that it has made one: the supervisor will know of it before anything else is asked of it."""
        if name in {FRESH, WARM}:
            self._aside.add(name)
        else:
            self._held.setdefault(name, HeldCheckpoint(name))

    def hear(self, status: "Status") -> None:
        """Take in what the supervisor tells."""
        if status.woken or status.failed:
            self._settle(status)
        if status.kept:
            self.expect(status.kept)
        for name in status.dropped:
            self._held.pop(name, None)
            self._aside.discard(name)
        for name, size_bytes in (status.sizes or {}).items():
            if name in self._held:
                self._held[name] = HeldCheckpoint(name, size_bytes)
        if status.kept or status.dropped or status.sizes is not None:
            self._on_held()

    async def wake(self, name: str, sockets: Callable[[int], str]) -> int:
        """Have a copy woken; give its number when it can be spoken with.

        Args:
            name: The checkpoint.
            sockets: Gives what the paths of its sockets are to begin with, by its number.

        Raises:
            KernelError: It is not there any more, or did not wake.
        """
        self._check(name)
        self._numbers += 1
        number = self._numbers
        woken = self._waking[number] = asyncio.get_running_loop().create_future()
        self._order(do="wake", checkpoint=name, kernel=number, sockets=sockets(number))
        try:
            async with asyncio.timeout(_WAKE_S):
                await woken
        except BaseException as error:
            self._order(do="end", kernel=number)
            if isinstance(error, TimeoutError):
                raise KernelError("The checkpoint did not wake in time.", remedy="Try an earlier one.") from None
            raise
        finally:
            self._waking.pop(number, None)
        return number

    def keep(self, name: str, what: dict[str, object]) -> None:
        """Have a copy of a frozen copy keep its variables on disk; it ends by itself.

        Args:
            name: The checkpoint.
            what: Folder and limits.

        Raises:
            KernelError: It is not there any more.
        """
        self._check(name)
        self._order(do="keep", checkpoint=name, keep=what)

    def _check(self, name: str) -> None:
        if name not in self._held and not (name == WARM and self.is_warm):
            raise KernelError("That checkpoint is not held any more.", remedy="Older ones make room for newer ones.")

    def fail(self) -> None:
        """The process has ended, and all checkpoints with it."""
        self._held.clear()
        self._aside.clear()
        for woken in self._waking.values():
            if not woken.done():
                woken.set_exception(KernelError("The kernel's process has ended.", remedy="Restart it: /restart."))

    def _settle(self, status: "Status") -> None:
        woken = self._waking.get(status.woken or status.failed)
        if woken is None or woken.done():
            return
        if status.woken:
            woken.set_result(None)
        else:
            woken.set_exception(KernelError(f"The checkpoint can't be gone back to: {status.problem}."))
