"""What ought to be there after any sequence of cells and travels: of conversation, variables and files. Pure Python."""

import copy
from dataclasses import dataclass, field, replace
from typing import Literal

from codeact_tui.protocol.travel import Rewound
from tests.session.whole.cells import Files, Names, Work

__all__ = ["Back", "Going", "Item", "Oracle", "Values"]


@dataclass(frozen=True)
class Values:
    """The variables at one time."""

    names: Names = field(default_factory=dict[str, object])
    made_by: tuple[Work, ...] = ()
    """The cells that ended well in this Python, or in those that it is a copy of."""
    life: int = 0
    """Which Python it was: another one after each restart and each opening."""


@dataclass(frozen=True)
class Item:
    """Something that is part of the conversation."""

    kind: Literal["prompt", "reply", "cell"]
    text: str
    """The prompt, the words, or the cell's code."""
    status: str = ""
    printed: str = ""
    before: Values = field(default_factory=Values)
    work: Work | None = None
    proposed: bool = False
    """By the reply before it, which goes with it."""


@dataclass(frozen=True)
class Past:
    """A moment of the files that is kept: before or after the event with this sequence."""

    sequence: int
    side: Literal["before", "after"]
    files: Files


@dataclass(frozen=True)
class _Span:
    """Codeact changed files: by a cell, or by going back to a moment."""

    before: Past
    after: Past
    to: Past | None = None


@dataclass(frozen=True)
class Going:
    """What becomes of the files when they go back: by path, and who has to be asked."""

    target: Past
    back: tuple[str, ...]
    conflicts: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Back:
    """A going back that happened, to be taken back in its turn, with what was there before."""

    sequence: int
    what: tuple[str, ...]
    items: tuple[Item, ...]
    values: Values
    files: Past | None
    """None where none had to change."""
    held: bool = True
    """The variables of before are frozen, or are those of now."""
    lost: bool = False
    """They were, and are not any more: it can't be taken back."""
    needed: bool = False
    """It changed the variables."""


@dataclass
class Oracle:
    """What ought to be there in a session. `files` are the folder's, shared by all sessions."""

    files: Files
    items: list[Item] = field(default_factory=list[Item])
    values: Values = field(default_factory=Values)
    ever: list[Item] = field(default_factory=list[Item])
    """All cells, also those that were taken back."""
    undoable: Back | None = None
    _spans: list[_Span] = field(default_factory=list[_Span])
    backs: dict[int, Back] = field(default_factory=dict[int, Back])
    """All goings back, by their events' sequences."""

    def places(self) -> list[int]:
        """Give where in the conversation one can go back to: before each prompt, and each cell that ran."""
        return [n for n, item in enumerate(self.items) if item.kind == "prompt" or _ran(item)]

    # -- what happens

    def ran(self, work: Work, sequence: int, *, proposed: bool = False) -> Item:
        """A cell ran; the event that proposed it has this sequence."""
        start = Past(sequence, "before", dict(self.files))
        was, names = self.values, copy.deepcopy(self.values.names)  # as one: what was one object still is
        printed, status = work.do(names, self.files)
        if status != "died":
            self.values = replace(was, names=names, made_by=(*was.made_by, work) if status == "ok" else was.made_by)
        self._spans.append(_Span(start, Past(sequence, "after", dict(self.files))))
        item = Item("cell", work.code, status, printed if status == "ok" else "", was, work, proposed)
        self.items.append(item)
        self.ever.append(item)
        self.undoable = None
        return item

    def turned_down(self, work: Work) -> None:
        """A cell was proposed, and will not run."""
        self.items.append(Item("cell", work.code, "rejected", work=work))
        self.ever.append(self.items[-1])

    def said(self, kind: Literal["prompt", "reply"], text: str) -> None:
        """Somebody said something."""
        self.items.append(Item(kind, text, before=self.values))
        self.undoable = None

    def anew(self, life: int) -> None:
        """Another Python, in which nothing is."""
        self.values = Values(life=life)
        self._thaw()

    def carried(self, life: int) -> None:
        """Another Python, in which everything is."""
        self.values = replace(self.values, life=life)
        self._thaw()

    def branch(self, place: int, until: int, values: Values) -> "Oracle":
        """Give what ought to be in a session that shares this one's beginning.

        Args:
            place: Of the first item that is not shared.
            until: The last event that is.
            values: The variables there.
        """
        proposed = place < len(self.items) and self.items[place].proposed
        spans = [each for each in self._spans if each.after.sequence <= until]
        backs = {sequence: back for sequence, back in self.backs.items() if sequence <= until}
        return Oracle(self.files, list(self.items[: place - proposed]), values, list(self.ever), None, spans, backs)

    def _thaw(self) -> None:
        back = self.undoable
        if back is not None:
            self.undoable = replace(back, held=not back.needed, lost=back.lost or (back.needed and back.held))

    # -- files

    def past(self, sequence: int) -> Past | None:
        """Give the files as they were after an event; None where nothing has happened to them since."""
        span = next((each for each in self._spans if each.after.sequence > sequence), None)
        return None if span is None else span.before

    def going(self, target: Past) -> Going:
        """Say what becomes of each path when they go to a moment."""
        by_cells, by_user = self._who(target)
        back: list[str] = []
        conflicts: list[str] = []
        kept: list[str] = []
        for path in _changed(self.files, target.files):
            if path not in by_user:
                back.append(path)
            elif path in by_cells:
                conflicts.append(path)
            else:
                kept.append(path)
        return Going(target, tuple(back), tuple(conflicts), tuple(kept))

    def went(self, event: Rewound, sequence: int, going: Going | None, *, overwrite: bool) -> Past | None:
        """The files went there; give what was before, where something was to be done."""
        to_do = going is not None and bool(going.back or going.conflicts or going.kept)
        assert (event.files is not None) == to_do, (event, going)
        if going is None or not to_do:
            return None
        was = Past(sequence, "before", dict(self.files))
        for path in (*going.back, *(going.conflicts if overwrite else ())):
            if path in going.target.files:
                self.files[path] = going.target.files[path]
            else:
                del self.files[path]
        for path in [path for path in self.files if "/" in path]:
            self.files.setdefault(path.partition("/")[0], None)  # a folder that holds something stays
        self._spans.append(_Span(was, Past(sequence, "after", dict(self.files)), going.target))
        return was

    def _who(self, target: Past) -> tuple[set[str], set[str]]:
        """Say which paths cells, and which the user, have changed since a moment that still counts."""
        since: _Since = ()
        known: dict[tuple[int, str], _Since] = {_key(target): since}
        for span in self._spans:
            if span.after.sequence < target.sequence or _key(span.after) == _key(target):
                continue
            known.setdefault(_key(span.before), since)
            undone = None if span.to is None else known.get(_key(span.to))
            since = (*since, (span.before.files, span.after.files)) if undone is None else undone
            known[_key(span.after)] = since
        ends = [target.files, *(after for _before, after in since)]
        begins = [*(before for before, _after in since), self.files]
        cells = {path for before, after in since for path in _changed(before, after)}
        user = {path for end, begin in zip(ends, begins, strict=True) for path in _changed(end, begin)}
        return cells, user


_Since = tuple[tuple[Files, Files], ...]


def _key(past: Past) -> tuple[int, str]:
    return past.sequence, past.side


def _changed(before: Files, after: Files) -> list[str]:
    return sorted(path for path in {*before, *after} if before.get(path, 0) != after.get(path, 0))


def _ran(item: Item) -> bool:
    return item.kind == "cell" and item.status != "rejected"
