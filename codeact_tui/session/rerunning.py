"""Runs several past cells again: the stale ones, those that make what is missing, or all on a fresh kernel."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from codeact_tui.errors import OpRefused
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import Noted, VariablesChanged
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.resuming import CellsStale, RerunCells, StaleCell
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.notebook import Notebook
from codeact_tui.session.observations import output_text
from codeact_tui.session.user_cells import UserCells

__all__ = ["Rerunner", "first_difference"]

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_LINE_CHARS = 60
_TOLD = 5
_READING = 4_000
"""Longer code is read in a thread."""


@dataclass
class Rerunner:
    """Runs cells again, and keeps telling which are stale.

    Attributes:
        ledger: Where events go.
        cells: Runs them.
        notebook: Tells what cells have to do with one another.
    """

    ledger: Ledger
    cells: UserCells
    notebook: Notebook
    _stale: tuple[StaleCell, ...] = ()

    async def look(self) -> None:
        """Tell which cells are stale, when others are than before."""
        long = sum(len(record.code) for record in self.ledger.transcript.actions.values()) > _READING
        stale = await asyncio.to_thread(self.notebook.stale) if long else self.notebook.stale()
        if stale != self._stale:
            self._stale = stale
            by_action = {each.action: each for each in stale}
            for record in self.ledger.transcript.actions.values():
                record.stale = by_action.get(record.action)
            self.ledger.tell(CellsStale(stale))

    def saw(self, event: VariablesChanged) -> None:
        """Take in what a cell did to the variables."""
        self.notebook.saw(event)

    async def run(self, op: RerunCells) -> None:
        """Do what is asked.

        Raises:
            OpRefused: There is no such cell, or nothing to run.
        """
        async with self.cells.series:
            match op.which:
                case "stale":
                    await self._run_stale()
                case "missing":
                    await self._run(self._missing(), "made what was missing")
                case "all":
                    await self._check_all(op.start)

    async def _run_stale(self) -> None:
        """Run the stale cells one after the other; what one makes may make others stale."""
        await self.look()
        if not self._stale:
            raise OpRefused("No cell is stale.")
        done: list[ActionId] = []
        while stale := [each for each in self._stale if each.action not in done]:
            record = self.ledger.transcript.actions[stale[0].action]
            again, status = await self._again(record)
            done.append(again)
            if status != "ok":
                await self._stopped(record, len(stale) - 1)
                return
            await self.look()
        await self.ledger.record(Noted(f"{_cells(len(done))} rerun; nothing is stale any more."))

    def _missing(self) -> list[ActionRecord]:
        transcript = self.ledger.transcript
        return [transcript.actions[action] for action in transcript.missing]

    async def _run(self, records: Sequence[ActionRecord], what: str) -> None:
        if not records:
            raise OpRefused("There is nothing to rerun.")
        for number, record in enumerate(records):
            if (await self._again(record))[1] != "ok":
                await self._stopped(record, len(records) - number - 1)
                return
        await self.ledger.record(Noted(f"{_cells(len(records))} that {what} rerun."))

    async def _check_all(self, start: ActionId | None) -> None:
        """Run all cells on a fresh kernel, and say which come out differently."""
        records = self.notebook.records()
        if not records:
            raise OpRefused("No cell has run to its end in this kernel yet.")
        first = next((place for place, each in enumerate(records) if each.action == start), None)
        if start is not None and first is None:
            raise OpRefused("That cell has not run to its end in this kernel, so nothing can be run from it.")
        before = [(record, _shown(record)) for record in records]
        await self.cells.host.restart()
        different: list[str] = []
        ran = 0
        for place, (record, was) in enumerate(before):
            action, status = await self._again(record)
            now = self.ledger.transcript.actions[action]
            if status in {"interrupted", "died", "aborted"}:
                await self._stopped(record, len(before) - place - 1)
                return
            if place >= (first or 0):
                found = "it fails now" if status != "ok" else first_difference(was, _shown(now))
                different += [f"[{record.number}]: {found}"] if found else []
            ran += 1
            if status != "ok":
                break
        compared = len(before) - (first or 0)
        await self.ledger.record(Noted(_verdict(compared, different, complete=ran == len(before))))

    async def _again(self, record: ActionRecord) -> tuple[ActionId, CellStatus]:
        return await self.cells.again(record)

    async def _stopped(self, record: ActionRecord, left: int) -> None:
        rest = f"; {_cells(left)} not rerun" if left else ""
        await self.ledger.record(Noted(f"Stopped at [{record.number}]{rest}."))


def first_difference(before: str, after: str) -> str:
    """Say where two outputs differ, in a few words; empty when they don't. Addresses of objects don't count."""
    before, after = (_ADDRESS.sub("0x…", text) for text in (before, after))
    if before == after:
        return ""
    old, new = before.split("\n"), after.split("\n")
    for a, b in zip(old, new, strict=False):
        if a != b:
            return f"“{_cut(a)}” is now “{_cut(b)}”"
    count = len(new) - len(old)
    lines = f"{abs(count)} line{'s' if abs(count) != 1 else ''}"
    return f"it puts out {lines} {'more' if count > 0 else 'fewer'}"


def _shown(record: ActionRecord) -> str:
    return output_text(record.outputs)


def _verdict(compared: int, different: Sequence[str], *, complete: bool) -> str:
    if not different:
        return f"Reproducible: {_cells(compared)} run on a fresh kernel, and came out as before."
    more = f"; and {len(different) - _TOLD} more" if len(different) > _TOLD else ""
    rest = "" if complete else " The cells after it did not run."
    return f"Not reproducible: of {compared} cells on a fresh kernel, {'; '.join(different[:_TOLD])}{more}.{rest}"


def _cells(count: int) -> str:
    return f"{count} cell{'s were' if count != 1 else ' was'}"


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _LINE_CHARS else f"{line[: _LINE_CHARS - 1]}…"
