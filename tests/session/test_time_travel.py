"""Any sequence of cells, edits, undos, rewinds and forks leaves what a session has without the undone parts.

Real kernels in a real sandbox, held against an oracle in plain Python after each step. `make soak
ARGS=tests/session/test_time_travel.py` plays many; `CODEACT_TRAVEL_EXAMPLES` says how many in each sandbox.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.sandbox.mechanisms import working_mechanisms
from tests.session.whole.house import House, Kernels
from tests.session.whole.player import Player, Step

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
]

EXAMPLES = int(os.environ.get("CODEACT_TRAVEL_EXAMPLES", "100"))
_WEIGHTS = {
    "cell": 6, "prompt": 2, "waiting": 1, "rerun": 2, "touch": 2, "undo": 3, "redo": 2, "rewind": 4, "return": 2,
    "restart": 1, "reopen": 1, "fork": 2, "switch": 1,
}  # fmt: skip
_KINDS = st.sampled_from([name for name, weight in _WEIGHTS.items() for _ in range(weight)])
STEPS = st.lists(st.tuples(_KINDS, st.integers(0, 15), st.integers(0, 15), st.integers(0, 15)), min_size=4, max_size=16)


class Stage:
    """Where examples are played, in kernels that they share; for tests that are not coroutines."""

    def __init__(self, kind: str) -> None:
        self._base = Path(tempfile.mkdtemp(prefix="codeact-travel-"))
        self._kernels = Kernels(self._base, kind)
        self._runner = asyncio.Runner()

    def play(self, steps: list[Step]) -> None:
        self._runner.run(self._play(steps))

    def close(self) -> None:
        self._runner.run(self._kernels.close())
        self._runner.close()
        shutil.rmtree(self._base)

    async def _play(self, steps: list[Step]) -> None:
        house = House(self._kernels, Path(tempfile.mkdtemp(dir=self._base)))
        player = Player(house)
        try:
            await player.begin()
            for step in steps:
                await player.step(step)
        except BaseException as error:
            error.add_note(f"after: {player.said}")
            raise
        finally:
            await house.close()
            shutil.rmtree(house.root)


@pytest.fixture(scope="module", params=("plain", *working_mechanisms()))
def stage(request: pytest.FixtureRequest) -> Generator[Stage]:
    made = Stage(request.param)
    try:
        yield made
    finally:
        made.close()


TOUR: list[Step] = [
    ("cell", 0, 0, 1), ("cell", 2, 0, 0), ("prompt", 1, 0, 3), ("cell", 10, 1, 4), ("touch", 3, 1, 0),
    ("undo", 0, 0, 0), ("redo", 0, 0, 0), ("rerun", 0, 7, 2), ("cell", 15, 1, 0), ("rewind", 1, 4, 3),
    ("waiting", 9, 2, 1), ("fork", 1, 1, 1), ("cell", 8, 1, 0), ("touch", 2, 3, 0), ("cell", 11, 0, 2),
    ("rewind", 0, 0, 1), ("redo", 0, 0, 1), ("return", 0, 0, 0), ("cell", 2, 1, 1), ("return", 1, 5, 0),
    ("redo", 0, 0, 0), ("switch", 0, 0, 0), ("return", 0, 0, 1), ("reopen", 0, 0, 0), ("rewind", 1, 2, 0),
    ("return", 2, 0, 0),
]  # fmt: skip


_STRONGEST, *_OTHERS = working_mechanisms() or ("plain",)


@pytest.mark.parametrize("kind", [_STRONGEST, *(pytest.param(each, marks=pytest.mark.soak) for each in _OTHERS)])
def test_a_tour(kind: str) -> None:
    stage = Stage(kind)
    try:
        stage.play(TOUR)
    finally:
        stage.close()


@pytest.mark.soak
@pytest.mark.timeout(36_000)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(steps=STEPS)
def test_any_steps(stage: Stage, steps: list[Step]) -> None:
    stage.play(steps)
