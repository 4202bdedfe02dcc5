"""What the kernel's tests share: a listener that remembers, and a way to run cells and wait for what they cause."""

import asyncio
from collections.abc import Callable, Sequence

from codeact_tui.kernel.answers import CellResult, InputRequest, NamespaceDiff
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.outputs import ErrorOutput, ExecuteResult, Output, StreamOutput

DEADLINE_S = 120.0


class Listener:
    """Remembers what it hears; what happens can be waited for."""

    def __init__(self) -> None:
        self.states: list[KernelState] = []
        self.diffs: list[NamespaceDiff] = []
        self.deaths: list[str] = []
        self.held = 0
        self._changed = asyncio.Event()

    def on_state(self, state: KernelState) -> None:
        self.states.append(state)
        self._changed.set()

    def on_variables(self, diff: NamespaceDiff) -> None:
        self.diffs.append(diff)
        self._changed.set()

    def on_died(self, how: str) -> None:
        self.deaths.append(how)
        self._changed.set()

    def on_held(self) -> None:
        self.held += 1
        self._changed.set()

    async def until(self, condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
        async with asyncio.timeout(deadline_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class Cells:
    """Runs cells in a kernel and keeps what they put out."""

    def __init__(self, kernel: Kernel, answers: Sequence[str] = ()) -> None:
        self.kernel = kernel
        self.answers = list(answers)
        self.requests: list[InputRequest] = []
        self.outputs: list[Output] = []
        self._put_out = asyncio.Event()

    async def run(self, code: str, timeout_s: float | None = None) -> CellResult:
        async with asyncio.timeout(DEADLINE_S):
            return await self.kernel.execute(code, on_output=self.take, on_input=self.answer, timeout_s=timeout_s)

    def take(self, output: Output) -> None:
        self.outputs.append(output)
        self._put_out.set()

    async def answer(self, request: InputRequest) -> str:
        self.requests.append(request)
        self._put_out.set()
        if not self.answers:
            await asyncio.Event().wait()
        return self.answers.pop(0)

    async def until(self, condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
        async with asyncio.timeout(deadline_s):
            while not condition():
                self._put_out.clear()
                await self._put_out.wait()

    @property
    def text(self) -> str:
        """All stream text so far."""
        return "".join(output.text for output in self.outputs if isinstance(output, StreamOutput))

    @property
    def merged(self) -> list[Output]:
        """The outputs, neighbouring text of one stream joined."""
        merged: list[Output] = []
        for output in self.outputs:
            last = merged[-1] if merged else None
            if isinstance(output, StreamOutput) and isinstance(last, StreamOutput) and last.name == output.name:
                merged[-1] = StreamOutput(output.name, last.text + output.text)
            else:
                merged.append(output)
        return merged

    @property
    def results(self) -> list[str]:
        """The values of last expressions."""
        return [output.data["text/plain"] for output in self.outputs if isinstance(output, ExecuteResult)]

    @property
    def errors(self) -> list[str]:
        """The names of exceptions that ended cells."""
        return [output.ename for output in self.outputs if isinstance(output, ErrorOutput)]


async def eventually(condition: Callable[[], object]) -> None:
    """Wait for something outside this process that nobody announces."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
