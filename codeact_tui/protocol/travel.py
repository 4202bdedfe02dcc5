"""Checkpoints, and going back to them: what a front end asks for, and what happened."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.travel_files import ConflictAnswer, FilesBack, FilesPreview, VariableWay
from codeact_tui.protocol.variables import Variable

__all__ = [
    "EVERYTHING",
    "CheckpointId",
    "CheckpointTaken",
    "CheckpointsHeld",
    "Grade",
    "HeldCheckpoint",
    "KernelRecovered",
    "MarkCheckpoint",
    "PreviewRewind",
    "Redo",
    "Rewind",
    "RewindPreviewed",
    "Rewound",
    "TravelPart",
    "Undo",
    "VariableDifference",
]

CheckpointId = str
"""`c1`, `c2`, … in the order in which they were taken."""

Grade = Literal["green", "yellow", "red"]
"""green: all comes back. yellow: something is shared with the world outside, and is not undone. red: something stops in
a copy, so what comes back is not exact."""

TravelPart = Literal["conversation", "variables", "files"]
"""What is taken back."""

EVERYTHING: tuple[TravelPart, ...] = ("conversation", "variables", "files")


class HeldCheckpoint(Struct, frozen=True):
    """A checkpoint that can be gone back to now."""

    checkpoint: CheckpointId
    size_bytes: int = 0
    """What it holds that nobody else does."""


class VariableDifference(Struct, frozen=True):
    """How a variable differs between two points."""

    name: str
    kind: Literal["appears", "changes", "disappears"]
    """By going from the first point to the second."""
    before: Variable | None = None
    after: Variable | None = None


# -- Ops


class Undo(Struct, frozen=True, tag="undo"):
    """Take the last cell back: what it did to variables and files, and the conversation from it on."""

    conflicts: ConflictAnswer = "ask"
    """What becomes of files that the user has changed since."""
    overwrite: tuple[str, ...] = ()
    """Those of them that go back even where the others stay, by their paths as they were shown."""
    way: VariableWay | None = None
    """Where the variables come from when their checkpoint is gone; None: it is asked."""


class Redo(Struct, frozen=True, tag="redo"):
    """Take the last going back itself back."""

    conflicts: ConflictAnswer = "ask"
    """What becomes of files that the user has changed since."""
    overwrite: tuple[str, ...] = ()
    """Those of them that go back even where the others stay, by their paths as they were shown."""


class Rewind(Struct, frozen=True, tag="rewind"):
    """Go back to a point of the session. What is there now is kept as a checkpoint, so that this can be undone."""

    point: int
    """The sequence of the last event that stays; see `session.points`."""
    what: tuple[TravelPart, ...] = EVERYTHING
    conflicts: ConflictAnswer = "ask"
    """What becomes of files that the user has changed since."""
    overwrite: tuple[str, ...] = ()
    """Those of them that go back even where the others stay, by their paths as they were shown."""
    way: VariableWay | None = None
    """Where the variables come from when their checkpoint is gone; None: it is asked."""


class PreviewRewind(Struct, frozen=True, tag="preview_rewind"):
    """Ask what going back to a point would change. Answered by `RewindPreviewed`."""

    point: int
    base: int | None = None
    """Another point to compare it with; None for now."""


class MarkCheckpoint(Struct, frozen=True, tag="mark_checkpoint"):
    """Keep a checkpoint longer than the others, or no longer."""

    checkpoint: CheckpointId
    marked: bool = True


# -- stored events


class CheckpointTaken(Struct, frozen=True, tag="checkpoint_taken"):
    """A frozen copy of the kernel was made. It is held as long as there is room, and no longer than the kernel."""

    checkpoint: CheckpointId
    action: ActionId | None = None
    """The cell that it was taken before; None where it keeps what a going back would lose."""
    grade: Grade = "green"
    reasons: tuple[str, ...] = ()
    """What does not come back, each in a few words."""
    seconds: float = 0.0


class Rewound(Struct, frozen=True, tag="rewound"):
    """The session went back. What came after the point is no longer part of it, as far as `what` says."""

    point: int
    """The sequence of the last event that stays."""
    what: tuple[TravelPart, ...]
    checkpoint: CheckpointId | None = None
    """The one that the variables came from; None where they stayed as they were."""
    saved: CheckpointId | None = None
    """Keeps the variables as they were before; None where nothing was lost, or nothing could be kept."""
    cells: int = 0
    """How many cells were taken back."""
    undoes: bool = False
    """It takes a going back itself back."""
    files: FilesBack | None = None
    """What became of the files; None where none had to change."""
    files_problem: str = ""
    """Why they could not go back, though they were meant to."""
    way: VariableWay | None = None
    """Where the variables come from, where that is no checkpoint."""
    replays: tuple[ActionId, ...] = ()
    """The cells that run again for them, right after this, where that is the way."""


class KernelRecovered(Struct, frozen=True, tag="kernel_recovered"):
    """The kernel died, or was ended because it did not heed; its variables are back as they were before a cell."""

    how: str
    """It ended: `segmentation fault`, `killed`."""
    checkpoint: CheckpointId
    action: ActionId | None
    """The cell that the variables are as they were before. It was not run again."""
    seconds: float = 0.0


# -- transient events


class CheckpointsHeld(Struct, frozen=True, tag="checkpoints_held"):
    """The checkpoints that can be gone back to now, the oldest first. Transient."""

    held: tuple[HeldCheckpoint, ...]
    marked: tuple[CheckpointId, ...] = ()


class RewindPreviewed(Struct, frozen=True, tag="rewind_previewed"):
    """Answers `PreviewRewind`. Transient."""

    point: int
    cells: int
    """How many cells would be taken back."""
    base: int | None = None
    """The point that the variables are compared with; None for now."""
    checkpoint: CheckpointId | None = None
    """The one that the variables would come from."""
    grade: Grade = "green"
    reasons: tuple[str, ...] = ()
    variables: tuple[VariableDifference, ...] = ()
    problem: str = ""
    """Why the variables can't be taken back; empty where they can, or need not."""
    files: FilesPreview | None = None
    """What would become of the files; None where they are not kept."""
