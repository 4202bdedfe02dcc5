"""Dry runs, as they are asked for: one at a time, and what was tried stays open until something else happens."""

from collections.abc import Callable
from contextlib import suppress

from codeact_tui.errors import OpRefused, SnapshotError
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.dry_runs import CommitDryRun, DiscardDryRun, DryRun, DryRunId, DryRunSettled, DryRunStarted
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionRejected,
    CellStarted,
    Event,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    Rewound,
    StoredEvent,
    VariablesRestored,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import Approve
from codeact_tui.session.approvals import check_approval
from codeact_tui.session.committing import Committer
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.rehearsed import Attempt, Stage
from codeact_tui.session.rehearsing import Rehearser

__all__ = ["DryRuns", "Trying"]

_ELSEWHERE = (CellStarted, Rewound, KernelStarted, KernelDied, KernelRecovered, VariablesRestored)
"""After these the kernel is another one than what was tried began from."""
_DECIDED = (ActionApproved, ActionEdited, ActionRejected)
_NETWORK = "This cell looks like it uses the network, which can't be held back without a sandbox."


class Trying:
    """What is tried now, for one action: a stage and the attempts on it.

    Args:
        ledger: Where events go.
        host: The kernel.
        rehearser: Tries things.
        on_ran: Called when what was tried was committed, with how the cell ended.
    """

    def __init__(
        self,
        ledger: Ledger,
        host: KernelHost,
        rehearser: Rehearser,
        on_ran: Callable[[CellStatus], None],
    ) -> None:
        self.ledger, self.host, self.rehearser = ledger, host, rehearser
        self._committer = Committer(ledger, host, rehearser.files, rehearser.keeper)
        self._on_ran = on_ran
        self._stage: Stage | None = None
        self._action: ActionId | None = None
        self.committing = False
        """What was tried is being committed."""

    @property
    def running(self) -> bool:
        """Something is being tried now."""
        return self.rehearser.running

    async def set_up(self, action: ActionId) -> Stage:
        """Make ready to try something for an action; the caller holds the turnstile.

        Raises:
            OpRefused: Nothing can be tried now.
            KernelError: The kernel is not there.
        """
        await self.drop()
        self._stage, self._action = await self.rehearser.set_up(), action
        return self._stage

    async def try_out(self, stage: Stage, started: DryRunStarted, *, check: str = "") -> Attempt:
        """Try one thing; the caller holds the turnstile.

        Raises:
            OpRefused: It can't be tried now.
            StoreError: It can't be recorded.
        """
        return await self.rehearser.try_out(stage, started, check=check)

    def next_id(self) -> DryRunId:
        """Name the next dry run."""
        return DryRunId(f"d{len(self.ledger.transcript.tried.dry_runs) + 1}")

    def attempt(self, dry_run: DryRunId) -> Attempt:
        """Give what can be committed.

        Raises:
            OpRefused: It can't be, or not any more.
        """
        attempts = self._stage.attempts if self._stage is not None else []
        found = next((each for each in attempts if each.started.dry_run == dry_run), None)
        if found is None or self._stage is None or self._stage.void:
            raise OpRefused("That dry run can't be committed any more.", remedy="Run the cell itself instead.")
        if found.finished.problem:
            raise OpRefused(
                f"That dry run can't be committed: {found.finished.problem}.", remedy="Run the cell itself instead."
            )
        return found

    async def commit(self, attempt: Attempt, revision: int, *before: StoredEvent) -> None:
        """Let what was tried have happened.

        Raises:
            OpRefused: It can't be; nothing has changed.
            StoreError: It can't be recorded; nothing has changed.
        """
        async with self.host.turnstile:
            self.committing = True
            try:
                status = await self._committer.commit(attempt, revision, *before)
            finally:
                self.committing = False
            await self.drop()
        self._on_ran(status)

    async def drop(self) -> None:
        """Forget what was tried and is still open."""
        stage, self._stage, self._action = self._stage, None, None
        if stage is None:
            return
        attempts = list(stage.attempts)
        self.rehearser.take_down(stage)
        tried = self.ledger.transcript.tried.dry_runs
        open_ = [each.started.dry_run for each in attempts if tried[each.started.dry_run].outcome is None]
        await self.ledger.record(*(DryRunSettled(each, "discarded") for each in open_))
        for attempt in attempts:
            with suppress(SnapshotError):
                await attempt.tried.drop()

    def outdated_by(self, event: Event) -> bool:
        """Say whether what is open can't be committed any more after an event."""
        if self._stage is None or self.committing:
            return False
        if isinstance(event, _DECIDED):
            return event.action == self._action
        return isinstance(event, _ELSEWHERE)

    def void(self) -> None:
        """What is open can't be committed any more; it has still to be dropped."""
        if self._stage is not None:
            self._stage.void = True


class DryRuns:
    """Does what is asked about dry runs.

    Args:
        trying: What is tried now.
    """

    def __init__(self, trying: Trying) -> None:
        self._trying = trying

    async def run(self, op: DryRun) -> None:
        """Run the action that waits in a copy.

        Raises:
            OpRefused: It is not what was shown, or it can't be run so.
            KernelError: The kernel is not there.
            StoreError: It can't be recorded.
        """
        trying, transcript = self._trying, self._trying.ledger.transcript
        record = check_approval(transcript, Approve(op.action, op.revision, op.sha256))
        if trying.running or transcript.tried.exploration is not None:
            raise OpRefused("Something is being tried already.", remedy="Stop it first: Esc.")
        if record.request is not None:
            check_network(trying.host, any(each.kind == "network" for each in record.request.effects), op.network)
        async with trying.host.turnstile:
            stage = await trying.set_up(op.action)
            started = DryRunStarted(trying.next_id(), op.action, record.code, record.sha256, network=op.network)
            try:
                attempt = await trying.try_out(stage, started)
            except BaseException:
                await trying.drop()
                raise
        if record.state != "waiting" or record.sha256 != op.sha256 or attempt.finished.status == "interrupted":
            await trying.drop()

    async def commit(self, op: CommitDryRun) -> None:
        """Let it have happened.

        Raises:
            OpRefused: It can't be; nothing has changed.
            StoreError: It can't be recorded; nothing has changed.
        """
        attempt = self._trying.attempt(op.dry_run)
        record = self._trying.ledger.transcript.actions[attempt.started.action]
        started = attempt.started
        check_approval(self._trying.ledger.transcript, Approve(record.action, record.revision, started.sha256))
        approved = ActionApproved(record.action, record.revision, record.sha256, "user")
        await self._trying.commit(attempt, record.revision, approved)

    async def discard(self, op: DiscardDryRun) -> None:
        """Forget it.

        Raises:
            OpRefused: There is no such dry run.
            StoreError: That can't be recorded.
        """
        record = self._trying.ledger.transcript.tried.dry_runs.get(op.dry_run)
        if record is None or not record.open:
            raise OpRefused("That dry run is not open any more.")
        await self._trying.drop()


def check_network(host: KernelHost, reaches: bool, allowed: bool) -> None:
    """Refuse what would reach the network where that can't be held back.

    Raises:
        OpRefused: It would.
    """
    if allowed or not reaches:
        return
    held = host.kernel.hold_network(held=True)
    host.kernel.hold_network(held=False)
    if not held:
        raise OpRefused(_NETWORK, remedy="/dry-run network runs it nevertheless.")
