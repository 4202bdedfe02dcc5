"""Resuming a session of 5,000 events: read and folded, and drawn on the screen."""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pty import Pty
from benchmarks.report import Row, table
from benchmarks.start import empty_app_ms
from benchmarks.store import BareStore
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    CellFinished,
    CellOutput,
    CellStarted,
    ModelReplied,
    PromptSubmitted,
    SessionOpened,
    StoredEvent,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import SessionId, action_id, code_sha256
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.opening import read_transcript
from codeact_tui.store.sqlite import SqliteCatalog

__all__ = ["LAST", "run", "session_events"]

_ROUNDS = 10
_STARTS = 5
_TURNS = 500
LAST = "the-very-last-word"
_CODE = "df = sales[sales.region == {n!r}]\nprint(df.revenue.sum())\ndf.head()"


def run() -> list[Row]:
    """Make the session, read it, and open it in a pty."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        read = asyncio.run(_reading(home))
        return [read, _opening(home)]


async def _reading(home: Path) -> Row:
    catalog, bare = SqliteCatalog(home / "codeact" / "data" / "sessions.db"), BareStore(home / "bare.db")
    journal = await catalog.create(folder=str(home), model="demo")
    events = session_events(str(home), journal.session)
    await journal.append(events)
    for event in events:
        bare.append(event)
    ours: list[float] = []
    alone: list[float] = []
    for _ in range(_ROUNDS):
        started_s = time.perf_counter()
        transcript = await read_transcript(journal)
        ours.append(time.perf_counter() - started_s)
        assert transcript.turn == _TURNS
        started_s = time.perf_counter()
        bare.read()
        alone.append(time.perf_counter() - started_s)
    await journal.close()
    await catalog.close()
    bare.close()
    note = "bare: SELECT and decode; ours makes the transcript of it as well"
    return Row("resume: read 5,000 events", statistics.median(ours) * 1e3, statistics.median(alone) * 1e3, "ms", note)


def _opening(home: Path) -> Row:
    ours: list[float] = []
    empty: list[float] = []
    argv = (str(Path(sys.executable).with_name("codeact")), "chat", "--continue")
    for _ in range(_STARTS + 1):
        with Pty(argv, home=home) as terminal:
            ours.append(terminal.wait_for(LAST) * 1e3)
        empty.append(empty_app_ms(home))
    note = "start to the last reply on the screen; bare: an empty Textual application"
    return Row("resume: 5,000 events drawn", statistics.median(ours[1:]), statistics.median(empty[1:]), "ms", note)


def session_events(folder: str, session: SessionId, turns: int = _TURNS) -> list[StoredEvent]:
    """Give the events of a session with so many turns of one cell; its last word is `LAST`."""
    opened = SessionOpened(session, folder, "demo", "all", "0")
    return [opened, *(event for number in range(1, turns + 1) for event in _turn(number, last=number == turns))]


def _turn(number: int, *, last: bool) -> list[StoredEvent]:
    action, code = action_id(number), _CODE.format(n=f"region {number}")
    sha256 = code_sha256(code)
    ending = LAST if last else "That is the sum of its revenue."
    return [
        PromptSubmitted(f"What about region {number}?"),
        TurnStarted(number),
        ModelReplied("I filter and **sum**.", code=code, raw=f"I filter and **sum**.\n<execute>\n{code}\n</execute>"),
        ActionProposed(action, code, sha256),
        ActionApproved(action, 0, sha256, "all"),
        CellStarted(action, 0, sha256),
        CellOutput(action, StreamOutput("stdout", f"region {number}  12.5  revenue\n" * 8)),
        CellFinished(action, "ok", 0.01, number),
        ModelReplied(f"Region {number}: {ending}"),
        TurnFinished(number, "answer", 1),
    ]


if __name__ == "__main__":
    print(table(run()))
