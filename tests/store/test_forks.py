"""Sessions that begin as others do: what they share, and what becomes of it when one is deleted."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.errors import SessionNotFound, StoreError
from codeact_tui.protocol.events import OutputTruncated, PromptSubmitted
from codeact_tui.protocol.ids import ActionId, SessionId
from codeact_tui.store.base import Catalog, Journal
from codeact_tui.store.memory import MemoryCatalog
from codeact_tui.store.sqlite import SqliteCatalog
from tests.store.samples import read_all


@pytest.fixture(params=["sqlite", "memory"])
async def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Catalog]:
    made: Catalog = SqliteCatalog(tmp_path / "sessions.db") if request.param == "sqlite" else MemoryCatalog()
    yield made
    await made.close()


async def words(catalog: Catalog, session: SessionId) -> list[str]:
    journal = await catalog.open(session, read_only=True)
    events = [envelope.event for envelope in await read_all(journal)]
    await journal.close()
    return [event.text for event in events if isinstance(event, PromptSubmitted)]


async def made(catalog: Catalog, *prompts: str) -> SessionId:
    journal = await catalog.create(folder="/work", model="demo")
    return await said(journal, *prompts)


async def forked(catalog: Catalog, session: SessionId, until: int, *prompts: str) -> SessionId:
    return await said(await catalog.fork(session, until=until, folder="/work", model="demo"), *prompts)


async def said(journal: Journal, *prompts: str) -> SessionId:
    await journal.append([PromptSubmitted(prompt) for prompt in prompts])
    await journal.close()
    return journal.session


async def test_a_fork_begins_as_its_parent_and_goes_its_own_way(catalog: Catalog) -> None:
    parent = await made(catalog, "one", "two", "three")
    fork = await forked(catalog, parent, 2, "another", "way")
    journal = await catalog.open(parent)
    await said(journal, "four")
    assert await words(catalog, parent) == ["one", "two", "three", "four"]
    assert await words(catalog, fork) == ["one", "two", "another", "way"]
    found = {each.id: each for each in await catalog.sessions()}
    assert (found[fork].parent, found[fork].shared, found[fork].prompts, found[fork].events) == (parent, 2, 4, 4)
    assert (found[parent].parent, found[parent].shared) == (None, 0)


async def test_what_is_shared_is_found_once(catalog: Catalog) -> None:
    parent = await made(catalog, "a walrus", "two")
    fork = await forked(catalog, parent, 2, "a seal")
    if isinstance(catalog, SqliteCatalog):
        assert [hit.session.id for hit in await catalog.search("walrus")] == [parent]
    assert [hit.session.id for hit in await catalog.search("seal")] == [fork]
    await catalog.delete(parent)
    assert [(hit.session.id, hit.sequence) for hit in await catalog.search("walrus")] == [(fork, 1)]
    assert [(hit.session.id, hit.sequence) for hit in await catalog.search("seal")] == [(fork, 3)]


async def test_a_fork_of_nothing_is_refused(catalog: Catalog) -> None:
    parent = await made(catalog, "one")
    for until in (0, 2):
        with pytest.raises(StoreError):
            await catalog.fork(parent, until=until, folder="/work", model="demo")
    with pytest.raises(SessionNotFound):
        await catalog.fork(SessionId("nowhere"), until=1, folder="/work", model="demo")
    assert len(await catalog.sessions()) == 1


async def test_a_whole_output_outlives_the_session_that_made_it(catalog: Catalog) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    for number in (1, 2):
        await journal.append_blob(f"output-a{number}", f"whole {number}".encode())
        cut = OutputTruncated(ActionId(f"a{number}"), total_bytes=7, skipped_bytes=1, tail="", blob=f"output-a{number}")
        await journal.append([cut, PromptSubmitted("on")])
    await journal.close()
    fork = await forked(catalog, journal.session, 2, "fork")
    for delete in (False, True):
        if delete:
            await catalog.delete(journal.session)
        reader = await catalog.open(fork, read_only=True)
        assert await reader.read_blob("output-a1") == b"whole 1"
        await reader.close()


async def test_what_a_deleted_session_did_not_share_is_gone(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "sessions.db")
    parent = await made(catalog, "shared", "a secret")
    await forked(catalog, parent, 1, "mine")
    await catalog.delete(parent)
    await catalog.close()
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection:
        bodies = [bytes(body) for (body,) in connection.execute("SELECT body FROM events")]
    assert len(bodies) == 2
    assert not any(b"secret" in body for body in bodies)


def size_of(database: Path) -> int:
    """How large it is with all in it that the log still holds, in bytes."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database.stat().st_size


async def test_a_long_history_is_kept_once(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "sessions.db")
    parent = await made(catalog, *(f"{number} " + "x" * 10_000 for number in range(200)))
    before = size_of(tmp_path / "sessions.db")
    for _ in range(20):
        await forked(catalog, parent, 199)
    assert size_of(tmp_path / "sessions.db") - before < 500_000
    await catalog.close()


STEPS = st.lists(
    st.tuples(st.sampled_from(["say", "fork", "delete", "rename"]), st.integers(0, 9), st.integers(0, 30)), max_size=25
)


@settings(max_examples=20, deadline=None)
@given(steps=STEPS)
async def test_any_family_reads_as_if_each_had_all_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """In SQLite, where they share; beside the catalog in memory, where each has a copy."""
    real, plain = SqliteCatalog(tmp_path_factory.mktemp("store") / "sessions.db"), MemoryCatalog()
    pairs = [(await made(real, "first", "second"), await made(plain, "first", "second"))]
    for number, (step, which, place) in enumerate(steps):
        if not pairs:
            break
        one, other = pairs[which % len(pairs)]
        if step == "delete":
            await real.delete(one)
            await plain.delete(other)
            pairs.remove((one, other))
            continue
        if step == "fork":
            until = 1 + place % len(await words(plain, other))
            mine = f"fork {number}"
            pairs.append((await forked(real, one, until, mine), await forked(plain, other, until, mine)))
        else:
            for catalog, session in ((real, one), (plain, other)):
                await said(await catalog.open(session), f"said {number}")
    same = dict(pairs)
    for one, other in pairs:
        assert await words(real, one) == await words(plain, other)
    tree = {each.id: each.parent for each in await real.sessions()}
    copies = {each.id: each.parent for each in await plain.sessions()}
    assert {same[each]: same[above] if above else None for each, above in tree.items()} == copies
    hits = {(hit.session.id, hit.sequence) for hit in await real.search("said", limit=500)}
    assert len(hits) == len({text for one, _ in pairs for text in await words(real, one) if text.startswith("said")})
    await real.close()
