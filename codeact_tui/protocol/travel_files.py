"""The files of the workspace in time travel: what is kept, what going back would change, and what it changed."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.resuming import RerunOffer

__all__ = [
    "ConflictAnswer",
    "FileDifference",
    "FileSnapshotId",
    "FilesBack",
    "FilesKept",
    "FilesPreview",
    "LeftFile",
    "TravelAsked",
    "TravelGoesOn",
    "TravelStep",
    "VariableWay",
]

FileSnapshotId = str
"""Names a snapshot of the files."""

ConflictAnswer = Literal["ask", "keep", "overwrite"]
"""What becomes of files that the user has changed since: nothing is done and it is asked, they stay, they go back."""

VariableWay = Literal["disk", "replay", "leave"]
"""Where variables come from whose checkpoint is gone. disk: those that were kept for the next time. replay: the cells
until there run again in a fresh kernel, which is not exact. leave: they stay as they are."""


TravelStep = Literal["waiting", "looking", "writing", "placing", "variables", "done"]
"""What a going back does. waiting: for what else goes on. looking: at the files, keeping what is new in them. writing:
the files that come back, aside. placing: them, where they were. variables: they come back. done: nothing any more."""


class LeftFile(Struct, frozen=True):
    """A path that is not in a snapshot."""

    path: str
    why: str
    """As the end of a sentence: `because it is too large`."""
    size_bytes: int = 0


class FileDifference(Struct, frozen=True):
    """How a file differs between two points."""

    path: str
    kind: Literal["appears", "changes", "disappears"]
    """By going from the first point to the second."""
    before_bytes: int | None = None
    """None where it is not a file, or not there."""
    after_bytes: int | None = None
    conflict: str = ""
    """Why it stays unless the user says otherwise."""
    diff: str = ""
    """Unified, of its text; empty where there is none to compare, or none was asked for."""
    why_not: str = ""
    """Why there is no `diff`: `binary`, `too large`."""


class FilesPreview(Struct, frozen=True):
    """What going to a point would do to the files."""

    files: tuple[FileDifference, ...] = ()
    """The first of them."""
    count: int = 0
    kept: tuple[str, ...] = ()
    """The first of those that the user alone has changed: they stay."""
    kept_count: int = 0
    unknown: tuple[str, ...] = ()
    """The first of those that a snapshot does not hold: they stay."""
    unknown_count: int = 0
    problem: str = ""
    """Why the files can't be taken back; empty where they can, or need not."""


class FilesBack(Struct, frozen=True):
    """What a going back did to the files."""

    target: FileSnapshotId
    """Holds what was brought back."""
    undo: FileSnapshotId
    """Holds them as they were before."""
    after: FileSnapshotId
    """Holds them as they were then."""
    changed: tuple[FileDifference, ...] = ()
    """The first of those that are another now."""
    count: int = 0
    kept: tuple[str, ...] = ()
    """The first of those that stayed as the user had changed them."""
    kept_count: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    """The first of those that could not be brought back, each with its reason."""
    failed_count: int = 0


# -- stored events


class FilesKept(Struct, frozen=True, tag="files_kept"):
    """The files of the workspace were kept as they were, before or after a cell."""

    snapshot: FileSnapshotId
    action: ActionId
    when: Literal["before", "after"]
    sure: bool = True
    """False: some time had passed since the cell, so that what changed may be the user's."""


# -- transient events


class TravelAsked(Struct, frozen=True, tag="travel_asked"):
    """Nothing was done yet: going back needs an answer. The same Op with the answer in it goes on. Transient."""

    point: int
    what: tuple[Literal["conversation", "variables", "files"], ...]
    undoes: bool = False
    """It is a `Redo` that has to be answered, and not a `Rewind`."""
    conflicts: tuple[FileDifference, ...] = ()
    """Files that the user has changed since: the first of them."""
    count: int = 0
    """How many conflicts there are."""
    problem: str = ""
    """Why the variables can't come from a checkpoint; empty where they can, or are not wanted."""
    ways: tuple[VariableWay, ...] = ()
    """Where they can come from instead."""
    replay: tuple[RerunOffer, ...] = ()
    """The cells that would run again, in order, with what each would do."""
    loses: bool = False
    """Another way than `leave` loses the variables of now."""


class TravelGoesOn(Struct, frozen=True, tag="travel_goes_on"):
    """A going back takes a while: what it does now. Told now and then, and at its end. Transient."""

    step: TravelStep
    done_bytes: int = 0
    """Of the files that are written."""
    total_bytes: int = 0
    stoppable: bool = True
    """Nothing was changed yet: `Interrupt` leaves all as it is."""
