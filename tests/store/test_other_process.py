"""Another program that looks at the store takes nothing away from a session that is open."""

import subprocess
import sys
from pathlib import Path

from codeact_tui.protocol.events import Noted
from codeact_tui.store.sqlite import SqliteCatalog

_LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM sessions").fetchone()
connection.close()
"""


async def test_what_is_said_after_another_program_has_looked_is_there(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    catalog = SqliteCatalog(path)
    journal = await catalog.create(folder="/project", model="scripted")
    await catalog.sessions(folder=None, limit=10)  # the reader has a connection of its own
    await journal.append([Noted("before")])
    subprocess.run([sys.executable, "-c", _LOOK, str(path)], check=True)  # noqa: ASYNC221
    assert path.with_name("sessions.db-wal").exists()
    await journal.append([Noted("after")])
    other = SqliteCatalog(path)
    reading = await other.open(journal.session, read_only=True)
    assert [each.event async for each in reading.read()] == [Noted("before"), Noted("after")]
    await other.close()
    await catalog.close()
