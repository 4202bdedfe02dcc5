import asyncio
import os
import subprocess
import sys

import pytest

from codeact_tui.kernel.process_watch import how_it_ended, watch_process


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (0, "exit code 0"),
        (3, "exit code 3"),
        (-9, "killed"),
        (-11, "segmentation fault"),
        (-10, "SIGUSR1"),
        (-99, "signal 99"),
        (None, "ended"),
    ],
)
def test_an_end_is_put_into_words(exit_code: int | None, words: str) -> None:
    assert how_it_ended(exit_code) == words


def spawn(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.mark.parametrize("by_thread", [False, True])
async def test_an_end_is_noticed_at_once(by_thread: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_thread:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    process = spawn("import time; time.sleep(600)")
    ended = asyncio.Event()
    watch_process(process.pid, process.wait, ended.set)
    process.kill()
    async with asyncio.timeout(120):
        await ended.wait()
    assert process.wait() == -9


@pytest.mark.parametrize("by_thread", [False, True])
async def test_watching_can_be_ended(by_thread: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_thread:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    process = spawn("pass")
    ended = asyncio.Event()
    stop = watch_process(process.pid, process.wait, ended.set)
    stop()
    stop()
    await asyncio.to_thread(process.wait)
    await asyncio.sleep(0)
    assert not ended.is_set()
