"""How far the session is: what it does now, what a script waits for, what the status line says."""

from codeact_tui.line.words import cost, one_line, plural, tokens
from codeact_tui.protocol.events import (
    CellFinished,
    Event,
    Failed,
    KernelStarted,
    KernelStateChanged,
    ModelChanged,
    Noted,
    StateChanged,
    TravelGoesOn,
    TurnFinished,
    TurnStarted,
    VariableInspected,
    VariablesListed,
)
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.ops import (
    Continue,
    Explore,
    InspectVariable,
    ListVariables,
    Op,
    Rerun,
    RerunCells,
    RestartKernel,
    RunUserCode,
    SetModel,
    SubmitPrompt,
)
from codeact_tui.protocol.sessions import SessionState
from codeact_tui.session.transcript import Transcript

__all__ = ["Progress"]

_BUSY: dict[SessionState, str] = {"thinking": "thinking", "running": "running", "waiting": "waiting", "stopped": ""}


class Progress:
    """Follows the events of one session."""

    def __init__(self) -> None:
        self.state: SessionState = "idle"
        self.kernel: KernelState = "none"
        self.failed = False
        """The last turn could not be finished."""
        self._until: tuple[type[Event], ...] = ()
        self._going = False

    @property
    def busy(self) -> bool:
        """Something goes on, or was asked for and has not begun yet."""
        return self.state != "idle" or bool(self._until) or self._going

    @property
    def doing(self) -> str:
        """What goes on, in a word or two."""
        if self.kernel in {"starting", "restarting"} and self.state == "running":
            return "waiting for the kernel"
        return _BUSY.get(self.state, "working") if self.state != "idle" else "working"

    def expect(self, op: Op) -> None:
        """Be busy until what comes of this Op has come."""
        if self.state == "idle":
            self._until = _until(op)

    def note(self, event: Event) -> None:
        """Take in what happened."""
        match event:
            case StateChanged():
                self.state = event.state
            case KernelStateChanged():
                self.kernel = event.state
            case TurnStarted():
                self.failed = False
            case TravelGoesOn():
                self._going = event.step != "done"
            case TurnFinished():
                self.failed = event.reason in {"failed", "empty"}
            case _:
                pass
        refused = isinstance(event, Failed) and (event.error == "OpRefused" or self.state == "idle")
        if self._until and (isinstance(event, self._until) or refused):
            self._until = ()

    def status(self, transcript: Transcript) -> str:
        """Write the status line."""
        used = (transcript.usage.input_tokens or 0) + (transcript.usage.output_tokens or 0)
        parts = [
            one_line(transcript.model, 40),
            transcript.policy,
            f"kernel {self.kernel}" if self.kernel != "none" else "no kernel",
            f"{tokens(used)} tok" if used else "",
            cost(transcript.usage.cost_usd) if used else "",
        ]
        return " · ".join(part for part in parts if part)

    def summary(self, transcript: Transcript) -> str:
        """Write everything about the session, a line each."""
        usage, kernel = transcript.usage, transcript.kernel
        unpriced = f", {plural(transcript.unpriced, 'request')} of unknown cost" if transcript.unpriced else ""
        python = f", Python {one_line(kernel.version)}, {one_line(kernel.python)}" if kernel else ""
        return "\n".join(
            [
                f"Session: {transcript.session} {one_line(transcript.title)}".rstrip(),
                f"Folder: {one_line(transcript.folder)}",
                f"Model: {one_line(transcript.model)}",
                f"Policy: {transcript.policy}",
                f"Kernel: {self.kernel}{python}",
                f"Tokens: {tokens(usage.input_tokens or 0)} in, {tokens(usage.output_tokens or 0)} out",
                f"Cost: {cost(usage.cost_usd)}{unpriced}",
                f"State: {self.state}",
            ]
        )


def _until(op: Op) -> tuple[type[Event], ...]:
    match op:
        case SubmitPrompt() | Continue() | Explore():
            return (TurnFinished,)
        case RunUserCode() | Rerun():
            return (CellFinished,)
        case RerunCells():
            return (Noted,)
        case RestartKernel():
            return (Noted,) if op.rerun else (KernelStarted,)
        case ListVariables():
            return (VariablesListed,)
        case InspectVariable():
            return (VariableInspected,)
        case SetModel():
            return (ModelChanged,)
        case _:
            return ()
