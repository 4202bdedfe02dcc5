"""Goes back, and forth again: to a point of the session, what the user wants of it, and nothing lost by it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from codeact_tui.errors import KernelError, OpRefused, SnapshotStopped
from codeact_tui.kernel.answers import NamespaceListing
from codeact_tui.protocol.events import Failed, Noted
from codeact_tui.protocol.table_changes import same_variable
from codeact_tui.protocol.travel import (
    EVERYTHING,
    CheckpointId,
    PreviewRewind,
    Redo,
    Rewind,
    RewindPreviewed,
    Rewound,
    TravelPart,
    Undo,
    VariableDifference,
)
from codeact_tui.protocol.travel_files import FileSnapshotId, FilesPreview, TravelAsked, VariableWay
from codeact_tui.protocol.variables import Variable
from codeact_tui.session.entries import ActionEntry, ActionRecord
from codeact_tui.session.fallback import Fallback, cells_at
from codeact_tui.session.file_travel import FileTravel, files_back
from codeact_tui.session.going import Going, settle
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.lineage import CheckpointRecord
from codeact_tui.session.points import Point, cells_after, keeper_of, last_cell, last_rewind, point_at
from codeact_tui.snapshots.files import Course, Plan, Restored

__all__ = ["Traveller", "differences"]

_GONE = "The variables of that point are not kept any more"
_NEVER = "No checkpoint was taken there"
_SHOWN = 200


@dataclass(frozen=True)
class _Trip:
    """A going back, as it was asked for, with what was found for it."""

    point: Point
    what: tuple[TravelPart, ...]
    op: Undo | Redo | Rewind
    checkpoint: CheckpointId | None = None
    """Holds the variables."""
    problem: str = ""
    """Why they can't come from a checkpoint."""
    files: FileSnapshotId | None = None
    """Holds the files."""
    files_problem: str = ""
    undoes: bool = False

    @property
    def way(self) -> VariableWay | None:
        """Where the variables are to come from; None: it was not said."""
        return None if isinstance(self.op, Redo) else self.op.way


@dataclass(frozen=True)
class Traveller:
    """Takes a session back. The caller sees to it that no turn and no cell goes on.

    Attributes:
        ledger: Where events go.
        host: The kernel.
        files: The workspace's files.
        fallback: Makes variables whose checkpoint is gone.
        going: Tells how far it is, and stops it.
    """

    ledger: Ledger
    host: KernelHost
    files: FileTravel
    fallback: Fallback
    going: Going

    async def undo(self, op: Undo) -> None:
        """Take the last cell back.

        Raises:
            OpRefused: There is none.
        """

        def find() -> _Trip:
            cell = last_cell(self.ledger.transcript)
            if cell is None:
                raise OpRefused("There is no cell to take back.")
            return self._trip(cell, EVERYTHING, op)

        await self._go(find)

    async def redo(self, op: Redo) -> None:
        """Take the last going back itself back.

        Raises:
            OpRefused: Nothing was taken back, or something has happened since.
        """

        def find() -> _Trip:
            last = last_rewind(self.ledger.transcript)
            if last is None:
                raise OpRefused("There is nothing to redo: a going back can be undone until something else happens.")
            point, event = last
            trip = self._trip(point, event.what, op)
            if trip.problem and (event.checkpoint is not None or event.saved is not None):
                raise OpRefused(f"{trip.problem}.", remedy="The timeline takes back what can be: /rewind.")
            return trip

        await self._go(find)

    async def rewind(self, op: Rewind) -> None:
        """Go back to a point.

        Raises:
            OpRefused: There is no such point, or only what is not kept is wanted.
        """

        def find() -> _Trip:
            point = point_at(self.ledger.transcript, op.point)
            if point is None or not op.what:
                raise OpRefused("There is no such point to go back to.")
            trip = self._trip(point, op.what, op)
            if op.what == ("files",) and trip.files is None:
                raise OpRefused(f"{trip.files_problem or 'No cell has run since then, so no file goes back'}.")
            return trip

        await self._go(find)

    async def preview(self, op: PreviewRewind) -> None:
        """Say what going back to a point would change.

        Raises:
            OpRefused: There is no such point.
        """
        transcript = self.ledger.transcript
        point = point_at(transcript, op.point)
        if point is None:
            raise OpRefused("There is no such point to go back to.")
        keeper, problem = self._keeper(point)
        cells, files = cells_after(transcript, op.point), await self._files(point, op.base)
        told = RewindPreviewed(op.point, cells, op.base, problem=problem, files=files)
        if keeper is not None:
            event = keeper.event
            told = msgspec.structs.replace(
                told,
                checkpoint=event.checkpoint,
                grade=event.grade,
                reasons=event.reasons,
                variables=await self._differences(event.checkpoint, op.base),
            )
        self.ledger.tell(told)

    def source_of(self, point: int | None) -> tuple[CheckpointId | None, bool]:
        """Say where the variables of a point are: in a checkpoint, or in the kernel of now; False where in neither."""
        found = point_at(self.ledger.transcript, point) if point is not None else None
        if found is None:
            return None, True
        keeper, problem = self._keeper(found)
        return (keeper.event.checkpoint if keeper is not None else None), not problem

    async def _files(self, point: Point, base: int | None) -> FilesPreview | None:
        """Say what going to a point would do to the files; None where they are not kept."""
        target, problem = self.files.target(point.sequence, point.files)
        if self.files.files is None:
            return None
        if base is None:
            return FilesPreview(problem=problem) if target is None else await self.files.preview(target)
        known = point_at(self.ledger.transcript, base)
        start = None if known is None else self.files.target(known.sequence, known.files)[0]
        return FilesPreview() if start is None or target is None else await self.files.compare(start, target)

    async def _differences(self, checkpoint: CheckpointId, base: int | None) -> tuple[VariableDifference, ...]:
        here, there = await self._variables(base), self.host.variables_at(checkpoint)
        return () if here is None or there is None else tuple(differences(here, there))[:_SHOWN]

    async def _variables(self, base: int | None) -> NamespaceListing | None:
        """Give the variables at a point, or now; None where they are not known."""
        if base is None:
            return None if self.host.state in {"none", "dead"} else await self.host.kernel.variables()
        point = point_at(self.ledger.transcript, base)
        keeper = keeper_of(self.ledger.transcript, point, self.host.held()) if point is not None else None
        return self.host.variables_at(keeper.event.checkpoint) if keeper is not None else None

    def _keeper(self, point: Point) -> tuple[CheckpointRecord | None, str]:
        """Give the checkpoint with the variables of a point; where there is none, say why, if one is needed."""
        transcript = self.ledger.transcript
        keeper = keeper_of(transcript, point, self.host.held())
        if keeper is not None:
            return keeper, ""
        if point.kind != "rewind" and not self._ran_since(point.sequence):
            return None, ""
        taken = bool(point.saved) or any(each.sequence > point.sequence for each in transcript.checkpoints.values())
        return None, _GONE if taken else _NEVER

    def _ran_since(self, sequence: int) -> bool:
        """A cell has run since, also one that was taken back, or the variables were replaced."""
        transcript = self.ledger.transcript
        cells = (each for each in transcript.entries if isinstance(each, ActionEntry) and each.record.started_at)
        return transcript.lineage.broken(sequence, transcript.sequence) or any(
            each.sequence > sequence for each in cells
        )

    def _trip(self, point: Point, what: tuple[TravelPart, ...], op: Undo | Redo | Rewind) -> _Trip:
        """Find what is kept of the parts that are wanted."""
        keeper, problem = self._keeper(point) if "variables" in what else (None, "")
        target, files_problem = self.files.target(point.sequence, point.files) if "files" in what else (None, "")
        return _Trip(
            point,
            what,
            op,
            keeper.event.checkpoint if keeper is not None else None,
            problem,
            target,
            files_problem,
            isinstance(op, Redo),
        )

    async def _go(self, find: Callable[[], _Trip]) -> None:
        """Go where is found, once nothing else goes on: what went before may have changed where that is."""
        try:
            trip, records = await self._begin(find)
        except SnapshotStopped as error:
            await self.ledger.record(Noted(error.sentence))
            return
        if trip is None:
            return
        if trip.problem and trip.way is not None:
            await self.fallback.go(trip.way, records)
            if trip.way == "replay" and trip.files is not None:
                await self.files.tell_changed(trip.files)

    async def _begin(self, find: Callable[[], _Trip]) -> tuple[_Trip | None, list[ActionRecord]]:
        """Go as far as no cell has to run again; give the way that was gone, and the cells until there.

        Raises:
            SnapshotStopped: It was stopped; nothing was changed.
        """
        async with self.going.follow() as course, self.host.turnstile:
            await self.files.prepare(course)
            trip = find()
            plan = None if trip.files is None else await self.files.plan(trip.files, course)
            if await self._has_to_ask(trip, plan):
                return None, []
            records = cells_at(self.ledger.transcript, trip.point) if trip.problem else []
            try:
                return (trip if await self._change(trip, plan, course, records) else None), records
            except SnapshotStopped:
                if plan is not None:
                    await self.files.drop(plan)
                raise

    async def _has_to_ask(self, trip: _Trip, plan: Plan | None) -> bool:
        """Ask, where something is not decided that only the user can decide."""
        conflicts = plan is not None and trip.op.conflicts == "ask" and bool(plan.conflicts)
        way = trip.problem and trip.way is None and not isinstance(trip.op, Redo)
        if not conflicts and not way:
            return False
        asked = TravelAsked(trip.point.sequence, trip.what, undoes=trip.undoes)
        if plan is not None:
            shown = await self.files.with_texts(plan, self.files.conflicts(plan))
            asked = msgspec.structs.replace(asked, conflicts=shown, count=len(plan.conflicts))
            await self.files.drop(plan)
        if way:
            asked = msgspec.structs.replace(
                asked,
                problem=trip.problem,
                ways=await self.fallback.ways(trip.point),
                replay=await self.fallback.offers(trip.point),
                loses=self.fallback.loses,
            )
        self.ledger.tell(asked)
        return True

    async def _change(self, trip: _Trip, plan: Plan | None, course: Course, records: Sequence[ActionRecord]) -> bool:
        """Bring everything back, or nothing; say whether it is."""
        cells = cells_after(self.ledger.transcript, trip.point.sequence)
        saved = await self.host.checkpoint(None) if self._loses(trip) else None
        if saved is not None:
            await self.ledger.record(saved)
        done = await self._bring_files(trip, plan, course)
        settle(course)
        if trip.checkpoint is not None and not await self._wake(trip.checkpoint, done):
            return False
        back = None if plan is None or done is None else files_back(plan, done)
        rewound = Rewound(
            trip.point.sequence,
            _parts(trip, self.files.files is not None),
            trip.checkpoint,
            saved.checkpoint if saved is not None else None,
            cells,
            trip.undoes,
            back,
            "" if trip.files is not None or self.files.files is None else trip.files_problem,
            trip.way if trip.problem else None,
            tuple(record.action for record in records) if trip.way == "replay" else (),
        )
        await self.ledger.record(rewound)
        return True

    def _loses(self, trip: _Trip) -> bool:
        """Say whether the variables of now have to be kept, and can be until they are wanted back."""
        if trip.checkpoint is not None:
            return True
        anew = bool(trip.problem) and trip.way in {"disk", "replay"}
        return anew and self.host.state == "idle" and self.host.keeps_fresh

    async def _bring_files(self, trip: _Trip, plan: Plan | None, course: Course) -> Restored | None:
        if plan is None:
            return None
        if not plan.changes and not plan.kept:
            await self.files.drop(plan)
            return None
        overwrite = trip.op.overwrite
        if trip.op.conflicts == "overwrite":
            overwrite = tuple(each.path for each in self.files.conflicts(plan))
        return await self.files.go(plan, overwrite, course)

    async def _wake(self, checkpoint: CheckpointId, done: Restored | None) -> bool:
        """Have the variables back; where that fails, the files are as they were."""
        try:
            await self.host.wake(checkpoint)
        except KernelError as error:
            if done is not None:
                await self.files.back_again(done)
            await self.ledger.record(Failed(type(error).__name__, error.message, error.remedy))
            return False
        return True


def _parts(trip: _Trip, keeps_files: bool) -> tuple[TravelPart, ...]:
    """Give what really goes back."""
    stays = {"variables"} if trip.problem and trip.way in {None, "leave"} else set[str]()
    if not keeps_files or trip.files_problem:
        stays.add("files")
    return tuple(part for part in trip.what if part not in stays)


def differences(now: NamespaceListing, then: NamespaceListing) -> Iterable[VariableDifference]:
    """Compare the variables of now with those of another time, by name: what going there changes."""
    here, there = _by_name(now), _by_name(then)
    for name in sorted({*here, *there}):
        before, after = here.get(name), there.get(name)
        if before is None:
            yield VariableDifference(name, "appears", None, after)
        elif after is None:
            if not then.cut:
                yield VariableDifference(name, "disappears", before, None)
        elif not same_variable(before, after):
            yield VariableDifference(name, "changes", before, after)


def _by_name(listing: NamespaceListing) -> dict[str, Variable]:
    return {variable.name: variable for variable in listing.variables}
