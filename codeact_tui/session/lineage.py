"""Which part of a session's events still counts, after any number of goings back. Pure.

A session that goes back does not forget: what came after the point goes out of the conversation, and comes in again
when the going back is itself taken back. So what counts is a list of stretches of events.
"""

from dataclasses import dataclass, field

from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.travel import CheckpointTaken

__all__ = ["CheckpointRecord", "Lineage"]


@dataclass(frozen=True)
class CheckpointRecord:
    """A checkpoint that was taken."""

    event: CheckpointTaken
    sequence: int
    """Of the event that tells of it."""
    at: float
    epoch: int
    """Of which of the session's kernels it is a copy, counted from 1."""
    live: frozenset[ActionId] = frozenset()
    """The cells whose variables it holds."""


@dataclass
class Lineage:
    """The stretches of events that count, and where the variables were replaced by others."""

    _turns: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Each going back of the conversation: where it stands, and the point that it went to."""
    _breaks: list[int] = field(default_factory=list[int])
    """Where the variables became those of another time: by going back, by a fresh kernel."""
    _stretches: list[tuple[int, int | None]] = field(default_factory=lambda: [(0, None)])

    def turn_back(self, point: int, sequence: int) -> None:
        """The conversation goes back to a point; the event that says so has this sequence."""
        self._turns.append((sequence, point))
        self._stretches = [*self._until(point), (sequence, None)]

    def vary(self, sequence: int) -> None:
        """The variables are others from this event on."""
        self._breaks.append(sequence)

    def holds(self, sequence: int) -> bool:
        """Say whether an event counts."""
        return any(start <= sequence and (end is None or sequence <= end) for start, end in self._stretches)

    def broken(self, after: int, until: int) -> bool:
        """Say whether the variables became others between two events."""
        return any(after < each <= until for each in self._breaks)

    def _until(self, point: int) -> list[tuple[int, int | None]]:
        """Give the stretches that counted at a point."""
        turn = next((each for each in reversed(self._turns) if each[0] <= point), None)
        if turn is None:
            return [(0, point)]
        return [*self._until(turn[1]), (turn[0], point)]
