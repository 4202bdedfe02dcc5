"""A session on a bench: the real controller over a scripted model, a small kernel and a journal in memory."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from codeact_tui.config.schema import Config
from codeact_tui.errors import KernelDied, KernelError
from codeact_tui.kernel.answers import (
    CellProgress,
    CellResult,
    Checkpoint,
    CodeInspection,
    Completions,
    InputRequest,
    KernelInfo,
    KernelNews,
    NamespaceListing,
)
from codeact_tui.kernel.base import Kernel, KernelListener, OnInput, OnOutput
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport
from codeact_tui.model.base import ActionFormat
from codeact_tui.model.scripted import Script, ScriptedModel
from codeact_tui.protocol.events import Envelope, Event
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.ops import Approve, Op
from codeact_tui.protocol.outputs import ErrorOutput, Output, StreamOutput
from codeact_tui.protocol.permissions import Grant
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.travel import HeldCheckpoint
from codeact_tui.protocol.variables import FIRST_PART, TablePart, Variable, VariableDetail
from codeact_tui.session.controller import SessionController
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.session.permission_book import PermissionBook
from codeact_tui.session.rehearsal_files import RehearsalFiles
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.base import Journal
from codeact_tui.store.memory import MemoryCatalog

Cell = Callable[["ToyKernel", OnOutput, OnInput], Awaitable[None]]


class ToyKernel:
    """Runs cells that say what happens: `print …`, `fail`, `hang`, `deaf`, `ask`, `die`, `quiet`."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.starts = 0
        self.listing = NamespaceListing((Variable("x", "int", summary="1"),), 1)
        self.began = asyncio.Event()
        self._interrupted = asyncio.Event()
        self._died = asyncio.Event()
        self._listener: KernelListener | None = None
        self.refusals: list[Refusal] = []
        """What an error with their value in it is told to come from."""
        self.grants: tuple[Grant, ...] = ()
        self.on_host: Callable[[str, int], None] | None = None
        self.answers: list[tuple[str, int, bool]] = []
        self.forgotten = 0

    async def start(self, listener: KernelListener) -> KernelInfo:
        self.starts += 1
        self._listener = listener
        return KernelInfo("/usr/bin/python", "3.12.1", "toy", 0.0)

    async def execute(
        self, code: str, *, on_output: OnOutput, on_input: OnInput, timeout_s: float | None = None
    ) -> CellResult:
        self.ran.append(code)
        self.began.set()
        self._interrupted.clear()
        self._died.clear()
        word, _, rest = code.partition(" ")
        status = "ok"
        match word:
            case "print":
                on_output(StreamOutput("stdout", rest + "\n"))
            case "fail":
                on_output(ErrorOutput("ValueError", rest, (f"Traceback: ValueError: {rest}",)))
                status = "error"
            case "ask":
                answer = await on_input(InputRequest(rest or "? ", password=rest == "secret"))
                on_output(StreamOutput("stdout", answer))
            case "hang":
                await self._interrupted.wait()
                status = "interrupted"
            case "deaf":
                await self._died.wait()
                raise KernelDied("The kernel was ended.")
            case "die":
                assert self._listener is not None
                self._listener.on_died("segmentation fault")
                raise KernelDied("The kernel died.")
            case _:
                pass
        return CellResult("interrupted" if status == "interrupted" else "error" if status == "error" else "ok", 0.01, 1)

    def reached(self) -> tuple[Reached, ...]:
        return ()

    async def news(self) -> KernelNews:
        return KernelNews()

    def refused(self, error_text: str) -> tuple[Refusal, ...]:
        return tuple(each for each in self.refusals if each.value in error_text)

    def allow(self, grants: Sequence[Grant]) -> bool:
        self.grants = tuple(grants)
        return self.starts > 0 and any(grant.setting not in {"network", "never"} for grant in grants)

    def ask_hosts(self, on_host: Callable[[str, int], None] | None) -> None:
        self.on_host = on_host

    def answer_host(self, host: str, port: int, *, allowed: bool) -> None:
        self.answers.append((host, port, allowed))

    def forget_hosts(self) -> None:
        self.forgotten += 1

    async def interrupt(self) -> None:
        self._interrupted.set()

    @property
    def keeps_fresh(self) -> bool:
        return False

    async def restart(self, *, cold: bool = False, keep: bool = False) -> KernelInfo:
        self._died.set()
        assert self._listener is not None
        return await self.start(self._listener)

    async def shutdown(self) -> None:
        self._interrupted.set()
        self._died.set()

    async def checkpoint(self, name: str) -> Checkpoint | None:
        return None

    async def wake(self, name: str) -> None:
        raise KernelError("There are no checkpoints.")

    def held(self) -> tuple[HeldCheckpoint, ...]:
        return ()

    def mark(self, name: str, *, marked: bool) -> None:
        pass

    def drop(self, name: str) -> None:
        pass

    def hold_network(self, *, held: bool) -> bool:
        return True

    async def variables(self, *, include_all: bool = False) -> NamespaceListing:
        return self.listing

    async def inspect(
        self, name: str, path: tuple[str | int, ...] = (), start: int = 0, part: TablePart = FIRST_PART
    ) -> VariableDetail:
        return VariableDetail(Variable(name, "int"))

    async def complete(self, code: str, cursor: int) -> Completions:
        return Completions(("print",), 0, cursor)

    async def inspect_code(self, code: str, cursor: int) -> CodeInspection:
        return CodeInspection("print", "function", ("*args", "sep=' '"), 0, "Prints the values.")

    async def keep_variables(self, folder: str, limits: KeepLimits, *, at: str | None = None) -> None:
        raise KernelError("This kernel keeps nothing.")

    async def bring_back(self, folder: str, report: KeptReport, *, seconds: float) -> BroughtBack:
        return BroughtBack()

    async def progress(self, *, memory: bool = True) -> CellProgress:
        return CellProgress(1, 1 << 20)


@dataclass
class Bench:
    """A controller and what is around it."""

    controller: SessionController
    model: ScriptedModel
    kernel: ToyKernel
    catalog: MemoryCatalog
    events: list[Event] = field(default_factory=list[Event])
    envelopes: list[Envelope] = field(default_factory=list[Envelope])
    patience_s: float = 120.0
    """How long anything may be waited for."""
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, envelopes: Sequence[Envelope]) -> None:
        self.envelopes += envelopes
        self.events += [envelope.event for envelope in envelopes]
        self._heard.set()

    async def until(self, wanted: type[Any] | Callable[[], bool], count: int = 1) -> Any:
        """Wait for the count-th event of a type, or for a condition."""
        async with asyncio.timeout(self.patience_s):
            while True:
                if isinstance(wanted, type):
                    found = self.all(wanted)
                    if len(found) >= count:
                        return found[count - 1]
                elif wanted():
                    return None
                self._heard.clear()
                await self._heard.wait()

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def send(self, *ops: Op) -> None:
        for op in ops:
            self.controller.send(op)

    def approve(self, record: ActionRecord | None = None, **changes: Any) -> None:
        record = record or list(self.controller.transcript.actions.values())[-1]
        self.send(msgspec.structs.replace(Approve(record.action, record.revision, record.sha256), **changes))

    @property
    def last(self) -> ActionRecord:
        return list(self.controller.transcript.actions.values())[-1]

    def seen_by_model(self, request: int = -1) -> str:
        """What the model was shown last."""
        return self.model.requests[request].messages[-1].content


def act(code: str, words: str = "So:") -> str:
    """A reply with an action."""
    return f"{words}\n<execute>\n{code}\n"


@asynccontextmanager
async def bench(
    scripts: Iterable[Script] = (),
    *,
    config: Config | None = None,
    catalog: MemoryCatalog | None = None,
    journal: Journal | None = None,
    action_format: ActionFormat = "execute",
    kernel: ToyKernel | None = None,
    in_its_place: Kernel | None = None,
    book: PermissionBook | None = None,
    rehearsal_files: RehearsalFiles | None = None,
    folder: str = "/project",
    files: FileSnapshots | None = None,
    variables: VariableStore | None = None,
) -> AsyncGenerator[Bench]:
    """Open a session; close it at the end. `in_its_place`: a kernel that it has instead of the toy."""
    catalog = catalog or MemoryCatalog()
    journal = journal or await catalog.create(folder=folder, model="scripted")
    model, kernel = ScriptedModel(scripts), kernel or ToyKernel()
    seat = ModelSeat("scripted", lambda name: SeatedModel(model, action_format, 100_000))
    controller = await open_session(
        journal,
        await read_transcript(journal),
        kernel=in_its_place or kernel,
        seat=seat,
        config=config or Config(),
        folder=folder,
        variables=variables,
        files=files,
        book=book,
        asks_hosts=True,
        rehearsal_files=rehearsal_files,
    )
    made = Bench(controller, model, kernel, catalog)
    stop = controller.listen(made.hear)
    try:
        yield made
    finally:
        await controller.close()
        stop()


def texts(outputs: Iterable[Output]) -> str:
    return "".join(output.text for output in outputs if isinstance(output, StreamOutput))
