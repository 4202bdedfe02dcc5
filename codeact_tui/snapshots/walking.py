"""Looks at a workspace: which files there are, and what tells whether they have changed. Reads the disk, opens no file.

One walk serves the snapshot and the record of what a cell did. What has not changed since the walk before is the same
object again, folder by folder, so that whoever compares two walks, or keeps what is new, looks at what is different
alone.
"""

import contextlib
import os
import stat
import threading
import time
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from codeact_tui.beneath import open_folder, open_inside, open_root
from codeact_tui.errors import WorkspaceTooLarge
from codeact_tui.snapshots.entries import LeftReason
from codeact_tui.snapshots.ignoring import ALWAYS_IGNORED, NO_RULES, Rules
from codeact_tui.snapshots.limits import Cancelled, Pace, SnapshotLimits

__all__ = ["STAGING", "Look", "Seen", "Walked", "Walker", "is_settled", "look_of"]

STAGING = ".codeact-restore-"
"""How the names of folders begin in which files wait to be put back."""

Look = tuple[int, int, int, int, int]
"""(mode, inode, size, mtime_ns, ctime_ns): a cell can set the time of modification, and not that of change."""

_RULES_FILE = ".gitignore"
_RULES_BYTES = 1 << 18
_SETTLED_NS = 100_000_000
_COARSE_SETTLED_NS = 3_000_000_000
_DEEPEST = 64

look_of: "attrgetter[Look]" = attrgetter("st_mode", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
"""Give a file's look; written in C, as it is asked for ten thousands of times."""


@dataclass(slots=True, eq=False)
class Seen:
    """A folder as it was looked at."""

    above: Rules
    """The ignore rules of the folder that it lies in."""
    rules: Rules
    """And its own."""
    files: dict[str, Look]
    """All that is no folder."""
    modes: dict[str, int]
    """Of every folder in it."""
    inside: dict[str, "Seen"] = field(default_factory=dict[str, "Seen"])
    """The folders that were looked into."""
    left: dict[str, LeftReason] = field(default_factory=dict[str, LeftReason])
    """Those that were not."""


@dataclass(slots=True, eq=False)
class Walked:
    """What a walk has seen."""

    root: Seen
    device: int
    at_ns: int
    folders: dict[str, dict[str, Look]]
    """The files of every folder that was looked into, by its path; folders before those in them."""
    left: list[str]
    """The paths of folders that are left out by ignore rules."""
    entries: int = 0


class Walker:
    """Walks one workspace, again and again.

    Args:
        workspace: An absolute path.
        own: The store's folder, which is left out when it lies in the workspace.
        limits: How much is looked at, and which ignore rules count.
    """

    def __init__(self, workspace: str, own: Path, limits: SnapshotLimits) -> None:
        self._workspace, self._own, self._limits = workspace, own, limits
        self._base = NO_RULES.with_patterns(limits.ignored)
        self._exclude: tuple[str, Rules] = "", self._base
        self._root: Seen | None = None
        self._one = threading.Lock()

    def walk(self, cancelled: threading.Event, pace: Pace | None = None) -> Walked:
        """Look at everything.

        Raises:
            WorkspaceTooLarge: There are more files than are kept, or can be looked through in time.
            Cancelled: It was told to stop.
            OSError: The workspace can't be read.
        """
        with self._one, open_root(self._workspace) as root:
            walk = _Walk(self._limits, os.fstat(root).st_dev, self._own_inode(), cancelled, pace)
            seen = walk.look_into(root, "", self._rules(root), self._root, 0)
            self._root = seen
        return Walked(seen, walk.device, walk.at_ns, walk.folders, walk.left, walk.entries)

    def _own_inode(self) -> tuple[int, int] | None:
        try:
            found = self._own.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _rules(self, root: int) -> Rules:
        """Give the rules that hold everywhere, the same object again where they are the same."""
        text = ""
        with contextlib.suppress(OSError), open_folder(root, ".git/info") as info:
            text = _text(info, "exclude")
        if text != self._exclude[0]:
            self._exclude = text, self._base.with_text(text, "")
        return self._exclude[1]


class _Walk:
    """One walk, from folder to folder."""

    def __init__(
        self,
        limits: SnapshotLimits,
        device: int,
        own: tuple[int, int] | None,
        cancelled: threading.Event,
        pace: Pace | None,
    ) -> None:
        self._limits, self._own, self._cancelled = limits, own, cancelled
        self._pace = pace or Pace(limits.seconds)
        self.device = device
        self.at_ns = time.time_ns()
        self.entries = 0
        self.folders: dict[str, dict[str, Look]] = {}
        self.left: list[str] = []

    def look_into(self, descriptor: int, path: str, above: Rules, before: Seen | None, depth: int) -> Seen:
        """Look at a folder and all beneath; give the one from before where nothing has changed."""
        files, modes = self._list(descriptor, path)
        rules = self._own_rules(descriptor, path, files, above, before)
        now = Seen(above, rules, files, modes)
        self.folders[path] = files
        for name in list(modes):
            self._look_at_folder(descriptor, f"{path}/{name}" if path else name, name, now, before, depth)
        if before is None or not _is_same(before, now):
            return now
        self.folders[path] = before.files
        return before

    def _list(self, descriptor: int, path: str) -> tuple[dict[str, Look], dict[str, int]]:
        files: dict[str, Look] = {}
        modes: dict[str, int] = {}
        is_folder, count = stat.S_ISDIR, self.entries
        with os.scandir(descriptor) as items:
            for item in items:
                count += 1
                if not count & 0xFF or count > self._limits.entries:
                    self._check(count, path)
                try:
                    look = look_of(item.stat(follow_symlinks=False))
                except OSError:
                    continue  # gone meanwhile
                if is_folder(look[0]):
                    modes[item.name] = look[0]
                else:
                    files[item.name] = look
        self.entries = count
        self._check(count, path)
        return files, modes

    def _own_rules(
        self, descriptor: int, path: str, files: dict[str, Look], above: Rules, before: Seen | None
    ) -> Rules:
        look = files.get(_RULES_FILE) if self._limits.gitignore else None
        if look is None or not stat.S_ISREG(look[0]):
            return above
        same = before is not None and before.above is above and before.files.get(_RULES_FILE) == look
        if before is not None and same and is_settled(look, self.at_ns):
            return before.rules
        rules = above.with_text(_text(descriptor, _RULES_FILE), f"{path}/" if path else "")
        same = before is not None and before.above is above and before.rules.key == rules.key
        return before.rules if before is not None and same else rules

    def _look_at_folder(
        self, descriptor: int, path: str, name: str, now: Seen, before: Seen | None, depth: int
    ) -> None:
        reason = self._why_left(path, name, now, before, depth)
        if reason is None:
            older = before.inside.get(name) if before is not None else None
            try:
                with open_inside(descriptor, name, directory=True) as inner:
                    reason = self._why_elsewhere(inner)
                    if reason is None:
                        now.inside[name] = self.look_into(inner, path, now.rules, older, depth + 1)
                        return
            except PermissionError:
                reason = "not readable"
            except OSError:  # gone meanwhile, or another thing by now
                del now.modes[name]
                return
        now.left[name] = reason
        if reason == "ignored":
            self.left.append(path)

    def _why_left(self, path: str, name: str, now: Seen, before: Seen | None, depth: int) -> LeftReason | None:
        if name in ALWAYS_IGNORED or name.startswith(STAGING):
            return "ignored"
        if before is not None and before.rules is now.rules and name in before.modes:
            ignored = before.left.get(name) == "ignored"
        else:
            ignored = now.rules.ignores(path, name, is_folder=True)
        if ignored:
            return "ignored"
        return "too deep" if depth == _DEEPEST else None

    def _why_elsewhere(self, folder: int) -> LeftReason | None:
        found = os.fstat(folder)
        if (found.st_dev, found.st_ino) == self._own:
            return "ignored"
        return "another file system" if found.st_dev != self.device else None

    def _check(self, count: int, path: str) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        if count > self._limits.entries:
            raise WorkspaceTooLarge(
                f"The folder has more than {self._limits.entries:,} files (in {path or 'it'}, for one); its files are"
                " not kept.",
                remedy="Leave out what need not come back in .gitignore.",
            )
        if self._pace.over:
            raise WorkspaceTooLarge(
                "The folder could not be looked through in time; its files are not kept.",
                remedy="Leave out what need not come back in .gitignore.",
            )


def is_settled(look: Look, now_ns: int) -> bool:
    """Say whether a later change would show in a file's times."""
    _mode, _inode, _size, modified_ns, changed_ns = look
    coarse = changed_ns % 1_000_000_000 == 0
    age_ns = now_ns - max(changed_ns, modified_ns if coarse else 0)
    return age_ns > (_COARSE_SETTLED_NS if coarse else _SETTLED_NS)


def _is_same(before: Seen, now: Seen) -> bool:
    """Say whether two looks at a folder are equal; those at what lies beneath are the same objects where they are."""
    return (
        before.above is now.above
        and before.rules is now.rules
        and before.files == now.files
        and before.modes == now.modes
        and before.left == now.left
        and before.inside == now.inside
    )


def _text(folder: int, name: str) -> str:
    """Read a file with ignore rules; empty where it is none that can be read."""
    with contextlib.suppress(OSError), open_inside(folder, name) as descriptor:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return os.fsdecode(os.read(descriptor, _RULES_BYTES))
    return ""
