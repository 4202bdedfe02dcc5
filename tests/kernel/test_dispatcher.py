"""The dispatcher against a wire on which the test plays the kernel: order, loss, forgery, death."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from codeact_tui.errors import KernelDied, KernelError
from codeact_tui.kernel import dispatcher as dispatching
from codeact_tui.kernel.answers import InputRequest, NamespaceDiff
from codeact_tui.kernel.dispatcher import Dispatcher
from codeact_tui.kernel.wire import BadMessage, Channel, Message, parse
from codeact_tui.protocol.outputs import Output, StreamOutput
from tests.kernel.helpers import eventually


class PlayedWire:
    """The test puts frames on the channels, and sees what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[Channel, str, dict[str, object]]] = []
        self.closed = False
        self.let_go = asyncio.Event()
        self._queues: dict[Channel, asyncio.Queue[Sequence[bytes]]] = {
            channel: asyncio.Queue() for channel in ("shell", "control", "iopub", "stdin")
        }

    def send(self, channel: Channel, kind: str, content: dict[str, object]) -> str:
        self.sent.append((channel, kind, content))
        return f"m{len(self.sent)}"

    async def receive(self, channel: Channel) -> Sequence[bytes]:
        return await self._queues[channel].get()

    async def parted(self) -> None:
        await self.let_go.wait()

    def sign(self, frames: Sequence[bytes]) -> bytes:
        return hmac.new(b"key", b"".join(frames), hashlib.sha256).hexdigest().encode()

    def close(self) -> None:
        self.closed = True

    def say(self, channel: Channel, kind: str, parent: str, content: object) -> None:
        header = json.dumps({"msg_type": kind, "msg_id": "k1"}).encode()
        self.put(channel, [header, json.dumps({"msg_id": parent}).encode(), b"{}", json.dumps(content).encode()])

    def put(self, channel: Channel, signed: list[bytes]) -> None:
        self.put_raw(channel, [b"topic", b"<IDS|MSG>", self.sign(signed), *signed])

    def put_raw(self, channel: Channel, frames: list[bytes]) -> None:
        self._queues[channel].put_nowait(frames)


class Stage:
    """A dispatcher on a played wire, and what it tells."""

    def __init__(self) -> None:
        self.wire = PlayedWire()
        self.interrupts = 0
        self.busy: list[bool] = []
        self.diffs: list[NamespaceDiff] = []
        self.outputs: list[Output] = []
        self.asked: list[InputRequest] = []
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.dispatcher = Dispatcher(
            self.wire,
            display_bytes=1 << 20,
            interrupt=self.interrupt,
            on_busy=self.busy.append,
            on_variables=self.diffs.append,
        )
        self.dispatcher.start()

    async def interrupt(self) -> None:
        self.interrupts += 1

    async def ask(self, request: InputRequest) -> str:
        self.asked.append(request)
        return await self.answer

    def execute(self, timeout_s: float | None = None) -> "asyncio.Task[object]":
        return asyncio.create_task(self.dispatcher.execute("code", self.outputs.append, self.ask, timeout_s))

    def begin(self, cell: str = "m1") -> None:
        self.wire.say("iopub", "status", cell, {"execution_state": "busy"})
        self.wire.say("iopub", "execute_input", cell, {"execution_count": 7})

    def reply(self, cell: str = "m1", **content: object) -> None:
        self.wire.say("shell", "execute_reply", cell, {"status": "ok", "execution_count": 7, **content})

    def idle(self, cell: str = "m1") -> None:
        self.wire.say("iopub", "status", cell, {"execution_state": "idle"})


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    await made.dispatcher.close()
    assert made.wire.closed


async def settled() -> None:
    """Let all that is on the wire be handled."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("reply_first", [True, False])
async def test_a_cell_is_done_when_both_signs_have_come(stage: Stage, reply_first: bool) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    first, second = (stage.reply, stage.idle) if reply_first else (stage.idle, stage.reply)
    first()
    await settled()
    assert not running.done()
    second()
    result = await running
    assert (getattr(result, "status", ""), getattr(result, "execution_count", 0)) == ("ok", 7)
    assert stage.busy == [True, False]


async def test_a_lost_sign_is_not_waited_for_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "_SILENCE_S", 0.05)
    running = stage.execute()
    await settled()
    stage.begin()
    stage.reply()
    assert getattr(await running, "status", "") == "ok"


async def test_a_cell_that_was_quiet_for_long_keeps_what_comes_after_its_reply(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    await settled()
    monkeypatch.setattr(stage.dispatcher, "_heard_at", -1000.0)
    stage.reply()
    await settled()
    stage.wire.say("iopub", "stream", "m1", {"name": "stdout", "text": "late"})
    stage.idle()
    await running
    assert [output.text for output in stage.outputs if isinstance(output, StreamOutput)] == ["late"]
    assert caplog.text == ""


async def test_what_is_malformed_is_dropped_and_reading_goes_on(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    header = b'{"msg_type": "stream", "msg_id": "k"}'
    deep = b"[" * 100_000 + b"]" * 100_000
    for frames in (
        [],
        [b"<IDS|MSG>"],
        [b"x"] * 40,
        [b"<IDS|MSG>", b"forged", header, b"{}", b"{}", b"{}"],
        [b"<IDS|MSG>", b"\xff\xfe", header, b"{}", b"{}", b"{}"],
    ):
        stage.wire.put_raw("iopub", frames)
    for signed in (
        [b"", b"", b"", b""],
        [b"\xff", b"{}", b"{}", b"{}"],
        [deep, deep, deep, deep],
        [header, b'{"msg_id": 5}', b"{}", b"{}"],
        [header, b'{"msg_id": "m1"}', b"{}", deep],
        [header, b'{"msg_id": "m1"}', b"{}", b'{"name": "stdout", "text": "\\ud800"}'],
        [header, b'{"msg_id": "' + b"m" * 100_000 + b'"}', b"{}", b"{}"],
    ):
        for channel in ("shell", "control", "iopub", "stdin"):
            stage.wire.put(channel, signed)
    stage.wire.say("iopub", "codeact_variables", "m1", {"added": [{"name": 5}]})
    stage.wire.say("shell", "execute_reply", "m1", ["no reply"])
    stage.wire.say("iopub", "stream", "m1", {"name": "stdout", "text": "alive"})
    stage.begin()
    stage.reply()
    stage.idle()
    await running
    assert stage.outputs == [StreamOutput("stdout", "alive")]


async def test_output_of_strangers_is_dropped_and_of_ended_cells_is_not(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    stage.reply()
    stage.idle()
    await running
    stage.wire.say("iopub", "stream", "stranger", {"name": "stdout", "text": "no"})
    stage.wire.say("iopub", "stream", "m1", {"name": "stdout", "text": "late"})
    await settled()
    assert stage.outputs == [StreamOutput("stdout", "late")]


async def test_variables_are_told_after_the_cell_has_ended(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    stage.idle()
    stage.wire.say("iopub", "codeact_variables", "m1", {"total": 3, "removed": ["x\x1b[2J"]})
    await settled()
    assert stage.diffs == []
    stage.reply()
    await running
    await settled()
    assert stage.diffs == [NamespaceDiff(removed=("x",), total=3)]


async def test_a_question_waits_for_what_was_put_out_before_it(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    stage.wire.say("stdin", "input_request", "m1", {"prompt": "Name\x1b]0;x\x07? ", "password": True})
    await settled()
    assert stage.asked == []
    stage.wire.say("iopub", "stream", "m1", {"name": "stdout", "text": "first"})
    stage.wire.say("iopub", "codeact_input", "m1", {})
    await settled()
    assert stage.outputs == [StreamOutput("stdout", "first")]
    assert stage.asked == [InputRequest("Name? ", password=True)]
    stage.answer.set_result("Ada")
    await settled()
    assert stage.wire.sent[-1] == ("stdin", "input_reply", {"value": "Ada"})
    stage.reply()
    stage.idle()
    await running


@pytest.mark.parametrize("error", [EOFError(), ValueError("a mistake of ours"), asyncio.CancelledError()])
async def test_asking_that_ends_without_an_answer_is_the_end_of_input(stage: Stage, error: BaseException) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    stage.wire.say("iopub", "codeact_input", "m1", {})
    stage.wire.say("stdin", "input_request", "m1", {"prompt": ""})
    await settled()
    stage.answer.set_exception(error) if not isinstance(error, asyncio.CancelledError) else stage.answer.cancel()
    await settled()
    assert stage.wire.sent[-1] == ("stdin", "input_reply", {"value": "\x04"})
    stage.reply()
    stage.idle()
    await running


async def test_an_interrupt_waits_until_the_kernel_has_begun_with_the_cell(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    stage.dispatcher.interrupt()
    await settled()
    assert stage.interrupts == 0
    stage.begin()
    await settled()
    assert stage.interrupts == 1
    stage.reply(status="error", ename="KeyboardInterrupt")
    stage.idle()
    assert getattr(await running, "status", "") == "interrupted"
    stage.dispatcher.interrupt()
    await settled()
    assert stage.interrupts == 1


@pytest.mark.parametrize(
    ("interrupted", "reply", "status"),
    [
        (False, {"status": "ok"}, "ok"),
        (False, {"status": "error", "ename": "ValueError"}, "error"),
        (False, {"status": "error", "ename": "KeyboardInterrupt"}, "interrupted"),
        (False, {"status": "error", "ename": "CancelledError"}, "error"),
        (True, {"status": "error", "ename": "CancelledError"}, "interrupted"),
        (True, {"status": "ok"}, "ok"),
        (False, {"status": "aborted"}, "aborted"),
        (False, {"status": "nonsense"}, "error"),
    ],
)
async def test_the_status_is_what_the_reply_says(
    stage: Stage, interrupted: bool, reply: dict[str, object], status: str
) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    await settled()
    if interrupted:
        stage.dispatcher.interrupt()
    await settled()
    stage.wire.say("shell", "execute_reply", "m1", reply)
    stage.idle()
    assert getattr(await running, "status", "") == status


async def test_a_death_ends_everything_that_waits(stage: Stage) -> None:
    running = stage.execute()
    asking = asyncio.create_task(stage.dispatcher.ask("control", "some_request", {}, 600))
    await settled()
    stage.dispatcher.fail(KernelDied("It died.", exit_code=-9))
    for waiting in (running, asking, stage.execute()):
        with pytest.raises(KernelDied):
            await waiting
    assert stage.busy == [True, False]


async def test_what_was_on_its_way_at_a_death_is_still_handed_on(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    for number in range(500):
        stage.wire.say("iopub", "stream", "m1", {"name": "stdout", "text": f"{number} "})
    stage.wire.let_go.set()
    await stage.dispatcher.drain()
    stage.dispatcher.fail(KernelDied("It died."))
    with pytest.raises(KernelDied):
        await running
    assert len(stage.outputs) == 500


async def test_what_comes_slowly_after_a_death_is_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "_PARTED_S", 60.0)
    monkeypatch.setattr(dispatching, "_QUIET_S", 0.0)
    running = stage.execute()
    await settled()
    stage.begin()
    await settled()
    draining = asyncio.create_task(stage.dispatcher.drain())
    for _ in range(1000):  # more than all looks together, if it were not waited for
        await asyncio.sleep(0)
    assert not draining.done()
    stage.wire.say("iopub", "stream", "m1", {"name": "stdout", "text": "last words"})
    stage.wire.let_go.set()
    await draining
    assert stage.outputs == [StreamOutput("stdout", "last words")]
    stage.dispatcher.fail(KernelDied("It died."))
    with pytest.raises(KernelDied):
        await running


async def test_where_another_process_holds_what_the_dead_one_held_it_is_not_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "_PARTED_S", 0.01)
    await stage.dispatcher.drain()


async def test_a_signal_that_was_not_seen_is_asked_after(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "_LOOK_AGAIN_S", (0.0, 0.0))
    running = stage.execute()
    await settled()
    stage.begin()
    await settled()
    stage.dispatcher.interrupt()
    await eventually(lambda: len(stage.wire.sent) == 3)
    assert [(channel, kind) for channel, kind, _ in stage.wire.sent[1:]] == [
        ("control", "codeact_interrupt_request")
    ] * 2
    stage.reply()
    stage.idle()
    await running


async def test_a_request_without_an_answer_is_given_up(stage: Stage) -> None:
    with pytest.raises(KernelError, match=r"did not answer within 0\.01 seconds"):
        await stage.dispatcher.ask("control", "some_request", {}, 0.01)


async def test_a_flood_of_messages_leaves_room_for_others(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    for _ in range(20_000):
        stage.wire.say("iopub", "stream", "m1", {"name": "stdout", "text": "x"})
    turns = 0
    while len(stage.outputs) < 20_000:
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
    stage.reply()
    stage.idle()
    await running


def test_a_message_is_taken_apart() -> None:
    wire = PlayedWire
    signed = [b'{"msg_type": "stream", "msg_id": "k", "more": 1}', b'{"msg_id": "m1"}', b"{}", b'{"text": ""}']
    sign = wire.sign
    frames = [b"a", b"<IDS|MSG>", sign(PlayedWire.__new__(PlayedWire), signed), *signed, b"buffer"]
    assert parse(frames, lambda parts: sign(PlayedWire.__new__(PlayedWire), parts)) == Message(
        "stream", "m1", b'{"text": ""}'
    )
    with pytest.raises(BadMessage):
        parse(frames, lambda parts: b"other")


async def test_a_cell_that_has_ended_is_not_interrupted(stage: Stage) -> None:
    running = stage.execute()
    await settled()
    stage.begin()
    await settled()
    [cell] = stage.dispatcher._cells.values()  # pyright: ignore[reportPrivateUsage]
    cell.finish()
    stage.dispatcher.interrupt()
    await running
    await settled()
    assert stage.interrupts == 0
