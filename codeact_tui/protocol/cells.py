"""What happened to a cell: an action that runs."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.outputs import Output
from codeact_tui.protocol.records import Happened
from codeact_tui.protocol.refusals import Refusal

__all__ = [
    "CellFinished",
    "CellOutput",
    "CellProgressed",
    "CellStarted",
    "CellStatus",
    "InputAnswered",
    "InputRequested",
    "OutputSkipped",
    "OutputTruncated",
    "SandboxRefused",
]

CellStatus = Literal["ok", "error", "interrupted", "timeout", "died", "aborted", "lost"]
"""aborted: never ran, because the cell before it failed. lost: running when codeact was killed; not rerun by itself."""


class CellStarted(Struct, frozen=True, tag="cell_started"):
    """Committed before the code is sent. Without a `CellFinished` the cell was running when codeact ended."""

    action: ActionId
    revision: int
    sha256: str


class CellOutput(Struct, frozen=True, tag="cell_output"):
    """Something the cell put out; neighbouring stream text comes joined."""

    action: ActionId
    output: Output


class OutputSkipped(Struct, frozen=True, tag="output_skipped"):
    """The cell has put out more than is shown; the last of it, for the eye. Transient."""

    action: ActionId
    total_bytes: int
    tail: str


class OutputTruncated(Struct, frozen=True, tag="output_truncated"):
    """At the cell's end: stream text past the head was kept aside."""

    action: ActionId
    total_bytes: int
    """Of all the cell's stream text, in UTF-8."""
    skipped_bytes: int
    """Between the head, which came as `CellOutput`, and the tail."""
    tail: str
    blob: str | None = None
    """Names the whole text in the store; None when it could not be kept."""


class InputRequested(Struct, frozen=True, tag="input_requested"):
    """The cell waits in `input()` or `getpass`."""

    action: ActionId
    prompt: str
    password: bool = False


class InputAnswered(Struct, frozen=True, tag="input_answered"):
    """The user answered; what was typed into a password prompt is not kept."""

    action: ActionId
    text: str | None = None


class SandboxRefused(Struct, frozen=True, tag="sandbox_refused"):
    """The cell has failed by what the sandbox does not let through. Committed with the cell's end, right before it."""

    action: ActionId
    refusals: tuple[Refusal, ...]


class CellFinished(Struct, frozen=True, tag="cell_finished"):
    """The kernel has replied and gone idle, or never will."""

    action: ActionId
    status: CellStatus
    seconds: float = 0.0
    execution_count: int | None = None
    reached: tuple[Reached, ...] = ()
    """Through the sandbox's proxy, since the cell before it ended: which hosts, and which were refused."""
    happened: Happened = Happened()
    """Which files changed while it ran, and which programs it started."""


class CellProgressed(Struct, frozen=True, tag="cell_progressed"):
    """Where the running cell is, and how much memory the kernel holds. Transient."""

    action: ActionId | None
    """The cell that runs; None when none does."""
    line: int = 0
    """Counted from 1; 0 where it is not known."""
    memory_bytes: int = 0
    """Of the kernel's process and its children; 0 where it is not known."""
