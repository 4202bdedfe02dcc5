"""One suite for every Catalog and its Journals."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codeact_tui.errors import SessionAmbiguous, SessionLocked, SessionNotFound, StoreError
from codeact_tui.protocol.events import (
    CellOutput,
    ModelChanged,
    PromptSubmitted,
    StoredEvent,
    TitleChanged,
    TurnStarted,
)
from codeact_tui.protocol.ids import SessionId, action_id
from codeact_tui.protocol.outputs import ErrorOutput, StreamOutput
from codeact_tui.store.base import Catalog, Journal
from codeact_tui.store.memory import MemoryCatalog
from codeact_tui.store.sqlite import SqliteCatalog
from tests.store.samples import a_turn, events_of, read_all


class House:
    """A catalog that can be closed and opened again, as by another start of the program."""

    def __init__(self, database: Path | None) -> None:
        self._database = database
        self.catalog: Catalog = self._make()

    def _make(self) -> Catalog:
        return SqliteCatalog(self._database) if self._database else MemoryCatalog()

    async def restart(self) -> Catalog:
        if self._database:
            await self.catalog.close()
            self.catalog = self._make()
        return self.catalog


@pytest.fixture(params=["sqlite", "memory"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "data" / "sessions.db" if request.param == "sqlite" else None)
    yield house
    await house.catalog.close()


@pytest.fixture
def catalog(house: House) -> Catalog:
    return house.catalog


async def make(catalog: Catalog, *events: StoredEvent, folder: str = "/work", model: str = "demo") -> SessionId:
    """Make a session with these events, closed."""
    journal = await catalog.create(folder=folder, model=model)
    await journal.append(events)
    await journal.close()
    return journal.session


async def test_what_was_appended_is_read_back_after_a_restart(house: House) -> None:
    journal = await house.catalog.create(folder="/work", model="demo")
    first = await journal.append(a_turn(1))
    second = await journal.append([PromptSubmitted("and two?")])
    await journal.close()
    reopened = await (await house.restart()).open(journal.session)

    assert await read_all(reopened) == first + second
    assert [envelope.sequence for envelope in first + second] == list(range(1, 11))
    assert reopened.writable
    third = await reopened.append([PromptSubmitted("and three?")])
    assert third[0].sequence == 11


async def test_reading_starts_after_a_place(catalog: Catalog) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    every = await journal.append(a_turn(1))
    assert await read_all(journal, after=4) == every[4:]
    assert await read_all(journal, after=99) == []


async def test_nothing_appended_is_nothing_written(catalog: Catalog) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    assert await journal.append([]) == []
    assert await read_all(journal) == []


async def test_appends_at_the_same_time_keep_the_order_of_the_calls(catalog: Catalog) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    pairs = [[PromptSubmitted(f"{number}a"), PromptSubmitted(f"{number}b")] for number in range(300)]
    answers = await asyncio.gather(*(journal.append(pair) for pair in pairs))

    expected = [event for pair in pairs for event in pair]
    assert events_of([envelope for answer in answers for envelope in answer]) == expected
    kept = await read_all(journal)
    assert events_of(kept) == expected
    assert [envelope.sequence for envelope in kept] == list(range(1, 601))


async def test_lone_surrogates_do_not_keep_an_event_out(catalog: Catalog) -> None:
    journal = await catalog.create(folder="/wo\udcffrk", model="demo")
    await journal.append([PromptSubmitted("a\ud800b"), TitleChanged("t\udfff")])
    assert events_of(await read_all(journal)) == [PromptSubmitted("a?b"), TitleChanged("t?")]
    assert await catalog.latest("/wo\udcffrk") == journal.session


async def test_a_second_opener_reads_only(catalog: Catalog) -> None:
    holder = await catalog.create(folder="/work", model="demo")
    await holder.append(a_turn(1))
    second = await catalog.open(holder.session)

    assert not second.writable
    assert len(await read_all(second)) == 9
    with pytest.raises(SessionLocked) as caught:
        await second.append([PromptSubmitted("mine")])
    assert caught.value.remedy
    with pytest.raises(SessionLocked):
        await second.append_blob("b", b"x")
    await second.close()
    await holder.append([PromptSubmitted("still mine")])
    await holder.close()
    assert (await catalog.open(holder.session)).writable


async def test_a_reader_sees_what_the_holder_adds(catalog: Catalog) -> None:
    holder = await catalog.create(folder="/work", model="demo")
    reader = await catalog.open(holder.session, read_only=True)
    assert not reader.writable
    added = await holder.append(a_turn(1))
    assert await read_all(reader) == added


async def test_a_journal_opened_to_read_takes_no_lock(catalog: Catalog) -> None:
    session = await make(catalog, *a_turn(1))
    reader = await catalog.open(session, read_only=True)
    writer = await catalog.open(session)
    assert (reader.writable, writer.writable) == (False, True)


async def test_closed_journals_and_catalogs_say_so(house: House) -> None:
    journal = await house.catalog.create(folder="/work", model="demo")
    await journal.close()
    await journal.close()
    with pytest.raises(StoreError, match="closed"):
        await journal.append([PromptSubmitted("late")])
    await house.catalog.close()
    await house.catalog.close()
    with pytest.raises(StoreError, match="closed"):
        await house.catalog.create(folder="/work", model="demo")
    with pytest.raises(StoreError, match="closed"):
        await house.catalog.sessions()


async def test_a_session_that_is_not_there(catalog: Catalog) -> None:
    for name in ("0123456789abcd", "../../etc/passwd", "", "x" * 500, "a\udcff", "a\0b"):
        with pytest.raises(SessionNotFound):
            await catalog.open(SessionId(name))
        with pytest.raises(SessionNotFound):
            await catalog.rename(SessionId(name), "title")
        with pytest.raises(SessionNotFound):
            await catalog.delete(SessionId(name))
        with pytest.raises(SessionNotFound):
            await catalog.resolve(name)


# -- blobs


async def fill(journal: Journal, name: str, size_bytes: int, piece_bytes: int) -> bytes:
    whole = bytes(index * 7 % 251 for index in range(size_bytes))
    for start in range(0, size_bytes, piece_bytes):
        await journal.append_blob(name, whole[start : start + piece_bytes])
    return whole


@pytest.mark.parametrize("piece_bytes", [1000, 300_000, 700_000])
async def test_blobs_are_read_in_parts(house: House, piece_bytes: int) -> None:
    journal = await house.catalog.create(folder="/work", model="demo")
    whole = await fill(journal, "output-1", 700_000 if piece_bytes > 1000 else 20_000, piece_bytes)
    await journal.close()
    reopened = await (await house.restart()).open(journal.session)

    assert await reopened.read_blob("output-1") == whole
    for start, length in ((0, 10), (999, 2), (262_143, 2), (len(whole) - 3, 10), (5, 0), (len(whole), 5), (10**9, 1)):
        assert await reopened.read_blob("output-1", start=start, length=length) == whole[start : start + length]
    assert await reopened.read_blob("output-1", start=12_345) == whole[12_345:]
    assert await reopened.read_blob("output-2") == b""
    await reopened.append_blob("output-1", b"more")
    assert await reopened.read_blob("output-1", start=len(whole)) == b"more"


async def test_blobs_belong_to_their_session(catalog: Catalog) -> None:
    one = await catalog.create(folder="/work", model="demo")
    two = await catalog.create(folder="/work", model="demo")
    await one.append_blob("output", b"one")
    await one.append_blob("other", b"")
    await two.append_blob("output", b"two")
    assert [await one.read_blob("output"), await one.read_blob("other"), await two.read_blob("output")] == [
        b"one",
        b"",
        b"two",
    ]


# -- the list


async def test_summaries_follow_the_events(house: House) -> None:
    journal = await house.catalog.create(folder="/work", model="demo")
    await journal.append([*a_turn(1), TitleChanged("One and\n one"), *a_turn(2), ModelChanged("other/model")])
    (summary,) = await house.catalog.sessions()
    assert (summary.id, summary.title, summary.folder) == (journal.session, "One and one", "/work")
    assert (summary.model, summary.events, summary.prompts, summary.cells) == ("other/model", 20, 2, 2)
    assert summary.open
    assert summary.created_at <= summary.updated_at
    await journal.close()
    (summary,) = await (await house.restart()).sessions()
    assert (summary.events, summary.open) == (20, False)


async def test_the_last_used_comes_first(catalog: Catalog) -> None:
    old = await make(catalog, PromptSubmitted("old"))
    elsewhere = await make(catalog, PromptSubmitted("elsewhere"), folder="/other")
    new = await make(catalog, PromptSubmitted("new"))
    empty = await make(catalog, TurnStarted(1))
    assert [summary.id for summary in await catalog.sessions()] == [new, elsewhere, old]
    assert [summary.id for summary in await catalog.sessions(limit=2)] == [new, elsewhere]
    assert [summary.id for summary in await catalog.sessions(folder="/other")] == [elsewhere]
    assert await catalog.latest("/work") == new

    journal = await catalog.open(old)
    await journal.append([PromptSubmitted("again")])
    assert [summary.id for summary in await catalog.sessions()] == [old, new, elsewhere]
    assert await catalog.latest("/work") == old
    assert await catalog.latest("/nowhere") is None
    assert await catalog.resolve(empty) == empty


async def test_a_session_with_only_a_cell_of_the_users_is_listed(catalog: Catalog) -> None:
    session = await make(catalog, *a_turn(1)[3:8])
    assert [summary.id for summary in await catalog.sessions()] == [session]


async def test_resolving_a_part(catalog: Catalog) -> None:
    first = await make(catalog, PromptSubmitted("a"), TitleChanged("Growth by region"))
    second = await make(catalog, PromptSubmitted("b"), TitleChanged("Prime numbers"))
    assert await catalog.resolve(first) == first
    assert await catalog.resolve(first[-6:]) == first
    assert await catalog.resolve(f" {second.upper()} ") == second
    assert await catalog.resolve("Prime numbers") == second
    with pytest.raises(SessionNotFound):
        await catalog.resolve("Prime")
    with pytest.raises(SessionNotFound):
        await catalog.resolve("%")
    with pytest.raises(SessionAmbiguous) as caught:
        await catalog.resolve(first[:4])
    assert first in caught.value.message
    assert second in caught.value.message
    assert "Growth by region" in caught.value.message


async def test_a_name_for_two_is_ambiguous_and_the_list_is_bounded(catalog: Catalog) -> None:
    for _ in range(9):
        await make(catalog, PromptSubmitted("a"), TitleChanged("Same " + "long " * 50))
    title = (await catalog.sessions())[0].title
    with pytest.raises(SessionAmbiguous, match="4 more") as caught:
        await catalog.resolve(title)
    assert len(caught.value.message) < 800


async def test_renaming_is_an_event(catalog: Catalog) -> None:
    session = await make(catalog, PromptSubmitted("a"))
    await catalog.rename(session, "Mine")
    assert [summary.title for summary in await catalog.sessions()] == ["Mine"]
    journal = await catalog.open(session)
    assert events_of(await read_all(journal)) == [PromptSubmitted("a"), TitleChanged("Mine")]


async def test_renaming_an_open_session_leaves_no_gap(catalog: Catalog) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append([PromptSubmitted("a")])
    await catalog.rename(journal.session, "Mine")
    assert (await journal.append([PromptSubmitted("b")]))[0].sequence == 3
    assert len(await read_all(journal)) == 3


async def test_deleting(catalog: Catalog) -> None:
    kept = await make(catalog, PromptSubmitted("something to keep"))
    journal = await catalog.create(folder="/work", model="demo")
    await journal.append(a_turn(1, prompt="something to forget"))
    await journal.append_blob("output", b"x" * 1000)
    with pytest.raises(SessionLocked):
        await catalog.delete(journal.session)
    await journal.close()
    reader = await catalog.open(journal.session, read_only=True)
    await catalog.delete(journal.session)

    assert [summary.id for summary in await catalog.sessions()] == [kept]
    assert [hit.session.id for hit in await catalog.search("something")] == [kept]
    with pytest.raises(SessionNotFound):
        await catalog.open(journal.session)
    new = await catalog.create(folder="/work", model="demo")
    await new.append(a_turn(1))
    await new.append_blob("output", b"new")
    assert await read_all(reader) == []
    assert await reader.read_blob("output") == b""


# -- the search


async def test_search_finds_all_that_was_said_run_and_put_out(catalog: Catalog) -> None:
    action = action_id(1)
    session = await make(
        catalog,
        *a_turn(1, prompt="Which regions grew most?", code="df = pd.read_csv('sales.csv')"),
        CellOutput(action, StreamOutput("stdout", "\x1b[31mNorthwest\x1b[0m 12\r\n")),
        CellOutput(action, ErrorOutput("KeyError", "'revenue'", ("Traceback", "KeyError: 'revenue'"))),
        TitleChanged("Growth"),
    )
    await make(catalog, PromptSubmitted("Nothing alike"))
    for query, sequence in {
        "regions": 1,
        "GREW": 1,
        "read_csv": 4,
        "sales.csv": 4,
        "csv": 4,
        "northwest": 10,
        "KeyError revenue": 11,
        "growth": 12,
        '"grew most"': 1,
        "grew reg": 1,
    }.items():
        assert [(hit.session.id, hit.sequence) for hit in await catalog.search(query)] == [(session, sequence)], query
    for query in ('"most grew"', "regi most", "31m", "try this nowhere", "[31m", "execute>print"):
        assert await catalog.search(query) == [], query


async def test_search_marks_the_match_in_one_line(catalog: Catalog) -> None:
    await make(catalog, PromptSubmitted("one\n\n  two   three \x02 four"))
    (hit,) = await catalog.search("three")
    assert hit.snippet == "one two \x02three\x03 four"


async def test_search_reads_accents_and_unspaced_scripts(catalog: Catalog) -> None:
    accents = await make(catalog, PromptSubmitted("Zürich naïve café"))
    unspaced = await make(catalog, PromptSubmitted("请画出销售数据图表 please"))
    assert [hit.session.id for hit in await catalog.search("zurich")] == [accents]
    assert [hit.session.id for hit in await catalog.search("CAFÉ")] == [accents]
    (hit,) = await catalog.search("销售数据")
    assert hit.session.id == unspaced
    assert "销售数据" in hit.snippet.replace("\x02", "").replace("\x03", "")
    assert await catalog.search("数售") == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        '"',
        '""',
        "***",
        "AND",
        "a AND",
        "NEAR(",
        "a:b",
        "^x",
        "-x",
        "x*",
        "(",
        "{text}: y",
        "\0",
        "'",
        "a\ud800",
    ],
)
async def test_a_query_never_fails(catalog: Catalog, query: str) -> None:
    await make(catalog, PromptSubmitted("plain words"))
    assert isinstance(await catalog.search(query), list)


async def test_search_is_bounded(catalog: Catalog) -> None:
    await make(catalog, *(PromptSubmitted(f"needle {number}") for number in range(200)))
    assert len(await catalog.search("needle")) == 50
    assert len(await catalog.search("needle", limit=7)) == 7


async def test_search_sees_what_was_just_said(catalog: Catalog) -> None:
    journal = await catalog.create(folder="/work", model="demo")
    for word in ("alpha", "beta", "gamma"):
        await journal.append([PromptSubmitted(word)])
        assert [hit.snippet for hit in await catalog.search(word)] == [f"\x02{word}\x03"]
