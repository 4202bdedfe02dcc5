"""Application, supervisor, kernel or a frozen copy killed at random moments: the session opens again, and goes on.

`CODEACT_KILL_ROUNDS=200 python -m pytest tests/session/test_travel_sigkill.py` for more rounds.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codeact_tui.config.schema import Config
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.memory import descendants
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import CellFinished
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import RunUserCode
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.sqlite import SqliteCatalog
from tests.session.sitting import Sitting

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
]

ROUNDS = max(1, int(os.environ.get("CODEACT_KILL_ROUNDS", "20")) // 20)
VICTIMS = ("application", "supervisor", "kernel", "frozen")
_SOON_S = 120.0


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[SqliteCatalog]:
    made = SqliteCatalog(tmp_path / "sessions.db")
    yield made
    await made.close()


def frozen(supervisor: int) -> list[int]:
    """Give the frozen copies below a supervisor."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            below = int((path / "stat").read_text().rpartition(")")[2].split()[1]) == supervisor
            if below and (path / "comm").read_text() == "codeact frozen\n":
                found.append(int(path.name))
        except OSError:
            continue
    return found


def kill_one(child: "subprocess.Popen[bytes]", supervisor: int, victim: str) -> None:
    """Kill one of the processes of a session."""
    match victim:
        case "application":
            child.kill()
        case "supervisor":
            os.kill(supervisor, signal.SIGKILL)
        case "kernel":
            _kill_any(descendants(supervisor))
        case _:
            _kill_any(frozen(supervisor))


def _kill_any(pids: list[int]) -> None:
    for pid in pids[:1]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def killed(database: Path, session: SessionId, folder: Path, victim: str, chance: random.Random) -> list[str]:
    """Let a session travel, and kill one of its processes, then all of it; give what it had told by then."""
    command = [sys.executable, "-m", "tests.session.travel_me", str(database), session, str(folder)]
    told: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        supervisor, killed_at, wanted = 0, 0, chance.randrange(5, 14)
        for line in child.stdout:
            told.append(line.decode().strip())
            if told[-1].startswith("process "):
                supervisor = int(told[-1].split()[1])
            if supervisor and not killed_at and len(told) >= wanted:
                time.sleep(chance.random() * 0.05)
                kill_one(child, supervisor, victim)
                killed_at = len(told)
                if victim in {"application", "supervisor"}:
                    break
            if killed_at and len(told) == killed_at + 6:  # it went on
                break
        child.kill()
        gone_by = time.monotonic() + _SOON_S
        while supervisor and Path(f"/proc/{supervisor}").exists() and time.monotonic() < gone_by:
            time.sleep(0.01)
        assert not frozen(supervisor)
    return told


@pytest.mark.parametrize("victim", VICTIMS)
async def test_the_session_opens_and_goes_on(tmp_path: Path, catalog: SqliteCatalog, victim: str) -> None:
    chance = random.Random(victim)
    (tmp_path / "work").mkdir()
    journal = await catalog.create(folder=str(tmp_path), model="scripted")
    session = journal.session
    await journal.close()
    for _ in range(ROUNDS):
        told = await asyncio.to_thread(killed, tmp_path / "sessions.db", session, tmp_path / "work", victim, chance)
        if victim in {"kernel", "frozen"}:
            assert told.count("CellFinished") > 3
        journal = await catalog.open(session)
        assert journal.writable
        store = VariableStore(tmp_path / "kept", b"k" * 32, session)
        kernel, model = FakeKernel(), ScriptedModel(())
        controller = await open_session(
            journal,
            await read_transcript(journal),
            kernel=kernel,
            seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),  # noqa: B023
            config=Config(),
            folder=str(tmp_path),
        )
        sitting = Sitting(controller, kernel, model, store)
        controller.listen(sitting.hear)
        controller.send(RunUserCode("y = 1"))
        assert (await sitting.until(CellFinished)).status == "ok"
        assert not controller.transcript.unfinished()
        await controller.close()
