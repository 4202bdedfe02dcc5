"""Lets what was tried in a copy have happened: its files in the workspace, the copy in the kernel's place, its record.

The files come first: a copy that wakes opens its files anew, by their names.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from codeact_tui.errors import CodeActError, KernelError, OpRefused, SnapshotError, StoreError
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.dry_runs import DryRunSettled
from codeact_tui.protocol.events import CellFinished, CellStarted, Failed, StoredEvent, VariablesChanged
from codeact_tui.session.files import FileKeeper
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.rehearsal_changes import joined_diff
from codeact_tui.session.rehearsal_files import Brought, RehearsalFiles
from codeact_tui.session.rehearsed import Attempt

__all__ = ["Committer"]

_INSTEAD = "Run the cell itself instead."


@dataclass(frozen=True)
class Committer:
    """Commits what was tried.

    Attributes:
        ledger: Where events go.
        host: The kernel.
        files: The workspace's; None where they are not kept.
        keeper: Keeps the files around cells; None for nobody.
    """

    ledger: Ledger
    host: KernelHost
    files: RehearsalFiles | None
    keeper: FileKeeper | None = None

    async def commit(self, attempt: Attempt, revision: int, *before: StoredEvent) -> CellStatus:
        """Let it have happened: files, kernel and record; the caller holds the turnstile.

        Args:
            attempt: What was tried.
            revision: Of the action, whose code that is.
            before: Events to commit before the cell's start.

        Returns:
            How the cell ended.

        Raises:
            OpRefused: It can't be, or not any more; nothing has changed.
            StoreError: It can't be recorded; nothing has changed.
        """
        stage = attempt.stage
        if stage.void or attempt.finished.problem or self.files is None or not attempt.end:
            raise OpRefused("That can't be committed any more.", remedy=_INSTEAD)
        at = stage.attempts.index(attempt)
        kept = [] if self.keeper is None else await self.keeper.before(attempt.started.action)
        try:
            brought = await self.files.bring(attempt.tried, [each.tried for each in stage.attempts[at + 1 :]])
        except (SnapshotError, OSError) as error:
            raise OpRefused(f"Nothing was committed: {_message(error)}", remedy=_INSTEAD) from error
        try:
            await self.host.wake(attempt.end)
            self._check(attempt)
            stage.void = True
            await self._record(attempt, revision, (*before, *kept))
        except (KernelError, StoreError, OpRefused) as error:
            await self._undo(attempt, brought)
            if not isinstance(error, KernelError):
                raise
            raise OpRefused(f"Nothing was committed. {error.message}", remedy=_INSTEAD) from error
        if self.keeper is not None:
            self.keeper.after(attempt.started.action)
        await brought.stay()
        self._tell_variables(attempt)
        assert attempt.finished.status in {"ok", "error"}
        return "ok" if attempt.finished.status == "ok" else "error"

    def _check(self, attempt: Attempt) -> None:
        """See that nobody has decided about the action meanwhile: it would run twice, or though it was rejected."""
        record = self.ledger.transcript.actions[attempt.started.action]
        if record.state != "waiting":
            raise OpRefused(f"Nothing was committed: [{record.number}] was decided about meanwhile.")

    async def _undo(self, attempt: Attempt, brought: Brought) -> None:
        try:
            await brought.back()
            await self.host.wake(attempt.stage.base.name)
        except (SnapshotError, KernelError) as error:
            self.ledger.tell_uncommitted(Failed(type(error).__name__, _message(error), "Start the kernel anew."))

    async def _record(self, attempt: Attempt, revision: int, before: tuple[StoredEvent, ...]) -> None:
        action, finished = attempt.started.action, attempt.finished
        outputs = [replace(each, action=action) for each in attempt.outputs]
        status: CellStatus = "ok" if finished.status == "ok" else "error"
        taken = self.host.reveal(attempt.stage.base, action)
        await self.ledger.record(
            *before,
            taken,
            CellStarted(action, revision, attempt.started.sha256),
            *outputs,
            CellFinished(action, status, finished.seconds, attempt.execution_count, attempt.reached, attempt.happened),
            DryRunSettled(attempt.started.dry_run, "committed"),
        )
        attempt.stage.committed = True

    def _tell_variables(self, attempt: Attempt) -> None:
        diff = joined_diff(attempt.finished.variables, attempt.total)
        cut = attempt.finished.more_variables > 0
        self.ledger.tell(
            VariablesChanged(attempt.started.action, diff.added, diff.changed, diff.removed, diff.total, cut)
        )


def _message(error: Exception) -> str:
    return error.message if isinstance(error, CodeActError) else f"The disk says: {error}."
