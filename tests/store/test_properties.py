"""Any sequence of appends, at once or one after the other, with reopenings between, reads back the same."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.protocol.events import Envelope, StoredEvent
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.memory import MemoryCatalog
from codeact_tui.store.sqlite import SqliteCatalog
from codeact_tui.store.text import parse_query, searchable_text
from tests.store.samples import events_of, read_all, stored_events

Batch = list[StoredEvent]

steps = st.lists(
    st.one_of(
        st.lists(st.lists(stored_events, max_size=4), min_size=1, max_size=5),  # appended at the same time
        st.just("reopen"),
    ),
    max_size=8,
)


async def play(database: Path, plan: list[list[Batch] | str]) -> tuple[list[Envelope], list[Envelope]]:
    """Run the plan; give what was acknowledged and what is read at the end."""
    catalog = SqliteCatalog(database)
    journal = await catalog.create(folder="/work", model="demo")
    session: SessionId = journal.session
    acknowledged: list[Envelope] = []
    for step in plan:
        if isinstance(step, str):
            await catalog.close()
            catalog = SqliteCatalog(database)
            journal = await catalog.open(session)
            assert journal.writable
        else:
            for answer in await asyncio.gather(*(journal.append(batch) for batch in step)):
                acknowledged += answer
    kept = await read_all(journal)
    assert journal.damaged == 0
    await catalog.close()
    return acknowledged, kept


@settings(max_examples=30, deadline=None)
@given(steps)
def test_appends_and_reopenings_read_back_the_same(plan: list[list[Batch] | str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        acknowledged, kept = asyncio.run(play(Path(folder) / "sessions.db", plan))
    expected = [event for step in plan if not isinstance(step, str) for batch in step for event in batch]
    assert kept == acknowledged
    assert events_of(kept) == expected
    assert [envelope.sequence for envelope in kept] == list(range(1, len(expected) + 1))


@settings(max_examples=30, deadline=None)
@given(st.lists(stored_events, min_size=1, max_size=12))
def test_summaries_agree_with_the_ones_in_memory(events: Batch) -> None:
    async def compare(database: Path) -> None:
        catalogs = SqliteCatalog(database), MemoryCatalog()
        summaries: list[object] = []
        for catalog in catalogs:
            journal = await catalog.create(folder="/work", model="demo")
            for event in events:
                await journal.append([event])
            listed = await catalog.sessions()
            summaries.append([(s.title, s.model, s.events, s.prompts, s.cells, s.open) for s in listed])
            await catalog.close()
        assert summaries[0] == summaries[1]

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder) / "sessions.db"))


@settings(deadline=None)
@given(stored_events)
def test_searchable_text_is_plain(event: StoredEvent) -> None:
    text = searchable_text(event)
    assert not {character for character in text if ord(character) < 32} - {"\t", "\n"}
    assert "\x1b" not in text
    text.encode()  # no lone surrogates


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_query_is_read(query: str) -> None:
    for phrase in parse_query(query):
        assert '"' not in phrase.text
        assert phrase.text.strip()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=20))
def test_any_query_is_answered(queries: list[str]) -> None:
    async def ask(database: Path) -> None:
        catalog = SqliteCatalog(database)
        for query in queries:
            assert await catalog.search(query) == []
        await catalog.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(ask(Path(folder) / "sessions.db"))
