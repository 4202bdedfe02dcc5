"""Whose variables are there: of which cells, in the kernel that runs now. Changes records, and nothing else."""

from collections.abc import Collection, Iterable

from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.entries import ActionRecord

__all__ = ["bring_back", "revive", "take_back"]


def revive(records: Iterable[ActionRecord], live: Collection[ActionId], epoch: int, at: float) -> None:
    """Count these cells as the ones whose variables are there, and no others: a checkpoint of theirs was woken.

    Args:
        records: All that ran, and all others.
        live: Those that had run in the checkpoint's kernel until then.
        epoch: The kernel that they count to now.
        at: When that was, in seconds since the epoch.
    """
    for record in records:
        lives = record.action in live
        if lives != record.live:
            record.varied_at = at
        record.taken_back = not lives and (record.live or record.taken_back)
        record.live = lives
        if lives:
            record.epoch = epoch


def bring_back(
    ran: Iterable[ActionRecord], missing: Collection[ActionId], cells: Collection[ActionId] | None, epoch: int
) -> None:
    """Count cells of an earlier kernel among this one's: their variables were read from the disk.

    Those that make what did not come back are this kernel's too, but not live: should its variables be lost in turn,
    they have to run again as the others do.

    Args:
        ran: Those that ran.
        missing: Those of them that make what did not come back.
        cells: Which they are; None for all of the last kernel that ran any.
        epoch: This kernel.
    """
    ended = [record for record in ran if record.status in {"ok", "error"} and not record.taken_back]
    last = max((record.epoch for record in ended), default=0)
    for record in ended:
        back = record.epoch == last if cells is None else record.action in cells
        if back:
            record.live, record.epoch = record.live or record.action not in missing, epoch
            record.lacking = record.lacking or record.action in missing


def take_back(records: Iterable[ActionRecord], at: float) -> None:
    """Count what these cells did to the variables as undone, as far as they ran."""
    for record in records:
        if record.started_at:
            record.taken_back, record.varied_at = True, at
