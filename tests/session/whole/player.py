"""Plays steps in real sessions, and holds what is there against what ought to be."""

from dataclasses import dataclass, field, replace
from typing import Literal

from codeact_tui.protocol.events import (
    ApprovalRequested,
    CellFinished,
    Failed,
    KernelRecovered,
    KernelStarted,
    TurnFinished,
    VariablesRestored,
)
from codeact_tui.protocol.ops import Approve, EditAction, Op, Rerun, RestartKernel, RunUserCode, SubmitPrompt
from codeact_tui.protocol.travel import Rewound
from codeact_tui.protocol.travel_files import TravelAsked
from codeact_tui.session.entries import ActionEntry, EventEntry
from codeact_tui.session.points import Point, points
from tests.session.whole.cells import KINDS, Work
from tests.session.whole.house import House, Sitting
from tests.session.whole.looking import check
from tests.session.whole.oracle import Oracle, Values

__all__ = ["Player", "Seat", "Step"]

Step = tuple[str, int, int, int]
"""What to do, and three numbers that say with what."""

_MOST_SESSIONS = 3


@dataclass
class Seat:
    """A session, and what ought to be in it."""

    sitting: Sitting
    oracle: Oracle


@dataclass
class Player:
    """Plays steps, one after the other, and looks after each."""

    house: House
    seats: list[Seat] = field(default_factory=list[Seat])
    now: int = 0
    """Which session is used."""
    cells: int = 0
    lives: int = 0
    said: list[str] = field(default_factory=list[str])
    """What was done, for whoever reads a failure."""

    @property
    def oracle(self) -> Oracle:
        """What ought to be in the session that is used."""
        return self.seats[self.now].oracle

    @property
    def sitting(self) -> Sitting:
        """The session that is used."""
        return self.seats[self.now].sitting

    async def begin(self) -> None:
        """Open the first session."""
        self.seats.append(Seat(await self.house.open(), Oracle({}, values=Values(life=self.life()))))

    async def step(self, step: Step) -> None:
        """Do a step, and look."""
        what, *numbers = step
        self.said.append(f"{what} {numbers}")
        await getattr(self, f"_{what}")(*numbers)
        await self.sitting.settled()
        await check(self.house, self.sitting, self.oracle, self.cells)

    # -- cells

    async def _cell(self, kind: int, name: int, value: int) -> None:
        work = self._work(kind, name, value)
        await self.sitting.send(RunUserCode(work.code), CellFinished)
        await self._ended(work)

    async def _prompt(self, kind: int, name: int, value: int) -> None:
        """The model proposes a cell; every third is edited before it runs."""
        work = self._work(kind, name, value)
        await self._ask(work)
        if value % 3 == 0:
            work = self._work(kind + 1, name, value)
            await self.sitting.send(EditAction(self._last.record.action, 0, work.code), ApprovalRequested)
        self.sitting.model.scripts.append(f"Done. {work.mark}")
        record = self._last.record
        await self.sitting.send(Approve(record.action, record.revision, record.sha256), TurnFinished)
        self.sitting.model.scripts.clear()
        await self._ended(work, proposed=True)
        self.oracle.said("reply", f"Done. {work.mark}")

    async def _waiting(self, kind: int, name: int, value: int) -> None:
        """The model proposes a cell, and while it waits the session goes back, or is forked."""
        work = self._work(kind, name, value)
        await self._ask(work)
        self.oracle.turned_down(work)
        await (self._undo if value % 2 else self._fork)(kind, name, value)

    async def _rerun(self, which: int, kind: int, value: int) -> None:
        actions = list(self.sitting.controller.transcript.actions.values())
        ended = [each for each in actions if each.state in {"finished", "rejected"}]
        if not ended:
            return
        record = ended[which % len(ended)]
        work = self._known(record.code) if value % 2 else self._work(kind, which, value)
        await self.sitting.send(Rerun(record.action, None if value % 2 else work.code), CellFinished)
        await self._ended(work)

    async def _touch(self, which: int, value: int, _: int) -> None:
        """The user changes a file."""
        path = self.house.work / ("a", "b", "mine", "d/a")[which % 4]
        if value % 4 == 0 and path.exists():
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"mine {value}")
        self._see_files()

    # -- kernels and sessions

    async def _restart(self, cold: int, _: int, __: int) -> None:
        await self.sitting.send(RestartKernel(rerun=False, cold=not cold), KernelStarted)
        self.oracle.anew(self.life())

    async def _reopen(self, _: int, __: int, ___: int) -> None:
        session = self.sitting.controller.id
        await self.house.leave(self.sitting)
        self.seats[self.now].sitting = await self.house.open(session)
        self.oracle.carried(self.life())

    async def _fork(self, where: int, what: int, stay: int) -> None:
        """Go on from a point in another session, or stay in this one."""
        oracle, transcript = self.oracle, self.sitting.controller.transcript
        place = len(oracle.items)
        found, places = self.points(), oracle.places()
        point = None
        if what % 3 and places:
            place, point = places[where % len(places)], found[where % len(places)].sequence
        until = transcript.sequence if point is None else point
        if not oracle.items or until < 1:
            return
        child = await self.house.open(await self.house.fork(self.sitting, point))
        values = oracle.values if point is None else oracle.items[place].before
        made = oracle.branch(place, until, replace(values, life=self.life()))
        restored = [each.event for each in _events(child, VariablesRestored)]
        if any(isinstance(each, VariablesRestored) and each.problem for each in restored[-1:]):
            assert point is not None, restored
            assert values.life != oracle.values.life, restored
            made.anew(made.values.life)
        self.seats.append(Seat(child, made))
        if stay % 2:
            self.now = len(self.seats) - 1
        while len(self.seats) > _MOST_SESSIONS:
            gone = next(place for place in range(len(self.seats)) if place != self.now)
            await self.house.leave(self.seats.pop(gone).sitting)
            self.now -= gone < self.now

    async def _switch(self, to: int, _: int, __: int) -> None:
        self.now = to % len(self.seats)
        self._see_files()

    # -- travelling: see `travels.py`

    async def _undo(self, way: int, _: int, conflicts: int) -> None:
        from tests.session.whole.travels import undo

        await undo(self, way, conflicts)

    async def _rewind(self, where: int, what: int, how: int) -> None:
        from tests.session.whole.travels import rewind

        await rewind(self, where, what, how)

    async def _redo(self, _: int, __: int, conflicts: int) -> None:
        from tests.session.whole.travels import redo

        await redo(self, conflicts)

    async def _return(self, where: int, what: int, conflicts: int) -> None:
        from tests.session.whole.travels import come_back

        await come_back(self, where, what, conflicts)

    # -- helpers

    async def refused(self, op: Op) -> None:
        """Ask for something that can't be done."""
        event = await self.sitting.send(op, Rewound, TravelAsked, Failed)
        assert isinstance(event, Failed), event

    def life(self) -> int:
        """Number a Python."""
        self.lives += 1
        return self.lives

    def points(self) -> list[Point]:
        """Give the points in the conversation, which are those of the oracle's `places`."""
        found = [each for each in points(self.sitting.controller.transcript) if each.kind != "rewind"]
        assert len(found) == len(self.oracle.places()), found
        return found

    def entries(self) -> list[ActionEntry]:
        """Give the cells of the session, also those that were taken back."""
        return [each for each in self.sitting.controller.transcript.entries if isinstance(each, ActionEntry)]

    @property
    def _last(self) -> ActionEntry:
        return self.entries()[-1]

    def after(self, sequence: int, kind: type) -> bool:
        """Say whether something was recorded after an event."""
        return any(each.sequence > sequence for each in _events(self.sitting, kind))

    def last_rewound(self) -> int:
        """Give the sequence of the last going back."""
        return _events(self.sitting, Rewound)[-1].sequence

    def _see_files(self) -> None:
        self.oracle.files.clear()
        self.oracle.files.update(self.house.contents())

    def _work(self, kind: int, name: int, value: int) -> Work:
        self.cells += 1
        return Work(KINDS[kind % len(KINDS)], "abc"[name % 3], value, f"n{self.cells};")

    def _known(self, code: str) -> Work:
        known = (each for seat in self.seats for each in seat.oracle.ever)
        found = next((item.work for item in known if item.text == code), None)
        assert found is not None, code
        return found

    async def _ask(self, work: Work) -> None:
        self.sitting.model.scripts.append(f"So: {work.mark}\n<execute>\n{work.code}\n")
        await self.sitting.send(SubmitPrompt(f"Please {work.mark}"), ApprovalRequested)
        kinds: tuple[Literal["prompt", "reply"], ...] = ("prompt", "reply")
        for kind, words in zip(kinds, ("Please", "So:"), strict=True):
            self.oracle.said(kind, f"{words} {work.mark}")

    async def _ended(self, work: Work, *, proposed: bool = False) -> None:
        sequence = self._last.sequence
        if self.oracle.ran(work, sequence, proposed=proposed).status == "died":
            await self.sitting.waits(lambda: self.after(sequence, KernelRecovered))


def _events(sitting: Sitting, kind: type) -> list[EventEntry]:
    entries = sitting.controller.transcript.entries
    return [each for each in entries if isinstance(each, EventEntry) and isinstance(each.event, kind)]
