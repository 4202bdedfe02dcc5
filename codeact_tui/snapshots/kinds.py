"""What is told of snapshots of files."""

from msgspec import Struct

from codeact_tui.snapshots.comparing import Difference, PlannedChange
from codeact_tui.snapshots.entries import LeftReason, shown_path

__all__ = ["Changes", "LeftOut", "Plan", "Restored", "Snapshot", "Span", "TextChange"]


class LeftOut(Struct, frozen=True):
    """A path that a snapshot does not hold."""

    path: str
    reason: LeftReason
    size_bytes: int = 0


class Snapshot(Struct, frozen=True):
    """The files as they were at one moment."""

    id: str
    taken_at: float
    """Seconds since the epoch."""
    files: int
    size_bytes: int
    """Of all the files in it."""
    note: str = ""
    session: str = ""
    new_bytes: int = 0
    """That the store took for it; known when it was just taken."""
    seconds: float = 0.0
    left_out: tuple[LeftOut, ...] = ()
    """The first of what is not in it; ignored files and such as may hold secrets are not named."""
    left_count: int = 0


class Changes(Struct, frozen=True):
    """What is different between two snapshots, folders before what is in them."""

    items: tuple[Difference, ...] = ()

    @property
    def created(self) -> tuple[str, ...]:
        """Paths of files and links that the second has alone."""
        return self._paths("created")

    @property
    def changed(self) -> tuple[str, ...]:
        """Paths of files and links that are not the same in both."""
        return self._paths("changed")

    @property
    def deleted(self) -> tuple[str, ...]:
        """Paths of files and links that the first has alone."""
        return self._paths("deleted")

    def _paths(self, kind: str) -> tuple[str, ...]:
        return tuple(shown_path(each.path) for each in self.items if each.kind == kind and not _is_folder(each))


class TextChange(Struct, frozen=True):
    """How a file's text differs."""

    diff: str = ""
    """Unified; empty where there is no text to compare."""
    why_not: str = ""
    """A few words: `binary`, `too large`."""


class Span(Struct, frozen=True):
    """A cell that ran: the snapshots taken right before and right after it."""

    before: str
    after: str


class Plan(Struct, frozen=True):
    """What a restore would do."""

    target: str
    undo: str
    """A snapshot of what is there now."""
    changes: tuple[PlannedChange, ...] = ()
    kept: tuple[str, ...] = ()
    """Changed by the user alone since: they stay."""
    unknown: tuple[str, ...] = ()
    """Not in one of the snapshots: they stay."""

    @property
    def conflicts(self) -> tuple[PlannedChange, ...]:
        """What is brought back only when the user says so."""
        return tuple(change for change in self.changes if change.conflict)


class Restored(Struct, frozen=True):
    """What a restore did."""

    undo: str
    """A snapshot of what was there before it."""
    after: str
    """A snapshot of what is there now."""
    done: tuple[PlannedChange, ...] = ()
    kept: tuple[str, ...] = ()
    """Conflicts that were not to be overwritten, and what was changed after the preview."""
    failed: tuple[tuple[str, str], ...] = ()
    """Paths that could not be brought back, and why."""


def _is_folder(each: Difference) -> bool:
    return all(entry is None or entry.kind == "folder" for entry in (each.before, each.after))
