"""Any sequence of cells, goings back, deaths and fresh starts of a real kernel leaves what it would without the rest.

One kernel for all examples of a sandbox, made fresh by a restart between two. `CODEACT_TRAVEL_EXAMPLES=200` for more.
"""

import asyncio
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeact_tui.errors import KernelDied
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from tests.kernel.helpers import Cells, Listener
from tests.sandbox.mechanisms import working_mechanisms

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
]

EXAMPLES = int(os.environ.get("CODEACT_TRAVEL_EXAMPLES", "2"))
LOOK = "print(sorted((name, value) for name, value in globals().items() if name in 'abc'), next(count), len(log))"
BEGIN = "import itertools\ncount = itertools.count()\nlog = []"
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cell"), st.sampled_from("abc"), st.integers(0, 9)),
        st.tuples(st.just("forget"), st.sampled_from("abc")),
        st.tuples(st.just("back"), st.integers(0, 5)),
        st.tuples(st.just("die")),
    ),
    min_size=3,
    max_size=10,
)


class Model:
    """What ought to be there: of the variables, and of what was before each cell."""

    def __init__(self) -> None:
        self.now: tuple[dict[str, int], int, int] = ({}, 0, 0)
        """Variables, how often was counted, how many lines were logged."""
        self.before: list[tuple[str, tuple[dict[str, int], int, int]]] = []

    @property
    def shown(self) -> str:
        variables, counted, logged = self.now
        return f"{sorted(variables.items())} {counted} {logged}\n"


class Travels:
    """A real kernel, driven from tests that are not coroutines."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._runner = asyncio.Runner()
        sandbox = None if kind == "plain" else SandboxSettings(cast("SandboxMode", kind))
        self.kernel = JupyterKernel(folder, sandbox=sandbox, checkpoints=CheckpointLimits(30, 1 << 30, ("json",)))
        self._runner.run(self._start())
        self._names = 0

    async def _start(self) -> None:
        await self.kernel.start(Listener())

    def play(self, steps: list[tuple[object, ...]]) -> None:
        self._runner.run(self._play(steps))

    def close(self) -> None:
        self._runner.run(self.kernel.shutdown())
        self._runner.close()

    async def _play(self, steps: list[tuple[object, ...]]) -> None:
        await self.kernel.restart()
        await self._run(BEGIN)
        model = Model()
        for step in steps:
            await self._step(model, *step)
            # A generator's place and a list's length go back too: looking counts one on.
            assert await self._run(LOOK) == model.shown
            variables, counted, logged = model.now
            model.now = (variables, counted + 1, logged)

    async def _step(self, model: Model, what: object, *rest: object) -> None:
        variables, counted, logged = model.now
        match [what, *rest]:
            case ["cell", str(name), int(value)]:
                await self._before(model)
                await self._run(f"{name} = {value}; log.append({name!r})")
                model.now = ({**variables, name: value}, counted, logged + 1)
            case ["forget", str(name)] if name in variables:
                await self._before(model)
                await self._run(f"del {name}")
                model.now = ({each: variables[each] for each in variables if each != name}, counted, logged)
            case ["back", int(place)] if place < len(model.before):
                name, model.now = model.before[place]
                await self.kernel.wake(name)
                del model.before[place + 1 :]
            case ["die"]:
                name = await self._before(model)
                with pytest.raises(KernelDied):
                    await self._run("a = b = c = -1; log.clear(); import os; os._exit(1)")
                await self.kernel.wake(name)
            case _:
                return

    async def _before(self, model: Model) -> str:
        self._names += 1
        name = f"m{self._names}"
        assert await self.kernel.checkpoint(name) is not None
        model.before.append((name, model.now))
        return name

    async def _run(self, code: str) -> str:
        cells = Cells(self.kernel)
        result = await self.kernel.execute(code, on_output=cells.take, on_input=cells.answer)
        assert result.status == "ok", cells.outputs
        return cells.text


@pytest.fixture(scope="module", params=("plain", *working_mechanisms()))
def travels(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Travels]:
    made = Travels(cast("str", request.param), tmp_path_factory.mktemp("workspace"))
    try:
        yield made
    finally:
        made.close()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_what_was_undone_leaves_nothing_in_a_real_kernel(travels: Travels, steps: list[tuple[object, ...]]) -> None:
    travels.play(steps)
