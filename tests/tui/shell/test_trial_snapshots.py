"""What a dry run looks like on its card, and several ways side by side."""

import msgspec
import pytest

from codeact_tui.protocol.dry_runs import Candidate, DryRunId, TriedFile
from codeact_tui.protocol.events import (
    CandidateProposed,
    CandidatesReady,
    CellOutput,
    DryRunFinished,
    DryRunStarted,
    Event,
    ExplorationStarted,
    StateChanged,
)
from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.protocol.travel import VariableDifference
from codeact_tui.protocol.variables import Variable
from tests.tui.shell.recorded import STORY, THIRD
from tests.tui.shell.test_snapshots import (
    SIZES,
    SnapCompare,
    _same_everywhere,  # pyright: ignore[reportPrivateUsage]
    compare,
)

__all__ = ["_same_everywhere"]

A3 = ActionId("a3")
DIFF = "@@ -1,2 +1,2 @@\n # Sales\n-draft\n+final"
DF = Variable("df", "DataFrame", shape=(1200, 5))
VARIABLES = (
    VariableDifference(
        "growth", "appears", None, Variable("growth", "Series", shape=(3,), size_bytes=152, summary="north 0.31, …")
    ),
    VariableDifference("df", "changes", DF, msgspec.structs.replace(DF, shape=(1200, 6))),
    VariableDifference("tmp", "disappears", Variable("tmp", "int", summary="3")),
)
FILES = (
    TriedFile("growth.csv", "created", 64, added=3),
    TriedFile("notes.md", "changed", 40, added=1, removed=1, diff=DIFF),
    TriedFile("old.parquet", "deleted", 48_000, whole=False),
)


def trial(number: int, code: str, status: str = "ok", **more: object) -> tuple[Event, ...]:
    """Give what is told of a dry run from its beginning to its end."""
    run = DryRunId(f"d{number}")
    finished = DryRunFinished(run, status, 0.41, VARIABLES, 0, FILES, not_undone=("a socket",))  # type: ignore[arg-type]
    return (
        DryRunStarted(run, A3, code, code_sha256(code), **more),  # type: ignore[arg-type]
        CellOutput(run, StreamOutput("stdout", "region\nnorth    0.31\nsouth    0.12\n")),
        finished,
    )


TRIED = (*STORY, *trial(1, THIRD))
WAYS = (THIRD, "growth = df.growth()\nprint(growth.head(3))", "raise KeyError('revenue')")
EXPLORED = (
    *STORY,
    ExplorationStarted("x1", A3, 3, "assert len(growth) == 3"),
    *(CandidateProposed("x1", Candidate(at, code, code_sha256(code))) for at, code in enumerate(WAYS, 1)),
    CandidatesReady(
        "x1", tuple(Candidate(at, code, code_sha256(code), "In one line.") for at, code in enumerate(WAYS, 1))
    ),
)
ALL_TRIED = (
    *EXPLORED,
    *(
        event
        for at, code in enumerate(WAYS, 1)
        for event in trial(at, code, "error" if at == 3 else "ok", exploration="x1", candidate=at)
    ),
    StateChanged("waiting"),
)


@pytest.mark.parametrize("size", ["60x20", "120x36"])
def test_a_dry_run_to_settle(snap_compare: SnapCompare, size: str) -> None:
    assert size in SIZES
    assert compare(snap_compare, TRIED, size=size)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_ways_to_pick_from(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, ALL_TRIED, "right", size=size)
