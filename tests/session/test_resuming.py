"""What is kept when a session is closed, and back when it is opened again."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from codeact_tui.config.schema import Config, ResumeConfig
from codeact_tui.errors import KernelNotReady, SnapshotError, StoreError
from codeact_tui.protocol.events import (
    Failed,
    KernelStarted,
    Noted,
    Rewound,
    TurnFinished,
    VariablesRestored,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import RerunCells, SubmitPrompt, Undo
from codeact_tui.protocol.resuming import MissingVariable, RerunOffer
from codeact_tui.session.resuming import restored_for_model, restored_sentences
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.memory import MemoryJournal
from tests.session.sitting import Folder, Sitting, eventually


async def test_variables_come_back_when_the_session_is_opened_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("import math\nshared = [1]\nboth = {'s': shared}\nx = 2", "source = open('/dev/null')")
    it.value("source").close()
    async with folder.open(scripts=["All is well."]) as it:
        event = await it.until(VariablesRestored)
        assert set(event.back) == {"math", "shared", "both", "x"}
        assert [missing.name for missing in event.missing] == ["source"]
        assert "open file" in event.missing[0].why
        assert [offer.action for offer in event.offers] == ["a2"]
        assert [effect.kind for effect in event.offers[0].effects] == ["read"]
        assert it.value("both")["s"] is it.value("shared")
        it.controller.send(SubmitPrompt("go on"))
        await it.until(TurnFinished)
        told = "\n".join(message.content for message in it.model.requests[0].messages)
        assert "These variables are back as they were, from disk" in told
        assert "source (TypeError: cannot pickle" in told


async def test_what_is_missing_is_made_again_on_request(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("x = 1", "numbers = (n for n in range(x, 5))", "y = 3")
    async with folder.open() as it:
        await it.until(VariablesRestored)
        assert it.controller.transcript.missing == ("a2",)
        it.controller.send(RerunCells("missing"))
        await it.until(Noted)
        assert list(it.value("numbers")) == [1, 2, 3, 4]
        assert it.kernel.executed == ["numbers = (n for n in range(x, 5))"]
        assert it.controller.transcript.missing == ()
        it.controller.send(RerunCells("missing"))
        assert "nothing to rerun" in (await it.until(Failed)).message


async def test_what_was_not_back_is_not_forgotten_at_the_next_opening(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("x = 1\nnumbers = (n for n in range(5))", "y = x + 2")
    async with folder.open() as it:
        await it.until(VariablesRestored)
        await it.run("z = 3")
    async with folder.open() as it:
        event = await it.until(VariablesRestored)
        assert set(event.back) == {"x", "y", "z"}
        assert event.missing == (MissingVariable("numbers", "was not back the last time either"),)
        assert it.controller.transcript.missing == ("a1",)
        it.controller.send(RerunCells("missing"))
        await it.until(Noted)
        it.value("numbers").close()
    for path in (tmp_path / "kept" / "kept").glob("*/*.pickle"):
        path.write_bytes(b"another")
    async with folder.open() as it:
        event = await it.until(VariablesRestored)
        assert [offer.action for offer in event.offers] == ["a1", "a2", "a3", "a4"]


async def test_a_third_opening_still_has_them(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("x = 1")
    async with folder.open() as it:
        await it.until(VariablesRestored)
    async with folder.open() as it:
        await it.until(VariablesRestored)
        await it.run("y = x + 1")
    async with folder.open() as it:
        event = await it.until(VariablesRestored)
        assert set(event.back) == {"x", "y"}
        assert all(record.live for record in it.controller.transcript.actions.values())


async def test_what_was_tampered_with_is_not_loaded(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("x = 1")
    for path in (tmp_path / "kept" / "kept").glob("*/*.pickle"):
        path.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    async with folder.open() as it:
        event = await it.until(VariablesRestored)
        assert event.back == ()
        assert "have been changed since" in event.problem
        assert [offer.action for offer in event.offers] == ["a1"]
        assert "x" not in it.kernel.namespace
        it.controller.send(RerunCells("missing"))
        await it.until(Noted)
        assert it.value("x") == 1


async def test_another_python_is_told_apart(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("x = 1")
    async with folder.open(version="3.99.1") as it:
        event = await it.until(VariablesRestored)
        assert "this kernel is 3.99.1" in event.problem


def what_is_kept(it: Sitting) -> dict[str, bytes]:
    newest = it.store.newest()
    assert newest is not None
    return {each.name: each.read_bytes() for each in newest[0].iterdir()}


async def is_kept(it: Sitting, name: str) -> None:
    """Wait until what is kept holds a variable."""
    await eventually(lambda: (newest := it.store.newest()) is not None and f'"{name}"'.encode() in newest[1].report)
    await eventually(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "keep the variables"])


def put_back(path: Path, kept: dict[str, bytes]) -> None:
    """Leave what was kept then alone, as after a SIGKILL: nothing was kept later, and nothing on quitting."""
    for folder in (path / "kept" / "kept").iterdir():
        for each in folder.iterdir():
            each.unlink()
        for name, data in kept.items():
            (folder / name).write_bytes(data)


async def test_what_cells_did_after_the_variables_were_kept_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path, Config(resume=ResumeConfig(after_seconds=0.0)))
    async with folder.open() as it:
        await it.run("x = 1\nxs = [1]", "y = 2")
        await is_kept(it, "y")
        monkeypatch.setattr("codeact_tui.session.keeping._REST_S", 3600.0)  # nothing is kept later
        await it.run("xs.append(2)", "z = 3")
        kept = what_is_kept(it)
    put_back(tmp_path, kept)
    async with folder.open() as it:
        event = await it.until(VariablesRestored)
        assert {missing.name: missing.why for missing in event.missing} == {
            "xs": "is as it was before [3]",
            "z": "was made after the variables were kept, by [4]",
        }
        assert [offer.action for offer in event.offers] == ["a1", "a3", "a4"]


async def test_what_was_taken_back_after_the_variables_were_kept_is_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path, Config(resume=ResumeConfig(after_seconds=0.0)))
    async with folder.open() as it:
        it.kernel.keeps_checkpoints = True
        await it.run("x = 1", "x = 2\ny = 3")
        await is_kept(it, "y")
        kept = what_is_kept(it)
        it.controller.send(Undo())
        await it.until(Rewound)
        assert it.value("x") == 1
    put_back(tmp_path, kept)
    async with folder.open() as it:
        event = await it.until(VariablesRestored)
        why = "is as [2] left it, which was taken back"
        assert {missing.name: missing.why for missing in event.missing} == {"x": why, "y": why}
        assert [offer.action for offer in event.offers] == ["a1"]


async def test_a_going_back_is_kept_at_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path, Config(resume=ResumeConfig(after_seconds=0.0)))
    async with folder.open() as it:
        it.kernel.keeps_checkpoints = True
        await it.run("x = 1", "y = 3")
        await is_kept(it, "y")
        kept = it.store.newest()
        it.controller.send(Undo())
        await it.until(Rewound)
        await eventually(lambda: it.store.newest() != kept)


async def test_a_going_back_while_the_variables_are_being_kept_is_kept_after_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, let_go = threading.Event(), threading.Event()
    accept = VariableStore.accept

    def slow(self: VariableStore, *args: Any, **more: Any) -> Any:
        accept(self, *args, **more)
        entered.set()
        let_go.wait(120)

    monkeypatch.setattr(VariableStore, "accept", slow)
    folder = Folder(tmp_path, Config(resume=ResumeConfig(after_seconds=0.0)))
    async with folder.open() as it:
        it.kernel.keeps_checkpoints = True
        await it.run("x = 1", "y = 3")
        await eventually(entered.is_set)
        kept = it.store.newest()
        it.controller.send(Undo())
        await it.until(Rewound)
        let_go.set()
        await eventually(lambda: it.store.newest() != kept)


async def test_quitting_while_the_variables_are_being_kept_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeact_tui.session.keeping._REST_S", 0.0)
    folder = Folder(tmp_path, Config(resume=ResumeConfig(after_seconds=0.0)))
    async with folder.open() as it:
        begun, keep = asyncio.Event(), it.kernel.keep_variables

        async def begin(*_args: object, **_more: object) -> None:
            it.kernel.keep_variables = keep
            begun.set()
            await asyncio.Event().wait()

        it.kernel.keep_variables = begin
        await it.run("x = 1")
        await begun.wait()
    async with folder.open() as it:
        assert (await it.until(VariablesRestored)).back == ("x",)


async def test_a_full_disk_does_not_keep_a_session_from_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Any:
        raise SnapshotError("There is no room left on the disk.")

    async def refused(*_: object) -> Any:
        raise StoreError("There is no room left on the disk.")

    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("x = 1")
        monkeypatch.setattr(VariableStore, "begin", full)
        monkeypatch.setattr(MemoryJournal, "append", refused)
        async with asyncio.timeout(60):
            await it.controller.close()
        assert it.controller.state == "stopped"
        with pytest.raises(KernelNotReady):
            await it.kernel.variables()


async def test_a_fork_is_told_when_the_kernel_ends_before_its_variables_are_kept(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.run("x = 1")
        crew = it.controller._crew  # pyright: ignore[reportPrivateUsage]
        assert crew.keeper is not None
        async with crew.host.turnstile:
            keeping = asyncio.create_task(crew.keeper.keep_for(it.store, None))
            await asyncio.sleep(0)
            it.kernel.die()
        assert await keeping is False


async def test_nothing_is_kept_that_is_not_wanted_and_nothing_said(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        await it.until(KernelStarted)
    async with folder.open() as it:
        await it.until(KernelStarted)
        await it.run("x = 1")
        assert it.all(VariablesRestored) == []


async def test_a_cell_that_was_taken_back_stays_so_when_the_session_is_opened_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    async with folder.open() as it:
        it.kernel.keeps_checkpoints = True
        await it.run("x = 1", "y = x", "x = 2")
        it.controller.send(Undo())
        await it.until(Rewound)
    async with folder.open() as it:
        assert (await it.until(VariablesRestored)).back == ("x", "y")
        it.controller.send(RerunCells("all"))
        assert "2 cells were run on a fresh kernel" in (await it.until(Noted)).text


def test_the_sentences_of_a_resume() -> None:
    event = VariablesRestored(
        ("df", "k"),
        (MissingVariable("a", "no"), MissingVariable("b", "no"), MissingVariable("c", "TypeError: x.")),
        (RerunOffer(ActionId("a2")),),
    )
    assert restored_sentences(event) == [
        "Back from disk: df, k.",
        "Not back: a, b (no); c (TypeError: x).",
        "/rerun-missing runs the cell that made these again: [2] only computes.",
    ]
    assert restored_for_model(event) == (
        "[These variables are back as they were, from disk: df, k. These are not: a, b (no); c (TypeError: x).]"
    )
    assert restored_for_model(VariablesRestored(problem="No.")) == ""
