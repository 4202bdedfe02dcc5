"""Any sequence of file changes, snapshots and restores leaves the workspace equal to a model's."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from codeact_tui.snapshots.files import FileSnapshots, SnapshotLimits

NAMES = st.sampled_from(["a", "b", "A", "déjà", "\udce9", "new\nline", "-rf *"])
PATHS = st.lists(NAMES, min_size=1, max_size=3)
DATA = st.sampled_from([b"", b"1", b"2", b"three" * 60_000, b"four" * 80_000])
MODES = st.sampled_from([0o600, 0o644, 0o755, 0o444])
PIPE = "pipe"
"""Never opened, never kept; it stays."""

Node = tuple[str, Any]


class Workspaces(RuleBasedStateMachine):
    """A workspace, and a dictionary that says what ought to be in it."""

    taken = Bundle("taken")

    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="codeact-model-"))
        self.work = self.root / "work"
        self.work.mkdir()
        self.loop = asyncio.new_event_loop()
        self.files = FileSnapshots(self.work, self.root / "data", b"k" * 32, SnapshotLimits(spare_bytes=0))
        self.model: dict[str, Node] = {}

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.run_until_complete(self.files.close())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            shutil.rmtree(self.root)

    def free(self, parts: list[str]) -> str | None:
        """Give a path's text, its place cleared and its folders made."""
        self.remove(parts)
        for count in range(1, len(parts)):
            path = "/".join(parts[:count])
            if self.model.get(path, ("folder",))[0] != "folder":
                return None
            if path not in self.model:
                (self.work / path).mkdir(mode=0o755)
                (self.work / path).chmod(0o755)
                self.model[path] = ("folder", 0o755)
        return "/".join(parts)

    @rule(parts=PATHS, data=DATA, mode=MODES)
    def write(self, parts: list[str], data: bytes, mode: int) -> None:
        path = self.free(parts)
        if path is not None:
            (self.work / path).write_bytes(data)
            (self.work / path).chmod(mode)
            self.model[path] = ("file", (data, mode))

    @rule(parts=PATHS, data=DATA)
    def append(self, parts: list[str], data: bytes) -> None:
        path = "/".join(parts)
        kind, value = self.model.get(path, ("", None))
        if kind == "file":
            (self.work / path).chmod(value[1] | 0o200)
            with (self.work / path).open("ab") as file:
                file.write(data)
            (self.work / path).chmod(value[1])
            self.model[path] = ("file", (value[0] + data, value[1]))

    @rule(parts=PATHS, where=NAMES)
    def link(self, parts: list[str], where: str) -> None:
        path = self.free(parts)
        if path is not None:
            (self.work / path).symlink_to(where)
            self.model[path] = ("link", where)

    @rule(parts=PATHS, mode=MODES)
    def change_mode(self, parts: list[str], mode: int) -> None:
        path = "/".join(parts)
        kind, value = self.model.get(path, ("", None))
        if kind == "file":
            (self.work / path).chmod(mode)
            self.model[path] = ("file", (value[0], mode))

    @rule()
    def make_a_pipe(self) -> None:
        if not (self.work / PIPE).exists():
            os.mkfifo(self.work / PIPE)

    @rule(parts=PATHS)
    def make_folder(self, parts: list[str]) -> None:
        path = self.free(parts)
        if path is not None:
            (self.work / path).mkdir()
            (self.work / path).chmod(0o700)
            self.model[path] = ("folder", 0o700)

    @rule(parts=PATHS)
    def remove(self, parts: list[str]) -> None:
        path = "/".join(parts)
        kind, _value = self.model.get(path, ("", None))
        if kind == "folder":
            shutil.rmtree(self.work / path)
        elif kind:
            (self.work / path).unlink()
        for each in [each for each in self.model if each == path or each.startswith(f"{path}/")]:
            if kind:
                del self.model[each]

    @rule(target=taken)
    def take(self) -> tuple[str, dict[str, Node]]:
        return self.loop.run_until_complete(self.files.take()).id, dict(self.model)

    @rule(point=taken)
    def restore(self, point: tuple[str, dict[str, Node]]) -> None:
        name, model = point
        plan = self.loop.run_until_complete(self.files.preview(name))
        done = self.loop.run_until_complete(self.files.restore(plan))
        assert (done.failed, done.kept) == ((), ())
        self.model = dict(model)

    @rule(a=taken, b=taken)
    def compare(self, a: tuple[str, dict[str, Node]], b: tuple[str, dict[str, Node]]) -> None:
        found = self.loop.run_until_complete(self.files.changes(a[0], b[0])).items
        paths = {path for path in a[1].keys() | b[1].keys() if a[1].get(path) != b[1].get(path)}
        assert {each.path for each in found} - {PIPE} == paths

    @rule()
    def collect(self) -> None:
        self.loop.run_until_complete(self.files.collect())

    @invariant()
    def as_it_ought_to_be(self) -> None:
        if hasattr(self, "model"):
            assert dict(sorted(seen(self.work).items())) == dict(sorted(self.model.items()))


def seen(work: Path) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for path in work.rglob("*"):
        name = os.path.relpath(path, work)
        mode = path.lstat().st_mode & 0o777
        if name == PIPE:
            continue
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))  # noqa: PTH115
        elif path.is_dir():
            found[name] = ("folder", mode)
        else:
            found[name] = ("file", (path.read_bytes(), mode))
    return found


TestWorkspaces = Workspaces.TestCase
TestWorkspaces.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
