"""Actions and cells, told in lines."""

from typing import assert_never

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.rules import rule_words
from codeact_tui.effects.words import EARLY, phrases
from codeact_tui.line.base import Surface
from codeact_tui.line.drawing import draw_code, draw_diff
from codeact_tui.line.streaming import CellPrinter, draw_log
from codeact_tui.line.words import Palette, one_line
from codeact_tui.protocol.actions import Decider
from codeact_tui.protocol.amounts import human_seconds
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    InputAnswered,
    InputRequested,
    OutputSkipped,
    OutputTruncated,
    SandboxRefused,
)
from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.records.words import words_for
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.reaching import network_lines
from codeact_tui.session.refusing import said_to_user
from codeact_tui.session.transcript import Transcript

__all__ = ["ActionEvent", "CellEvent", "CellTeller"]

ActionEvent = ActionProposed | ActionEdited | ActionApproved | ActionRejected
"""What is decided about an action."""

CellEvent = (
    CellStarted
    | CellOutput
    | OutputSkipped
    | OutputTruncated
    | InputRequested
    | InputAnswered
    | SandboxRefused
    | CellFinished
)
"""What happens while an action runs."""

_ENDINGS: dict[CellStatus, str] = {
    "ok": "done in {time}",
    "error": "failed after {time}",
    "interrupted": "interrupted after {time}",
    "timeout": "stopped: it ran longer than it may ({time})",
    "died": "ended with the kernel",
    "aborted": "did not run",
    "lost": "was running when codeact ended; how far it came is not known",
}


_RUNS_BY_ITSELF: dict[Decider, str] = {
    "turn": "everything does in the rest of this turn",
    "careful": "what changes nothing does in the rest of this turn",
    "rule": "your rules allow it",
    "safe": "what only computes and reads here does",
    "sandbox": "what the sandbox confines does",
    "all": "everything does in this session",
}


class CellTeller:
    """Draws what becomes of actions.

    Args:
        surface: Where to.
        transcript: The fold of the same events, already taken in.
    """

    def __init__(self, surface: Surface, transcript: Transcript) -> None:
        self._surface = surface
        self._transcript = transcript
        self._palette = Palette(surface.colour)
        self._printers: dict[ActionId, CellPrinter] = {}

    def decided(self, event: ActionEvent) -> None:
        """Draw a proposal, or what was decided about it."""
        number = action_number(event.action)
        match event:
            case ActionProposed():
                self._proposed(event)
            case ActionEdited():
                self._surface.write(self._palette.strong(f"[{number}] as you changed it:"))
                self._surface.write(draw_diff(event.diff, colour=self._surface.colour))
            case ActionApproved():
                self._approved(event)
            case ActionRejected():
                self._rejected(number, event.by, event.reason)
            case _:
                assert_never(event)

    def ran(self, event: CellEvent) -> None:
        """Draw what a cell does."""
        match event:
            case CellStarted():
                self._printers[event.action] = CellPrinter(self._surface, self._transcript.veil)
                if self._surface.spoken:
                    self._surface.write(f"Running [{action_number(event.action)}].")
            case CellOutput():
                self._printer(event.action).output(event.output)
            case OutputSkipped():
                self._printer(event.action).skipped(event)
            case OutputTruncated():
                self._printer(event.action).truncated(event, action_number(event.action))
            case InputRequested():
                self._printer(event.action).pause()
            case InputAnswered():
                if not self._surface.echoes:
                    self._answered(event)
            case SandboxRefused():
                pass  # said after the cell's end, which comes right behind
            case CellFinished():
                self._finished(event)
            case _:
                assert_never(event)

    def replay(self, record: ActionRecord) -> None:
        """Draw an action of an earlier time, as it ended."""
        if record.origin != "model":
            says = "your cell:"
        else:
            says = "as you changed it:" if record.edited else "the model's cell:"
        self.show_code(record.number, record.code, says=says)
        if record.state == "rejected":
            self._rejected(record.number, record.rejected_by or "user", record.reason)
            return
        text = draw_log(record.outputs, self._surface.colour)
        if text:
            self._surface.write(text)
        if record.status is not None:
            self._ending(record.number, record.status, record.seconds)
            self._afterwards(record)

    def running(self, action: ActionId) -> bool:
        """Say whether the cell's end is still to come."""
        return action in self._printers

    def pause(self) -> None:
        """Finish the lines that cells have open, because something else is written now."""
        for printer in self._printers.values():
            printer.pause()

    def show_code(self, number: int, code: str, *, says: str) -> None:
        """Draw a cell's code under a heading."""
        self._surface.write(self._palette.strong(f"[{number}] {says}"))
        self._surface.write(draw_code(code, colour=self._surface.colour, width=self._surface.width))

    def finish(self, record: ActionRecord) -> None:
        """Finish the output of what was tried."""
        printer = self._printers.pop(record.action, None)
        if printer is not None:
            printer.finish(record.outputs)

    def _proposed(self, event: ActionProposed) -> None:
        number = action_number(event.action)
        if event.origin == "model":
            says = "the model proposes:"
        elif event.rerun_of is not None:
            says = f"your rerun of [{action_number(event.rerun_of)}]:"
        else:
            says = "your cell, not shown to the model:" if event.hidden else "your cell:"
        self.show_code(number, event.code, says=says)

    def foretell(self, event: ApprovalRequested) -> None:
        """Say what the cell that waits would do, as far as its code tells."""
        words = ", ".join(phrase.text for phrase in phrases(Analysis(event.effects, event.problem)))
        early = f"; {EARLY}" if event.early else ""
        self._dim(f"[{action_number(event.action)}] looks like it {one_line(words, 600)}{early}.")

    def _approved(self, event: ActionApproved) -> None:
        record = self._transcript.actions.get(event.action)
        number = action_number(event.action)
        if event.rules:
            rules = ", ".join(rule_words(rule) for rule in event.rules)
            self._dim(f"[{number}] runs by itself, by your rule: {one_line(rules, 400)}.")
        elif event.by != "user":
            self._dim(f"[{number}] runs by itself, as {_RUNS_BY_ITSELF[event.by]}.")
        elif record is None or record.origin == "model":
            self._dim(f"[{number}] approved.")

    def _rejected(self, number: int, by: str, reason: str) -> None:
        why = f": {one_line(reason, 500)}" if reason else ""
        self._dim(f"[{number}] rejected{why}." if by == "user" else f"[{number}] did not run: interrupted.")

    def _answered(self, event: InputAnswered) -> None:
        record = self._transcript.actions.get(event.action)
        question = one_line(record.inputs[-1][0]) if record and record.inputs else ""
        answer = "(not shown)" if event.text is None else one_line(event.text)
        self._surface.write(f"{question} {answer}".strip())

    def _finished(self, event: CellFinished) -> None:
        record = self._transcript.actions.get(event.action)
        printer = self._printers.pop(event.action, None)
        if printer is not None and record is not None:
            printer.finish(record.outputs)
        self._ending(action_number(event.action), event.status, event.seconds)
        if record is not None:
            self._afterwards(record)

    def _ending(self, number: int, status: CellStatus, duration_s: float) -> None:
        says = _ENDINGS[status].format(time=human_seconds(duration_s))
        paint = self._palette.good if status == "ok" else self._palette.bad
        self._surface.write(paint(f"[{number}] {says}."))

    def _afterwards(self, record: ActionRecord) -> None:
        """Say what the cell did and has reached, and what the sandbox did not let it do."""
        if happened := words_for(record.happened):
            self._dim(f"It {one_line('; '.join(part.text for part in happened), 600)}.")
        for line in network_lines(record):
            self._dim(f"Network: {one_line(line, 600)}")
        for refusal in record.refusals:
            said = one_line(said_to_user(refusal), 600)
            self._dim(f"{said[0].upper()}{said[1:]}.")
        if any(refusal.grant for refusal in record.refusals):
            self._dim("/allow lets it through.")

    def _printer(self, action: ActionId) -> CellPrinter:
        return self._printers.setdefault(action, CellPrinter(self._surface, self._transcript.veil))

    def _dim(self, text: str) -> None:
        self._surface.write(self._palette.dim(text))
