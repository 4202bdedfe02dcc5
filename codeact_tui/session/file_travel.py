"""Takes the files of the workspace to another point: what that would change, and the doing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from codeact_tui.errors import SnapshotError
from codeact_tui.protocol.events import Noted
from codeact_tui.protocol.travel_files import FileDifference, FilesBack, FileSnapshotId, FilesPreview
from codeact_tui.session.files import FileKeeper
from codeact_tui.session.ledger import Ledger
from codeact_tui.snapshots.comparing import Difference, PlannedChange
from codeact_tui.snapshots.entries import Entry, shown_path
from codeact_tui.snapshots.files import Course, FileSnapshots, Plan, Restored

__all__ = ["FileTravel", "files_back"]

_SHOWN = 100
_DIFFS = 20
_DIFF_LINES = 200
_DIFF_CHARS = 20_000
_KEPT = 50
_NAMED = 5

_NOT_KEPT = "The files of that point were not kept"


@dataclass(frozen=True)
class FileTravel:
    """Takes the files to a point and back.

    Attributes:
        ledger: Where events go.
        keeper: Keeps the files.
    """

    ledger: Ledger
    keeper: FileKeeper

    @property
    def files(self) -> FileSnapshots | None:
        """What is kept; None where nothing is."""
        return self.keeper.files

    def target(self, point: int, undo: FileSnapshotId = "") -> tuple[FileSnapshotId | None, str]:
        """Give the snapshot of a point; where there is none and one is needed, say why.

        Args:
            point: The sequence of the last event that stays.
            undo: The snapshot of what a going back took away, where that is the point.
        """
        history = self.ledger.transcript.files
        if self.files is None:
            return None, "The files are not kept: checkpoints.files is off"
        if undo:
            return undo, ""
        if not history.ran_since(point):
            return None, ""
        found = history.snapshot_at(point)
        return (found, "") if found is not None else (None, self.keeper.problem.partition(". ")[0] or _NOT_KEPT)

    async def prepare(self, course: Course) -> None:
        """Know how the last cell has left the files; before going anywhere, when no cell runs."""
        await self.keeper.finish(course)

    async def plan(self, target: FileSnapshotId, course: Course | None = None) -> Plan:
        """Say what bringing a snapshot back would do; the plan's `undo` is to be dropped when it is not used.

        Args:
            target: The snapshot.
            course: Told how far it is, and able to stop it.

        Raises:
            SnapshotStopped: It was stopped.
            SnapshotError: It is not kept any more, or what is there can't be kept.
        """
        assert self.files is not None
        await self.keeper.settle(course)
        return await self.files.preview(target, self.ledger.transcript.files.spans_since(target), course)

    async def preview(self, target: FileSnapshotId) -> FilesPreview:
        """Say what bringing a snapshot back would do, for people."""
        assert self.files is not None
        try:
            plan = await self.plan(target)
        except SnapshotError as error:
            return FilesPreview(problem=error.message.rstrip("."))
        try:
            changes = [each for each in plan.changes if not _is_folder(each.now, each.then)]
            shown = [_difference(each) for each in changes[:_SHOWN]]
            return FilesPreview(
                tuple(await self._with_texts(plan.undo, target, shown)),
                len(changes),
                plan.kept[:_KEPT],
                len(plan.kept),
                plan.unknown[:_KEPT],
                len(plan.unknown),
            )
        finally:
            await self.files.drop([plan.undo])

    async def compare(self, base: FileSnapshotId, target: FileSnapshotId) -> FilesPreview:
        """Say what is different between two snapshots."""
        assert self.files is not None
        try:
            found = [each for each in (await self.files.changes(base, target)).items if not _is_folder_change(each)]
        except SnapshotError as error:
            return FilesPreview(problem=error.message.rstrip("."))
        shown = [_difference(PlannedChange(each.path, each.before, each.after)) for each in found[:_SHOWN]]
        return FilesPreview(tuple(await self._with_texts(base, target, shown)), len(found))

    def conflicts(self, plan: Plan) -> tuple[FileDifference, ...]:
        """Give what the user has to decide about."""
        return tuple(_difference(each) for each in plan.conflicts)

    async def with_texts(self, plan: Plan, differences: Iterable[FileDifference]) -> tuple[FileDifference, ...]:
        """Add what is different in the text of the first of these."""
        return tuple(await self._with_texts(plan.undo, plan.target, list(differences)[:_SHOWN]))

    async def go(self, plan: Plan, overwrite: Iterable[str], course: Course | None = None) -> Restored:
        """Bring the files back.

        Raises:
            SnapshotStopped: It was stopped; nothing was changed.
            SnapshotError: They could not be; nothing was changed.
        """
        assert self.files is not None
        return await self.files.restore(plan, overwrite=frozenset(overwrite), course=course)

    async def back_again(self, done: Restored) -> None:
        """Bring them back as they were, as what they were to go back with could not be.

        Raises:
            SnapshotError: They could not be.
        """
        assert self.files is not None
        await self.files.restore(await self.files.preview(done.undo))

    async def tell_changed(self, target: FileSnapshotId) -> None:
        """Say which files are no longer as they were in a snapshot: cells that ran again have changed them again."""
        plan = await self.plan(target)
        await self.drop(plan)
        changed = [shown_path(each.path) for each in plan.changes if not _is_folder(each.now, each.then)]
        if changed:
            more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
            named = ", ".join(changed[:_NAMED])
            await self.ledger.record(Noted(f"The cells that ran again have changed files again: {named}{more}."))

    async def drop(self, plan: Plan) -> None:
        """Forget what a plan has kept that is not used."""
        assert self.files is not None
        await self.files.drop([plan.undo])

    async def _with_texts(
        self, before: FileSnapshotId, after: FileSnapshotId, shown: list[FileDifference]
    ) -> list[FileDifference]:
        files, veil = self.files, self.ledger.transcript.veil
        assert files is not None
        for place, each in enumerate(shown[:_DIFFS]):
            change = await files.text_change(before, after, each.path)
            diff = veil.masked(_cut(change.diff))
            shown[place] = msgspec.structs.replace(each, diff=diff, why_not=change.why_not)
        return shown


def files_back(plan: Plan, done: Restored) -> FilesBack:
    """Put what was done into an event."""
    changed = [_difference(each) for each in done.done if not _is_folder(each.now, each.then)]
    kept = [*done.kept, *plan.kept]
    return FilesBack(
        plan.target,
        done.undo,
        done.after,
        tuple(changed[:_KEPT]),
        len(changed),
        tuple(kept[:_KEPT]),
        len(kept),
        done.failed[:_KEPT],
        len(done.failed),
    )


def _difference(change: PlannedChange) -> FileDifference:
    kinds: dict[str, Literal["appears", "changes", "disappears"]] = {
        "created": "appears",
        "changed": "changes",
        "deleted": "disappears",
    }
    return FileDifference(
        shown_path(change.path), kinds[change.kind], _size(change.now), _size(change.then), change.conflict
    )


def _size(entry: Entry | None) -> int | None:
    return entry.size if entry is not None and entry.kind == "file" else None


def _is_folder(before: Entry | None, after: Entry | None) -> bool:
    return all(entry is None or entry.kind == "folder" for entry in (before, after))


def _is_folder_change(each: Difference) -> bool:
    return _is_folder(each.before, each.after)


def _cut(diff: str) -> str:
    lines = diff[:_DIFF_CHARS].splitlines()
    kept = lines[:_DIFF_LINES]
    more = diff.count("\n") - len(kept)
    return "\n".join([*kept, *([f"… {more} more lines"] if more > 0 else [])])
