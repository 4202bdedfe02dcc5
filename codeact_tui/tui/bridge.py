"""From events to widgets. What comes close together is drawn together, and drawing stays out of the turn's way.

Session and screen share one event loop: what is drawn between a reply and the next request makes the turn wait. So
nothing is drawn in the moments in which the turn goes from one step to the next, and when drawing is dear there is
less of it.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from codeact_tui.protocol.events import (
    CellFinished,
    CellOutput,
    CellProgressed,
    CellStarted,
    CheckpointsHeld,
    CodeCompleted,
    CodeInspected,
    Envelope,
    ModelReplied,
    OutputSkipped,
    ReplyDelta,
    RetryScheduled,
    RewindPreviewed,
    TravelAsked,
    TurnFinished,
    VariableInspected,
    VariablesChanged,
    VariablesListed,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import StreamOutput

if TYPE_CHECKING:
    from codeact_tui.tui.code_help import CodeHelp
    from codeact_tui.tui.live import Live
    from codeact_tui.tui.widgets.cell import CellPane
    from codeact_tui.tui.widgets.conversation import Conversation
    from codeact_tui.tui.widgets.output import OutputView
    from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["Bridge", "View"]

REDRAW_S = 0.05
"""Seconds between redraws while much comes."""
_REDRAW_MOST_S = 0.25
_SHARE = 4
"""Of this many parts of the time, drawing takes one while much comes."""
_STEP_S = 0.02
"""How long the turn has for its next step before this one is drawn."""
_STEPS_S = 0.1
"""However quickly step follows step, something is drawn after so long."""


_STEPS = (ModelReplied, CellStarted, CellFinished)
"""After these the turn has more to do at once."""


class View(Protocol):
    """What the bridge draws on."""

    @property
    def live(self) -> "Live":
        """The present, which the bridge keeps."""
        ...

    conversation: "Conversation"
    cell: "CellPane"
    output: "OutputView"
    variables: "VariablesPane"
    code_help: "CodeHelp"
    pinned: ActionId | None

    def settle(self, batch: Sequence[Envelope]) -> None:
        """Bring everything else in line with the transcript and the present, once for a batch."""
        ...

    def show_detail(self, event: VariableInspected) -> None:
        """Show what a variable holds."""
        ...

    def show_travel(self, event: RewindPreviewed | CheckpointsHeld | TravelAsked) -> None:
        """Show what going back would change, what can be gone back to, or what has to be decided for it."""
        ...

    def call_after_refresh(self, callback: Callable[[float], None], before_s: float, /) -> object:
        """Call back when what was changed has been painted."""
        ...


class Bridge:
    """Collects events and hands them to the widgets.

    Args:
        view: The widgets.
        later: Calls a function after so many seconds, on the event loop.
        clock: Seconds, never going back.
        effort: Seconds that this thread has worked.
    """

    def __init__(
        self,
        view: View,
        later: Callable[[float, Callable[[], None]], object],
        clock: Callable[[], float],
        effort: Callable[[], float] = time.thread_time,
    ) -> None:
        self._view = view
        self._later = later
        self._clock = clock
        self._effort = effort
        self._pending: list[Envelope] = []
        self._pending_since = 0.0
        self._drawn_at = float("-inf")
        self._redraw_s = REDRAW_S
        self._step_until = float("-inf")
        self._due = False

    @property
    def busy(self) -> bool:
        """Something has come that is not drawn yet."""
        return self._due

    def take(self, envelopes: Sequence[Envelope]) -> None:
        """Take events in; they are drawn soon."""
        now = self._clock()
        if not self._pending:
            self._pending_since = now
        self._pending.extend(envelopes)
        if any(isinstance(envelope.event, TurnFinished) for envelope in envelopes):
            self._step_until = float("-inf")
            self._later(0.0, self.flush)  # nothing comes any more that the last words could be drawn with
        elif any(isinstance(envelope.event, _STEPS) for envelope in envelopes):
            self._step_until = min(now + _STEP_S, self._pending_since + _STEPS_S)
        if not self._due:
            self._due = True
            self._later(max(0.0, self._drawn_at + self._redraw_s - now, self._step_until - now), self.flush)

    def flush(self) -> None:
        """Draw what has come, unless the turn is between two steps."""
        now = self._clock()
        if now < self._step_until:
            self._later(self._step_until - now, self.flush)
            return
        self._due = False
        batch, self._pending = self._pending, []
        if not batch:
            return
        self._drawn_at = now
        before_s = self._effort()
        for envelope in _merged(batch):
            self._view.live.apply(envelope)
            self._draw(envelope)
        self._view.conversation.flush()
        self._view.settle(batch)
        self._view.call_after_refresh(self._drawn, before_s)

    def _drawn(self, before_s: float) -> None:
        """What was changed is on the screen now: see what that took."""
        self._redraw_s = min(max(REDRAW_S, _SHARE * (self._effort() - before_s)), _REDRAW_MOST_S)

    def _draw(self, envelope: Envelope) -> None:
        view, event = self._view, envelope.event
        match event:
            case ReplyDelta():
                view.conversation.stream(event.kind, event.text)
                if event.kind == "code":
                    view.cell.stream(event.text, visible=view.pinned is None)
            case ModelReplied() | RetryScheduled() | TurnFinished():
                view.cell.stream_reset()
                view.conversation.apply(envelope)
            case OutputSkipped():
                view.output.skipped(event)
            case CodeCompleted() | CodeInspected():
                view.code_help.take(event)
            case CellProgressed():
                view.cell.progress(event)
            case VariablesChanged():
                view.variables.changed(event)
            case VariablesListed():
                view.variables.listed(event)
            case VariableInspected():
                view.show_detail(event)
            case RewindPreviewed() | CheckpointsHeld() | TravelAsked():
                view.show_travel(event)
            case _:
                view.conversation.apply(envelope)


def _merged(batch: Sequence[Envelope]) -> list[Envelope]:
    """Join neighbouring pieces of a reply, and leave of a cell's outputs the last: the transcript has them all."""
    merged: list[Envelope] = []
    last_text: dict[ActionId, int] = {}
    for at, envelope in enumerate(batch):
        if (action := _prints(envelope)) is not None:
            last_text[action] = at
    pieces: list[str] = []
    for at, envelope in enumerate(batch):
        event = envelope.event
        if isinstance(event, ReplyDelta):
            pieces.append(event.text)
            following = batch[at + 1].event if at + 1 < len(batch) else None
            if isinstance(following, ReplyDelta) and following.kind == event.kind:
                continue
            merged.append(Envelope(ReplyDelta(event.kind, "".join(pieces)), 0, envelope.at))
            pieces.clear()
        elif (action := _prints(envelope)) is not None and last_text[action] != at:
            continue
        else:
            merged.append(envelope)
    return merged


def _prints(envelope: Envelope) -> ActionId | None:
    """Give the cell that this is only more text of."""
    event = envelope.event
    match event:
        case CellOutput(output=StreamOutput()) | OutputSkipped():
            return event.action
        case _:
            return None
