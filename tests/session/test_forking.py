"""Sessions that go on from a point of another one: what they share, which variables they have, what is said of it."""

import platform
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codeact_tui.config.schema import Config
from codeact_tui.errors import OpRefused, SnapshotError, StoreError
from codeact_tui.kernel.answers import KernelInfo
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import (
    CellFinished,
    Failed,
    Forked,
    ForkMade,
    InputRequested,
    TitleChanged,
    TurnFinished,
    VariablesRestored,
)
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Fork, RunUserCode, SubmitPrompt
from codeact_tui.session.entries import EventEntry
from codeact_tui.session.forking import Branch, Forker
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.session.points import before_cell
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.memory import MemoryCatalog
from tests.session.sitting import KEY, Sitting


@dataclass
class House:
    """All sessions of a folder. Implements `Branches`."""

    path: Path
    keeps: bool = True
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)

    def variables(self, session: SessionId) -> VariableStore:
        made = VariableStore(self.path / session, KEY, session)
        made.prepare()
        return made

    async def make(self, session: SessionId, until: int) -> Branch:
        journal = await self.catalog.fork(session, until=until, folder=str(self.path), model="scripted")
        if not self.keeps:
            return Branch(journal)
        return Branch(journal, self.variables(journal.session), self.variables(session))

    async def discard(self, session: SessionId) -> None:
        await self.catalog.delete(session)

    @asynccontextmanager
    async def open(self, session: SessionId | None = None, scripts: Sequence[str] = ()) -> AsyncGenerator[Sitting]:
        if session is None:
            journal = await self.catalog.create(folder=str(self.path), model="scripted")
        else:
            journal = await self.catalog.open(session)
        info = KernelInfo("/usr/bin/python3", platform.python_version(), "codeact's own", 0.0)
        kernel, model = FakeKernel(info=info), ScriptedModel(scripts)
        kernel.keeps_checkpoints = True
        store = self.variables(journal.session)
        controller = await open_session(
            journal,
            await read_transcript(journal),
            kernel=kernel,
            seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
            config=Config(),
            folder=str(self.path),
            variables=store,
            branches=self,
        )
        made = Sitting(controller, kernel, model, store)
        controller.listen(made.hear)
        try:
            yield made
        finally:
            await controller.close()

    async def fork(self, sitting: Sitting, cell: int = 0) -> SessionId:
        made = len(sitting.all(ForkMade))
        point = before_cell(sitting.controller.transcript, cell).sequence if cell else None
        sitting.controller.send(Fork(point))
        return (await sitting.until(ForkMade, made + 1)).session


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def restored(sitting: Sitting) -> VariablesRestored:
    transcript = sitting.controller.transcript
    await sitting.waits(lambda: transcript.fork is None)
    events = [entry.event for entry in transcript.entries if isinstance(entry, EventEntry)]
    return next(event for event in reversed(events) if isinstance(event, VariablesRestored))


async def test_a_fork_goes_on_with_history_and_variables_of_its_own(house: House) -> None:
    async with house.open() as parent:
        await parent.run("x = [1]", "y = x")
        fork = await house.fork(parent)
        async with house.open(fork) as child:
            told = await restored(child)
            assert set(told.back) == {"x", "y"}
            assert (told.missing, told.offers, told.problem) == ((), (), "")
            await child.run("y.append(2)")
            assert (child.value("x"), parent.value("x")) == ([1, 2], [1])
            await parent.run("x.append(3)")
            assert (child.value("y"), parent.value("y")) == ([1, 2], [1, 3])
            assert [record.number for record in child.controller.transcript.ran()] == [1, 2, 3]
            assert all(record.live for record in child.controller.transcript.ran())


async def test_a_fork_from_a_past_point_has_the_variables_of_that_point(house: House) -> None:
    async with house.open() as parent:
        await parent.run("x = 1", "x = 2; y = 0", "x = 3")
        fork = await house.fork(parent, 2)
        assert parent.value("x") == 3
        async with house.open(fork) as child:
            assert (await restored(child)).back == ("x",)
            assert child.value("x") == 1
            assert "y" not in child.kernel.namespace
            assert [record.number for record in child.controller.transcript.ran()] == [1]
            events = [each.event for each in child.controller.transcript.entries if isinstance(each, EventEntry)]
            assert next(each for each in events if isinstance(each, Forked)).later


async def test_a_point_whose_variables_nobody_has_offers_its_cells(house: House) -> None:
    async with house.open() as parent:
        await parent.run("x = 1", "y = 2", "x = 3", "z = 4")
        parent.kernel.drop("c3")
        fork = await house.fork(parent, 3)
    async with house.open(fork) as child:
        told = await restored(child)
        assert told.problem == "The variables of that point are not kept."
        assert [offer.action for offer in told.offers] == ["a1", "a2"]
        assert told.back == ()


async def test_a_session_that_is_closed_is_forked_with_what_was_kept_of_it(house: House) -> None:
    async with house.open() as parent:
        await parent.run("x = 1", "y = 2")
        session = parent.controller.id
    journal = await house.catalog.open(session, read_only=True)
    forker = Forker(await read_transcript(journal), session, house)
    whole, past = await forker.fork(None), await forker.fork(before_cell(forker.transcript, 2).sequence)
    async with house.open(whole) as child:
        assert set((await restored(child)).back) == {"x", "y"}
        assert child.value("y") == 2
    async with house.open(past) as child:
        told = await restored(child)
        assert (told.back, told.problem) == ((), "The variables of that point are not kept.")
    assert house.variables(session).newest() is not None


async def test_the_forks_variables_outlive_its_parents(house: House) -> None:
    async with house.open() as parent:
        await parent.run("x = list(range(1000))")
        session = parent.controller.id
    journal = await house.catalog.open(session, read_only=True)
    fork = await Forker(await read_transcript(journal), session, house).fork(None)
    house.variables(session).remove()
    await house.catalog.delete(session)
    async with house.open(fork) as child:
        assert (await restored(child)).back == ("x",)


async def test_where_no_variables_are_kept_a_fork_says_so(house: House) -> None:
    house.keeps = False
    async with house.open() as parent:
        await parent.run("x = 1")
        fork = await house.fork(parent)
    async with house.open(fork) as child:
        assert "resume.variables" in (await restored(child)).problem


async def test_a_fork_of_nothing_is_refused_and_one_that_fails_leaves_nothing(house: House) -> None:
    async with house.open() as parent:
        parent.controller.send(Fork())
        assert "Nothing was said" in (await parent.until(Failed)).message
        await parent.run("x = 1")
        parent.controller.send(Fork(99))
        assert "no such point" in (await parent.until(Failed, 2)).message
        sessions = len(await house.catalog.sessions())

        async def fail(_other: VariableStore) -> bool:
            raise StoreError("The disk is full.")

        forker = Forker(parent.controller.transcript, parent.controller.id, house)
        with pytest.raises(StoreError):
            await forker.fork(None, fail)
        assert len(await house.catalog.sessions()) == sessions


async def test_the_model_is_told_and_the_title_is_the_forks_own_once_it_is_asked(house: House) -> None:
    async with house.open(scripts=["One.", "Two."]) as parent:
        parent.controller.send(SubmitPrompt("first thing"))
        await parent.until(TurnFinished)
        await parent.run("x = 1", "x = 2")
        fork = await house.fork(parent, 2)
    async with house.open(fork, ["Another."]) as child:
        await restored(child)
        assert child.controller.transcript.title == "first thing"
        child.controller.send(SubmitPrompt("another way"))
        await child.until(TurnFinished)
        said: list[Any] = [message.content for message in child.model.requests[0].messages]
        text = "\n".join(said)
        assert "goes on from here in a new session" in text
        assert "more was done there since" in text
        assert "These variables are back as they were, from disk: x." in text
        assert (await child.until(TitleChanged)).title == "another way"


async def test_a_cell_that_runs_is_not_forked(house: House) -> None:
    async with house.open() as parent:
        await parent.run("x = 1")
        parent.controller.send(RunUserCode("input('? ')"))
        await parent.until(InputRequested)
        parent.controller.send(Fork())
        assert (await parent.until(Failed)).message == "A cell is running."


async def test_a_disk_that_fills_leaves_both_sessions_whole(house: House) -> None:
    async def full(_other: VariableStore) -> bool:
        raise SnapshotError("Keeping the variables: the disk is full.")

    async with house.open() as parent:
        await parent.run("x = [1]")
        fork = await Forker(parent.controller.transcript, parent.controller.id, house).fork(None, full)
        assert parent.value("x") == [1]
        async with house.open(fork) as child:
            told = await restored(child)
            assert (told.back, told.problem) == ((), "Keeping the variables: the disk is full.")
            assert [offer.action for offer in told.offers] == ["a1"]


async def test_variables_of_a_fork_that_were_tampered_with_are_refused(house: House) -> None:
    async with house.open() as parent:
        await parent.run("x = [1]")
        session = parent.controller.id
    journal = await house.catalog.open(session, read_only=True)
    fork = await Forker(await read_transcript(journal), session, house).fork(None)
    kept = next((house.path / fork / "kept").glob("*/*.pickle"))
    kept.write_bytes(kept.read_bytes() + b".")
    async with house.open(fork) as child:
        told = await restored(child)
        assert "changed since" in told.problem
        assert "x" not in child.kernel.namespace


async def test_cells_that_were_sent_together_are_forked_as_they_ran(house: House) -> None:
    async with house.open() as parent:
        for code in ("x = [1]", "x.append(2)", "x.append(3)"):
            parent.controller.send(RunUserCode(code))
        await parent.until(CellFinished, 3)
        fork = await house.fork(parent, 3)
    async with house.open(fork) as child:
        assert (await restored(child)).back == ("x",)
        assert child.value("x") == [1, 2]
        ran = [(each.number, each.status) for each in child.controller.transcript.ran()]
        assert ran == [(1, "ok"), (2, "ok")]


async def test_refusals_name_the_cell() -> None:
    from codeact_tui.session.transcript import Transcript

    with pytest.raises(OpRefused):
        before_cell(Transcript(), 3)
