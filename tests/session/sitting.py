"""A session that is opened again and again, with a toy kernel and variables that are kept."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codeact_tui.config.schema import Config
from codeact_tui.kernel.answers import KernelInfo
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import (
    CellFinished,
    Envelope,
    Event,
)
from codeact_tui.protocol.ops import RunUserCode
from codeact_tui.session.controller import SessionController
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.memory import MemoryCatalog

__all__ = ["KEY", "Folder", "Sitting", "eventually"]

KEY = b"k" * 32


@dataclass
class Sitting:
    """A session that is open, and what was heard of it."""

    controller: SessionController
    kernel: FakeKernel
    model: ScriptedModel
    store: VariableStore
    events: list[Event] = field(default_factory=list[Event])
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, envelopes: Sequence[Envelope]) -> None:
        self.events += [envelope.event for envelope in envelopes]
        self._heard.set()

    async def until(self, kind: type[Any], count: int = 1) -> Any:
        await self.waits(lambda: len(self.all(kind)) >= count)
        return self.all(kind)[count - 1]

    async def waits(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(120):
            while not condition():
                self._heard.clear()
                await self._heard.wait()

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def run(self, *codes: str) -> None:
        for code in codes:
            done = len(self.all(CellFinished))
            self.controller.send(RunUserCode(code))
            await self.until(CellFinished, done + 1)

    def value(self, name: str) -> Any:
        return self.kernel.namespace[name]


async def eventually(condition: Callable[[], object]) -> None:
    """Wait for something on the disk, of which nobody tells."""
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class Folder:
    """A session that is opened again and again."""

    def __init__(self, path: Path, config: Config | None = None) -> None:
        self.path, self.config = path, config or Config()
        self.catalog = MemoryCatalog()
        self.session: Any = None

    @asynccontextmanager
    async def open(self, *, version: str = "", scripts: Sequence[str] = ()) -> AsyncGenerator[Sitting]:
        if self.session is None:
            journal = await self.catalog.create(folder=str(self.path), model="scripted")
            self.session = journal.session
        else:
            journal = await self.catalog.open(self.session)
        import platform

        info = KernelInfo("/usr/bin/python3", version or platform.python_version(), "codeact's own", 0.0)
        kernel, model = FakeKernel(info=info), ScriptedModel(scripts)
        store = VariableStore(self.path / "kept", KEY, self.session)
        store.prepare()
        controller = await open_session(
            journal,
            await read_transcript(journal),
            kernel=kernel,
            seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
            config=self.config,
            folder=str(self.path),
            variables=store,
        )
        made = Sitting(controller, kernel, model, store)
        controller.listen(made.hear)
        try:
            yield made
        finally:
            await controller.close()
