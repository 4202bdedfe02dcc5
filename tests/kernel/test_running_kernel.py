"""A kernel that another one is to take the place of, on wires on which the test plays them: deaths at bad moments."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from codeact_tui.errors import KernelError
from codeact_tui.kernel.running_kernel import RunningKernel
from codeact_tui.kernel.runtime_folder import RuntimeFolder
from codeact_tui.sandbox.provisioner import Ending, Status
from tests.kernel.helpers import Listener
from tests.kernel.test_dispatcher import PlayedWire, settled


class PlayedProcess:
    """A process in which the test wakes kernels, and ends them."""

    keeps_checkpoints = True

    def __init__(self) -> None:
        self.wire, self.woken = PlayedWire(), PlayedWire()
        self.ended = asyncio.Event()
        self.orders: list[dict[str, object]] = []

    def watch(self, on_end: Any, on_status: Any) -> None:
        self.tell = on_status

    def order(self, **what: object) -> None:
        self.orders.append(what)

    def connect(self, sockets: str) -> PlayedWire:
        return self.woken

    def ending_of(self, status: Status) -> Ending:
        return Ending(status.code)

    def come_up(self) -> None:
        self.woken.say("shell", "kernel_info_reply", "m1", {})
        self.woken.say("iopub", "status", "m1", {"execution_state": "idle"})


class Stage:
    """A kernel with one checkpoint, which is being woken."""

    def __init__(self, folder: Path) -> None:
        self.process, self.listener = PlayedProcess(), Listener()
        folders = RuntimeFolder({"TMPDIR": str(folder)})
        self.kernel = RunningKernel(cast("Any", self.process), folders, self.listener, 1 << 20)
        self.kernel.ready = True
        self.process.tell(Status(kept="c1"))
        self.waking = asyncio.create_task(self.kernel.wake("c1"))

    async def until_dead_is_told(self) -> None:
        """Wait for what is said of a death, if anything is."""
        obituary = self.kernel._obituary  # pyright: ignore[reportPrivateUsage]
        assert obituary is not None
        await obituary

    async def close(self) -> None:
        await self.kernel.dispatcher.close()
        if leaving := self.kernel._leaving:  # pyright: ignore[reportPrivateUsage]
            await asyncio.wait(leaving)


async def test_nobody_mourns_a_kernel_whose_place_was_taken(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await settled()
    stage.process.tell(Status(ended=1, code=-9))
    stage.process.tell(Status(woken=2))
    await settled()
    stage.process.come_up()
    await stage.waking
    await stage.until_dead_is_told()
    assert (stage.listener.states, stage.listener.deaths) == (["idle"], [])
    await stage.close()


async def test_a_death_is_told_where_nothing_takes_the_place(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await settled()
    stage.process.tell(Status(ended=1, code=-9))
    await stage.until_dead_is_told()
    assert stage.listener.deaths == []
    stage.process.tell(Status(failed=2, problem="it has ended"))
    with pytest.raises(KernelError, match="can't be gone back to"):
        await stage.waking
    assert (stage.listener.states, stage.listener.deaths) == (["dead"], ["killed"])
    await stage.close()


async def test_a_copy_that_ends_before_it_has_the_place_does_not_get_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await settled()
    stage.process.tell(Status(woken=2))
    await settled()
    stage.process.come_up()
    stage.process.tell(Status(ended=2, code=-9))
    with pytest.raises(KernelError, match="ended at once"):
        await stage.waking
    assert (stage.listener.states, stage.listener.deaths) == ([], [])
    assert not stage.kernel.is_gone
    await stage.close()
