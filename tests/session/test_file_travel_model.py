"""Any sequence of cells, edits and goings back leaves everything as it is without the undone parts."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.protocol.ops import Redo, Rewind, Undo
from codeact_tui.protocol.travel import Rewound
from codeact_tui.session.points import points
from tests.session.bench import Bench, bench
from tests.session.test_file_travel import contents, kept, run, write
from tests.session.test_travelling import travelling, visible

NAMES = st.sampled_from("abc")
VALUES = st.text("xyz", min_size=1, max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("cell"), NAMES, VALUES),
    st.tuples(st.just("edit"), st.sampled_from(["mine", "notes"]), VALUES),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
    st.tuples(st.just("rewind"), st.integers(0, 5)),
)


class Model:
    """What ought to be there."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.made: list[dict[str, str]] = [{}]
        """What cells had made before each of them, and have now: variables and files are called alike."""
        self.mine: dict[str, str] = {}
        self.undone: tuple[list[str], list[dict[str, str]]] | None = None

    def ran(self, code: str, name: str, value: str) -> None:
        self.cells.append(code)
        self.made.append({**self.made[-1], name: value})
        self.undone = None

    def back(self, count: int) -> None:
        self.undone = list(self.cells), list(self.made)
        del self.cells[count:], self.made[count + 1 :]

    def forth(self) -> None:
        assert self.undone is not None
        (self.cells, self.made), self.undone = self.undone, None


@settings(max_examples=8, deadline=None)
@given(steps=st.lists(STEPS, min_size=3, max_size=9))
def test_what_was_undone_leaves_nothing(steps: list[tuple[str, ...]]) -> None:
    root = Path(tempfile.mkdtemp(prefix="codeact-travel-"))
    try:
        asyncio.run(_play(root, steps))
    finally:
        shutil.rmtree(root)


async def _play(root: Path, steps: list[tuple[str, ...]]) -> None:
    work, model, kernel = root / "work", Model(), travelling()
    work.mkdir()
    async with bench(in_its_place=kernel, files=kept(work)) as it:
        for step in steps:
            await _step(it, work, model, *step)
            assert contents(work) == {**model.made[-1], **model.mine}
            assert {name: kernel.namespace[name] for name in "abc" if name in kernel.namespace} == model.made[-1]
            assert visible(it) == model.cells


async def _step(it: Bench, work: Path, model: Model, what: str, *rest: object) -> None:
    gone = len(it.all(Rewound))
    match [what, *rest]:
        case ["cell", str(name), str(value)]:
            code = f"{name} = {value!r}; {write(work / name, value)}"
            await run(it, code)
            model.ran(code, name, value)
            return
        case ["edit", str(name), str(value)]:
            (work / name).write_text(value)
            model.mine[name] = value
            return
        case ["undo"] if model.cells:
            it.send(Undo())
            model.back(len(model.cells) - 1)
        case ["redo"] if model.undone is not None:
            it.send(Redo())
            model.forth()
        case ["rewind", int(place)] if place < len(model.cells):
            cells = [each for each in points(it.controller.transcript) if each.kind == "cell"]
            it.send(Rewind(cells[place].sequence))
            model.back(place)
        case _:
            return
    await it.until(Rewound, gone + 1)
