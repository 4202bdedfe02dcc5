"""What the user says to an action that waits: it may run, it may not, other code, or a rule that lets it run."""

from collections.abc import Callable
from dataclasses import dataclass

from codeact_tui.effects.base import Analysis
from codeact_tui.protocol.events import ActionApproved, ActionEdited, ActionRejected, ApprovalRequested, Noted
from codeact_tui.protocol.ids import code_sha256
from codeact_tui.protocol.ops import AddRules, Approve, EditAction, Reject
from codeact_tui.session.approvals import check_approval, check_edit, check_waiting
from codeact_tui.session.diffs import unified
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.permitting import Permissions
from codeact_tui.session.turn import Decision, Turn

__all__ = ["Answers"]


@dataclass(frozen=True)
class Answers:
    """Records each answer, and has the turn go on with it.

    Attributes:
        ledger: Where answers are recorded.
        foreteller: Tells what edited code would do.
        permissions: Keeps rules.
        turn: Gives the turn that goes on.
    """

    ledger: Ledger
    foreteller: Foreteller
    permissions: Permissions
    turn: Callable[[], Turn | None]

    async def take(self, op: Approve | EditAction | Reject) -> None:
        """Take an answer.

        Raises:
            OpRefused: It is not about what waits, as it stands now.
            StoreError: It can't be recorded; then nothing runs.
        """
        match op:
            case Approve():
                await self._approve(op)
            case EditAction():
                await self._edit(op)
            case Reject():
                turn = self.turn()
                record = check_waiting(self.ledger.transcript, op)
                await self.ledger.record(ActionRejected(record.action, op.reason.strip()))
                _decide(turn, "rejected")

    async def add_rules(self, op: AddRules) -> None:
        """Keep rules, and run the action that waits if they cover it as it was shown.

        Raises:
            OpRefused: There are none or too many, or the action has changed.
            ConfigError: They can't be kept.
        """
        record = None
        if op.action is not None:
            record = check_approval(self.ledger.transcript, Approve(op.action, op.revision, op.sha256))
        await self.permissions.add_rules(op)
        if record is None or record.request is None or record.state != "waiting":
            return
        told = Analysis(record.request.effects, record.request.problem)
        rules = await self.permissions.covering(told, self.foreteller.working)
        if rules and (record.state, record.revision, record.sha256) == ("waiting", op.revision, op.sha256):
            await self.ledger.record(ActionApproved(record.action, op.revision, op.sha256, "rule", rules))
            _decide(self.turn(), "approved")
        elif record.state == "waiting":
            words = f"[{record.number}] does something that no rule covers, so it still waits for your answer."
            await self.ledger.record(Noted(words), record.request)

    async def _approve(self, op: Approve) -> None:
        turn = self.turn()
        record = check_approval(self.ledger.transcript, op)
        if turn is not None and op.scope != "once":
            turn.allowance = op.scope
        await self.ledger.record(ActionApproved(record.action, record.revision, record.sha256, "user"))
        _decide(turn, "approved")

    async def _edit(self, op: EditAction) -> None:
        record = check_edit(self.ledger.transcript, op)
        if op.code == record.code:
            return
        revision, sha256 = record.revision + 1, code_sha256(op.code)
        diff = unified(record.revisions[0].code, op.code)
        told = await self.foreteller.foretell(op.code)
        check_edit(self.ledger.transcript, op)  # the turn may have been ended meanwhile
        await self.ledger.record(
            ActionEdited(record.action, revision, op.code, sha256, diff),
            ApprovalRequested(record.action, revision, sha256, told.effects, told.problem),
        )


def _decide(turn: Turn | None, decision: Decision) -> None:
    if turn is not None:
        turn.decide(decision)
