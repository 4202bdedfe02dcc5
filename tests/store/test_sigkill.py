"""A process that writes is killed at random moments: what it was told is kept is there, once, without gaps.

`CODEACT_KILL_ROUNDS=200 python -m pytest tests/store/test_sigkill.py` for more rounds.
"""

import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codeact_tui.store.sqlite import SqliteCatalog
from tests.killing import said_until_killed
from tests.store import kill_me
from tests.store.samples import events_of, read_all

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

ROUNDS = int(os.environ.get("CODEACT_KILL_ROUNDS", "20"))
PARTS = 10  # the rounds in parts, so that each stays well within a test's time


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[SqliteCatalog]:
    catalog = SqliteCatalog(tmp_path / "sessions.db")
    yield catalog
    await catalog.close()


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_acknowledged_event_survives_sigkill(catalog: SqliteCatalog, tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    journal = await catalog.create(folder="/work", model="demo")
    session = journal.session
    await journal.close()
    kept_before = 0
    for _ in range(max(1, ROUNDS // PARTS)):
        lines, errors = said_until_killed(
            "tests.store.kill_me",
            str(tmp_path / "sessions.db"),
            session,
            after_lines=chance.choice([1, 2, 5, 20, 100]),
            after_s=chance.choice([0.0, chance.uniform(0, 0.002), chance.uniform(0, 0.05)]),
        )
        acknowledged = int(lines[-1]) if lines else 0
        assert errors == b""
        journal = await catalog.open(session)
        assert journal.writable, "the lock outlived its process"
        kept = await read_all(journal)

        assert journal.damaged == 0
        assert len(kept) >= acknowledged > kept_before
        assert [envelope.sequence for envelope in kept] == list(range(1, len(kept) + 1))
        assert events_of(kept) == [kill_me.scripted(envelope.sequence) for envelope in kept]
        (summary,) = await catalog.sessions()
        assert (summary.events, summary.prompts) == (len(kept), sum(kill_me.is_prompt(e.sequence) for e in kept))
        last_prompt = max(e.sequence for e in kept if kill_me.is_prompt(e.sequence))
        assert [hit.sequence for hit in await catalog.search(f"prompt{last_prompt}x")] == [last_prompt]
        await journal.close()
        kept_before = len(kept)
