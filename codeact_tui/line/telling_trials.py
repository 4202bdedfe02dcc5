"""Dry runs, and ways that are compared, told in lines."""

from typing import assert_never

from codeact_tui.line.base import Surface
from codeact_tui.line.telling_cells import CellTeller
from codeact_tui.line.words import Palette, one_line, plural
from codeact_tui.protocol.amounts import human_seconds
from codeact_tui.protocol.dry_run_words import finished_sentences, network_words, stays_words, tokens_words
from codeact_tui.protocol.events import (
    CandidateProposed,
    CandidatesReady,
    DryRunFinished,
    DryRunSettled,
    DryRunStarted,
    ExplorationStarted,
)
from codeact_tui.protocol.ids import action_number
from codeact_tui.session.transcript import Transcript

__all__ = ["TrialEvent", "TrialTeller"]

TrialEvent = DryRunStarted | DryRunFinished | DryRunSettled | ExplorationStarted | CandidateProposed | CandidatesReady
"""What is tried in copies of the kernel."""


class TrialTeller:
    """Draws what is tried.

    Args:
        surface: Where to.
        transcript: The fold of the same events, already taken in.
        cells: Draws code and outputs.
    """

    def __init__(self, surface: Surface, transcript: Transcript, cells: CellTeller) -> None:
        self._surface, self._transcript, self._cells = surface, transcript, cells
        self._palette = Palette(surface.colour)

    def tell(self, event: TrialEvent) -> None:
        """Draw one event."""
        match event:
            case DryRunStarted():
                self._started(event)
            case DryRunFinished():
                self._finished(event)
            case DryRunSettled():
                if event.outcome == "discarded" and self._alone(event):
                    self._dim("The dry run is discarded; nothing has happened.")
            case ExplorationStarted():
                number = action_number(event.action)
                self._dim(f"Asking for {plural(event.count - 1, 'other way')} than [{number}].")
            case CandidateProposed():
                if event.candidate is not None and event.candidate.number > 1:
                    self._cells.show_code(event.candidate.number, event.candidate.code, says="another way:")
                elif event.same_as:
                    self._dim(f"The model proposed way {event.same_as} once more.")
            case CandidatesReady():
                self._ready(event)
            case _:
                assert_never(event)

    def _started(self, event: DryRunStarted) -> None:
        what = f"way {event.candidate}" if event.candidate else f"[{action_number(event.action)}]"
        stays = stays_words(event.not_undone)
        self._surface.write(self._palette.strong(f"Dry run of {what}; {network_words(event)}."))
        if stays:
            self._dim(one_line(stays, 1000))

    def _finished(self, event: DryRunFinished) -> None:
        record = self._transcript.tried.dry_runs.get(event.dry_run)
        if record is not None:
            self._cells.finish(record.run)
        first, *rest = finished_sentences(event)
        paint = self._palette.good if event.status == "ok" else self._palette.bad
        self._surface.write(paint(f"{first} ({human_seconds(event.seconds)})"))
        for sentence in rest:
            self._surface.write(one_line(sentence, 2000))

    def _alone(self, event: DryRunSettled) -> bool:
        record = self._transcript.tried.dry_runs.get(event.dry_run)
        return record is not None and record.started.exploration is None

    def _ready(self, event: CandidatesReady) -> None:
        exploration = self._transcript.tried.explorations.get(event.exploration)
        if exploration is not None:
            told = tokens_words(exploration.input_tokens, exploration.output_tokens, exploration.cost_usd)
            cost = f"; the others took {told}" if told else ""
            self._dim(f"There are {plural(len(event.candidates), 'way')}{cost}.")

    def _dim(self, text: str) -> None:
        self._surface.write(self._palette.dim(text))
