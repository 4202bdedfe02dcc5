"""Variables kept by one kernel are back in another, as they were: over the fake and every real kernel."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
import pytest
import pytest_asyncio

from codeact_tui.errors import KernelError
from codeact_tui.kernel.base import Kernel
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.inside.bringing_back import bring_back
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport, Unkept, read_brought_back, read_report
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.snapshots.variables import VariableStore
from tests.kernel.helpers import DEADLINE_S, Cells, Listener
from tests.sandbox.mechanisms import working_mechanisms

LIMITS = KeepLimits(seconds=100, each_seconds=50, bytes=64 << 20, each_bytes=16 << 20)


@dataclass
class Keeping:
    """Two kernels, and what goes from one to the other."""

    first: Kernel
    second: Kernel
    store: VariableStore

    async def carry(self, code: str, limits: KeepLimits = LIMITS) -> tuple[KeptReport, BroughtBack]:
        """Make variables in the first kernel, and bring them back in the second."""
        await Cells(self.first).run(code)
        return await self.carry_from(None, limits)

    async def carry_from(self, checkpoint: str | None, limits: KeepLimits = LIMITS) -> tuple[KeptReport, BroughtBack]:
        """Bring the variables of the first kernel, or of a checkpoint of it, back in the second."""
        folder = self.store.begin()
        await self.first.keep_variables(str(folder), limits, at=checkpoint)
        async with asyncio.timeout(DEADLINE_S):
            while not (found := read_report(self.store.log_of(folder, 1 << 20)))[1]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        report = found[0]
        encoded = msgspec.json.encode(report)
        stems = tuple(group.file for group in report.groups)
        self.store.accept(folder, stems, taken_at=0.0, report=encoded)
        kept = self.store.newest()
        assert kept is not None
        return report, await self.second.bring_back(str(kept[0]), report, seconds=100)

    async def said(self, code: str) -> str:
        """Run a cell in the second kernel, and give what it prints."""
        cells = Cells(self.second)
        result = await cells.run(code)
        assert result.status == "ok", cells.outputs
        return "".join(output.text for output in cells.outputs if isinstance(output, StreamOutput)).strip()


def make(kind: str, folder: Path, store: VariableStore) -> Kernel:
    if kind == "fake":
        fake = FakeKernel()
        fake.keeps_checkpoints = True
        return fake
    sandbox = None if kind == "jupyter" else SandboxSettings(cast("SandboxMode", kind))
    checkpoints = CheckpointLimits(5, 1 << 30)
    return JupyterKernel(folder, sandbox=sandbox, checkpoints=checkpoints, exchange=(store.incoming, store.kept))


_REAL = ("jupyter", *working_mechanisms())


@pytest_asyncio.fixture(params=["fake", *(pytest.param(kind, marks=pytest.mark.kernel) for kind in _REAL)])
async def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keeping]:
    store = VariableStore(tmp_path / "kept", b"k" * 32, "s")
    store.prepare()
    (tmp_path / "work").mkdir()
    kind = cast("str", request.param)
    made = Keeping(make(kind, tmp_path / "work", store), make(kind, tmp_path / "work", store), store)
    await asyncio.gather(made.first.start(Listener()), made.second.start(Listener()))
    yield made
    await asyncio.gather(made.first.shutdown(), made.second.shutdown())


@pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's")
async def test_what_a_checkpoint_holds_is_kept_and_it_goes_on_being_held(keeping: Keeping) -> None:
    await Cells(keeping.first).run("x = [1]\ny = x\nimport random\nrandom.seed(3)")
    assert await keeping.first.checkpoint("c1") is not None
    await Cells(keeping.first).run("x.append(2); z = 3")
    for _ in range(2):
        report, back = await keeping.carry_from("c1")
        assert "z" not in report.names
        assert {"x", "y"} <= set(back.back)
        assert await keeping.said("print(x, x is y)") == "[1] True"
        if not isinstance(keeping.second, FakeKernel):  # whose random numbers are this process's, and others draw them
            assert await keeping.said("print(random.random() == random.Random(3).random())") == "True"
    assert [each.checkpoint for each in keeping.first.held()] == ["c1"]
    await Cells(keeping.first).run("assert (x, z) == ([1, 2], 3)")
    await keeping.first.wake("c1")
    cells = Cells(keeping.first)
    await cells.run("print(x)")
    assert cells.text == "[1]\n"
    with pytest.raises(KernelError):
        await keeping.first.keep_variables(str(keeping.store.begin()), LIMITS, at="nowhere")


MAKE = """
import math, collections
import random as r
shared = [1, 2]
one, two = {"k": shared}, (shared,)
k = 5
def f(x, *, more=1):
    return x * k + more
class P:
    made = 0
    def __init__(self, v):
        self.v = v
    def get(self):
        return f(self.v)
p = P(3)
ps = [p]
Point = collections.namedtuple("Point", "x y")
at = Point(1, 2)
later = lambda y: y + k
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    return up
up = counter(); up()
circle = []; circle.append(circle)
big = bytearray(b"x" * 300_000)
r.seed(3); drawn = r.random(); ought = r.Random(3); ought.random()
lines = (line for line in "ab")
class Bad:
    def __reduce__(self):
        raise SystemExit("no")
bad = Bad()
class Fails:
    def __reduce__(self):
        return (int, ("no number",))
fails = Fails()
"""
LOOK = """
print(one["k"] is two[0] is shared, f(2), p.get(), ps[0] is p, type(p) is P, isinstance(at, Point), at, later(1))
print(up(), circle[0] is circle, len(big), math.pi > 3, r.random() == ought.random() != drawn)
k = 7
print(f(2), p.get(), f.__globals__ is globals())
"""
SAID = """
True 11 16 True True True Point(x=1, y=2) 6
2 True 300000 True True
15 22 True
""".strip()


async def test_what_was_kept_is_back_as_it_was(keeping: Keeping) -> None:
    report, back = await keeping.carry(MAKE)
    skipped = {each.name: each.why for each in report.skipped}
    assert skipped == {"lines": "TypeError: cannot pickle 'generator' object", "bad": "SystemExit: no"}
    assert [each.name for each in back.failed] == ["fails"]
    assert {"shared", "f", "P", "p", "math", "r", "big"} <= set(back.back)
    assert await keeping.said(LOOK) == SAID


async def test_what_is_too_large_is_left_out_and_the_rest_kept(keeping: Keeping) -> None:
    limits = KeepLimits(seconds=100, each_seconds=50, bytes=600_000, each_bytes=400_000)
    report, back = await keeping.carry(
        "small = 1\nlarge = bytearray(500_000)\na, b = bytearray(350_000), bytearray(350_001)", limits
    )
    assert {each.name: each.why for each in report.skipped} == {
        "large": "no room was left for it",
        "b": "no room was left for it",
    }
    assert {"small", "a"} <= set(back.back)
    report, back = await keeping.carry("", KeepLimits(seconds=100, each_seconds=50, bytes=1 << 30, each_bytes=400_000))
    assert [(each.name, each.why) for each in report.skipped] == [("large", "larger than 0.381 MB")]
    assert {"small", "a", "b"} <= set(back.back)


@pytest.mark.kernel
async def test_what_hangs_is_left_out_and_the_kernel_goes_on(tmp_path: Path) -> None:
    store = VariableStore(tmp_path / "kept", b"k" * 32, "s")
    store.prepare()
    kernel = make("jupyter", tmp_path, store)
    await kernel.start(Listener())
    keeping = Keeping(kernel, kernel, store)
    code = """
small = 1
class Spins:
    def __reduce__(self):
        while True: pass
spins = Spins()
class Stuck:
    def __sizeof__(self): return 1 << 40
    def __reduce__(self):
        import ctypes; ctypes.CDLL(None).sleep(1000)
stuck = Stuck()
"""
    await Cells(kernel).run(code)
    folder = store.begin()
    await kernel.keep_variables(str(folder), KeepLimits(seconds=100, each_seconds=2.0))
    assert await keeping.said("print(small)") == "1"  # while the copy still works at it

    def over() -> bool:
        found, _done = read_report(store.log_of(folder, 1 << 20))
        return any(each.why.startswith("took longer") for each in found.skipped)

    async with asyncio.timeout(DEADLINE_S):
        while not over():  # noqa: ASYNC110 - another process writes it, and tells nobody
            await asyncio.sleep(0.02)
    report, done = read_report(store.log_of(folder, 1 << 20))
    skipped = {each.name: each.why for each in report.skipped}
    assert not done
    assert skipped["spins"] == "took longer than it may"
    assert skipped["stuck"] == "there was no time for it"
    assert "small" in report.names
    await kernel.shutdown()


def test_what_a_kernel_tells_is_read_as_a_strangers() -> None:
    log = b'{"names":["a","b"],"skipped":[["c","\\u001b[31mno"]]}\n{"names":["a"],"file":"../../etc/passwd"}\n'
    with pytest.raises(msgspec.DecodeError):
        read_report(log)
    report, done = read_report(log.split(b"\n")[0] + b'\n{"names":["a"],"file":"0"}\n{"cut')
    assert not done
    assert [group.names for group in report.groups] == [("a",)]
    assert report.skipped == (Unkept("c", "no"), Unkept("b", "there was no time for it"))
    assert read_report(b"") == (KeptReport(), False)
    assert read_brought_back(b'{"back":["a\\nb"],"failed":[["c","d"]]}') == BroughtBack(("a b",), (Unkept("c", "d"),))
    with pytest.raises(msgspec.DecodeError):
        read_brought_back(b'{"back":[1]}')


def test_without_cloudpickle_what_plain_pickle_can_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from codeact_tui.kernel.inside import pickling
    from codeact_tui.kernel.inside.keeping import keep

    monkeypatch.setattr(pickling, "_cloudpickle", lambda: None)
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec("def f(): pass\nclass A: pass\nx = {'n': 1}\na = A()", namespace)
    keep(namespace, {}, str(tmp_path), cast("dict[str, float]", msgspec.to_builtins(LIMITS)))
    report, done = read_report((tmp_path / "log").read_bytes())
    assert done
    assert not report.code
    assert "x" in report.names
    assert {each.name for each in report.skipped} == {"f", "A", "a"}
    assert all("made in a cell: keeping it takes cloudpickle" in each.why for each in report.skipped)


@pytest.mark.parametrize("at", ["importlib.import_module", "_show_figures", "_load", "_put"])
def test_when_there_is_no_time_left_nothing_more_is_begun(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []

    def stage(name: str, found: object) -> None:
        def do(*_: object) -> object:
            did.append(name)
            if name == at:
                raise KeyboardInterrupt
            return found

        monkeypatch.setattr(f"codeact_tui.kernel.inside.bringing_back.{name}", do)

    stage("importlib.import_module", None)
    stage("_show_figures", ())
    stage("_load", None)
    stage("_put", ("x",))
    groups: list[dict[str, object]] = [
        {"file": str(at), "names": [name], "lengths": []} for at, name in enumerate("xy")
    ]
    found = bring_back({}, "", [["m", "m"], ["n", "n"]], groups)
    assert did[-1] == at
    assert did.count(at) == 1
    late = {"importlib.import_module": "mnxy"}.get(at, "xy")
    assert found["failed"] == [[name, "it took too long"] for name in late]
