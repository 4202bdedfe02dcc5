"""What is done with the snapshots of one workspace, in a thread. Reads and writes the disk."""

import contextlib
import difflib
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence

from msgspec import Struct

from codeact_tui.errors import SnapshotDamaged, SnapshotNotFound
from codeact_tui.snapshots.comparing import PlannedChange, Trees, compare, plan_changes, walk
from codeact_tui.snapshots.entries import Entry, shown_path
from codeact_tui.snapshots.kinds import Changes, LeftOut, Plan, Restored, Snapshot, Span, TextChange
from codeact_tui.snapshots.limits import Course, Pace, SnapshotLimits
from codeact_tui.snapshots.objects import Objects
from codeact_tui.snapshots.restoring import Brought, remove_leftovers, restore_changes
from codeact_tui.snapshots.scanning import Scan, Scanner
from codeact_tui.snapshots.sealing import is_sealed, seal
from codeact_tui.snapshots.walking import Look, Walked, Walker, look_of

__all__ = ["Work", "forget"]

_WORTH_SHRINKING = 256
"""Pages that lie empty in the database before it is written anew; and not fewer than half of them."""
_REWRITTEN_BYTES = 256 << 20
"""A database that holds more is never written anew: what lies empty in it is used again."""

_WORTH_SETTLING = 16 << 20
"""When more bytes were brought back, it is waited until the clock tells whether their files change afterwards."""
_SETTLING_S = 0.12

_TEXT_BYTES = 1 << 20
_TEXT_LINES = 20_000


class Work(Struct, frozen=True):
    """One call's worth of work; `FileSnapshots` says what each method does."""

    workspace: str
    objects: Objects
    walker: Walker
    scanner: Scanner
    key: bytes
    limits: SnapshotLimits
    session: str

    def take(
        self, note: str, stop: threading.Event, pace: Pace | None = None, walked: Walked | None = None
    ) -> Snapshot:
        """Keep the files as they are now, or were when they were walked."""
        with self.objects.alone(stop):
            return self._take(note, stop, pace, walked)

    def _take(
        self, note: str, stop: threading.Event, pace: Pace | None = None, walked: Walked | None = None
    ) -> Snapshot:
        started = time.monotonic()
        walked = walked or self.walker.walk(stop, pace)
        try:
            with self.objects.transaction():
                scan = self.scanner.scan(walked, stop, pace)
                taken = self._write(scan, note)
        except BaseException:
            self.scanner.forget()  # what was kept in this transaction is not kept
            self.objects.sweep()
            raise
        left = tuple(LeftOut(shown_path(path), reason, size) for path, reason, size in scan.left)
        return Snapshot(
            taken,
            time.time(),
            scan.files,
            scan.size_bytes,
            note,
            self.session,
            scan.new_bytes,
            time.monotonic() - started,
            left,
            scan.left_count,
        )

    def _write(self, scan: Scan, note: str) -> str:
        name, at = secrets.token_hex(8), time.time()
        signed = seal(self.key, *_signed(name, self.workspace, scan.tree))
        row = (name, self.session, at, note, scan.tree, scan.files, scan.size_bytes, signed)
        self.objects.database.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return name

    def listed(self, session: str | None) -> list[Snapshot]:
        """List a session's snapshots, or all."""
        rows = self.objects.database.execute(
            "SELECT id, taken_at, files, bytes, note, session FROM snapshots"
            " WHERE ?1 IS NULL OR session = ?1 ORDER BY taken_at, rowid",
            (session,),
        )
        return [Snapshot(*row) for row in rows]

    def changes(self, before: str, after: str) -> Changes:
        """Compare two snapshots."""
        return Changes(tuple(compare(self._trees(), self._tree(before), self._tree(after))))

    def text_change(self, before: str, after: str, path: str) -> TextChange:
        """Compare a file's text in two snapshots."""
        for each in compare(self._trees(), self._tree(before), self._tree(after)):
            if shown_path(each.path) == path:
                texts = self._text(each.before), self._text(each.after)
                for text in texts:
                    if isinstance(text, TextChange):
                        return text
                return TextChange(_unified(str(texts[0]), str(texts[1])))
        return TextChange()

    def _text(self, entry: Entry | None) -> str | TextChange:
        if entry is None or entry.kind == "folder":
            return ""
        if entry.kind == "left":
            return TextChange(why_not="not in the snapshot")
        if entry.kind == "link":
            return f"link to {shown_path(os.fsdecode(entry.content))}\n"
        if self.objects.size(entry.content) > _TEXT_BYTES:
            return TextChange(why_not="too large")
        try:
            text = self.objects.get(entry.content).decode()
        except UnicodeDecodeError:
            return TextChange(why_not="binary")
        if "\0" in text:
            return TextChange(why_not="binary")
        return text if text.count("\n") <= _TEXT_LINES else TextChange(why_not="too large")

    def preview(self, target: str, since: Sequence[Span] | None, course: Course) -> Plan:
        """Say what bringing a snapshot back would do."""
        course.step = "looking"
        wanted = self._tree(target)
        spans = None if since is None else [(self._tree(each.before), self._tree(each.after)) for each in since]
        undo = self.take(f"before going back to {target}", course.halt)
        changes, kept, unknown = plan_changes(self._trees(), self._tree(undo.id), wanted, spans)
        return Plan(target, undo.id, tuple(changes), tuple(map(shown_path, kept)), tuple(map(shown_path, unknown)))

    def restore(self, plan: Plan, overwrite: frozenset[str], course: Course) -> Restored:
        """Do what a plan says."""
        course.step = "looking"
        self._tree(plan.target)
        with self.objects.alone(course.halt):
            undo = self._take(f"before going back to {plan.target}", course.halt)
            moved = {each.path for each in compare(self._trees(), self._tree(plan.undo), self._tree(undo.id))}
            wanted, kept = _chosen(plan.changes, overwrite, moved)
            failed, after = self._restore(plan.target, undo.id, wanted, course)
        done = tuple(change for change in wanted if change.path not in failed)
        return Restored(
            undo.id,
            after.id,
            done,
            tuple(shown_path(change.path) for change in kept),
            tuple((shown_path(path), why) for path, why in failed.items()),
        )

    def _restore(
        self, target: str, undo: str, wanted: list[PlannedChange], course: Course
    ) -> tuple[dict[str, str], Snapshot]:
        """Bring files back and keep them so; where that can't be, they are as they were."""
        database = self.objects.database
        remove_leftovers(self.workspace)
        database.execute("INSERT INTO restores (before, target, at) VALUES (?, ?, ?)", (undo, target, time.time()))
        try:
            brought = restore_changes(self.workspace, self.objects, wanted, course)
            try:
                self.scanner.expect(self._as_written(wanted, brought))
                after = self._take(f"went back to {target}", stop=threading.Event())
                database.execute("DELETE FROM restores")
            except BaseException:
                again = [each.turned() for each in wanted if each.path not in brought.failed]
                restore_changes(self.workspace, self.objects, again, Course())
                raise
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                database.execute("DELETE FROM restores")
            raise
        return brought.failed, after

    def _as_written(self, wanted: list[PlannedChange], brought: Brought) -> dict[str, tuple[Look, bytes]]:
        """Give what is known of the files that were brought back, so that they need not be read again."""
        if sum(size for _inode, size, _at in brought.files.values()) > _WORTH_SETTLING:
            time.sleep(_SETTLING_S)  # a file that has just been changed is read again the next time
        found: dict[str, tuple[Look, bytes]] = {}
        for path, content in ((each.path, each.then.content) for each in wanted if each.then is not None):
            with contextlib.suppress(OSError):
                _mode, *look, changed = look_of(os.lstat(os.path.join(self.workspace, path)))  # noqa: PTH118
                if tuple(look) == brought.files.get(path):
                    found[path] = (0, *brought.files[path], changed), content
        return found

    def unfinished(self) -> tuple[str, str] | None:
        """Give, and forget, what a restore that was killed was doing."""
        with self.objects.alone():
            row = self.objects.database.execute("SELECT before, target FROM restores ORDER BY id DESC").fetchone()
            self.objects.database.execute("DELETE FROM restores")
            if row is not None:
                remove_leftovers(self.workspace)
        return row

    def drop(self, ids: list[str]) -> None:
        """Forget snapshots."""
        with self.objects.transaction():
            self.objects.database.executemany("DELETE FROM snapshots WHERE id = ?", ((each,) for each in ids))

    def collect(self, stop: threading.Event) -> int:
        """Free what no snapshot needs, and the oldest while the store is too large."""
        freed = 0
        with self.objects.alone(stop):
            while True:
                freed += self.objects.keep_only(_needed(self.objects))
                oldest = self.objects.database.execute(
                    "SELECT id FROM snapshots ORDER BY taken_at, rowid"
                    " LIMIT max(1, (SELECT count(*) / 4 FROM snapshots))"
                ).fetchall()
                if not oldest or stop.is_set() or self.objects.bytes_kept() <= self.limits.store_bytes:
                    break
                self.drop([each for (each,) in oldest])
            _shrink(self.objects)
        return freed

    def _trees(self) -> Trees:
        return Trees(self.objects.get)

    def _tree(self, name: str) -> bytes:
        row = self.objects.database.execute("SELECT tree, seal FROM snapshots WHERE id = ?", (name,)).fetchone()
        if row is None:
            raise SnapshotNotFound("The files of that point are no longer kept.")
        tree, signed = row
        if not is_sealed(self.key, signed, *_signed(name, self.workspace, tree)):
            raise SnapshotDamaged("That snapshot was not made by you here, or was changed since; it is not used.")
        return tree


def forget(objects: Objects, session: str, heir: str = "") -> None:
    """Forget a session's snapshots and free what they alone needed; or let another session have them."""
    with objects.alone():
        if heir:
            objects.database.execute("UPDATE snapshots SET session = ? WHERE session = ?", (heir, session))
            return
        with objects.transaction():
            gone = objects.database.execute("DELETE FROM snapshots WHERE session = ?", (session,)).rowcount
        if gone:
            objects.keep_only(_needed(objects))
            _shrink(objects)


def _needed(objects: Objects) -> Iterable[bytes]:
    trees = Trees(objects.get)
    seen: set[bytes] = set()
    for (tree,) in objects.database.execute("SELECT DISTINCT tree FROM snapshots").fetchall():
        walk(trees, tree, seen)
    return seen


def _shrink(objects: Objects) -> None:
    """Give the disk back what lies empty in the database, unless another process reads it just now."""
    empty, pages, page_bytes = (
        objects.database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("freelist_count", "page_count", "page_size")
    )
    with contextlib.suppress(sqlite3.OperationalError):
        if empty > max(_WORTH_SHRINKING, pages // 2) and (pages - empty) * page_bytes < _REWRITTEN_BYTES:
            objects.database.execute("VACUUM")
        objects.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _chosen(
    changes: Iterable[PlannedChange], overwrite: frozenset[str], moved: set[str]
) -> tuple[list[PlannedChange], list[PlannedChange]]:
    """Divide what is brought back from what stays."""
    wanted: list[PlannedChange] = []
    kept: list[PlannedChange] = []
    for change in changes:
        stays = change.path in moved or (change.conflict and shown_path(change.path) not in overwrite)
        (kept if stays else wanted).append(change)
    return wanted, kept


def _signed(name: str, workspace: str, tree: bytes) -> tuple[bytes, ...]:
    return b"files", name.encode(), os.fsencode(workspace), tree


def _unified(before: str, after: str) -> str:
    return "".join(difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=3))
