"""Going back over a real kernel in a real sandbox: variables, files and conversation, together."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from codeact_tui.config.schema import Config
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import FilesKept, TravelAsked
from codeact_tui.protocol.ops import Redo, Rewind, RunUserCode, Undo
from codeact_tui.protocol.travel import Rewound
from codeact_tui.sandbox.choice import SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.observations import output_text
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.session.points import points
from codeact_tui.snapshots.files import FileSnapshots, SnapshotLimits
from codeact_tui.store.memory import MemoryCatalog
from tests.session.bench import Bench, ToyKernel

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def it(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    root = tmp_path_factory.mktemp("real")
    work = root / "work"
    work.mkdir()
    catalog, model = MemoryCatalog(), ScriptedModel([])
    journal = await catalog.create(folder=str(work), model="scripted")
    kernel = JupyterKernel(work, sandbox=SandboxSettings(), checkpoints=CheckpointLimits(20, 1 << 30))
    controller = await open_session(
        journal,
        await read_transcript(journal),
        kernel=kernel,
        seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
        config=Config(),
        folder=str(work),
        files=FileSnapshots(work, root / "kept", b"k" * 32, SnapshotLimits(spare_bytes=0), session=journal.session),
    )
    made = Bench(controller, model, ToyKernel(), catalog)
    controller.listen(made.hear)
    yield made
    await controller.close()


def folder(it: Bench) -> Path:
    return Path(it.controller.transcript.folder)


async def run(it: Bench, code: str) -> str:
    """Run a cell; give what it put out, once the files are kept as it has left them."""
    count = len(it.all(FilesKept))
    it.send(RunUserCode(code))
    await _until(it, FilesKept, count + 2)
    return output_text(it.last.outputs)


async def go(it: Bench, op: Undo | Redo | Rewind) -> Rewound:
    count = len(it.all(Rewound))
    it.send(op)
    return await _until(it, Rewound, count + 1)


async def _until(it: Bench, kind: type[Any], count: int) -> Any:
    return await it.until(lambda: len(it.all(kind)) >= count) or it.all(kind)[count - 1]


async def test_a_file_that_is_open_is_written_on_where_it_was_after_going_back(it: Bench) -> None:
    log = folder(it) / "log.txt"
    await run(it, "x = 1; log = open('log.txt', 'w'); log.write('one '); log.flush()")
    await run(it, "x = 2; log.write('never '); log.flush()")
    assert log.read_text() == "one never "
    gone = await go(it, Undo())
    assert (log.read_text(), gone.what) == ("one ", ("conversation", "variables", "files"))
    await run(it, "log.write('two'); log.flush(); print(x)")
    assert (log.read_text(), output_text(it.last.outputs)) == ("one two", "1")


async def test_all_goes_back_to_the_beginning_and_forth_again(it: Bench) -> None:
    notes, table = folder(it) / "notes.md", folder(it) / "data" / "table.csv"
    await run(it, "import os; os.makedirs('data'); n = [0]; open('data/table.csv', 'w').write('a,b')")
    first = points(it.controller.transcript)[-1].sequence
    notes.write_text("mine")
    await run(it, "n.append(1); open('notes.md', 'a').write(' and the cell'); os.remove('data/table.csv')")
    await go(it, Undo())
    assert (notes.read_text(), table.read_text()) == ("mine", "a,b")
    gone = await go(it, Rewind(first))
    assert (notes.read_text(), table.parent.exists()) == ("mine", False)
    assert gone.files is not None
    assert gone.files.kept == ("notes.md",)
    await go(it, Redo())
    assert (table.read_text(), await run(it, "print(n)")) == ("a,b", "[0]")


async def test_what_the_user_changed_is_asked_about_over_a_real_kernel(it: Bench) -> None:
    mine = folder(it) / "mine.txt"
    await run(it, "y = 5; open('mine.txt', 'w').write('by the cell')")
    mine.write_text("by me")
    asked = len(it.all(TravelAsked))
    it.send(Undo())
    await _until(it, TravelAsked, asked + 1)
    assert mine.read_text() == "by me"
    await go(it, Undo("overwrite"))
    assert not mine.exists()
    await go(it, Redo())
    assert mine.read_text() == "by me"
    assert await run(it, "print(y)") == "5"
