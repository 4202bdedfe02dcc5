"""Which cells are kept by `--live-only`, and that what is kept runs from top to bottom with the same outputs."""

import json
from pathlib import Path
from typing import Any, cast

import nbclient
import nbformat
import pytest

from codeact_tui import Session
from codeact_tui.export.files import export_to_text
from codeact_tui.export.live import live_cells
from codeact_tui.export.material import gather
from codeact_tui.export.wish import ExportWish
from codeact_tui.headless.turn import Turn
from codeact_tui.protocol.events import KernelStarted
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.ops import Rerun
from tests.export.sessions import Story


def kept(story: Story) -> list[str]:
    return [cell.record.code for cell in live_cells(gather(story.envelopes, None).ran)]


def test_what_failed_and_what_was_run_again_is_left_out() -> None:
    assert kept(Story().does("a = 1").fails("1/0").does("b = 2")) == ["a = 1", "b = 2"]
    assert kept(Story().does("a = 1").does("b = 2").own("a = 3", rerun_of=1)) == ["b = 2", "a = 3"]
    assert kept(Story().does("import os").does("x").does("import os")) == ["x", "import os"]


def test_what_is_still_needed_stays() -> None:
    assert kept(Story().does("a = 1").does("b = a").own("a = 3", rerun_of=1)) == ["a = 1", "b = a", "a = 3"]
    assert kept(Story().fails("a = 1\n1/0").does("print(a)")) == ["a = 1\n1/0", "print(a)"]
    assert kept(Story().does("x = []").does("x.append(1)").own("x.append(1)", rerun_of=2)) == [
        *("x = []", "x.append(1)", "x.append(1)")
    ]
    assert kept(Story().does("c = C()").fails("c.connect()\n1/0").does("c.fetch()"))[1] == "c.connect()\n1/0"
    chain = Story().does("def g(): return 1").does("def f(): return g()").own("def g(): return 1", rerun_of=1)
    assert kept(chain.does("f()"))[-1] == "f()"
    assert kept(Story().fails("def g(): return 2\n1/0").does("def f(): return g()").does("f()"))[0].startswith("def g")


def test_only_the_last_kernel_counts() -> None:
    story = Story().does("a = 1").add(KernelStarted("/p", "3.11.7", restarted=True)).does("b = 2")
    assert kept(story) == ["b = 2"]
    assert kept(story.add(KernelStarted("/p", "3.11.7", restarted=True))) == ["b = 2"]


@pytest.mark.kernel
async def test_an_exported_notebook_gives_the_same_outputs_when_it_is_run(tmp_path: Path) -> None:
    """A real session with a failure, an edit of the past and pictures; then nbclient runs what was exported."""
    async with Session(folder=tmp_path, keep=False, settings={"sandbox.mode": "off"}) as session:
        for code in (
            "import random\nrandom.seed(7)\nbase = [1, 2]",
            "partial = 5\nraise ValueError('half way')",
            "print(base, partial)",
            "base.append(3); base",
            "total = sum(base)\ntotal",
            "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))\n'last'",
            "print('loser')",
        ):
            await session.run(code)
        turn = Turn(session.port, Rerun(action_id(7), "print('winner')"))
        await turn
        history = await session.history()
    for live_only in (False, True):
        text, _ = export_to_text([history], ExportWish("ipynb", live_only=live_only, redact=False), {})
        book = cast("Any", nbformat).reads(text, as_version=4)
        before = json.loads(text)
        for cell in book.cells:
            if cell.cell_type == "code" and not live_only and "raise" in cell.source:
                cell.metadata["tags"] = ["raises-exception"]
        client: Any = nbclient.NotebookClient(
            book,
            timeout=300,
            startup_timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(tmp_path)}},
        )
        await client.async_execute()
        pairs = zip(before["cells"], book.cells, strict=True)
        for was, now in pairs:
            if was["cell_type"] == "code":
                assert plain(was["outputs"]) == plain(now["outputs"])
        sources = [cell["source"] for cell in before["cells"] if cell["cell_type"] == "code"]
        assert ("print('loser')" in sources) is not live_only
        assert any("partial = 5" in source for source in sources), "what it made before it failed is needed"


def plain(outputs: list[Any]) -> list[Any]:
    """What is put out, however a stream was cut, without numbers of execution and the paths in tracebacks."""
    found: list[list[Any]] = []
    for each in outputs:
        if found and each["output_type"] == "stream" and found[-1][:2] == ["stream", each["name"]]:
            found[-1][2] += each["text"]
        else:
            found.append([each.get(key) for key in ("output_type", "name", "text", "data", "ename", "evalue")])
    return found
