"""Real sessions in one folder: kernels in a sandbox, a store, the files and the variables kept, forks."""

import asyncio
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from codeact_tui.config.schema import Config, ResumeConfig
from codeact_tui.kernel.answers import KernelInfo, NamespaceDiff
from codeact_tui.kernel.base import Kernel, KernelListener
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import Envelope, Event, ForkMade, VariablesReturning
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.ops import Fork, Op
from codeact_tui.protocol.outputs import Output, StreamOutput
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.session.controller import SessionController
from codeact_tui.session.forking import Branch
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.snapshots.files import FileSnapshots, SnapshotLimits
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.base import Journal
from codeact_tui.store.sqlite import SqliteCatalog
from tests.session.whole.cells import Files

__all__ = ["House", "Kernels", "Sitting"]

KEY = b"k" * 32
_PATIENCE_S = 120.0
_LOOK = """
def _look():
    import json, sys
    names = globals()
    known = [name for name in "abc" if name in names]
    return json.dumps({
        "values": {name: names[name] for name in known},
        "same": [[one, other] for one in known for other in known if one < other and names[one] is names[other]],
        "f": names["f"]() if "f" in names else None,
        "modules": [name for name in ("m", "random") if name in names],
    })
print(_look())
del _look
"""


class _Lent:
    """A kernel that goes on when a session ends: the next one has it made fresh. To a session it is its own."""

    def __init__(self, kernel: JupyterKernel) -> None:
        self.kernel = kernel
        self._begun = False
        self._listener: KernelListener | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kernel, name)

    async def start(self, listener: KernelListener) -> KernelInfo:
        self._listener = listener
        if self._begun:
            return await self.kernel.restart()
        self._begun = True
        return await self.kernel.start(self)

    async def shutdown(self) -> None:
        self._listener = None

    def on_state(self, state: KernelState) -> None:
        if self._listener is not None:
            self._listener.on_state(state)

    def on_variables(self, diff: NamespaceDiff) -> None:
        if self._listener is not None:
            self._listener.on_variables(diff)

    def on_died(self, how: str) -> None:
        if self._listener is not None:
            self._listener.on_died(how)

    def on_held(self) -> None:
        if self._listener is not None:
            self._listener.on_held()


@dataclass
class Sitting:
    """A session that is open, and what was heard of it."""

    controller: SessionController
    kernel: _Lent
    model: ScriptedModel
    events: list[Event] = field(default_factory=list[Event])
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, envelopes: Sequence[Envelope]) -> None:
        self.events += [envelope.event for envelope in envelopes]
        self._heard.set()

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def waits(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while not condition():
                self._heard.clear()
                await self._heard.wait()

    async def send(self, op: Op, *kinds: type[Any]) -> Any:
        """Ask for something, and wait for one more event of these kinds; give it."""
        before = [len(self.all(kind)) for kind in kinds]
        self.controller.send(op)
        await self.waits(lambda: any(len(self.all(kind)) > was for kind, was in zip(kinds, before, strict=True)))
        return next(self.all(kind)[was] for kind, was in zip(kinds, before, strict=True) if len(self.all(kind)) > was)

    async def settled(self) -> None:
        """Wait until nothing goes on, and the files are kept as the last cell has left them."""
        await self.waits(lambda: self.controller.state in {"idle", "waiting"})
        await self.waits(lambda: self.controller.transcript.files.unfinished() is None)

    def holds(self, checkpoint: str) -> bool:
        """Say whether a checkpoint can be woken now."""
        return checkpoint in self.controller._crew.host.held()  # pyright: ignore[reportPrivateUsage]

    async def look(self) -> dict[str, Any]:
        """Look at the variables; the session does not know of it."""
        said: list[str] = []

        def hear(output: Output) -> None:
            said.append(output.text if isinstance(output, StreamOutput) else repr(output))

        host = self.controller._crew.host  # pyright: ignore[reportPrivateUsage]
        async with host.turnstile:
            await host.ready()
            result = await host.kernel.execute(_LOOK, on_output=hear, on_input=cast("Any", None))
        assert result.status == "ok", said
        return json.loads("".join(said))


class Kernels:
    """Kernels of one sandbox in one folder, lent to session after session: a start takes longer than an example."""

    def __init__(self, base: Path, kind: str) -> None:
        self.base, self.work = base, base / "work"
        self.work.mkdir()
        self.variables = base / "variables"
        self.variables.mkdir(0o700)
        self._kind = kind
        self._free: list[_Lent] = []
        self._all: list[_Lent] = []

    def lend(self) -> _Lent:
        if self._free:
            return self._free.pop()
        made = JupyterKernel(
            self.work,
            sandbox=None if self._kind == "plain" else SandboxSettings(cast("SandboxMode", self._kind)),
            checkpoints=CheckpointLimits(60, 1 << 30, ("json",)),
            exchange=(self.variables, self.variables),
        )
        self._all.append(_Lent(made))
        return self._all[-1]

    def take_back(self, kernel: _Lent) -> None:
        self._free.append(kernel)

    async def close(self) -> None:
        for each in self._all:
            await each.kernel.shutdown()


@dataclass
class House:
    """A folder, and the sessions in it. Implements `Branches`."""

    kernels: Kernels
    root: Path
    opened: list[Sitting] = field(default_factory=list[Sitting])

    def __post_init__(self) -> None:
        self.work = self.kernels.work
        for path in self.work.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.catalog = SqliteCatalog(self.root / "store.db")

    def variables(self, session: SessionId) -> VariableStore:
        made = VariableStore(self.kernels.variables / session, KEY, session)
        made.prepare()
        return made

    async def make(self, session: SessionId, until: int) -> Branch:
        journal = await self.catalog.fork(session, until=until, folder=str(self.work), model="scripted")
        return Branch(journal, self.variables(journal.session), self.variables(session))

    async def discard(self, session: SessionId) -> None:
        await self.catalog.delete(session)

    async def open(self, session: SessionId | None = None) -> Sitting:
        """Open a session; return when its kernel is there, with the variables that come back."""
        if session is None:
            journal: Journal = await self.catalog.create(folder=str(self.work), model="scripted")
        else:
            journal = await self.catalog.open(session)
        store, model = self.variables(journal.session), ScriptedModel([])
        kernel = self.kernels.lend()
        transcript = await read_transcript(journal)
        returns = bool(transcript.actions)
        controller = await open_session(
            journal,
            transcript,
            kernel=cast("Kernel", kernel),
            seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
            config=Config(resume=ResumeConfig(every_minutes=600, after_seconds=600)),
            folder=str(self.work),
            variables=store,
            files=FileSnapshots(
                self.work, self.root / "files", KEY, SnapshotLimits(spare_bytes=0), session=journal.session
            ),
            branches=self,
        )
        made = Sitting(controller, kernel, model)
        controller.listen(made.hear)
        self.opened.append(made)
        if returns:
            await made.waits(lambda: VariablesReturning(active=False) in made.events)
        await controller._crew.host.ready()  # pyright: ignore[reportPrivateUsage]
        return made

    async def fork(self, sitting: Sitting, point: int | None) -> SessionId:
        made = await sitting.send(Fork(point), ForkMade)
        return made.session

    async def leave(self, sitting: Sitting) -> None:
        self.opened.remove(sitting)
        await sitting.controller.close()
        self.kernels.take_back(sitting.kernel)

    async def close(self) -> None:
        for sitting in list(self.opened):
            await self.leave(sitting)
        await self.catalog.close()

    def contents(self) -> Files:
        found: Files = {}
        for path in sorted(self.work.rglob("*")):
            found[str(path.relative_to(self.work))] = None if path.is_dir() else path.read_text()
        return found
