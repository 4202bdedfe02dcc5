"""Looks at the workspace, and keeps what has changed since it was looked at before. Reads the disk.

What a file is known by is (mode, inode, size, mtime_ns, ctime_ns): a cell can set the time of modification, and not
that of change. A file that was changed so lately that its clock may not tell is read again the next time.
"""

import contextlib
import os
import stat
import threading
import time
from dataclasses import dataclass, field

from codeact_tui.beneath import open_folder, open_inside, open_root
from codeact_tui.errors import WorkspaceTooLarge
from codeact_tui.snapshots.entries import Entry, LeftReason, encode_tree
from codeact_tui.snapshots.ignoring import ALWAYS_IGNORED, NO_RULES, Rules
from codeact_tui.snapshots.limits import Cancelled, Late, Pace, SnapshotLimits
from codeact_tui.snapshots.objects import SMALL_BYTES, Objects

__all__ = ["STAGING", "Folder", "Scan", "Scanner"]

STAGING = ".codeact-restore-"
"""How the names of folders begin in which files wait to be put back."""

_RULES_FILE = ".gitignore"
_RULES_BYTES = 1 << 18
_SETTLED_NS = 100_000_000
_COARSE_SETTLED_NS = 3_000_000_000
_DEEPEST = 64
_NAMED = 50

Look = tuple[int, int, int, int, int]
"""(mode, inode, size, mtime_ns, ctime_ns)."""


@dataclass(slots=True)
class Folder:
    """A folder as it was when it was last looked at."""

    rules: Rules
    looks: dict[str, Look | None] = field(default_factory=dict[str, "Look | None"])
    """None: changed so lately that it has to be read again."""
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    folders: dict[str, "Folder"] = field(default_factory=dict[str, "Folder"])
    tree: bytes = b""


@dataclass(slots=True)
class Scan:
    """What one look at the workspace found."""

    tree: bytes = b""
    files: int = 0
    entries: int = 0
    size_bytes: int = 0
    new_bytes: int = 0
    """That the store took for it."""
    read_files: int = 0
    left_count: int = 0
    """What was left out that a user would want to know of: neither ignored nor hidden."""
    left: list[tuple[str, LeftReason, int]] = field(default_factory=list[tuple[str, LeftReason, int]])
    """The first of these: path, why, and size in bytes."""


class Scanner:
    """Looks at one workspace, again and again.

    Args:
        workspace: An absolute path.
        objects: Where content is kept; its folder is left out when it lies in the workspace.
        limits: How much is kept.
    """

    def __init__(self, workspace: str, objects: Objects, limits: SnapshotLimits) -> None:
        self._workspace = workspace
        self._objects = objects
        self._limits = limits
        self._root: Folder | None = None
        self._remembered: dict[str, tuple[Look, bytes]] | None = None
        self._generation = -1
        own = os.stat(objects.folder)  # noqa: PTH116
        self._own = own.st_dev, own.st_ino
        self._hidden = NO_RULES.with_patterns(limits.hidden)

    def scan(self, cancelled: threading.Event, pace: Pace | None = None) -> Scan:
        """Look at everything and keep what is new. Inside a transaction; when it raises, call `forget`.

        Raises:
            WorkspaceTooLarge: There are more files than are kept, or can be looked through in time.
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
        look = _Looking(self._objects, self._limits, self._own, self._hidden, self._remembered, cancelled, pace)
        with open_root(self._workspace) as root:
            look.device = os.fstat(root).st_dev
            rules = NO_RULES.with_patterns(self._limits.ignored)
            with contextlib.suppress(OSError), open_folder(root, ".git/info") as info:
                rules = look.read_rules(info, "exclude", rules, "")
            folder = look.look_into(root, "", rules, self._root, 0)
        self._root, self._remembered = folder, {}
        self._remember(look.fresh, afresh=first)
        look.found.tree = folder.tree
        return look.found

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


class _Looking:
    """One look, from folder to folder."""

    def __init__(
        self,
        objects: Objects,
        limits: SnapshotLimits,
        own: tuple[int, int],
        hidden: Rules,
        remembered: dict[str, tuple[Look, bytes]],
        cancelled: threading.Event,
        pace: Pace,
    ) -> None:
        self._objects, self._limits, self._own, self._hidden = objects, limits, own, hidden
        self._remembered, self._cancelled = remembered, cancelled
        self._pace = pace
        self._now_ns = time.time_ns()
        self._room = _room(objects.folder) - limits.spare_bytes
        self.device = 0
        self.found = Scan()
        self.fresh: dict[str, tuple[Look, bytes]] = {}

    def look_into(self, descriptor: int, path: str, rules: Rules, before: Folder | None, depth: int) -> Folder:
        """Look at a folder and all beneath; give it, the one from before where nothing changed."""
        base = f"{path}/" if path else ""
        with os.scandir(descriptor) as items:
            names = {item.name: item for item in items}
        if self._limits.gitignore and _RULES_FILE in names:
            rules = self.read_rules(descriptor, _RULES_FILE, rules, base)
        known = before if before is not None and before.rules.key == rules.key else None
        now = Folder(rules)
        for name in sorted(names, key=os.fsencode):
            self._count(path)
            try:
                found = names[name].stat(follow_symlinks=False)
            except OSError:
                continue  # gone meanwhile
            look = found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
            entry = self._known(known, name, look, found)
            if entry is None:
                entry = self._entry(descriptor, name, base, found, now, before, depth)
                if entry is None:
                    continue
                now.looks[name] = look if self._is_settled(found) else None
            else:
                now.looks[name] = look
            now.entries[name] = entry
            self._tally(base + name, entry)
        return self._finish(now, known)

    def read_rules(self, folder: int, name: str, rules: Rules, base: str) -> Rules:
        """Add a file's ignore rules, where it is a file that can be read."""
        with contextlib.suppress(OSError), open_inside(folder, name) as descriptor:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                text = os.read(descriptor, _RULES_BYTES)
                return rules.with_text(os.fsdecode(text), base)
        return rules

    def _known(self, known: Folder | None, name: str, look: Look, found: os.stat_result) -> Entry | None:
        """Give the entry from before of a file, link or other that has not changed since."""
        if known is None or stat.S_ISDIR(found.st_mode) or known.looks.get(name) != look:
            return None
        entry = known.entries[name]
        return None if entry.kind == "left" and entry.content in _MAY_CHANGE else entry

    def _entry(
        self,
        folder: int,
        name: str,
        base: str,
        found: os.stat_result,
        now: Folder,
        before: Folder | None,
        depth: int,
    ) -> Entry | None:
        path, is_folder = base + name, stat.S_ISDIR(found.st_mode)
        reason = self._left_out(path, name, now.rules, found, is_folder=is_folder)
        if reason is None and is_folder and depth == _DEEPEST:
            reason = "too deep"
        if reason is not None:
            return _left(name, reason, found)
        if stat.S_ISLNK(found.st_mode):
            try:
                return Entry(os.fsencode(name), "link", 0, 0, os.fsencode(os.readlink(name, dir_fd=folder)))
            except OSError:
                return None
        try:
            if not is_folder:
                return _same_file(before, name, found) or self._file(folder, name, path, found)
            older = before.folders.get(name) if before is not None else None
            with open_inside(folder, name, directory=True) as descriptor:
                inner = self.look_into(descriptor, path, now.rules, older, depth + 1)
        except FileNotFoundError:
            return None
        except PermissionError:
            return _left(name, "not readable", found)
        now.folders[name] = inner
        return Entry(os.fsencode(name), "folder", stat.S_IMODE(found.st_mode) & 0o777, 0, inner.tree)

    def _left_out(
        self, path: str, name: str, rules: Rules, found: os.stat_result, *, is_folder: bool
    ) -> LeftReason | None:
        mode = found.st_mode
        if name in ALWAYS_IGNORED or name.startswith(STAGING) or (found.st_dev, found.st_ino) == self._own:
            return "ignored"
        if rules.ignores(path, name, is_folder=is_folder):
            return "ignored"
        if not is_folder and self._hidden.ignores(path, name, is_folder=False):
            return "hidden"
        if not (is_folder or stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            return "not a file"
        if found.st_dev != self.device:
            return "another file system"
        if stat.S_ISREG(mode) and found.st_size > self._limits.file_bytes:
            return "too large"
        if stat.S_ISREG(mode) and self.found.size_bytes + found.st_size > self._limits.total_bytes:
            return "too many bytes"
        return None

    def _file(self, folder: int, name: str, path: str, found: os.stat_result) -> Entry:
        remembered = self._remembered.get(path)
        look = 0, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
        mode = stat.S_IMODE(found.st_mode) & 0o777
        if remembered is not None and remembered[0] == look:
            self.fresh[path] = remembered
            return Entry(os.fsencode(name), "file", mode, found.st_size, remembered[1])
        if self._pace.late:
            return _left(name, "not in time", found)
        if found.st_size > self._room:
            return _left(name, "no room", found)
        try:
            digest, size = self._keep(folder, name)
        except Late:
            return _left(name, "not in time", found)
        if size == found.st_size and self._is_settled(found):
            self.fresh[path] = look, digest
        return Entry(os.fsencode(name), "file", mode, size, digest)

    def _keep(self, folder: int, name: str) -> tuple[bytes, int]:
        with open_inside(folder, name) as descriptor:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise FileNotFoundError(name)
            self.found.read_files += 1
            with open(descriptor, "rb", buffering=0, closefd=False) as file:
                if found.st_size <= SMALL_BYTES:
                    data = _read(file.fileno(), SMALL_BYTES + 1)
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

    def _finish(self, now: Folder, known: Folder | None) -> Folder:
        """Keep the folder's tree, unless it is the one from before."""
        if known is not None and known.tree and known.entries == now.entries:
            now.tree = known.tree
            return now
        now.tree, new_bytes = self._objects.put(encode_tree(list(now.entries.values())))
        self._spent(new_bytes)
        return now

    def _is_settled(self, found: os.stat_result) -> bool:
        """Say whether a later change would show in the file's times."""
        coarse = found.st_ctime_ns % 1_000_000_000 == 0
        age_ns = self._now_ns - max(found.st_ctime_ns, found.st_mtime_ns if coarse else 0)
        return age_ns > (_COARSE_SETTLED_NS if coarse else _SETTLED_NS)

    def _tally(self, path: str, entry: Entry) -> None:
        found = self.found
        if entry.kind == "file":
            found.files += 1
            found.size_bytes += entry.size
        elif entry.kind == "left" and entry.content not in {b"ignored", b"hidden"}:
            found.left_count += 1
            if len(found.left) < _NAMED:
                found.left.append((path, _reason(entry), entry.size))

    def _count(self, path: str) -> None:
        self.found.entries += 1
        if not self.found.entries % 256:
            self._check()
        if self.found.entries > self._limits.entries:
            raise WorkspaceTooLarge(
                f"The folder has more than {self._limits.entries:,} files (in {path or 'it'}, for one); its files are"
                " not kept.",
                remedy="Leave out what need not come back in .gitignore.",
            )

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        if self._pace.over:
            raise WorkspaceTooLarge(
                "The folder could not be looked through in time; its files are not kept.",
                remedy="Leave out what need not come back in .gitignore.",
            )

    def _check_reading(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        if self._pace.late:
            raise Late


_MAY_CHANGE = {b"no room", b"too many bytes", b"not in time", b"not readable"}


def _same_file(before: Folder | None, name: str, found: os.stat_result) -> Entry | None:
    """Give a file's entry from before where only the ignore rules have changed since."""
    look = found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    if before is None or before.looks.get(name) != look:
        return None
    entry = before.entries[name]
    return entry if entry.kind == "file" else None


def _left(name: str, reason: LeftReason, found: os.stat_result) -> Entry:
    size = found.st_size if stat.S_ISREG(found.st_mode) else 0
    return Entry(os.fsencode(name), "left", 0, size, reason.encode())


def _reason(entry: Entry) -> LeftReason:
    return entry.content.decode()  # pyright: ignore[reportReturnType]


def _read(descriptor: int, most: int) -> bytes:
    pieces: list[bytes] = []
    while most > 0 and (piece := os.read(descriptor, most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _room(folder: "os.PathLike[str]") -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
