"""What is different between two trees, and what bringing one back would do. Pure but for reading trees.

A restore is a merge of three: what is to come back (`target`), what is there now, and who changed what in between.
A path that only cells have changed is brought back. One that only the user has changed stays as it is. One that both
have changed is a conflict, which the user decides.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from codeact_tui.errors import SnapshotDamaged
from codeact_tui.snapshots.entries import Entry, decode_tree, is_left

__all__ = ["Difference", "PlannedChange", "Trees", "WhatHappens", "by_kind", "compare", "plan_changes", "walk"]

WhatHappens = Literal["created", "changed", "deleted"]


class Difference(Struct, frozen=True):
    """A path that is not the same in two trees; None stands for "not there"."""

    path: str
    before: Entry | None
    after: Entry | None

    @property
    def kind(self) -> WhatHappens:
        """What happened from one to the other."""
        if self.before is None:
            return "created"
        return "deleted" if self.after is None else "changed"


class PlannedChange(Struct, frozen=True):
    """A path that a restore would change."""

    path: str
    now: Entry | None
    """What is there; None for nothing."""
    then: Entry | None
    """What is to come back; None for nothing."""
    conflict: str = ""
    """Why it is not brought back unless the user says so; empty when it is."""

    @property
    def kind(self) -> WhatHappens:
        """What the restore would do."""
        if self.now is None:
            return "created"
        return "deleted" if self.then is None else "changed"

    def turned(self) -> "PlannedChange":
        """Give the way back."""
        return PlannedChange(self.path, self.then, self.now)


class Trees:
    """Reads trees, each once.

    Args:
        get: Gives content by its hash.
    """

    _CACHED = 4_096

    def __init__(self, get: Callable[[bytes], bytes]) -> None:
        self._get = get
        self._read: dict[bytes, list[Entry]] = {}

    def entries(self, tree: bytes) -> list[Entry]:
        """Give a tree's entries.

        Raises:
            SnapshotDamaged: It is not what was kept.
        """
        if tree not in self._read:
            try:
                found = decode_tree(self._get(tree))
            except msgspec.DecodeError:
                raise SnapshotDamaged("A snapshot is damaged: what it says of a folder can't be read.") from None
            if len(self._read) >= self._CACHED:
                self._read.clear()
            self._read[tree] = found
        return self._read[tree]


def compare(trees: Trees, before: bytes, after: bytes, base: str = "") -> Iterator[Difference]:
    """Give what is different, folders before what is in them; what is equal is not looked into."""
    if before == after:
        return
    old = {entry.name: entry for entry in (trees.entries(before) if before else ())}
    new = {entry.name: entry for entry in (trees.entries(after) if after else ())}
    for name in sorted(old.keys() | new.keys()):
        yield from _compare_entries(trees, old.get(name), new.get(name), base + _text(name))


def _compare_entries(trees: Trees, old: Entry | None, new: Entry | None, path: str) -> Iterator[Difference]:
    if old == new:
        return
    was_folder, is_folder = _is_folder(old), _is_folder(new)
    if not (was_folder and is_folder) or (old and new and old.mode != new.mode):
        yield Difference(path, old, new)
    if is_left(old) or is_left(new):
        return  # nothing is known of what lies beneath, on one side
    if was_folder or is_folder:
        inner_old = old.content if old is not None and was_folder else b""
        inner_new = new.content if new is not None and is_folder else b""
        yield from compare(trees, inner_old, inner_new, f"{path}/")


def walk(trees: Trees, tree: bytes, seen: set[bytes]) -> None:
    """Add the hashes of all that a tree needs; what has been seen is not looked into again, nor what is damaged."""
    if tree in seen:
        return
    seen.add(tree)
    try:
        entries = trees.entries(tree)
    except SnapshotDamaged:
        return
    for entry in entries:
        if entry.kind == "file":
            seen.add(entry.content)
        elif entry.kind == "folder":
            walk(trees, entry.content, seen)


def plan_changes(
    trees: Trees, now: bytes, target: bytes, spans: Sequence[tuple[bytes, bytes]] | None
) -> tuple[list[PlannedChange], list[str], list[str]]:
    """Say what bringing `target` back would change.

    Args:
        trees: Reads them.
        now: The tree of what is there.
        target: The tree of what is to come back.
        spans: The trees before and after each cell that ran since `target`, in order. What changed between the end of
            one and the beginning of the next, or `now`, the user did: without any, all of it. None: cells did all.

    Returns:
        The changes; the paths that stay because only the user changed them; the paths of which nothing is known.
    """
    by_user = set[str]() if spans is None else _paths_between(trees, target, now, spans)
    by_cells = {each.path for before, after in spans or () for each in compare(trees, before, after)}
    changes: list[PlannedChange] = []
    kept: list[str] = []
    unknown: list[str] = []
    for found in compare(trees, now, target):
        there, wanted = found.before, found.after
        if is_left(wanted) or (is_left(there) and (wanted is None or wanted.kind == "folder")):
            unknown.append(found.path)
        elif is_left(there):
            why = "what is there now is not in any snapshot"
            changes.append(PlannedChange(found.path, there, wanted, why))
        elif found.path not in by_user:
            changes.append(PlannedChange(found.path, there, wanted))
        elif found.path in by_cells:
            changes.append(PlannedChange(found.path, there, wanted, "you changed it since"))
        else:
            kept.append(found.path)
    return changes, kept, unknown


def by_kind(differences: Iterable[Difference]) -> dict[WhatHappens, list[Difference]]:
    """Sort differences by what happened."""
    sorted_: dict[WhatHappens, list[Difference]] = {"created": [], "changed": [], "deleted": []}
    for each in differences:
        sorted_[each.kind].append(each)
    return sorted_


def _paths_between(trees: Trees, target: bytes, now: bytes, spans: Sequence[tuple[bytes, bytes]]) -> set[str]:
    ends = [target, *(after for _before, after in spans)]
    begins = [*(before for before, _after in spans), now]
    return {each.path for end, begin in zip(ends, begins, strict=True) for each in compare(trees, end, begin)}


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.kind == "folder"


def _text(name: bytes) -> str:
    return os.fsdecode(name)
