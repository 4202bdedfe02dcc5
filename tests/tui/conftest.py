"""For all tests of the screen: what a key sets going is over before a test goes on, however busy the machine is."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from textual import _wait

from codeact_tui.tui.prompting import files
from tests.patience import PATIENCE_S

_TURNS = 1000
"""So often what is ready may make more ready: for applications that never rest."""


async def _wait_for_idle(*bounds: float, **named: float) -> None:
    """Wait as Textual does, by the processor's time that was taken; and then until nothing is ready to run.

    Where others have the processor, this process takes little of its time though it has much to do.
    """
    await _wait.wait_for_idle(*bounds, **named)
    ready = cast("Any", asyncio.get_running_loop())._ready
    for _ in range(_TURNS):
        if not ready:
            return
        await asyncio.sleep(0)


@pytest.fixture(autouse=True, scope="session")
def _patient_screen() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textual.app.wait_for_idle", _wait_for_idle)
        patch.setattr("textual.pilot.wait_for_idle", _wait_for_idle)
        patch.setattr("textual.pilot.Pilot._wait_for_screen.__defaults__", (PATIENCE_S,))
        patch.setattr(files.list_files, "__kwdefaults__", {"limit": 5000, "seconds": PATIENCE_S})
        yield
