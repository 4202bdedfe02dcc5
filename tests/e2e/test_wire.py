"""Whole turns against a local server that speaks the OpenAI protocol, through both clients, with every fault."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from codeact_tui.config.loading import Loaded
from codeact_tui.config.options import ChatOptions
from codeact_tui.config.schema import Config, ModelConfig, SessionConfig
from codeact_tui.desk import ChatDesk
from codeact_tui.model.base import Delta
from codeact_tui.model.stall import with_stall_timeout
from codeact_tui.protocol.events import (
    CellFinished,
    Envelope,
    Event,
    Failed,
    ModelReplied,
    ReplyDelta,
    RetryScheduled,
    TurnFinished,
)
from codeact_tui.protocol.ops import Interrupt, SubmitPrompt
from codeact_tui.session import asking
from codeact_tui.session.base import Session
from codeact_tui.store.memory import MemoryCatalog
from tests.openai_script import Comment, Data, EndEarly, Fail, Reply, Reset, Stall, Streamed, overflow, refusal, text
from tests.openai_server import OpenAIServer

pytestmark = [pytest.mark.kernel, pytest.mark.e2e]

ACTION = "I count.\n<execute>\nprint(6 * 7)\n"


@asynccontextmanager
async def chat(server: OpenAIServer, folder: Path, client: str) -> AsyncGenerator[Session]:
    model = {
        "name": "openai/test",
        "base_url": server.base_url,
        "client": client,
        "api_key_env": "TEST_KEY",
        "retries": 1,
        "stall_seconds": 120.0,
    }
    config = Config(model=msgspec.convert(model, ModelConfig), session=SessionConfig(policy="all"))
    options = ChatOptions(loaded=Loaded(config), folder=folder)
    desk = ChatDesk(options, MemoryCatalog(), environment={"TEST_KEY": "sk-" + "a" * 30})
    session = await desk.open()
    try:
        yield session
    finally:
        await session.close()
        await desk.close()


async def turn(session: Session, prompt: str, *, interrupt_at: type[Event] | None = None) -> list[Event]:
    """Ask, and give the turn's events."""
    events: list[Event] = []
    over = asyncio.Event()

    def hear(envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            events.append(envelope.event)
            if isinstance(envelope.event, TurnFinished):
                over.set()
            if interrupt_at is not None and isinstance(envelope.event, interrupt_at):
                session.send(Interrupt())

    leave = session.listen(hear)
    session.send(SubmitPrompt(prompt))
    async with asyncio.timeout(300):
        await over.wait()
    leave()
    return events


def soon_stalled(stream: AsyncIterator[Delta], seconds: float) -> AsyncGenerator[Delta]:
    assert seconds == 120.0
    return with_stall_timeout(stream, 0.5)


def ended(events: list[Event]) -> str:
    return next(event.reason for event in events if isinstance(event, TurnFinished))


def failures(events: list[Event]) -> list[str]:
    return [event.error for event in events if isinstance(event, Failed)]


FAULTS: list[tuple[Reply, str]] = [
    (refusal(401, "wrong key"), "ModelAuthFailed"),
    (refusal(404, "no such model"), "ModelNotFound"),
    (overflow(), "ContextOverflow"),
    (Streamed(("Let ", Data("{not json"))), "ModelBadStream"),
    (Stall(), "ModelStalled"),
    (Streamed(("Let me", Stall())), "ModelStalled"),
]
RETRIED: list[Reply] = [
    refusal(429, "slow down", headers={"Retry-After": "0"}),
    refusal(500, "oops"),
    refusal(503, "busy"),
    Reset(),
    Streamed(("Let ", Reset())),
    Streamed(("Let ", EndEarly())),
    Streamed(("Let ", Fail("the engine is overloaded", 503))),
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("client", ["openai", "litellm"])
async def test_a_session_lives_through_every_fault(
    tmp_path: Path, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OpenAIServer() as server, chat(server, tmp_path, client) as session:
        server.replies += [text(ACTION), Streamed((Comment(), "It is ", "42."), usage=(21, 4))]
        events = await turn(session, "six times seven?")
        assert ended(events) == "answer"
        assert [event.status for event in events if isinstance(event, CellFinished)] == ["ok"]
        assert server.requests[-1].body["messages"][-1]["content"] == "Execution Output:\n42"
        replies = [event for event in events if isinstance(event, ModelReplied)]
        assert (replies[-1].usage.input_tokens, replies[-1].usage.cost_usd) == (21, None)

        for fault, error in FAULTS:
            server.replies += [fault]
            with monkeypatch.context() as patch:
                if error == "ModelStalled":
                    patch.setattr(asking, "with_stall_timeout", soon_stalled)
                events = await turn(session, "and now?")
            assert (ended(events), failures(events)) == ("failed", [error]), error
            [failed] = [event for event in events if isinstance(event, Failed)]
            assert failed.message
            assert "\n" not in failed.message
            assert "aaaaaaaa" not in failed.message

        for fault in RETRIED:
            server.replies += [fault, text("Back again.")]
            events = await turn(session, "still there?")
            assert ended(events) == "answer", fault
            assert sum(isinstance(event, RetryScheduled) for event in events) == 1, fault

        server.replies += [Streamed(("Let me think ", Stall()))]
        events = await turn(session, "stop", interrupt_at=ReplyDelta)
        assert ended(events) == "interrupted"
        async with asyncio.timeout(120):
            await server.requests[-1].disconnected.wait()
