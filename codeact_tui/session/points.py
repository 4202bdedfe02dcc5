"""The points that a session can go back to, and where the variables of each are kept. Pure."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from codeact_tui.errors import OpRefused
from codeact_tui.protocol.events import Rewound
from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.entries import ActionEntry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.lineage import CheckpointRecord
from codeact_tui.session.transcript import Transcript

__all__ = ["Point", "before_cell", "cells_after", "keeper_of", "last_cell", "last_rewind", "point_at", "points"]

_LABEL_CHARS = 200


@dataclass(frozen=True)
class Point:
    """A moment of the session, named by what came next."""

    sequence: int
    """Of the last event that stays when one goes back to it."""
    kind: Literal["prompt", "cell", "rewind"]
    label: str
    """The first line of the prompt or the cell; of a going back, nothing."""
    action: ActionId | None = None
    prompt: str = ""
    """The whole of it."""
    saved: str = ""
    """Of a going back: the checkpoint that keeps what it took away, if any."""
    files: str = ""
    """Of a going back: the snapshot that keeps the files as they were before it, if they changed."""
    at: float = 0.0


def points(transcript: Transcript) -> list[Point]:
    """Give the points that lie in the conversation as it is now, the oldest first, and before each going back."""
    found: list[Point] = []
    reply: ReplyEntry | None = None
    for entry in transcript.entries:
        match entry:
            case EventEntry(event=Rewound() as event):
                found.append(_before(event, entry))
            case _ if entry.undone:
                continue
            case PromptEntry():
                found.append(Point(entry.sequence - 1, "prompt", _label(entry.text), prompt=entry.text, at=entry.at))
            case ReplyEntry():
                reply = entry
                continue
            case ActionEntry() if entry.record.started_at is not None:
                proposed = reply is not None and entry.record.origin == "model"
                start = reply.sequence if reply is not None and proposed else entry.sequence
                found.append(Point(start - 1, "cell", _label(entry.record.code), entry.record.action, at=entry.at))
            case _:
                continue
        reply = None
    return found


def point_at(transcript: Transcript, sequence: int) -> Point | None:
    """Give the point of this sequence."""
    return next((each for each in points(transcript) if each.sequence == sequence), None)


def before_cell(transcript: Transcript, number: int) -> Point:
    """Give the point before a cell that ran and was not taken back.

    Raises:
        OpRefused: There is none.
    """
    found = next((each for each in reversed(points(transcript)) if each.action == f"a{number}"), None)
    if found is None:
        raise OpRefused(f"[{number}] is not a cell to go back to: it did not run, or was taken back.")
    return found


def last_cell(transcript: Transcript) -> Point | None:
    """Give the point before the last cell that ran and was not taken back."""
    return next((each for each in reversed(points(transcript)) if each.kind == "cell"), None)


def last_rewind(transcript: Transcript) -> tuple[Point, Rewound] | None:
    """Give the last going back, and the point before it, where nothing has run since, so that it can be taken back.

    The cells that ran again to make its variables are part of it.
    """
    since: list[ActionId | None] = []
    for entry in reversed(transcript.entries):
        match entry:
            case EventEntry(event=Rewound() as event):
                own = tuple(reversed(since)) == event.replays[: len(since)]
                return None if event.undoes or not own else (_before(event, entry), event)
            case ActionEntry():
                since.append(entry.record.rerun_of)
            case PromptEntry():
                return None
            case _:
                continue
    return None


def cells_after(transcript: Transcript, sequence: int) -> int:
    """Count the cells that ran after a point and still count."""
    ran = (each for each in transcript.entries if isinstance(each, ActionEntry) and not each.undone)
    return sum(each.sequence > sequence and each.record.started_at is not None for each in ran)


def keeper_of(transcript: Transcript, point: Point, held: Container[str]) -> CheckpointRecord | None:
    """Give the checkpoint that holds the variables as they were at a point; None where none that is held does.

    That is the one that was taken before its cell ran, else the first one that was taken after the point; unless the
    variables became others in between.
    """
    if point.kind == "rewind":
        return transcript.checkpoints.get(point.saved) if point.saved in held else None
    sequence, known = point.sequence, transcript.checkpoints.values()
    own = [record for record in known if record.event.action == point.action and point.action is not None]
    for record in own or known:  # others may have run between: a cell waits for those that were sent before it
        if record.sequence > sequence:
            if transcript.lineage.broken(sequence, record.sequence):
                return None
            return record if record.event.checkpoint in held else None
    return None


def _before(event: Rewound, entry: EventEntry) -> Point:
    files = event.files.undo if event.files is not None else ""
    return Point(entry.sequence - 1, "rewind", "", at=entry.at, saved=event.saved or "", files=files)


def _label(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[0].strip()[:_LABEL_CHARS] if lines else ""
