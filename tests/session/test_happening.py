"""What cells do is recorded with their end, and compared with what was foretold."""

from pathlib import Path

import pytest

from codeact_tui.effects.base import Analysis
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.events import CellFinished
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import RunUserCode
from codeact_tui.protocol.records import FileChange, Happened, ProgramRun, ProgramStart
from codeact_tui.session.happening import Recorder
from tests.session.test_refusing import session, until

GIT = ProgramStart("/usr/bin/git", ("git", "status"))


async def foretell(code: str) -> Analysis:
    return Analysis((Effect(1, "write", "a.txt"),) if code == "tells" else (Effect(1, "unknown", "f"),))


async def test_files_programs_and_packages_are_compared_before_and_after(tmp_path: Path) -> None:
    kernel = FakeKernel()
    kernel.packages = ("six 1.0",)
    recorder = Recorder(kernel, foretell)
    kernel.programs = [GIT]
    await recorder.begin(str(tmp_path))
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b\udcff\n.txt").write_text("b")
    kernel.programs = [GIT, GIT, ProgramStart("/bin/odd\udcff", ("x",))]
    kernel.packages = ("six 1.0", "seven 2.0")
    happened = await recorder.end("tells", compared=True)
    assert happened == Happened(
        files=(FileChange("a.txt", "created", True), FileChange("b?\n.txt", "created", False)),
        programs=(ProgramRun("git", "git status", 2, False), ProgramRun("odd?", "odd?", 1, False)),
        packages=("seven 2.0",),
    )
    stored = CellFinished(ActionId("a1"), "ok", happened=happened)
    assert decode_event(encode(stored)) == stored


async def test_nothing_is_claimed_of_the_users_own_cells_nor_where_the_code_does_not_tell(tmp_path: Path) -> None:
    recorder = Recorder(FakeKernel(), foretell)
    for code, compared in (("tells", False), ("hides", True)):
        await recorder.begin(str(tmp_path))
        (tmp_path / f"{code}.txt").write_text("a")
        assert (await recorder.end(code, compared=compared)).files == (FileChange(f"{code}.txt", "created", None),)


async def test_where_no_program_can_be_seen_it_is_said_of_a_cell_that_starts_some(tmp_path: Path) -> None:
    async def tell(code: str) -> Analysis:
        return Analysis(
            (Effect(1, "process", "git status"),) if code == "!git status" else (Effect(1, "unknown", "f"),)
        )

    kernel = FakeKernel()
    recorder = Recorder(kernel, tell)
    for seen in (True, False):
        kernel.programs_seen = seen
        for code, compared in (("!git status", True), ("f()", True), ("!git status", False)):
            await recorder.begin(str(tmp_path))
            happened = await recorder.end(code, compared=compared)
            assert happened == Happened(programs_unseen=not seen and compared and code.startswith("!"))


async def test_many_are_bounded_and_counted(tmp_path: Path) -> None:
    kernel = FakeKernel()
    recorder = Recorder(kernel)
    await recorder.begin(str(tmp_path))
    for number in range(130):
        (tmp_path / f"{number}").write_text("")
    kernel.programs = [ProgramStart("/bin/true", ("true", str(number))) for number in range(60)]
    happened = await recorder.end("", compared=True)
    assert (len(happened.files), happened.more_files, happened.cut) == (100, 30, False)
    assert (len(happened.programs), happened.more_programs) == (50, 10)


@pytest.mark.parametrize(("looks", "folder"), [(False, "there"), (True, "")])
async def test_where_it_is_not_to_look_it_does_not(tmp_path: Path, looks: bool, folder: str) -> None:
    recorder = Recorder(FakeKernel(), looks=looks)
    await recorder.begin(folder and str(tmp_path))
    (tmp_path / "a").write_text("")
    assert await recorder.end("", compared=True) == Happened()


async def test_it_stands_with_the_cell(tmp_path: Path) -> None:
    kernel = FakeKernel({"run()": []})
    async with session(kernel) as (controller, _, events):
        kernel.packages = ("six 1.0",)
        controller.send(RunUserCode("run()"))
        await until(controller, lambda: any(isinstance(each, CellFinished) for each in events))
        assert controller.transcript.actions[ActionId("a1")].happened.programs == ()
