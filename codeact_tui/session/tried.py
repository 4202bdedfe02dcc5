"""What was tried in copies of the kernel, as far as events tell: dry runs, and several ways to take a step. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codeact_tui.protocol.dry_runs import (
    Candidate,
    CandidateProposed,
    CandidatesReady,
    DryRunFinished,
    DryRunId,
    DryRunOutcome,
    DryRunSettled,
    DryRunStarted,
    ExplorationEnded,
    ExplorationId,
    ExplorationStarted,
)
from codeact_tui.protocol.ids import ActionId

if TYPE_CHECKING:
    from codeact_tui.session.entries import ActionRecord

__all__ = ["DryRunRecord", "ExplorationRecord", "TriedEvent", "TriedLog"]

TriedEvent = (
    DryRunStarted
    | DryRunFinished
    | DryRunSettled
    | ExplorationStarted
    | CandidateProposed
    | CandidatesReady
    | ExplorationEnded
)


@dataclass
class DryRunRecord:
    """A dry run from its beginning to what became of it."""

    started: DryRunStarted
    run: "ActionRecord"
    """Its code and what it put out, as a cell's."""
    finished: DryRunFinished | None = None
    outcome: DryRunOutcome | None = None

    @property
    def open(self) -> bool:
        """It has ended, and waits to be committed or discarded."""
        return self.finished is not None and self.outcome is None


@dataclass
class ExplorationRecord:
    """Several ways to take one step."""

    started: ExplorationStarted
    candidates: list[Candidate] = field(default_factory=list[Candidate])
    ready: CandidatesReady | None = None
    runs: dict[int, DryRunRecord] = field(default_factory=dict[int, DryRunRecord])
    """By the candidate's number."""
    ended: ExplorationEnded | None = None
    repeated: dict[int, int] = field(default_factory=dict[int, int])
    """How often a candidate was proposed again, by its number."""
    replies: int = 0
    """How often the model was asked for another one."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """Of those replies."""

    @property
    def to_run(self) -> bool:
        """Its candidates wait to be let run."""
        return self.ready is not None and self.ready.asks and not self.runs and self.ended is None

    @property
    def to_pick(self) -> bool:
        """All have been tried, and one can be picked."""
        done = [run for run in self.runs.values() if run.finished is not None]
        return self.ended is None and self.ready is not None and len(done) == len(self.candidates)


@dataclass
class TriedLog:
    """All that was tried in a session."""

    dry_runs: dict[DryRunId, DryRunRecord] = field(default_factory=dict[DryRunId, DryRunRecord])
    explorations: dict[ExplorationId, ExplorationRecord] = field(default_factory=dict[ExplorationId, ExplorationRecord])

    def apply(self, event: TriedEvent, make: "Callable[[DryRunStarted], ActionRecord]") -> ActionId | None:
        """Take in one event; give the action that it is about.

        Args:
            event: The event.
            make: Makes what keeps a dry run's code and outputs.
        """
        if isinstance(event, DryRunStarted | DryRunFinished | DryRunSettled):
            return self._apply_to_dry_run(event, make)
        if isinstance(event, ExplorationStarted):
            self.explorations[event.exploration] = ExplorationRecord(event)
            return event.action
        exploration = self.explorations.get(event.exploration)
        if exploration is None:
            return None
        match event:
            case CandidateProposed():
                _count(exploration, event)
            case CandidatesReady():
                exploration.ready, exploration.candidates = event, list(event.candidates)
            case ExplorationEnded():
                exploration.ended = event
        return exploration.started.action

    def _apply_to_dry_run(
        self, event: DryRunStarted | DryRunFinished | DryRunSettled, make: "Callable[[DryRunStarted], ActionRecord]"
    ) -> ActionId | None:
        if isinstance(event, DryRunStarted):
            record = self.dry_runs[event.dry_run] = DryRunRecord(event, make(event))
            if event.exploration in self.explorations:
                self.explorations[event.exploration].runs[event.candidate] = record
            return event.action
        record = self.dry_runs.get(event.dry_run)
        if record is None:
            return None
        if isinstance(event, DryRunFinished):
            record.finished = event
            record.run.state, record.run.status, record.run.seconds = "finished", event.status, event.seconds
        else:
            record.outcome = event.outcome
        return record.started.action

    def newest(self, action: ActionId) -> DryRunRecord | None:
        """Give the last dry run of an action that was not one of several ways; None where there was none."""
        mine = (each for each in reversed(self.dry_runs.values()) if each.started.action == action)
        return next((each for each in mine if each.started.exploration is None), None)

    @property
    def going_on(self) -> DryRunRecord | None:
        """The dry run that goes on."""
        newest = next(reversed(self.dry_runs.values()), None)
        return newest if newest is not None and newest.finished is None else None

    @property
    def exploration(self) -> ExplorationRecord | None:
        """The exploration that goes on."""
        newest = next(reversed(self.explorations.values()), None)
        return newest if newest is not None and newest.ended is None else None


def _count(exploration: ExplorationRecord, event: CandidateProposed) -> None:
    exploration.replies += 1
    exploration.input_tokens += event.input_tokens or 0
    exploration.output_tokens += event.output_tokens or 0
    if event.cost_usd is not None:
        exploration.cost_usd = (exploration.cost_usd or 0.0) + event.cost_usd
    if event.candidate is not None:
        exploration.candidates.append(event.candidate)
    elif event.same_as:
        exploration.repeated[event.same_as] = exploration.repeated.get(event.same_as, 0) + 1
