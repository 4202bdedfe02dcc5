"""What goes on in `codeact run`, for who watches it on a terminal: a few lines for each reply and cell."""

import os
import textwrap
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from codeact_tui.cli.printing import clean, clean_line, styled
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    CellFinished,
    Event,
    Failed,
    KernelDied,
    ModelReplied,
    Noted,
    ReplyProblem,
    RetryScheduled,
    SandboxRefused,
)
from codeact_tui.protocol.ids import action_number
from codeact_tui.session.observations import output_text
from codeact_tui.session.refusing import said_to_user
from codeact_tui.session.transcript import Transcript

__all__ = ["Progress"]

_LINES_MAX = 12
_MARKS = ("  ┃", "  │")
_NARROWEST = 20
_USUAL = 100
_ENDINGS = {
    "ok": "done",
    "error": "failed",
    "interrupted": "interrupted",
    "timeout": "stopped: it ran too long",
    "died": "the kernel died",
    "aborted": "did not run",
    "lost": "lost",
}


class Progress:
    """Writes lines about a turn.

    Args:
        stream: A terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def tell(self, event: Event, transcript: Transcript) -> None:
        """Say what an event means; most say nothing."""
        match event:
            case ModelReplied() if event.code is not None and event.text.strip():
                self._write(clean(event.text.strip()))
            case ActionProposed():
                self._write(_marked("  ┃ ", event.code), "bold")
            case ActionApproved() if event.by != "user":
                self._write(f"[{action_number(event.action)}] runs ({event.by}).", "dim")
            case ActionRejected():
                self._write(f"[{action_number(event.action)}] was rejected.", "yellow")
            case CellFinished():
                self._finished(event, transcript)
            case _:
                self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case SandboxRefused():
                for refusal in event.refusals:
                    self._write(clean_line(said_to_user(refusal)), "yellow")
            case RetryScheduled():
                self._write(f"{clean_line(event.reason)} Trying again in {event.delay_s:.0f} s.", "yellow")
            case ReplyProblem():
                self._write(clean_line(event.message), "yellow")
            case Noted():
                self._write(clean_line(event.text), "dim")
            case Failed():
                self._write(clean_line(f"{event.message} {event.remedy}"), "red")
            case KernelDied():
                self._write(f"The kernel died: {clean_line(event.how)}.", "red")
            case _:
                pass

    def _finished(self, event: CellFinished, transcript: Transcript) -> None:
        output = output_text(transcript.actions[event.action].outputs)
        if output:
            self._write(_marked("  │ ", output), "dim")
        ending = f"[{action_number(event.action)}] {_ENDINGS[event.status]}, {event.seconds:.1f} s"
        self._write(ending, "green" if event.status == "ok" else "red")

    def _write(self, text: str, style: str = "") -> None:
        columns = self._columns()
        lines = [part for line in text.split("\n") for part in _fitted(line, columns)]
        lines = [styled(line, style, self._stream) if style else line for line in lines]
        print("\n".join(lines), file=self._stream, flush=True)

    def _columns(self) -> int:
        try:
            return max(os.get_terminal_size(self._stream.fileno()).columns, _NARROWEST)
        except (OSError, ValueError):
            return _USUAL


def _fitted(line: str, columns: int) -> list[str]:
    """Break prose between words; cut code and output, which have a mark, at the edge."""
    if line.startswith(_MARKS):
        return [line if cell_len(line) <= columns else f"{set_cell_size(line, columns - 1)}…"]
    return textwrap.wrap(line, columns, break_long_words=False, break_on_hyphens=False) or [""]


def _marked(mark: str, text: str) -> str:
    """Put a mark before the first lines of a text, so that none of them can pass for a line of ours."""
    lines = [clean_line(line) if len(line) > 500 else clean(line) for line in text.rstrip("\n").split("\n")]
    rest = len(lines) - _LINES_MAX
    shown = lines if rest <= 1 else [*lines[:_LINES_MAX], f"… {rest:,} more lines"]
    return "\n".join(f"{mark}{line}".rstrip() for line in shown)
