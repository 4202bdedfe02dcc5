"""Cells that run again with meaning: what became stale, and whether a session can be reproduced."""

from pathlib import Path

from codeact_tui.kernel.fake_script import Hang
from codeact_tui.protocol.events import (
    CellFinished,
    CellsStale,
    CellStarted,
    Failed,
    KernelStarted,
    Noted,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import Rerun, RerunCells, RestartKernel, RunUserCode
from codeact_tui.protocol.resuming import StaleCell
from tests.session.sitting import Folder


async def test_cells_become_stale_and_are_rerun_in_order(tmp_path: Path) -> None:
    async with Folder(tmp_path).open() as it:
        await it.run("x = 1", "y = x + 1", "print(y)", "other = 5")
        it.controller.send(Rerun(ActionId("a1"), "x = 10"))
        await it.waits(lambda: any(len(event.cells) == 2 for event in it.all(CellsStale)))
        assert [(cell.action, cell.names) for cell in it.all(CellsStale)[-1].cells] == [("a2", ("x",)), ("a3", ())]
        assert it.controller.transcript.actions[ActionId("a2")].stale == StaleCell(ActionId("a2"), ("x",))
        it.controller.send(RerunCells("stale"))
        note = await it.until(Noted)
        assert note.text == "2 cells were rerun; nothing is stale any more."
        assert it.value("y") == 11
        assert it.all(CellsStale)[-1].cells == ()
        it.controller.send(RerunCells("stale"))
        assert (await it.until(Failed)).message == "No cell is stale."


async def test_a_session_that_is_reproducible_is_said_to_be(tmp_path: Path) -> None:
    async with Folder(tmp_path).open() as it:
        await it.run("x = 1", "x += 1", "print(x)")
        it.controller.send(RerunCells("all"))
        note = await it.until(Noted)
        assert note.text == "Reproducible: 3 cells were run on a fresh kernel, and came out as before."
        assert it.value("x") == 2


async def test_what_is_sent_while_all_cells_run_again_waits_for_their_end(tmp_path: Path) -> None:
    async with Folder(tmp_path).open() as it:
        await it.run("x = 1", "x += 1", "print(x)")
        it.controller.send(RerunCells("all"))
        it.controller.send(RunUserCode("x = 5"))
        await it.until(CellFinished, 7)
        assert [it.controller.transcript.actions[each.action].code for each in it.all(CellFinished)][-1] == "x = 5"
        assert "Reproducible: 3 cells" in (await it.until(Noted)).text


async def test_a_restart_waits_for_no_cell_that_hangs(tmp_path: Path) -> None:
    async with Folder(tmp_path).open() as it:
        it.kernel.on("loop()", Hang())
        it.controller.send(RunUserCode("loop()"))
        await it.until(CellStarted)
        it.controller.send(RestartKernel())
        await it.until(KernelStarted, 2)


async def test_where_a_session_is_not_reproducible_is_said(tmp_path: Path) -> None:
    async with Folder(tmp_path).open() as it:
        await it.run("x = 1", "print(x)", "import os\nprint(os.getpid() * 0 + len(runs) if 'runs' in globals() else 0)")
        await it.run("x = 5")
        it.controller.send(Rerun(ActionId("a2")))
        await it.until(CellFinished, 5)
        it.controller.send(RerunCells("all", ActionId("a5")))
        note = await it.until(Noted)
        assert note.text == "Not reproducible: of 3 cells on a fresh kernel, [5]: “5” is now “1”."
        it.controller.send(RerunCells("all", ActionId("a77")))
        assert "has not run to its end" in (await it.until(Failed)).message
