"""The line front end on a stage: the real controller over a scripted model, a fake kernel and sessions in memory."""

import asyncio
import io
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from codeact_tui.config.schema import Config, InterfaceConfig
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.line.run import Streams, run_line
from codeact_tui.model.scripted import Script, ScriptedModel
from codeact_tui.protocol.events import Envelope, Event
from codeact_tui.protocol.ids import SessionId
from codeact_tui.session.base import ModelOffer, Session
from codeact_tui.session.controller import SessionController
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.session.rehearsal_files import RehearsalFiles
from codeact_tui.store.base import SearchHit, SessionSummary
from codeact_tui.store.memory import MemoryCatalog
from tests.e2e.screen import EmulatedScreen
from tests.e2e.terminal import KEYS

SOON_S = 120.0
"""Longer than anything here may take."""

QUESTION = "Run [1]? y run · d dry run · e edit · n reject · f say why · a always · t turn · c careful"


def act(code: str, words: str = "Let me see.") -> str:
    """A reply with an action."""
    return f"{words}\n<execute>\n{code}\n</execute>"


@dataclass
class Stage:
    """A desk whose sessions have no process and no disk. Implements `Desk`.

    Attributes:
        scripts: What the model replies, in order, whichever session asks.
        kernel: Runs the cells of the first session; others get one of their own.
        config: The settings.
        catalog: The sessions.
    """

    scripts: Iterable[Script] = ()
    kernel: FakeKernel = field(default_factory=FakeKernel)
    config: Config = field(default_factory=Config)
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    controllers: list[SessionController] = field(default_factory=list[SessionController])
    events: list[Event] = field(default_factory=list[Event])
    closed: bool = False
    folder: str = "/project"
    rehearsal_files: RehearsalFiles | None = None

    def __post_init__(self) -> None:
        self.model = ScriptedModel(self.scripts)

    async def connect(self) -> tuple["Stage", Session]:
        """Open the desk and a first session."""
        return self, await self.open()

    async def open(self, session: SessionId | None = None) -> Session:
        """Open a session, or make one."""
        catalog = self.catalog
        journal = await (
            catalog.open(session) if session else catalog.create(folder=self.folder, model=self.model.info.name)
        )
        controller = await open_session(
            journal,
            await read_transcript(journal),
            kernel=FakeKernel() if self.controllers else self.kernel,
            seat=ModelSeat("scripted", lambda _: SeatedModel(self.model, "execute", 100_000)),
            config=self.config,
            folder=self.folder,
            asks_hosts=True,
            rehearsal_files=self.rehearsal_files,
        )
        controller.listen(self._hear)
        self.controllers.append(controller)
        return controller

    def _hear(self, envelopes: Iterable[Envelope]) -> None:
        self.events += [envelope.event for envelope in envelopes]

    async def sessions(self, *, everywhere: bool = False) -> list[SessionSummary]:
        """List the sessions."""
        return await self.catalog.sessions(folder=None if everywhere else self.folder)

    async def search(self, query: str) -> list[SearchHit]:
        """Search in all sessions."""
        return await self.catalog.search(query)

    async def rename(self, session: SessionId, title: str) -> None:
        """Give a session a title."""
        await self.catalog.rename(session, title)

    async def delete(self, session: SessionId) -> None:
        """Remove a session."""
        await self.catalog.delete(session)

    async def models(self) -> list[str]:
        """Name the models."""
        return ["demo", "scripted"]

    async def offers(self, *, unasked: bool = False) -> list[ModelOffer]:
        """Offer the models when asked."""
        return [] if unasked else [ModelOffer(name) for name in await self.models()]

    async def export(self, session: SessionId, words: str) -> tuple[str, ...]:
        """Write nothing; say what was asked for."""
        return (f"Written {words} of {session}.",)

    async def put_off(self) -> None:
        """Nothing was offered."""

    async def remember(self, setting: str, value: str) -> str:
        """Keep nothing."""
        return f"{setting} is {value} nowhere."

    async def close(self) -> None:
        """Close the catalog."""
        self.closed = True
        await self.catalog.close()

    def count(self, kind: type[Event]) -> int:
        """Count the events of a kind."""
        return sum(isinstance(event, kind) for event in self.events)


async def converse(
    stage: Stage, script: str, *, first_prompt: str | None = None, stdout: TextIO | None = None
) -> tuple[str, int]:
    """Run a whole session whose standard input is a pipe; give what was written, and the exit code."""
    reading, writing = os.pipe()
    out = stdout or io.StringIO()
    with os.fdopen(reading) as stdin:
        writer = asyncio.create_task(asyncio.to_thread(_write_all, writing, script))
        async with asyncio.timeout(SOON_S):
            code = await run_line(
                stage.connect,
                interface=stage.config.interface,
                first_prompt=first_prompt,
                streams=Streams(stdin, out, environment={"TERM": "xterm-256color"}),
            )
    await writer
    return out.getvalue() if isinstance(out, io.StringIO) else "", code


def _write_all(fd: int, text: str) -> None:
    with suppress(BrokenPipeError), os.fdopen(fd, "w") as stream:
        stream.write(text)


class Window(io.StringIO):
    """A terminal's window: what is written is drawn."""

    def __init__(self, screen: EmulatedScreen, drawn: asyncio.Event) -> None:
        super().__init__()
        self._screen = screen
        self._drawn = drawn

    def write(self, text: str) -> int:
        self._screen.feed(text.replace("\n", "\r\n").replace("\r\r\n", "\r\n").encode())
        self._drawn.set()
        return len(text)


class Person:
    """Somebody at a terminal."""

    def __init__(self, keys: PipeInput, screen: EmulatedScreen, drawn: asyncio.Event) -> None:
        self._keys = keys
        self._drawn = drawn
        self.screen = screen

    def types(self, keys: str) -> None:
        """Press keys; those with names as `<name>`."""
        for name, sent in KEYS.items():
            keys = keys.replace(f"<{name}>", sent)
        self._keys.send_text(keys)

    @property
    def view(self) -> str:
        """What stands on the screen, and what scrolled off it."""
        return "\n".join([*self.screen.scrolled, *self.screen.drawn()]).rstrip()

    async def sees(self, wanted: str | Callable[[str], bool]) -> str:
        """Wait until a text stands on the screen, or something holds of what does."""
        try:
            async with asyncio.timeout(SOON_S):
                while not (wanted in self.view if isinstance(wanted, str) else wanted(self.view)):
                    self._drawn.clear()
                    await self._drawn.wait()
        except TimeoutError:
            raise AssertionError(f"not seen: {wanted!r}\n{self.view}") from None
        return self.view

    async def does_not_see(self, unwanted: str) -> str:
        """Wait until a text stands on the screen no more."""
        return await self.sees(lambda view: unwanted not in view)


@asynccontextmanager
async def at_terminal(
    stage: Stage,
    *,
    first_prompt: str | None = None,
    environment: Mapping[str, str] | None = None,
    connect: Callable[[], object] | None = None,
) -> AsyncGenerator[tuple[Person, "asyncio.Task[int]"]]:
    """Sit somebody at a terminal; gives the person and the running front end, whose result is the exit code."""
    drawn = asyncio.Event()
    screen = EmulatedScreen(100, 40, answer=lambda _: None)
    window = Window(screen, drawn)
    with create_pipe_input() as keys:
        output = Vt100_Output(window, lambda: Size(rows=40, columns=100), term="xterm-256color", enable_cpr=False)
        streams = Streams(io.StringIO(), window, environment or {"TERM": "xterm-256color"}, keys, output)
        front = asyncio.create_task(
            run_line(
                connect or stage.connect,  # pyright: ignore[reportArgumentType]
                interface=stage.config.interface,
                first_prompt=first_prompt,
                streams=streams,
            )
        )
        try:
            yield Person(keys, screen, drawn), front
        finally:
            if not front.done():
                front.cancel()
            await asyncio.wait([front], timeout=SOON_S)


def at_once() -> Config:
    """Settings in which keys answer without a wait."""
    return Config(interface=InterfaceConfig(approval_delay_ms=0))


async def ask_and_see(person: Person, prompt: str = "go") -> None:
    """Type a prompt, and wait until the action that answers it is asked about."""
    await person.sees("›")
    person.types(f"{prompt}<enter>")
    await person.sees(QUESTION)
