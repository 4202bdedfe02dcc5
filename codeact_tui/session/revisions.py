"""The versions that a cell's code went through: proposed, edited, run again. Read from the transcript; pure."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.entries import ActionRecord, ActionState
from codeact_tui.session.transcript import Transcript

__all__ = ["Version", "compared_with", "versions"]


class Version(Struct, frozen=True):
    """One version of a cell's code."""

    action: ActionId
    revision: int
    code: str
    by: Literal["model", "user"]
    """Who wrote it."""
    rerun_of: ActionId | None
    """Which cell it runs again; None for a revision, and for a first version."""
    state: ActionState
    """Of the action; of a revision that another one replaced: `proposed`."""
    status: CellStatus | None
    seconds: float
    at: float
    """When it was written, in seconds since the epoch."""
    before: str | None
    """The code of the version that it was made from; None for the first."""


def versions(transcript: Transcript, action: ActionId) -> list[Version]:
    """Give every version of a cell, reruns included, oldest first."""
    records = transcript.actions
    family = {_origin(transcript, action)}
    found: list[Version] = []
    for record in records.values():
        if record.action in family or record.rerun_of in family:
            family.add(record.action)
            found += _of_record(transcript, record)
    return found


def compared_with(transcript: Transcript, record: ActionRecord) -> tuple[str, str] | None:
    """Give what a cell's code is to be compared with, and what to call it; None where it is as it was written.

    Of an edited action that is what was proposed, of a rerun what ran before.
    """
    if record.edited and record.revisions[0].code != record.code:
        return "the proposal", record.revisions[0].code
    before = transcript.actions.get(record.rerun_of) if record.rerun_of is not None else None
    if before is not None and before.code != record.code:
        return f"[{before.number}]", before.code
    return None


def _origin(transcript: Transcript, action: ActionId) -> ActionId:
    seen: set[ActionId] = set()
    while action not in seen and (record := transcript.actions.get(action)) and record.rerun_of is not None:
        seen.add(action)
        action = record.rerun_of
    return action


def _of_record(transcript: Transcript, record: ActionRecord) -> list[Version]:
    parent = transcript.actions.get(record.rerun_of) if record.rerun_of is not None else None
    before = parent.code if parent is not None else None
    found: list[Version] = []
    for number, revision in enumerate(record.revisions):
        last = number == record.revision
        found.append(
            Version(
                record.action,
                number,
                revision.code,
                "model" if record.origin == "model" and number == 0 else "user",
                record.rerun_of if number == 0 else None,
                record.state if last else "proposed",
                record.status if last else None,
                record.seconds if last else 0.0,
                revision.at,
                before,
            )
        )
        before = revision.code
    return found
