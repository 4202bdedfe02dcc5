"""Keeps what has changed in the workspace since it was looked at before. Reads the disk.

A file that was changed so lately that its clock may not tell is read again the next time.
"""

import os
import stat
import threading
from dataclasses import dataclass, field

from codeact_tui.beneath import open_root
from codeact_tui.snapshots.entries import Entry, LeftReason, encode_tree
from codeact_tui.snapshots.ignoring import ALWAYS_IGNORED, NO_RULES, Rules
from codeact_tui.snapshots.limits import Cancelled, Late, Pace, SnapshotLimits
from codeact_tui.snapshots.objects import SMALL_BYTES, Objects
from codeact_tui.snapshots.opened import Gone, OpenedFolder, Unreadable, read_bytes
from codeact_tui.snapshots.walking import STAGING, Look, Seen, Walked, is_settled, look_of

__all__ = ["Folder", "Scan", "Scanner"]

_NAMED = 50
_MAY_CHANGE = {b"no room", b"too many bytes", b"not in time", b"not readable"}
"""Why what was left out may be kept the next time, though it is the same."""


@dataclass(slots=True, eq=False)
class Folder:
    """A folder as it was kept."""

    seen: Seen
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    folders: dict[str, "Folder"] = field(default_factory=dict[str, "Folder"])
    unsettled: set[str] = field(default_factory=set[str])
    """Files that were changed so lately that they have to be read again."""
    tree: bytes = b""
    sure: bool = True
    """Nothing in it or beneath has to be looked at again as long as its look is the same."""
    files: int = 0
    """In it and beneath; as the following."""
    size_bytes: int = 0
    left_count: int = 0
    left: tuple[tuple[str, LeftReason, int], ...] = ()


@dataclass(slots=True)
class Scan:
    """What one look at the workspace found."""

    tree: bytes = b""
    files: int = 0
    size_bytes: int = 0
    new_bytes: int = 0
    """That the store took for it."""
    read_files: int = 0
    left_count: int = 0
    """What was left out that a user would want to know of: neither ignored nor hidden."""
    left: list[tuple[str, LeftReason, int]] = field(default_factory=list[tuple[str, LeftReason, int]])
    """The first of these: path, why, and size in bytes."""


class Scanner:
    """Keeps one workspace, again and again.

    Args:
        workspace: An absolute path.
        objects: Where content is kept.
        limits: How much is kept.
    """

    def __init__(self, workspace: str, objects: Objects, limits: SnapshotLimits) -> None:
        self._workspace = workspace
        self._objects = objects
        self._limits = limits
        self._root: Folder | None = None
        self._remembered: dict[str, tuple[Look, bytes]] | None = None
        self._generation = -1
        self._hidden = NO_RULES.with_patterns(limits.hidden)

    def scan(self, walked: Walked, cancelled: threading.Event, pace: Pace | None = None) -> Scan:
        """Keep what is new in what was seen. Inside a transaction; when it raises, call `forget`.

        Raises:
            Cancelled: It was told to stop.
            OSError: The workspace can't be read, or the store not written.
        """
        if self._generation != self._objects.generation:
            self.forget()
            self._generation = self._objects.generation
        first = self._root is None
        if self._remembered is None:
            self._remembered = self._recall() if first else {}
        pace = pace or Pace(self._limits.seconds)
        keeping = _Keeping(self._objects, self._limits, self._hidden, self._remembered, cancelled, pace)
        with open_root(self._workspace) as root:
            folder = keeping.keep_all(root, walked, self._root)
        self._root, self._remembered = folder, {}
        self._remember(keeping.fresh, afresh=first)
        keeping.found.tree = folder.tree
        return keeping.found

    def expect(self, files: dict[str, tuple[Look, bytes]]) -> None:
        """Know of files that were just written what is in them; the mode of their looks does not count."""
        self._remembered = {**(self._remembered or {}), **files}

    def forget(self) -> None:
        """Know nothing of what was looked at before."""
        self._root = self._remembered = None
        self._generation = -1

    def _recall(self) -> dict[str, tuple[Look, bytes]]:
        rows = self._objects.database.execute("SELECT path, inode, size, modified_ns, changed_ns, hash FROM looked_at")
        return {
            os.fsdecode(path): ((0, int.from_bytes(inode, "big"), size, modified, changed), digest)
            for path, inode, size, modified, changed, digest in rows
        }

    def _remember(self, fresh: dict[str, tuple[Look, bytes]], *, afresh: bool) -> None:
        if afresh:
            self._objects.database.execute("DELETE FROM looked_at")
        self._objects.database.executemany(
            "INSERT OR REPLACE INTO looked_at VALUES (?, ?, ?, ?, ?, ?)",
            (
                (os.fsencode(path), look[1].to_bytes(16, "big"), *look[2:], digest)
                for path, (look, digest) in fresh.items()
            ),
        )


class _Keeping:
    """One pass over what was seen, from folder to folder."""

    def __init__(
        self,
        objects: Objects,
        limits: SnapshotLimits,
        hidden: Rules,
        remembered: dict[str, tuple[Look, bytes]],
        cancelled: threading.Event,
        pace: Pace,
    ) -> None:
        self._objects, self._limits, self._hidden = objects, limits, hidden
        self._remembered, self._cancelled, self._pace = remembered, cancelled, pace
        self._root = self._device = self._at_ns = 0
        self._room = _room(objects.folder) - limits.spare_bytes
        self.found = Scan()
        self.fresh: dict[str, tuple[Look, bytes]] = {}

    def keep_all(self, root: int, walked: Walked, before: Folder | None) -> Folder:
        """Keep a workspace, which is open."""
        self._root, self._device, self._at_ns = root, walked.device, walked.at_ns
        return self._keep_seen(walked.root, "", before)

    def _keep_seen(self, seen: Seen, path: str, before: Folder | None) -> Folder:
        """Keep a folder and all beneath; give the one from before where nothing has changed."""
        if before is not None and before.seen is seen and before.sure:
            self._count_again(before)
            return before
        found = self.found
        start = found.files, found.size_bytes, found.left_count, len(found.left)
        now = Folder(seen)
        self._keep_files(now, path, before)
        for name, mode in seen.modes.items():
            self._keep_folder(now, name, mode, path, before)
        now.files, now.size_bytes = found.files - start[0], found.size_bytes - start[1]
        now.left_count, now.left = found.left_count - start[2], tuple(found.left[start[3] :])
        return self._finish(now, before)

    def _count_again(self, before: Folder) -> None:
        found = self.found
        found.files += before.files
        found.size_bytes += before.size_bytes
        found.left_count += before.left_count
        found.left += before.left[: _NAMED - len(found.left)]

    def _keep_files(self, now: Folder, path: str, before: Folder | None) -> None:
        """Keep what is no folder: first what is known, whose bytes count whatever comes beside it."""
        changed: list[str] = []
        for name, look in now.seen.files.items():
            entry = _known(before, now.seen.rules, name, look)
            if entry is None:
                changed.append(name)
            else:
                self._add(now, path, name, entry)
        if changed:
            with OpenedFolder(self._root, path) as folder:
                for name in sorted(changed, key=os.fsencode):
                    self._check()
                    entry = self._entry(folder, now, name, path, before)
                    if entry is not None:
                        self._add(now, path, name, entry)

    def _keep_folder(self, now: Folder, name: str, mode: int, path: str, before: Folder | None) -> None:
        reason = now.seen.left.get(name)
        if reason is not None:
            self._add(now, path, name, Entry(os.fsencode(name), "left", 0, 0, reason.encode()))
            return
        older = before.folders.get(name) if before is not None else None
        inner = self._keep_seen(now.seen.inside[name], f"{path}/{name}" if path else name, older)
        now.folders[name] = inner
        now.sure = now.sure and inner.sure
        now.entries[name] = Entry(os.fsencode(name), "folder", stat.S_IMODE(mode) & 0o777, 0, inner.tree)

    def _add(self, now: Folder, path: str, name: str, entry: Entry) -> None:
        now.entries[name] = entry
        found = self.found
        if entry.kind == "file":
            found.files += 1
            found.size_bytes += entry.size
        elif entry.kind == "left" and entry.content not in {b"ignored", b"hidden"}:
            now.sure = now.sure and entry.content not in _MAY_CHANGE
            found.left_count += 1
            if len(found.left) < _NAMED:
                found.left.append((f"{path}/{name}" if path else name, _reason(entry), entry.size))

    def _entry(self, folder: "OpenedFolder", now: Folder, name: str, path: str, before: Folder | None) -> Entry | None:
        """Give what is kept of a file, link or other; None where it is gone."""
        look, whole = now.seen.files[name], f"{path}/{name}" if path else name
        reason = self._left_out(whole, name, now.seen.rules, look)
        if reason is not None:
            return _left(name, reason, look)
        try:
            if stat.S_ISLNK(look[0]):
                return Entry(os.fsencode(name), "link", 0, 0, folder.link(name))
            if not is_settled(look, self._at_ns):
                now.unsettled.add(name)
                now.sure = False
            return _same_file(before, name, look) or self._file(folder, name, whole, look)
        except Gone:
            return None
        except Unreadable:
            return _left(name, "not readable", look)

    def _left_out(self, path: str, name: str, rules: Rules, look: Look) -> LeftReason | None:
        mode, _inode, size, _modified, _changed = look
        if name in ALWAYS_IGNORED or name.startswith(STAGING) or rules.ignores(path, name, is_folder=False):
            return "ignored"
        if self._hidden.ignores(path, name, is_folder=False):
            return "hidden"
        if stat.S_ISLNK(mode):
            return None
        if not stat.S_ISREG(mode):
            return "not a file"
        if size > self._limits.file_bytes:
            return "too large"
        return "too many bytes" if self.found.size_bytes + size > self._limits.total_bytes else None

    def _file(self, folder: "OpenedFolder", name: str, path: str, look: Look) -> Entry:
        remembered = self._remembered.get(path)
        mode, size = stat.S_IMODE(look[0]) & 0o777, look[2]
        if remembered is not None and remembered[0] == (0, *look[1:]):
            if is_settled(look, self._at_ns):
                self.fresh[path] = remembered
            return Entry(os.fsencode(name), "file", mode, size, remembered[1])
        if self._pace.late:
            return _left(name, "not in time", look)
        if size > self._room:
            return _left(name, "no room", look)
        try:
            with folder.open(name) as descriptor:
                found = os.fstat(descriptor)
                if found.st_dev != self._device:
                    return _left(name, "another file system", look)
                if found.st_size > self._limits.file_bytes:
                    return _left(name, "too large", look_of(found))
                digest, kept = self._keep(descriptor, found)
        except Late:
            return _left(name, "not in time", look)
        if look_of(found) == look and kept == size and is_settled(look, self._at_ns):
            self.fresh[path] = (0, *look[1:]), digest
        return Entry(os.fsencode(name), "file", stat.S_IMODE(found.st_mode) & 0o777, kept, digest)

    def _keep(self, descriptor: int, found: os.stat_result) -> tuple[bytes, int]:
        """Keep a file's content; give its hash and its size."""
        self.found.read_files += 1
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            if found.st_size <= SMALL_BYTES:
                data = read_bytes(file.fileno(), SMALL_BYTES + 1)
                if len(data) <= SMALL_BYTES:
                    digest, new_bytes = self._objects.put(data)
                    self._spent(new_bytes)
                    return digest, len(data)
                os.lseek(descriptor, 0, os.SEEK_SET)  # it grew meanwhile
            digest, size, new_bytes = self._objects.put_file(file, self._check_reading)
            self._spent(new_bytes)
            return digest, size

    def _spent(self, new_bytes: int) -> None:
        self._room -= new_bytes
        self.found.new_bytes += new_bytes

    def _finish(self, now: Folder, before: Folder | None) -> Folder:
        """Keep the folder's tree, unless it is the one from before."""
        if before is not None and before.tree and before.entries == now.entries:
            now.tree = before.tree
            return now
        entries = sorted(now.entries.values(), key=lambda entry: entry.name)
        now.tree, new_bytes = self._objects.put(encode_tree(entries))
        self._spent(new_bytes)
        return now

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def _check_reading(self) -> None:
        self._check()
        if self._pace.late:
            raise Late


def _known(before: Folder | None, rules: Rules, name: str, look: Look) -> Entry | None:
    """Give the entry from before of what has not changed since."""
    if before is None or before.seen.rules.key != rules.key or name in before.unsettled:
        return None
    entry = before.entries.get(name)
    if entry is None or before.seen.files.get(name) != look:
        return None
    return None if entry.kind == "left" and entry.content in _MAY_CHANGE else entry


def _same_file(before: Folder | None, name: str, look: Look) -> Entry | None:
    """Give a file's entry from before where only the ignore rules have changed since."""
    if before is None or name in before.unsettled or before.seen.files.get(name) != look:
        return None
    entry = before.entries.get(name)
    return entry if entry is not None and entry.kind == "file" else None


def _left(name: str, reason: LeftReason, look: Look) -> Entry:
    return Entry(os.fsencode(name), "left", 0, look[2] if stat.S_ISREG(look[0]) else 0, reason.encode())


def _reason(entry: Entry) -> LeftReason:
    return entry.content.decode()  # pyright: ignore[reportReturnType]


def _room(folder: "os.PathLike[str]") -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
