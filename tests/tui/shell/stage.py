"""The real screen over the real controller, with a scripted model, a kernel without a process and a store in memory."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from codeact_tui.config.schema import Config, InterfaceConfig, SessionConfig
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.model.scripted import Script, ScriptedModel
from codeact_tui.protocol.events import StoredEvent
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Op
from codeact_tui.session.base import Desk, ModelOffer, Session
from codeact_tui.session.controller import SessionController
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.forking import Branch
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.session.permission_book import NoBook, PermissionBook
from codeact_tui.session.rehearsal_files import RehearsalFiles
from codeact_tui.store.base import SearchHit, SessionSummary
from codeact_tui.store.memory import MemoryCatalog
from codeact_tui.tui.action_table import REGISTRY
from codeact_tui.tui.app import CodeActApp
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.screens.main import MainScreen

FOLDER = "/home/ada/sales"


@dataclass
class StageDesk:
    """A desk over memory; keeps the Ops that its sessions were sent."""

    config: Config
    scripts: list[Script]
    ops: list[Op] = field(default_factory=list[Op])
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    opened: list[SessionController] = field(default_factory=list[SessionController])
    kernel: FakeKernel = field(default_factory=FakeKernel)
    model: ScriptedModel = field(default_factory=ScriptedModel)
    unasked: bool = False
    """Models are worth asking about at once."""
    left: int = 0
    """How often the choice of a model was put off."""
    book: PermissionBook = field(default_factory=NoBook)
    rehearsal_files: RehearsalFiles | None = None
    """Keeps the files for dry runs."""
    remembered: dict[str, str] = field(default_factory=dict[str, str])

    async def open(self, session: SessionId | None = None) -> Session:
        if session is None:
            journal = await self.catalog.create(folder=FOLDER, model="scripted")
        else:
            journal = await self.catalog.open(session)
        self.model.scripts[:] = self.scripts
        self.kernel = FakeKernel() if self.opened else self.kernel
        seat = ModelSeat("scripted", lambda name: SeatedModel(self.model, "execute", 100_000))
        transcript = await read_transcript(journal)
        opened = await open_session(
            journal,
            transcript,
            kernel=self.kernel,
            seat=seat,
            config=self.config,
            folder=FOLDER,
            book=self.book,
            asks_hosts=True,
            branches=self,
            rehearsal_files=self.rehearsal_files,
        )
        self.opened.append(opened)
        self._record_ops(opened)
        return opened

    async def make(self, session: SessionId, until: int) -> Branch:
        """Make a fork, without variables."""
        return Branch(await self.catalog.fork(session, until=until, folder=FOLDER, model="scripted"))

    async def discard(self, session: SessionId) -> None:
        await self.catalog.delete(session)

    def _record_ops(self, session: SessionController) -> None:
        send = session.send

        def sent(op: Op) -> None:
            self.ops.append(op)
            send(op)

        session.send = sent  # type: ignore[method-assign]

    async def record(self, *events: StoredEvent) -> None:
        """Have things happen in the newest session that no Op was sent for."""
        await self.opened[-1]._ledger.record(*events)  # pyright: ignore[reportPrivateUsage]

    async def sessions(self, *, everywhere: bool = False) -> list[SessionSummary]:
        return await self.catalog.sessions(folder=None if everywhere else FOLDER)

    async def search(self, query: str) -> list[SearchHit]:
        return await self.catalog.search(query)

    async def rename(self, session: SessionId, title: str) -> None:
        await self.catalog.rename(session, title)

    async def delete(self, session: SessionId) -> None:
        await self.catalog.delete(session)

    async def models(self) -> list[str]:
        return ["ollama_chat/qwen3", "openai/gpt-4.1", "demo"]

    async def offers(self, *, unasked: bool = False) -> list[ModelOffer]:
        whys = ["Ollama is running", "OPENAI_API_KEY is set", "scripted, offline"]
        found = [ModelOffer(name, why) for name, why in zip(await self.models(), whys, strict=True)]
        return found if self.unasked or not unasked else []

    async def export(self, session: SessionId, words: str) -> tuple[str, ...]:
        """Write nothing; say what was asked for."""
        return (f"Written {words} of {session}.",)

    async def put_off(self) -> None:
        self.left += 1

    async def remember(self, setting: str, value: str) -> str:
        self.remembered[setting] = value
        return "Kept in ~/.config/codeact/config.toml."

    async def close(self) -> None:
        """Nothing: a test may go on with what is kept."""


@dataclass
class Stage:
    """A running screen, and what a test asks of it."""

    app: CodeActApp
    pilot: Pilot[int]
    desk: StageDesk

    @property
    def screen(self) -> MainScreen:
        return self.app.main

    @property
    def ops(self) -> list[Op]:
        return self.desk.ops

    @property
    def kernel(self) -> FakeKernel:
        return self.desk.kernel

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the application work until something holds."""
        for _ in range(3000):
            await self.pilot.pause()
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"it never came to be: {what or condition}")

    async def type(self, text: str) -> None:
        """Press the keys of a text, one after the other."""
        await self.pilot.press(*("space" if char == " " else char for char in text))

    async def say(self, text: str) -> None:
        """Type a prompt and send it."""
        await self.type(text)
        await self.pilot.press("enter")

    async def ask(self, text: str = "go") -> ActionRecord:
        """Send a prompt and wait until its first cell waits and may be answered."""
        await self.say(text)
        return await self.question()

    async def question(self) -> ActionRecord:
        """Wait until a cell waits, is on the screen, and a key may answer."""
        await self.until(lambda: self.screen.situation().question and self.screen.situation().answerable, "a question")
        record = self.screen.record()
        assert record is not None
        return record

    async def idle(self) -> None:
        """Wait until nothing goes on."""
        await self.until(lambda: self.screen.live.state == "idle" and not self.screen.bridge.busy, "idle")

    def lines(self) -> list[str]:
        """Give what is on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines())

    async def shows(self, *words: str) -> None:
        """Wait until these words are on the screen."""
        await self.until(lambda: all(word in self.text for word in words), f"{words} in\n{self.text}")


def cell(code: str, words: str = "Let me see.") -> str:
    """Write a reply with a cell."""
    return f"{words}\n<execute>\n{code}\n</execute>"


def interface(**changes: object) -> InterfaceConfig:
    """Give settings under which nothing moves and keys answer at once."""
    return msgspec.structs.replace(InterfaceConfig(approval_delay_ms=0, reduced_motion=True), **changes)


@asynccontextmanager
async def stage(
    *scripts: Script,
    size: tuple[int, int] = (120, 36),
    settings: InterfaceConfig | None = None,
    session: SessionConfig | None = None,
    desk: StageDesk | None = None,
    connect: Callable[[], Awaitable[tuple[Desk, Session | None]]] | None = None,
    first_prompt: str | None = None,
    theme_dirs: Sequence[Path] = (),
    clock: Callable[[], float] = time.time,
    registry: Registry = REGISTRY,
) -> AsyncGenerator[Stage]:
    """Show the screen, wait until the kernel is up, and take everything down afterwards."""
    desk = desk or StageDesk(Config(session=session or SessionConfig()), list(scripts))

    async def open_both() -> tuple[Desk, Session | None]:
        return desk, await desk.open()

    app = CodeActApp(
        connect or open_both,
        settings or interface(),
        first_prompt=first_prompt,
        theme_dirs=theme_dirs,
        clock=clock,
        registry=registry,
    )
    async with app.run_test(size=size) as pilot:
        play = Stage(app, pilot, desk)
        if connect is None:
            await play.until(lambda: play.screen.live.kernel == "idle", "the kernel is up")
        yield play
    await app.main.link.close()
