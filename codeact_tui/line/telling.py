"""What happened, told in lines."""

from typing import assert_never

from codeact_tui.line.base import Surface
from codeact_tui.line.drawing import draw_detail, draw_variables
from codeact_tui.line.replying import ReplyPrinter
from codeact_tui.line.telling_cells import ActionEvent, CellEvent, CellTeller
from codeact_tui.line.telling_session import SessionEvent, SessionTeller, TurnEvent
from codeact_tui.line.telling_stale import StaleTeller
from codeact_tui.line.telling_trials import TrialEvent, TrialTeller
from codeact_tui.line.travelling import question
from codeact_tui.line.words import Palette, one_line
from codeact_tui.protocol.events import (
    ApprovalRequested,
    CellFinished,
    CellProgressed,
    CellsStale,
    CheckpointsHeld,
    CheckpointTaken,
    CodeCompleted,
    CodeInspected,
    Event,
    Failed,
    FilesKept,
    ForkMade,
    HostAnswered,
    HostAsked,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    KernelStateChanged,
    ModelReplied,
    Noted,
    PermissionsListed,
    PromptQueued,
    PromptSubmitted,
    ReplyDelta,
    RetryScheduled,
    RewindPreviewed,
    RulesAdded,
    RulesRemoved,
    SandboxGranted,
    SandboxRevoked,
    TravelAsked,
    TravelGoesOn,
    TurnFinished,
    TurnStarted,
    VariableInspected,
    VariablesChanged,
    VariablesListed,
    VariablesReturning,
)
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.travel_files import TravelStep
from codeact_tui.protocol.travel_words import going_words, preview_text
from codeact_tui.session.entries import ActionEntry, Entry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.permission_words import answered_words
from codeact_tui.session.transcript import Transcript

__all__ = ["Teller"]

PermissionEvent = (
    RulesAdded | RulesRemoved | HostAsked | HostAnswered | SandboxGranted | SandboxRevoked | PermissionsListed
)
"""What was allowed, and asked about hosts."""

_NAMES = 12
"""The most variables that a cell's last line names."""


class Teller:
    """Draws events on a surface.

    Args:
        surface: Where to.
        transcript: The fold of the same events, already taken in.
    """

    def __init__(self, surface: Surface, transcript: Transcript) -> None:
        self._surface = surface
        self._transcript = transcript
        self._palette = Palette(surface.colour)
        self._reply = ReplyPrinter(surface)
        self.cells = CellTeller(surface, transcript)
        self._session = SessionTeller(surface, transcript)
        self._trials = TrialTeller(surface, transcript, self.cells)
        self._stale = StaleTeller(surface)
        self._changes: list[VariablesChanged] = []
        self._held: list[KernelStarted] = []
        self._step: TravelStep = "done"

    def tell(self, event: Event) -> None:
        """Draw one event."""
        if isinstance(event, ActionEvent):
            self.cells.decided(event)
        elif isinstance(event, CellEvent):
            self._ran(event)
        elif isinstance(event, SessionEvent):
            self._changed(event)
        elif isinstance(event, TurnEvent):
            self._went(event)
        elif isinstance(event, TrialEvent):
            self.cells.pause()
            self._trials.tell(event)
        else:
            self._said(event)

    def _said(  # noqa: C901 - one case for each kind of event
        self,
        event: PromptSubmitted
        | PromptQueued
        | ReplyDelta
        | ModelReplied
        | VariablesChanged
        | VariablesListed
        | VariableInspected
        | ApprovalRequested
        | CodeCompleted
        | CodeInspected
        | CellProgressed
        | KernelStateChanged
        | CheckpointTaken
        | CheckpointsHeld
        | FilesKept
        | RewindPreviewed
        | TravelAsked
        | TravelGoesOn
        | CellsStale
        | VariablesReturning
        | ForkMade
        | PermissionEvent
        | TurnStarted,
    ) -> None:
        match event:
            case PromptSubmitted() | PromptQueued():
                self._prompt(event)
            case ReplyDelta():
                self._reply.delta(event)
            case ModelReplied():
                self._reply.replied(event)
                for started in self._held:
                    self._session.changed(started)
                self._held.clear()
            case VariablesChanged() | VariablesListed() | VariableInspected():
                self._variables(event)
            case TurnStarted():
                self._session.thinking()
            case ApprovalRequested():
                self.cells.foretell(event)
            case HostAnswered():
                self.cells.pause()
                self._surface.write(self._palette.dim(answered_words(event)))
            case RewindPreviewed():
                self._surface.write(self._palette.dim(preview_text(event)))
            case TravelGoesOn():
                self._going(event)
            case TravelAsked():
                self._surface.write(question(self._transcript, event))
            case CellsStale():
                self.cells.pause()
                self._stale.tell(event.cells)
            case CodeCompleted() | CodeInspected() | CellProgressed() | KernelStateChanged():
                pass
            case CheckpointTaken() | CheckpointsHeld() | FilesKept() | RulesAdded() | RulesRemoved() | HostAsked():
                pass  # said by a sentence that comes with it, or by the question
            case SandboxGranted() | SandboxRevoked() | PermissionsListed() | VariablesReturning() | ForkMade():
                pass
            case _:
                assert_never(event)

    def _going(self, event: TravelGoesOn) -> None:
        """Say each step of a going back once."""
        if event.step not in {self._step, "done"}:
            stops = " · Ctrl+C stops it" if event.stoppable else ""
            self._surface.write(self._palette.dim(f"{going_words(event)}{stops}"))
        self._step = event.step

    def replay(self, entry: Entry) -> None:
        """Draw something that happened before, and was not taken back."""
        match entry:
            case _ if entry.undone:
                pass
            case PromptEntry():
                self._write_prompt(entry.text)
            case ReplyEntry():
                words = plain_text(entry.reply.text).strip()
                if words:
                    self._surface.write(words)
            case ActionEntry():
                self.cells.replay(entry.record)
            case EventEntry():
                self._replay_event(entry)
            case _:
                assert_never(entry)

    def _replay_event(self, entry: EventEntry) -> None:
        event = entry.event
        if isinstance(event, KernelStarted):
            return
        if isinstance(event, SessionEvent):
            self._session.changed(event)
        else:
            self._session.went(event)

    def _ran(self, event: CellEvent) -> None:
        self.cells.ran(event)
        if isinstance(event, CellFinished):
            for changes in self._changes:
                self._write_changes(changes)
            self._changes.clear()

    def _changed(self, event: SessionEvent) -> None:
        if isinstance(event, KernelDied | KernelRecovered):
            self.cells.pause()
        if isinstance(event, KernelStarted) and self._reply.streaming:
            self._held.append(event)  # a sentence of the model's is not broken for it
            return
        self._session.changed(event)

    def _went(self, event: TurnEvent) -> None:
        shown = False
        match event:
            case RetryScheduled() | TurnFinished():
                shown = self._reply.void()
            case Failed() | Noted():
                self.cells.pause()
            case _:
                pass
        self._session.went(event)
        if shown and isinstance(event, RetryScheduled):
            self._surface.write("What was said of this reply is void.")

    def _prompt(self, event: PromptSubmitted | PromptQueued) -> None:
        if isinstance(event, PromptQueued):
            self._surface.write(self._palette.dim(f"Kept until its time has come: {one_line(event.text)}"))
        elif not self._surface.echoes or event.steering:
            self._write_prompt(event.text)
        if isinstance(event, PromptSubmitted) and event.mentions:
            told = ", ".join(f"@{each.variable.name} ({each.variable.type_name})" for each in event.mentions)
            self._surface.write(self._palette.dim(f"The model is told of {one_line(told)}."))

    def _write_prompt(self, text: str) -> None:
        lines = plain_text(text).rstrip("\n").split("\n")
        shown = "\n".join([f"› {lines[0]}", *(f"  {line}" for line in lines[1:])])
        self._surface.write(self._palette.strong(shown))

    def _variables(self, event: VariablesChanged | VariablesListed | VariableInspected) -> None:
        colour, width = self._surface.colour, self._surface.width
        match event:
            case VariablesListed():
                lines = draw_variables(event.variables, total=event.total, cut=event.cut, colour=colour, width=width)
                self._surface.write(lines)
            case VariableInspected():
                self._surface.write(draw_detail(event.detail, colour=colour, width=width))
            case VariablesChanged():
                if event.action is not None and self.cells.running(event.action):
                    self._changes.append(event)
                else:
                    self._write_changes(event)
            case _:
                assert_never(event)

    def _write_changes(self, event: VariablesChanged) -> None:
        parts = [
            _named("new", [variable.name for variable in event.added]),
            _named("changed", [variable.name for variable in event.changed]),
            _named("gone", list(event.removed)),
        ]
        line = "; ".join(part for part in parts if part)
        if line:
            self._surface.write(self._palette.dim(f"Variables: {line}."))


def _named(what: str, names: list[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(one_line(name, 60) for name in names[:_NAMES])
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{what} {shown}{more}"
