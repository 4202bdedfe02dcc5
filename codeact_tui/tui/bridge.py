"""From events to widgets. What comes close together is drawn together: at most one redraw in 50 ms."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from codeact_tui.protocol.events import (
    CellOutput,
    Envelope,
    ModelReplied,
    OutputSkipped,
    ReplyDelta,
    RetryScheduled,
    TurnFinished,
    VariableInspected,
    VariablesChanged,
    VariablesListed,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import StreamOutput

if TYPE_CHECKING:
    from codeact_tui.tui.live import Live
    from codeact_tui.tui.widgets.cell import CellPane
    from codeact_tui.tui.widgets.conversation import Conversation
    from codeact_tui.tui.widgets.output import OutputView
    from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["Bridge", "View"]

REDRAW_S = 0.05
"""Seconds between redraws while much comes."""


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
    pinned: ActionId | None

    def settle(self, batch: Sequence[Envelope]) -> None:
        """Bring everything else in line with the transcript and the present, once for a batch."""
        ...

    def show_detail(self, event: VariableInspected) -> None:
        """Show what a variable holds."""
        ...


class Bridge:
    """Collects events and hands them to the widgets.

    Args:
        view: The widgets.
        later: Calls a function after so many seconds, on the event loop.
        clock: Seconds, never going back.
    """

    def __init__(
        self, view: View, later: Callable[[float, Callable[[], None]], object], clock: Callable[[], float]
    ) -> None:
        self._view = view
        self._later = later
        self._clock = clock
        self._pending: list[Envelope] = []
        self._drawn_at = float("-inf")
        self._due = False

    @property
    def busy(self) -> bool:
        """Something has come that is not drawn yet."""
        return self._due

    def take(self, envelopes: Sequence[Envelope]) -> None:
        """Take events in; they are drawn soon."""
        self._pending.extend(envelopes)
        if not self._due:
            self._due = True
            self._later(max(0.0, self._drawn_at + REDRAW_S - self._clock()), self.flush)

    def flush(self) -> None:
        """Draw what has come."""
        self._due = False
        batch, self._pending = self._pending, []
        if not batch:
            return
        self._drawn_at = self._clock()
        for envelope in _merged(batch):
            self._view.live.apply(envelope)
            self._draw(envelope)
        self._view.settle(batch)

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
            case VariablesChanged():
                view.variables.changed(event)
            case VariablesListed():
                view.variables.listed(event)
            case VariableInspected():
                view.show_detail(event)
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
