"""A model that replies what it was given: for tests of everything that talks to a model."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence

from codeact_tui.errors import ModelStreamEnded
from codeact_tui.model.base import Delta, Finished, ModelInfo, Request, TextDelta

__all__ = ["Hold", "ScriptedModel"]


class Hold:
    """In a script: the stream waits here until `release` is called. `reached` says that it came so far."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._gate = asyncio.Event()

    def release(self) -> None:
        """Let the stream go on."""
        self._gate.set()

    async def pass_through(self) -> None:
        """Wait to be released."""
        self.reached.set()
        await self._gate.wait()


Step = Delta | Exception | Hold
Script = str | Sequence[Step]


class ScriptedModel:
    """Replies the scripts it was given, one for each request, and keeps the requests.

    A script is a text, streamed in pieces of `piece` characters, or a list of steps: deltas, exceptions to raise,
    holds. A text and a list without one are ended by `Finished("stop")`; a request beyond the last script raises.

    Args:
        scripts: What is replied, in order.
        name: What the model is called.
        piece: Characters in a delta.
    """

    def __init__(self, scripts: Iterable[Script] = (), *, name: str = "scripted", piece: int = 7) -> None:
        self.scripts = list(scripts)
        self.requests: list[Request] = []
        self.closed_streams = 0
        self.closed = False
        self._name = name
        self._piece = piece

    @property
    def info(self) -> ModelInfo:
        """What is known of the model."""
        return ModelInfo(self._name, context_window=128_000)

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Reply the next script."""
        self.requests.append(request)
        if not self.scripts:
            raise ModelStreamEnded("The script is at its end.")
        steps = self._steps(self.scripts.pop(0))
        try:
            for step in steps:
                if isinstance(step, Hold):
                    await step.pass_through()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
                await asyncio.sleep(0)
        finally:
            self.closed_streams += 1

    async def warm_up(self) -> None:
        """Nothing is to be done."""

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def _steps(self, script: Script) -> list[Step]:
        if isinstance(script, str):
            steps: list[Step] = [TextDelta(script[at : at + self._piece]) for at in range(0, len(script), self._piece)]
        else:
            steps = list(script)
        if not any(isinstance(step, Finished | Exception) for step in steps):
            steps.append(Finished("stop"))
        return steps
