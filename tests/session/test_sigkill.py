"""A session is killed at random moments: what was shown is kept, once, and the session opens again.

`CODEACT_KILL_ROUNDS=200 python -m pytest tests/session/test_sigkill.py` for more rounds.
"""

import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codeact_tui.protocol.codec import decode_event
from codeact_tui.protocol.events import CellFinished, CellStarted
from codeact_tui.protocol.ids import SessionId
from codeact_tui.session.recovery import closing_events
from codeact_tui.session.transcript import replay
from codeact_tui.store.sqlite import SqliteCatalog

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

ROUNDS = int(os.environ.get("CODEACT_KILL_ROUNDS", "20"))
PARTS = 5


def shown_before_kill(database: Path, session: SessionId, *, after_lines: int, after_s: float) -> list[bytes]:
    """Let a session run and kill it; give the whole lines that it showed."""
    command = [sys.executable, "-m", "tests.session.kill_me", str(database), session]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        received = b""
        while received.count(b"\n") < after_lines and (piece := os.read(child.stdout.fileno(), 65536)):
            received += piece
        deadline_s = time.monotonic() + after_s
        while (left_s := deadline_s - time.monotonic()) > 0 and select.select([child.stdout], [], [], left_s)[0]:
            received += os.read(child.stdout.fileno(), 65536)
        child.send_signal(signal.SIGKILL)
        while piece := os.read(child.stdout.fileno(), 65536):
            received += piece
        assert child.stderr.read() == b""
    return received[: received.rfind(b"\n") + 1].splitlines()


@pytest.mark.parametrize("part", range(PARTS))
async def test_what_was_shown_is_kept_and_nothing_twice(tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    catalog = SqliteCatalog(tmp_path / "sessions.db")
    journal = await catalog.create(folder="/", model="scripted")
    session = journal.session
    await journal.close()
    for _ in range(max(1, ROUNDS // PARTS)):
        lines = shown_before_kill(
            tmp_path / "sessions.db",
            session,
            after_lines=chance.choice([1, 3, 10, 40, 150]),
            after_s=chance.choice([0.0, chance.uniform(0, 0.01)]),
        )
        journal = await catalog.open(session)
        assert journal.writable
        kept = [envelope async for envelope in journal.read()]
        await journal.close()

        assert [envelope.sequence for envelope in kept] == list(range(1, len(kept) + 1))
        by_place = {envelope.sequence: envelope.event for envelope in kept}
        for line in lines:
            place, _, event = line.partition(b" ")
            assert by_place[int(place)] == decode_event(event)
        transcript = replay(kept)
        starts = [event.event.action for event in kept if isinstance(event.event, CellStarted)]
        assert len(starts) == len(set(starts)), "a cell was rerun by itself"
        lost = [event for event in closing_events(transcript) if isinstance(event, CellFinished)]
        assert len(lost) <= 2
        assert all(event.status == "lost" for event in lost)
    await catalog.close()
