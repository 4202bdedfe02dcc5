"""Keeps the variables on disk now and then, and brings them back when the session is opened again."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from codeact_tui.config.schema import ResumeConfig
from codeact_tui.errors import CodeActError, KernelError, SnapshotError
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport, read_report
from codeact_tui.protocol.events import CellFinished, Envelope, KernelRecovered, Noted, Rewound
from codeact_tui.protocol.resuming import MissingVariable, RerunOffer, VariablesRestored, VariablesReturning
from codeact_tui.protocol.travel import CheckpointId
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.notebook import Notebook
from codeact_tui.snapshots.variables import KeptVariables, VariableStore

__all__ = ["VariableKeeper"]

_log = logging.getLogger(__name__)

_LOOK_S = 0.05
_GRACE_S = 3.0
_BEGIN_S = 6.0
_LOG_BYTES = 16 << 20
_NOT_VARIABLES = frozenset({"state of random numbers", "open figures"})
"""What is kept beside the variables, see `kernel/inside/keeping.py`."""
_REST_S = 1.0
"""So long after a cell its variables are kept, so that the next one need not wait for it."""
_STILL = "was not back the last time either"
_CODE = "functions and classes that cells made could not be kept: install cloudpickle into the kernel's Python"


@dataclass
class VariableKeeper:
    """Keeps the variables of a session.

    Attributes:
        host: The kernel.
        ledger: Where events go.
        store: Where they are kept.
        config: When, and how much.
        notebook: Tells which cells make what.
        foreteller: Tells what cells would do.
    """

    host: KernelHost
    ledger: Ledger
    store: VariableStore
    config: ResumeConfig
    notebook: Notebook
    foreteller: Foreteller
    _changed: bool = False
    _taken_at: float = 0.0
    """Of when the variables are that are on disk; Unix seconds, 0 where nothing is known to be."""
    _kept_at: float = field(default_factory=time.monotonic)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])
    _told: bool = False
    _wanted: bool = False

    def __post_init__(self) -> None:
        self._unlisten = self.ledger.listen(self._hear)

    async def keep_last(self) -> None:
        """Keep the variables before the kernel ends, within the time that the configuration leaves for it."""
        self._unlisten()
        if under_way := tuple(self._tasks):
            for task in under_way:
                task.cancel()
            await asyncio.wait(under_way)  # one that was keeping them has not: it says so when it ends
        if self._changed and self.host.state == "idle":
            seconds = self.config.quit_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds + 2 * _GRACE_S):
                    await self._keep(seconds)

    async def bring_back(self, cells: Sequence[ActionRecord] | None = None) -> None:
        """Bring the variables back into a fresh kernel, and tell what became of each.

        To be started before any cell: it keeps them waiting.

        Args:
            cells: Those that made them; None: all that ran in the last kernel that had any.
        """
        async with self.host.turnstile:
            try:
                found = await asyncio.to_thread(self.store.newest)
                fork = self.ledger.transcript.fork
                if found is not None:
                    folder, made = found
                    self.ledger.tell(VariablesReturning())
                    await self._bring_back(str(folder), made, cells)
                elif fork is not None and fork.problem:
                    await self._bring_none(fork.problem)
            except (SnapshotError, KernelError, msgspec.DecodeError) as error:
                why = error.message if isinstance(error, CodeActError) else "What was kept could not be understood."
                await self._bring_none(why)
            finally:
                self.ledger.tell(VariablesReturning(active=False))

    async def keep_for(self, other: VariableStore, checkpoint: CheckpointId | None) -> bool:
        """Keep the variables for another session, those of now or those of a checkpoint; say whether that was done.

        Raises:
            SnapshotError: They can't be kept.
            KernelError: The checkpoint is not held any more.
        """
        if self.host.state != "idle":
            return False
        async with self._one:
            return await self._keep_now(self.config.seconds, other, checkpoint)

    async def _bring_none(self, why: str) -> None:
        await self.host.ready()
        await self.ledger.record(VariablesRestored(offers=await self._offers(self._all_before()), problem=why))

    async def _bring_back(self, folder: str, made: KeptVariables, cells: Sequence[ActionRecord] | None) -> None:
        epoch = max((record.epoch for record in self.ledger.transcript.ran()), default=0)
        await self.host.ready()
        self._taken_at = made.taken_at
        report = msgspec.json.decode(made.report, type=KeptReport)
        kernel = self.ledger.transcript.kernel
        if kernel is not None and not f"{kernel.version}.".startswith(f"{report.python}."):
            raise SnapshotError(
                f"The variables were kept by Python {report.python} and this kernel is {kernel.version}: none is back."
            )
        back = await self.host.kernel.bring_back(folder, report, seconds=self.config.load_seconds)
        ran = self._cells_of(epoch) if cells is None else []
        later = [each for each in ran if max(each.started_at or 0.0, each.varied_at) > made.taken_at]
        taken_back = self._taken_back_since(made.taken_at) if cells is None else []
        lacking = [each for each in ran if each.lacking]
        missing = _missing(report, back, later, taken_back, lacking, self.notebook)
        names = tuple(name for name in back.back if name not in _NOT_VARIABLES)
        there = set(names) - {each.name for each in missing}
        makers = self.notebook.makers([each.name for each in missing], there.__contains__, epoch=epoch)
        whose = None if cells is None else tuple(record.action for record in cells)
        offers = await self._offers(makers)
        await self.ledger.record(VariablesRestored(names, tuple(missing), offers, cells=whose))
        self._changed = False

    def _cells_of(self, epoch: int) -> list[ActionRecord]:
        return [record for record in self.ledger.transcript.ran() if record.epoch == epoch and not record.taken_back]

    def _taken_back_since(self, taken_at: float) -> list[ActionRecord]:
        """Give the cells whose variables were kept, and that were taken back after that."""
        ran = (record for record in self.ledger.transcript.ran() if record.taken_back)
        return [record for record in ran if (record.started_at or 0.0) <= taken_at < record.varied_at]

    def _all_before(self) -> list[ActionRecord]:
        gone = [record for record in self.ledger.transcript.ran() if _counts(record)]
        last = max((record.epoch for record in gone), default=0)
        return [record for record in gone if record.epoch == last]

    async def _offers(self, records: Sequence[ActionRecord]) -> tuple[RerunOffer, ...]:
        return tuple(
            [RerunOffer(record.action, (await self.foreteller.foretell(record.code)).effects) for record in records]
        )

    # -- keeping

    def _hear(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, (Rewound, KernelRecovered)):
                self._changed = True
                if self._one.locked() or self._taken_back_since(self._taken_at):  # what is on disk holds it, or may
                    self._later()
            if isinstance(event, CellFinished) and event.status not in {"aborted", "died", "lost"}:
                self._changed = True
                late = time.monotonic() - self._kept_at > self.config.every_minutes * 60
                if late or event.seconds >= self.config.after_seconds:
                    self._later()

    def _later(self) -> None:
        self._wanted = True
        if not self._tasks:
            task = asyncio.create_task(self._keep_soon(), name="keep the variables")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _keep_soon(self) -> None:
        """Keep them, and once more where that was wished for while it went on."""
        while self._wanted:
            await asyncio.sleep(_REST_S)
            self._wanted = False
            await self._keep(self.config.seconds)

    async def _keep(self, seconds: float) -> None:
        try:
            async with self._one:
                await self._keep_now(seconds)
        except (SnapshotError, KernelError, msgspec.DecodeError) as error:
            _log.warning("the variables could not be kept: %s", error)
            if not self._told and isinstance(error, SnapshotError):
                self._told = True
                await self.ledger.record(Noted(f"The variables could not be kept for next time. {error.sentence}"))

    async def _keep_now(
        self, seconds: float, other: VariableStore | None = None, checkpoint: CheckpointId | None = None
    ) -> bool:
        folder = await asyncio.to_thread(self.store.begin)
        try:
            async with self.host.turnstile:
                if self.host.state != "idle":
                    return False
                self._changed, taken_at = self._changed and other is not None, time.time()
                await self.host.kernel.keep_variables(str(folder), self._limits(seconds), at=checkpoint)
            report = await self._report(folder.name, seconds)
            await asyncio.to_thread(
                self.store.accept,
                folder,
                tuple(group.file for group in report.groups),
                taken_at=taken_at,
                report=msgspec.json.encode(report),
                into=other,
            )
            if other is None:
                self._kept_at, self._taken_at = time.monotonic(), taken_at
            return True
        except BaseException:
            self._changed = True
            raise
        finally:
            await asyncio.shield(asyncio.to_thread(self.store.give_up, folder))

    def _limits(self, seconds: float) -> KeepLimits:
        config = self.config
        each_seconds = min(config.variable_seconds, seconds)
        return KeepLimits(seconds, config.mb << 20, each_seconds, config.variable_mb << 20)

    async def _report(self, name: str, seconds: float) -> KeptReport:
        """Wait until the kernel's copy has kept all, or has no time left; what it had finished by then counts."""
        folder = self.store.incoming / name
        begun = time.monotonic()
        until = begun + seconds + _GRACE_S
        while True:
            log = await asyncio.to_thread(self.store.log_of, folder, _LOG_BYTES)
            if not log and time.monotonic() > begun + _BEGIN_S:
                raise SnapshotError("The variables could not be kept: the kernel's copy did not begin.")
            report, done = read_report(log)
            if done or time.monotonic() > until:
                return report
            await asyncio.sleep(_LOOK_S)


def _counts(record: ActionRecord) -> bool:
    """A cell that made variables which are gone, and that was not taken back."""
    return record.status == "ok" and not record.live and not record.taken_back and not record.undone


def _missing(
    report: KeptReport,
    back: BroughtBack,
    later: Sequence[ActionRecord],
    taken_back: Sequence[ActionRecord],
    lacking: Sequence[ActionRecord],
    notebook: Notebook,
) -> list[MissingVariable]:
    """Say what is not as it was.

    That is what was not kept, what did not load, what cells changed or were undone after that, and what was missing
    already the last time.
    """
    names = set(back.back)
    found = {name: _STILL for each in lacking for name in sorted(notebook.leaves(each) - names)}
    found |= {each.name: each.why for each in (*report.skipped, *back.failed) if each.name not in names}
    if not report.code and any("cloudpickle" in why for why in found.values()):
        found = {name: _CODE if "cloudpickle" in why else why for name, why in found.items()}
    for record in taken_back:
        left = dict.fromkeys(notebook.leaves(record), f"is as [{record.number}] left it, which was taken back")
        found |= {name: left[name] for name in sorted(left.keys() & names)}
    for record in later:
        for name in sorted(notebook.leaves(record)):
            state = "is as it was before" if name in names else "was made after the variables were kept, by"
            found[name] = f"{state} [{record.number}]"
    return [MissingVariable(name, why) for name, why in found.items() if name not in _NOT_VARIABLES]
