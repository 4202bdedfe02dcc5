"""What is going on now: a fold of the events that the transcript does not keep, and of their consequences. Pure."""

from msgspec import Struct

from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellProgressed,
    CellsStale,
    CellStarted,
    CheckpointsHeld,
    Envelope,
    Event,
    InputAnswered,
    InputRequested,
    KernelDied,
    KernelStarted,
    KernelStateChanged,
    ModelReplied,
    PromptQueued,
    PromptSubmitted,
    ReplyDelta,
    RetryScheduled,
    SessionOpened,
    StateChanged,
    TravelGoesOn,
    TurnFinished,
    TurnStarted,
    VariablesReturning,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.resuming import StaleCell
from codeact_tui.protocol.sessions import SessionState
from codeact_tui.protocol.turns import TurnEnd
from codeact_tui.session.entries import EventEntry
from codeact_tui.session.transcript import Transcript

__all__ = ["Live", "catch_up"]


class Live(Struct):
    """The present of a session, as far as the screen needs it."""

    state: SessionState = "idle"
    since: float = 0.0
    """When it went to this state, in seconds since the epoch."""
    kernel: KernelState = "none"
    waiting: ActionId | None = None
    """The action that a person has to decide about."""
    running: ActionId | None = None
    asking: InputRequested | None = None
    """The cell's open question."""
    writing: bool = False
    """The model is writing code."""
    retry: RetryScheduled | None = None
    retry_at: float = 0.0
    queued: list[str] = []
    memory_bytes: int = 0
    """What the kernel holds; 0 while it is not known."""
    held: dict[str, int] = {}
    """The checkpoints that can be gone back to now, and what each holds in bytes."""
    marked: tuple[str, ...] = ()
    """Those that are kept longer than others."""
    died: str | None = None
    """How the kernel died; None once another one is ready."""
    returning: bool = False
    """Variables are being brought back."""
    going: TravelGoesOn | None = None
    """A going back takes a while."""
    stale: tuple[StaleCell, ...] = ()
    """Cells whose variables an earlier cell has changed since."""
    ended: TurnEnd | None = None
    """How the last turn ended, while no other has begun."""

    @property
    def busy(self) -> bool:
        """There is something to stop."""
        return self.state in {"thinking", "waiting", "running"} or (self.going is not None and self.going.stoppable)

    @property
    def can_continue(self) -> bool:
        """The last turn can be gone on with."""
        return self.state == "idle" and self.ended in {"limit", "interrupted", "failed"}

    def apply(self, envelope: Envelope) -> None:
        """Take in one event."""
        event = envelope.event
        self._follow_session(event, envelope.at)
        self._follow_action(event)
        self._follow_kernel(event)

    def _follow_session(self, event: Event, at: float) -> None:
        match event:
            case StateChanged():
                self.state, self.since = event.state, at
                if event.state != "thinking":
                    self.retry = None
            case ReplyDelta():
                self.retry = None
                self.writing = self.writing or event.kind == "code"
            case ModelReplied():
                self.writing, self.retry = False, None
            case RetryScheduled():
                self.writing, self.retry, self.retry_at = False, event, at + event.delay_s
            case PromptQueued():
                self.queued.append(event.text)
            case PromptSubmitted() if event.text in self.queued:
                self.queued.remove(event.text)
            case TurnStarted():
                self.ended = None
            case TurnFinished():
                self.ended, self.writing, self.retry = event.reason, False, None
            case _:
                pass

    def _follow_action(self, event: Event) -> None:
        match event:
            case ActionProposed():
                self.writing = False
            case ApprovalRequested():
                self.waiting = event.action
            case ActionApproved() | ActionRejected():
                if self.waiting == event.action:
                    self.waiting = None
            case CellStarted():
                self.running = event.action
            case CellFinished():
                self.running, self.asking = None, None
            case InputRequested():
                self.asking = event
            case InputAnswered():
                self.asking = None
            case _:
                pass

    def _follow_kernel(self, event: Event) -> None:
        match event:
            case SessionOpened():
                self.kernel = "starting"
            case KernelStateChanged():
                self.kernel = event.state
                self.memory_bytes = self.memory_bytes if event.state in {"idle", "busy"} else 0
            case CellProgressed():
                self.memory_bytes = event.memory_bytes
            case CheckpointsHeld():
                self.held = {each.checkpoint: each.size_bytes for each in event.held}
                self.marked = event.marked
            case VariablesReturning():
                self.returning = event.active
            case TravelGoesOn():
                self.going = event if event.step != "done" else None
            case CellsStale():
                self.stale = event.cells
            case KernelStarted():
                self.died, self.kernel = None, "idle"
            case KernelDied():
                self.died, self.kernel = event.how, "dead"
            case _:
                pass


def catch_up(transcript: Transcript) -> Live:
    """Work out the present of a session that is already under way from what it has told so far."""
    live = Live()
    for entry in transcript.entries:
        if isinstance(entry, EventEntry):
            live.apply(Envelope(entry.event, 0, entry.at))
    for record in transcript.unfinished():
        if record.state == "waiting":
            live.state, live.waiting = "waiting", record.action
        elif record.state == "running":
            live.state, live.running, live.asking = "running", record.action, record.asking
            live.since = record.started_at or live.since
    if transcript.turn_open:
        live.ended = None
        live.state = "thinking" if live.state == "idle" else live.state
    if not live.since and transcript.entries:
        live.since = transcript.entries[-1].at
    return live
