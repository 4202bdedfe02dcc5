"""A session is killed at random moments: what was shown is kept, once, and the session opens again.

`CODEACT_KILL_ROUNDS=200 python -m pytest tests/session/test_sigkill.py` for more rounds.
"""

import os
import random
import sys
from pathlib import Path

import pytest

from codeact_tui.protocol.codec import decode_event
from codeact_tui.protocol.events import CellFinished, CellStarted
from codeact_tui.session.recovery import closing_events
from codeact_tui.session.transcript import replay
from codeact_tui.store.sqlite import SqliteCatalog
from tests.killing import said_until_killed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

ROUNDS = int(os.environ.get("CODEACT_KILL_ROUNDS", "20"))
PARTS = 5


@pytest.mark.parametrize("part", range(PARTS))
async def test_what_was_shown_is_kept_and_nothing_twice(tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    catalog = SqliteCatalog(tmp_path / "sessions.db")
    journal = await catalog.create(folder="/", model="scripted")
    session = journal.session
    await journal.close()
    for _ in range(max(1, ROUNDS // PARTS)):
        lines, errors = said_until_killed(
            "tests.session.kill_me",
            str(tmp_path / "sessions.db"),
            session,
            after_lines=chance.choice([1, 3, 10, 40, 150]),
            after_s=chance.choice([0.0, chance.uniform(0, 0.01)]),
        )
        assert errors == b""
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
