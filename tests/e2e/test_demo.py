"""Every task of the demo, on the real kernel, through the same wiring as `codeact chat`."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from codeact_tui.config.loading import Loaded
from codeact_tui.config.options import ChatOptions
from codeact_tui.config.schema import Config, ModelConfig, SessionConfig
from codeact_tui.desk import ChatDesk
from codeact_tui.model.demo_tasks import TASKS, Task
from codeact_tui.protocol.events import CellOutput, CellStarted, Envelope, Event, InputRequested, TurnFinished
from codeact_tui.protocol.ops import AnswerInput, Interrupt, SubmitPrompt
from codeact_tui.protocol.outputs import DisplayData, StreamOutput
from codeact_tui.session.base import Session
from codeact_tui.session.entries import ReplyEntry
from codeact_tui.store.sqlite import SqliteCatalog

pytestmark = [pytest.mark.kernel, pytest.mark.e2e]


class Ears:
    """Hears a session, answers its questions, stops what is slow."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.events: list[Event] = []
        self.over = asyncio.Event()
        self.leave = session.listen(self.hear)

    def hear(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            event = envelope.event
            self.events.append(event)
            if isinstance(event, InputRequested):
                self.session.send(AnswerInput(event.action, "Ada"))
            elif (
                isinstance(event, CellOutput) and isinstance(event.output, StreamOutput) and "1 s" in event.output.text
            ):
                self.session.send(Interrupt())
            elif isinstance(event, TurnFinished):
                self.over.set()


@asynccontextmanager
async def chat(folder: Path, **model: str) -> AsyncGenerator[Session]:
    config = Config(model=msgspec.convert({"name": "demo", **model}, ModelConfig), session=SessionConfig(policy="all"))
    options = ChatOptions(loaded=Loaded(config), folder=folder)
    desk = ChatDesk(options, SqliteCatalog(folder / "store" / "sessions.db"))
    session = await desk.open()
    try:
        yield session
    finally:
        await session.close()
        await desk.close()


async def play(session: Session, prompt: str) -> tuple[Ears, str]:
    ears = Ears(session)
    session.send(SubmitPrompt(prompt))
    async with asyncio.timeout(300):
        await ears.over.wait()
    ears.leave()
    replies = [entry.reply.text for entry in session.transcript.entries if isinstance(entry, ReplyEntry)]
    return ears, replies[-1]


EXPECTED = {
    "arithmetic": "3682913",
    "a first cell that fails and is mended": "Mended: 3 prices, mean 14.75",
    "a CSV into a data frame": "East",
    "a plot": "There it is",
    "files": "The note is written",
    "a long output with a progress bar": "is one line now",
    "a slow cell to stop": "This takes a minute",
    "a question from a cell": "Hello, Ada!",
    "variables of many kinds": "Four variables are new",
}


@pytest.mark.parametrize("action_format", ["execute", "fenced", "tool"])
async def test_every_task_runs_to_its_answer(tmp_path: Path, action_format: str) -> None:
    tasks: Sequence[Task] = TASKS if action_format == "execute" else TASKS[:2]
    async with chat(tmp_path, action_format=action_format) as session:
        for task in tasks:
            ears, answer = await play(session, task.ask)
            assert EXPECTED[task.title] in answer, task.title
            cells = sum(isinstance(event, CellStarted) for event in ears.events)
            assert cells == len(task.moves), task.title
            if task.title == "a plot":
                displays = [event.output for event in ears.events if isinstance(event, CellOutput)]
                assert any(isinstance(output, DisplayData) and "image/png" in output.data for output in displays)


async def test_the_demo_says_what_it_is(tmp_path: Path) -> None:
    async with chat(tmp_path) as session:
        _, answer = await play(session, "hello there")
        assert "a script, not a model" in answer
