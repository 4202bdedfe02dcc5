"""What is known of what was tried, as long as it can be committed."""

from dataclasses import dataclass, field

from codeact_tui.kernel.answers import Checkpoint
from codeact_tui.protocol.dry_runs import DryRunFinished, DryRunStarted
from codeact_tui.protocol.events import CellOutput, OutputTruncated
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.records import Happened
from codeact_tui.session.rehearsal_files import Tried

__all__ = ["Attempt", "Stage"]


@dataclass
class Stage:
    """Where something is tried: the kernel as it was before, frozen."""

    base: Checkpoint
    void: bool = False
    """Something else has run since: what was tried here can't be committed any more."""
    committed: bool = False
    attempts: "list[Attempt]" = field(default_factory=list["Attempt"])


@dataclass
class Attempt:
    """What came of a try, as long as it can be committed."""

    stage: Stage
    started: DryRunStarted
    finished: DryRunFinished
    tried: Tried
    end: str = ""
    """The frozen copy of what it has become; empty where there is none."""
    total: int = 0
    """How many variables there are then."""
    execution_count: int | None = None
    outputs: tuple[CellOutput | OutputTruncated, ...] = ()
    reached: tuple[Reached, ...] = ()
    happened: Happened = field(default_factory=Happened)
