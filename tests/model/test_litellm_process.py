"""The litellm worker as a process: it may die, hang or talk nonsense, and it never outlives the application."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from codeact_tui.errors import ModelUnavailable
from codeact_tui.model import litellm_process
from codeact_tui.model.base import Delta, Finished, Message, ModelInfo, Request, TextDelta
from codeact_tui.model.litellm_client import LiteLLMClient
from codeact_tui.model.litellm_process import LiteLLMProcess
from tests.model.conftest import quiet_environment

pytestmark = pytest.mark.xdist_group("litellm")

TINY = (sys.executable, "-m", "tests.model.tiny_worker")
ASK = Request((Message("user", "Hello?"),))


@pytest_asyncio.fixture
async def tiny() -> AsyncIterator[LiteLLMProcess]:
    process = LiteLLMProcess(os.environ, silence_s=60.0, command=TINY)
    yield process
    await process.close()


def client(process: LiteLLMProcess, model: str = "tiny") -> LiteLLMClient:
    return LiteLLMClient(ModelInfo(model), model=model, environment={}, process=process)


async def ask(model: LiteLLMClient) -> str:
    return "".join([delta.text async for delta in model.stream(ASK) if isinstance(delta, TextDelta)])


@pytest.mark.parametrize(
    ("sent", "words"), [(signal.SIGKILL, r"died \(exit code -9\)"), (signal.SIGSTOP, "hung and was ended")]
)
async def test_a_worker_that_is_lost_is_told_of_and_replaced(
    tiny: LiteLLMProcess, sent: signal.Signals, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = client(tiny, "halting").stream(ASK)
    assert await anext(stream) == TextDelta("one ")
    before = tiny.pid
    assert before is not None
    if sent == signal.SIGSTOP:
        monkeypatch.setattr(tiny, "_silence_s", 0.1)
    os.kill(before, sent)
    with pytest.raises(ModelUnavailable, match=words) as caught:
        await anext(stream)
    assert caught.value.remedy
    monkeypatch.undo()
    assert await ask(client(tiny)) == "one two"
    assert tiny.pid not in {None, before}
    assert not psutil.pid_exists(before)


async def test_a_worker_that_dies_between_requests_is_replaced(tiny: LiteLLMProcess) -> None:
    assert await ask(client(tiny)) == "one two"
    before = tiny.pid
    assert before is not None
    psutil.Process(before).kill()
    async with asyncio.timeout(120):
        while tiny.pid is not None:  # noqa: ASYNC110  (nothing is told of a death between requests)
            await asyncio.sleep(0.005)
    assert await ask(client(tiny)) == "one two"
    assert tiny.pid != before


async def test_every_request_of_a_lost_worker_fails(tiny: LiteLLMProcess) -> None:
    streams = [client(tiny, "halting").stream(ASK) for _ in range(3)]
    for stream in streams:
        assert await anext(stream) == TextDelta("one ")
    assert tiny.pid is not None
    os.kill(tiny.pid, signal.SIGKILL)
    for stream in streams:
        with pytest.raises(ModelUnavailable):
            await anext(stream)


async def test_a_quiet_provider_is_no_hung_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    ping = litellm_process._Running.ping  # pyright: ignore[reportPrivateUsage]

    def note(running: Any) -> None:
        asked.append(running)
        ping(running)

    monkeypatch.setattr(litellm_process._Running, "ping", note)  # pyright: ignore[reportPrivateUsage]
    eager = LiteLLMProcess(os.environ, silence_s=2.0, command=TINY)
    stream = client(eager, "halting").stream(ASK)
    assert await anext(stream) == TextDelta("one ")
    waiting: asyncio.Task[Delta] = asyncio.create_task(anext(stream))  # pyright: ignore[reportArgumentType]
    async with asyncio.timeout(120):
        while len(asked) < 2:  # noqa: ASYNC110  (nothing is told of a ping)
            await asyncio.sleep(0.01)
    assert not waiting.done(), "the first ping was answered"
    waiting.cancel()
    await asyncio.wait({waiting})
    await eager.close()


async def test_a_stream_that_is_left_holds_up_no_other(tiny: LiteLLMProcess) -> None:
    for _ in range(5):
        stream = client(tiny).stream(ASK)
        assert await anext(stream) == TextDelta("one ")
        await stream.aclose()
    deltas = [delta async for delta in client(tiny).stream(ASK)]
    assert deltas == [TextDelta("one "), TextDelta("two"), Finished("stop")]


async def test_a_client_ends_its_own_worker_and_no_shared_one(tiny: LiteLLMProcess) -> None:
    model = client(tiny)
    await model.warm_up()
    await model.close()
    assert tiny.pid is not None
    pid = tiny.pid
    await tiny.close()
    assert tiny.pid is None
    assert not psutil.pid_exists(pid)


async def test_a_stream_that_nobody_reads_does_not_hold_up_the_end(tiny: LiteLLMProcess) -> None:
    stream = client(tiny, "endless").stream(ASK)
    assert await anext(stream) == TextDelta("one ")
    async with asyncio.timeout(120):
        await tiny.close()
    with pytest.raises(ModelUnavailable):
        [delta async for delta in stream]


async def test_closing_while_the_worker_starts_leaves_none() -> None:
    children = set(psutil.Process().children())
    process = LiteLLMProcess(os.environ, command=TINY)
    starting = asyncio.create_task(process.warm_up())
    await asyncio.sleep(0)
    late = asyncio.create_task(process.warm_up())
    await process.close()
    with pytest.raises(ModelUnavailable, match="was closed"):
        await late
    await asyncio.gather(starting, return_exceptions=True)
    assert set(psutil.Process().children()) == children


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit('no litellm here')", "The litellm worker died: no litellm here"),
        ("import sys; sys.stdout.write('Hello, I print things.'); sys.stdout.flush()", "died"),
        ("print('\\xff' * 1000000, flush=True); input()", "not of the protocol"),
        ("input()", "did not come up within 0.5 s"),
    ],
    ids=["cannot import", "prints and ends", "prints and stays", "never ready"],
)
async def test_a_worker_that_does_not_come_up_is_told_of(code: str, words: str) -> None:
    start_s = 0.5 if "come up" in words else 60.0
    process = LiteLLMProcess(os.environ, start_s=start_s, command=(sys.executable, "-S", "-c", code))
    with pytest.raises(ModelUnavailable, match=words):
        await ask(client(process))
    await client(process).warm_up()
    await process.close()


async def test_the_real_worker_says_why_it_can_not_import_litellm(tmp_path: Path) -> None:
    (tmp_path / "litellm.py").write_text("print('Hello from litellm')\nraise ImportError('half of it is missing')\n")
    process = LiteLLMProcess({**quiet_environment(), "PYTHONPATH": str(tmp_path)})
    with pytest.raises(ModelUnavailable, match="The litellm worker died: ImportError: half of it is missing"):
        await process.warm_up()
    await process.close()


async def test_a_command_that_is_not_there_is_told_of() -> None:
    process = LiteLLMProcess(os.environ, command=("/nowhere/python",))
    with pytest.raises(ModelUnavailable, match="can't be started"):
        await process.warm_up()
    await process.close()


APPLICATION = """
import asyncio, os, sys
from codeact_tui.errors import ModelError
from codeact_tui.model.base import Message, ModelInfo, Request
from codeact_tui.model.litellm_client import LiteLLMClient
from codeact_tui.model import litellm_process
from codeact_tui.model.litellm_process import LiteLLMProcess

async def main():
    process = LiteLLMProcess(os.environ)
    model = LiteLLMClient(ModelInfo("x"), model="nonsense/none", environment={}, process=process)
    try:
        async for delta in model.stream(Request((Message("user", "Hello?"),))):
            print(delta)
    except ModelError as error:
        print(type(error).__name__, process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_worker_dies_with_the_application_and_is_never_heard() -> None:
    application = await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPLICATION, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=quiet_environment()
    )
    assert application.stdout is not None
    name, pid = (await application.stdout.readline()).split()
    assert name == b"ModelNotFound"
    worker = psutil.Process(int(pid))
    application.kill()
    rest = await application.communicate()
    assert rest == (b"", b"")
    await asyncio.to_thread(_wait_until_gone, worker)


def _wait_until_gone(worker: psutil.Process) -> None:
    while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
        try:
            worker.wait(0.05)
        except psutil.TimeoutExpired:
            continue


def test_what_is_imported_before_a_request_is_light() -> None:
    code = (
        "import sys, codeact_tui.model.create, codeact_tui.model.catalog, codeact_tui.model.litellm_client;"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert set(done.stdout.split()).isdisjoint({"litellm", "openai", "httpx", "aiohttp", "pydantic"})
