"""What the sandbox refused a cell: recorded with its end, told to the model once, and still there when opened again."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.kernel.base import Kernel
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Raise
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.events import CellFinished, CellOutput, Event, OutputTruncated, SandboxRefused
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import RunUserCode, SubmitPrompt
from codeact_tui.protocol.outputs import ErrorOutput, StreamOutput
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import Mechanism, SandboxPolicy
from codeact_tui.session.controller import SessionController
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.session.outputs import OutputLog
from codeact_tui.session.refusing import refusal_texts, said_to_model, said_to_user
from codeact_tui.store.base import Journal
from codeact_tui.store.memory import MemoryCatalog
from tests.sandbox.mechanisms import working_mechanisms
from tests.session.bench import act

POLICY = SandboxPolicy("/work/project", homes=("/home/me",))
READ_ONLY = "[Errno 30] Read-only file system: '/data/x'"
WRITING = Refusal("writing /data/x", "writable", "/data")
SAID = (
    'the sandbox refused writing /data/x; `sandbox.writable = ["/data"]` in your config.toml allows it, '
    "from the next start on"
)
TOLD = "[The sandbox refused writing /data/x; other ways will fail too, only the user can allow it.]"


@asynccontextmanager
async def session(
    kernel: Kernel, *scripts: str, journal: Journal | None = None
) -> AsyncGenerator[tuple[SessionController, ScriptedModel, list[Event]]]:
    """A session whose cells all run by themselves."""
    journal = journal or await MemoryCatalog().create(folder="/work/project", model="scripted")
    model, events = ScriptedModel(scripts), list[Event]()
    controller = await open_session(
        journal,
        await read_transcript(journal),
        kernel=kernel,
        seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
        config=Config(session=SessionConfig(policy="all")),
        folder="/work/project",
    )
    controller.listen(lambda envelopes: events.extend(envelope.event for envelope in envelopes))
    try:
        yield controller, model, events
    finally:
        await controller.close()


async def until(controller: SessionController, condition: Callable[[], object]) -> None:
    """Wait for something that an event brings."""
    heard = asyncio.Event()
    stop = controller.listen(lambda _: heard.set())
    async with asyncio.timeout(120):
        while not condition():
            heard.clear()
            await heard.wait()
    stop()


def confined(*steps: Raise | StreamOutput) -> FakeKernel:
    kernel = FakeKernel({"go()": steps})
    kernel.sandbox = POLICY
    return kernel


async def refused_in(kernel: FakeKernel) -> tuple[list[Event], str]:
    """Run the model's cell; give the last events of the cell, and what the model was shown of it."""
    async with session(kernel, act("go()"), "I see.") as (controller, model, events):
        controller.send(SubmitPrompt("go"))
        await until(controller, lambda: len(model.requests) == 2 and controller.state == "idle")
        kinds = (SandboxRefused, CellFinished)
        return [each for each in events if isinstance(each, kinds)], model.requests[1].messages[-1].content


async def test_what_was_refused_is_recorded_with_the_cells_end_and_told_to_the_model() -> None:
    [refused, finished], shown = await refused_in(confined(Raise("OSError", READ_ONLY)))
    assert refused == SandboxRefused(ActionId("a1"), (WRITING,))
    assert isinstance(finished, CellFinished)
    assert shown.splitlines()[-1] == TOLD


async def test_a_cell_that_ends_well_or_fails_by_itself_is_told_nothing() -> None:
    for kernel in (confined(StreamOutput("stderr", READ_ONLY)), confined(Raise("ValueError", "no"))):
        [finished], shown = await refused_in(kernel)
        assert isinstance(finished, CellFinished)
        assert "sandbox" not in shown
    without = confined(Raise("OSError", READ_ONLY))
    without.sandbox = None
    assert len((await refused_in(without))[0]) == 1


async def test_what_is_printed_counts_only_where_the_error_says_nothing_itself() -> None:
    touch = StreamOutput("stderr", "touch: cannot touch '/data/x': Read-only file system\n")
    [refused, _], _ = await refused_in(confined(touch, Raise("CalledProcessError", "exit status 1")))
    assert refused == SandboxRefused(ActionId("a1"), (WRITING,))
    assert len((await refused_in(confined(touch, Raise("ValueError", "no"))))[0]) == 1


async def test_it_is_there_when_the_session_is_opened_again() -> None:
    catalog = MemoryCatalog()
    journal = await catalog.create(folder="/work/project", model="scripted")
    kernel = confined(Raise("OSError", READ_ONLY))
    async with session(kernel, journal=journal) as (controller, _, events):
        controller.send(RunUserCode("go()"))
        await until(controller, lambda: any(isinstance(each, CellFinished) for each in events))
    journal = await catalog.open(journal.session)
    async with session(FakeKernel(), journal=journal) as (controller, _, _):
        assert controller.transcript.actions[ActionId("a1")].refusals == (WRITING,)


def test_the_event_is_written_and_read() -> None:
    event = SandboxRefused(ActionId("a1"), (WRITING, Refusal("reading /x", why="closed", certain=False)))
    assert decode_event(encode(event)) == event


def test_what_is_not_recorded_yet_is_looked_at_too() -> None:
    log = OutputLog()
    log.add(StreamOutput("stdout", "first\n"))
    a1 = ActionId("a1")
    rest = [
        CellOutput(a1, StreamOutput("stderr", "second\n")),
        CellOutput(a1, ErrorOutput("CalledProcessError", "1", ("\x1b[31mTraceback\x1b[0m", "CalledProcessError: 1"))),
        OutputTruncated(a1, 9, 0, "tail"),
    ]
    assert refusal_texts(log, rest) == [
        "\x1b[31mTraceback\x1b[0m\nCalledProcessError: 1",
        "first\nsecond\ntail",
    ]
    assert refusal_texts(log, []) == []


def test_the_sentences() -> None:
    closed = Refusal("writing /home/me/.ssh/x", why="keys lie there")
    maybe = Refusal("reading /home/me/d/a", "readable", "/home/me/d", certain=False)
    assert said_to_user(WRITING) == SAID
    assert said_to_user(closed) == "the sandbox refused writing /home/me/.ssh/x"
    assert said_to_user(maybe).startswith("the sandbox may have refused reading /home/me/d/a; `sandbox.readable")
    assert said_to_user(Refusal("reading /w/.env", "hidden", ".env")) == "the sandbox refused reading /w/.env"
    assert said_to_model(()) == ""
    assert said_to_model((closed,)) == (
        "[The sandbox refused writing /home/me/.ssh/x; other ways will fail too, it stays closed.]"
    )
    assert said_to_model((maybe,)) == (
        "[The sandbox may have refused reading /home/me/d/a; if so, other ways will fail too, "
        "only the user can allow it.]"
    )
    assert "writing /data/x and 3 more; other" in said_to_model((WRITING,) * 6)


def test_hostile_paths_are_visible_and_short() -> None:
    evil = Refusal(f"writing /data/\u202e\x1b[31m\nx{'y' * 9000}", "writable", "/data/\u202e\n")
    for said in (said_to_user(evil), said_to_model((evil,) * 8)):
        assert "⟨U+202E⟩" in said
        assert "\x1b" not in said
        assert "\n" not in said
        assert len(said) < 900


# -- for real


@pytest.mark.kernel
@pytest.mark.parametrize("mechanism", working_mechanisms())
async def test_in_a_real_sandbox_the_grant_that_is_told_mends_the_cell(mechanism: Mechanism, tmp_path: Path) -> None:
    outside, workspace, home = (tmp_path / name for name in ("outside", "workspace", "home"))
    for folder in (outside, workspace, home):
        folder.mkdir()
    code = f"open({str(outside / 'new.csv')!r}, 'w').write('x')"
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}

    def kernel(*writable: str) -> JupyterKernel:
        wanted = SandboxSettings(cast("SandboxMode", mechanism), writable=writable)
        return JupyterKernel(workspace, sandbox=wanted, environment=environment)

    async with session(kernel(), act(code), "I see.") as (controller, model, events):
        controller.send(SubmitPrompt("go"))
        await until(controller, lambda: len(model.requests) == 2 and controller.state == "idle")
        [refused] = [each for each in events if isinstance(each, SandboxRefused)]
        [refusal] = refused.refusals
        assert (refusal.setting, refusal.value) == ("writable", str(outside))
        assert f" refused writing {outside / 'new.csv'};" in model.requests[1].messages[-1].content
    async with session(kernel(refusal.value), act(code), "Done.") as (controller, model, events):
        controller.send(SubmitPrompt("go"))
        await until(controller, lambda: len(model.requests) == 2 and controller.state == "idle")
        assert [each.status for each in events if isinstance(each, CellFinished)] == ["ok"]
        assert not any(isinstance(each, SandboxRefused) for each in events)
    assert (outside / "new.csv").read_text() == "x"
