"""Which snapshots of the files there are, and what happened between them: a fold of a session's events. Pure."""

from dataclasses import dataclass, field

from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.travel_files import FilesBack, FilesKept, FileSnapshotId
from codeact_tui.snapshots.kinds import Span

__all__ = ["FileHistory"]


_Chain = tuple["_Chain", Span] | None
"""Spans, the newest first: as many as there are cells, known as of each of them."""


@dataclass(frozen=True)
class _Cell:
    action: ActionId


@dataclass
class FileHistory:
    """What was kept of the files, which cells ran, and when they were brought back; in the order of the events."""

    _items: list[tuple[int, FilesKept | _Cell | FilesBack]] = field(
        default_factory=list[tuple[int, FilesKept | _Cell | FilesBack]]
    )

    def kept(self, event: FilesKept, sequence: int) -> None:
        """They were kept."""
        self._items.append((sequence, event))

    def started(self, action: ActionId, sequence: int) -> None:
        """A cell began to run."""
        self._items.append((sequence, _Cell(action)))

    def went_back(self, event: FilesBack, sequence: int) -> None:
        """They were brought back."""
        self._items.append((sequence, event))

    def ran_since(self, sequence: int) -> bool:
        """Say whether a cell ran, or files were brought back, after an event."""
        return any(at > sequence and not isinstance(item, FilesKept) for at, item in self._items)

    def snapshot_at(self, sequence: int) -> FileSnapshotId | None:
        """Give the snapshot with the files as they were after an event; None where none was taken before a cell ran."""
        for at, item in self._items:
            if at <= sequence:
                continue
            match item:
                case FilesKept():
                    return item.snapshot
                case FilesBack():
                    return item.undo
                case _Cell():
                    return None
        return None

    def unfinished(self) -> ActionId | None:
        """Give the last cell, where the files were kept before it and not after it."""
        for _at, item in reversed(self._items):
            match item:
                case FilesKept(when="before"):
                    return item.action
                case FilesKept() | FilesBack():
                    return None
                case _Cell():
                    continue
        return None

    def spans_since(self, snapshot: FileSnapshotId) -> list[Span]:
        """Give what codeact did to the files since a snapshot, cells and goings back, in order.

        Where it went back to a moment since then, what came after that moment does not count: it was undone.
        """
        spans: _Chain = None
        known: dict[FileSnapshotId, _Chain] = {}
        before: FilesKept | None = None
        for _at, item in self._items:
            if not known and not _names(item, snapshot):
                continue
            match item:
                case FilesKept(when="before"):
                    spans = _with(spans, *_uncertain(before, item.snapshot))
                    known[item.snapshot], before = spans, item
                case FilesKept():
                    if before is not None and before.action == item.action:
                        sure = [Span(before.snapshot, item.snapshot)]
                        spans = _with(spans, *(sure if item.sure else _uncertain(before, item.snapshot)))
                        before = None
                    known[item.snapshot] = spans
                case FilesBack():
                    spans = _with(spans, *_uncertain(before, item.undo))
                    known[item.undo], before = spans, None
                    spans = known[item.target] if item.target in known else _with(spans, Span(item.undo, item.after))
                    known[item.after] = spans
                case _Cell():
                    pass
        return _unrolled(spans)


def _with(chain: _Chain, *spans: Span) -> _Chain:
    """Lengthen a chain; whoever holds it as it was shares its beginning."""
    for span in spans:
        chain = (chain, span)
    return chain


def _unrolled(chain: _Chain) -> list[Span]:
    spans: list[Span] = []
    while chain is not None:
        chain, span = chain
        spans.append(span)
    return spans[::-1]


def _names(item: FilesKept | _Cell | FilesBack, snapshot: FileSnapshotId) -> bool:
    match item:
        case FilesKept():
            return item.snapshot == snapshot
        case FilesBack():
            return snapshot in {item.undo, item.after}
        case _Cell():
            return False


def _uncertain(before: FilesKept | None, after: FileSnapshotId) -> list[Span]:
    """Give a cell whose end was not kept: what changed until the next snapshot may be the user's as well as its own.

    The second span goes back to its beginning, so that all of it counts as changed between cells, too.
    """
    return [] if before is None else [Span(before.snapshot, after), Span(before.snapshot, before.snapshot)]
