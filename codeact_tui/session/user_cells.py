"""Cells that the user runs: their own, past ones again, all of them after a restart."""

import asyncio
from dataclasses import dataclass, field

from codeact_tui.errors import OpRefused
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import ActionApproved, ActionProposed, Noted
from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.ops import Rerun, RunUserCode
from codeact_tui.session.cells import CellRunner
from codeact_tui.session.diffs import unified
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.permission_words import waits_for_grant
from codeact_tui.session.recovery import rerunnable

__all__ = ["UserCells"]


@dataclass(frozen=True)
class UserCells:
    """Runs what the user asks for, in the same kernel and the same record as the model's actions.

    Attributes:
        ledger: Where events go.
        cells: Runs them.
        host: The kernel.
        series: Held while cells run that belong together: what the user sends meanwhile waits for their end.
    """

    ledger: Ledger
    cells: CellRunner
    host: KernelHost
    series: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, op: RunUserCode) -> None:
        """Run the user's own cell.

        Raises:
            OpRefused: There is no code.
        """
        if not op.code.strip():
            raise OpRefused("There is no code to run.", remedy="Type !print(1), say.")
        action = self.ledger.new_action()
        await self._run(ActionProposed(action, op.code, code_sha256(op.code), "user", hidden=op.hidden))

    async def rerun(self, op: Rerun) -> None:
        """Run a past action again, edited or not.

        Raises:
            OpRefused: There is no such action, or it has not been decided about yet.
        """
        before = self.ledger.transcript.actions.get(op.action)
        if before is None:
            raise OpRefused(f"There is no cell {op.action}.")
        if before.state not in {"finished", "rejected"}:
            raise OpRefused(f"[{before.number}] has not ended yet.")
        code = before.code if op.code is None else op.code
        if not code.strip():
            raise OpRefused("An empty cell can't be run.")
        await self._run(self._again(before, code))

    async def again(self, record: ActionRecord) -> tuple[ActionId, CellStatus]:
        """Run a past action's newest code again, in a series; give the new action, and how it ended."""
        proposal = self._again(record, record.code)
        await self._record(proposal)
        return proposal.action, await self._run_next(proposal)

    async def restart(self, *, rerun: bool, cold: bool = False) -> None:
        """Start the kernel anew unless it is fresh, then run the cells that made the lost variables again.

        Last comes the cell that was refused what is allowed now. The first one that does not end well stops the rest.
        """
        refused = waits_for_grant(self.ledger.transcript)
        if not rerun or self._used():
            await self.host.restart(cold=cold)
        if not rerun:
            return
        async with self.series:  # not before: what hangs in one ends with its kernel
            await self._rerun_all(refused)

    async def _rerun_all(self, refused: ActionRecord | None) -> None:
        records = [*rerunnable(self.ledger.transcript), *([refused] if refused is not None else [])]
        for done, record in enumerate(records):
            if (await self.again(record))[1] != "ok":
                rest = len(records) - done - 1
                left = f"; {rest} cell{'s were' if rest != 1 else ' was'} not rerun" if rest else ""
                await self.ledger.record(Noted(f"Stopped at [{record.number}]{left}."))
                return
        count, whose = (f"{len(records)} cells were", "their") if len(records) != 1 else ("1 cell was", "its")
        said = f"{count} rerun; {whose} variables are back." if records else "There are no cells to rerun."
        await self.ledger.record(Noted(said))

    def _used(self) -> bool:
        return any(record.live for record in self.ledger.transcript.actions.values())

    def _again(self, before: ActionRecord, code: str) -> ActionProposed:
        diff = unified(before.code, code, before_name=f"[{before.number}]")
        return ActionProposed(
            self.ledger.new_action(), code, code_sha256(code), "rerun",
            rerun_of=before.action, hidden=before.hidden, diff=diff,
        )  # fmt: skip

    async def _run(self, proposal: ActionProposed) -> CellStatus:
        await self._record(proposal)
        async with self.series:
            return await self._run_next(proposal)

    async def _record(self, proposal: ActionProposed) -> None:
        await self.ledger.record(proposal, ActionApproved(proposal.action, 0, proposal.sha256, "user"))

    async def _run_next(self, proposal: ActionProposed) -> CellStatus:
        return await self.cells.run(self.ledger.transcript.actions[proposal.action])
