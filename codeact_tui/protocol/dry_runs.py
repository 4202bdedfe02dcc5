"""Dry runs, and several ways to take a step tried side by side: what a front end asks for, and what happened."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.travel import VariableDifference

__all__ = [
    "MOST_CANDIDATES",
    "Candidate",
    "CandidateProposed",
    "CandidatesReady",
    "CommitDryRun",
    "DiscardDryRun",
    "DryRun",
    "DryRunFinished",
    "DryRunId",
    "DryRunOutcome",
    "DryRunSettled",
    "DryRunStarted",
    "DryRunStatus",
    "EndExploration",
    "ExplorationEnded",
    "ExplorationId",
    "ExplorationStarted",
    "Explore",
    "PickCandidate",
    "RunCandidates",
    "TriedFile",
]

DryRunId = ActionId
"""`d1`, `d2`, … in the order in which they were begun. What a dry run puts out comes as `CellOutput` of this id."""

ExplorationId = str
"""`x1`, `x2`, …"""

MOST_CANDIDATES = 8

DryRunStatus = Literal["ok", "error", "interrupted", "timeout", "died", "lost"]
"""How the cell ended. lost: codeact was killed meanwhile."""

DryRunOutcome = Literal["committed", "discarded"]


class TriedFile(Struct, frozen=True):
    """What a dry run did to a file; text from outside."""

    path: str
    """From the workspace's folder."""
    kind: Literal["created", "changed", "deleted"]
    size_bytes: int = 0
    """Afterwards; of a deleted file, before."""
    added: int = 0
    """Lines."""
    removed: int = 0
    diff: str = ""
    """Unified; empty where it is long, or where there is no text to compare."""
    whole: bool = True
    """`added` and `removed` are known."""


class Candidate(Struct, frozen=True):
    """One of several ways to take a step."""

    number: int
    """From 1."""
    code: str
    sha256: str
    words: str = ""
    """What the model said with it."""
    effects: tuple[Effect, ...] = ()
    problem: str = ""
    """Why its effects could not be told."""
    times: int = 1
    """So often it was proposed: equal ones are one."""
    asks: bool = True
    """By the policy a person decides about it."""


# -- Ops


class DryRun(Struct, frozen=True, tag="dry_run"):
    """Run the action that waits in a copy of the kernel, and say what it does. It goes on waiting.

    Answered by `DryRunStarted` and `DryRunFinished`. All three have to match what was shown.
    """

    action: ActionId
    revision: int
    sha256: str
    network: bool = False
    """Let it reach the network as far as the sandbox does; otherwise that is held back."""


class CommitDryRun(Struct, frozen=True, tag="commit_dry_run"):
    """Let it have happened: the copy becomes the kernel, its files the workspace's, and the cell counts as run."""

    dry_run: DryRunId


class DiscardDryRun(Struct, frozen=True, tag="discard_dry_run"):
    """Forget it; nothing has happened."""

    dry_run: DryRunId


class Explore(Struct, frozen=True, tag="explore"):
    """Have the model propose several ways to take the next step, and try each in a copy of the kernel."""

    count: int
    prompt: str = ""
    """What to ask for; empty for other ways than the action that waits."""
    check: str = ""
    """Code that is run after each: the first that passes it is picked. Empty: the user picks."""
    network: bool = False


class RunCandidates(Struct, frozen=True, tag="run_candidates"):
    """Let all candidates run, each in its copy, as they were shown."""

    exploration: ExplorationId
    sha256s: tuple[str, ...]


class PickCandidate(Struct, frozen=True, tag="pick_candidate"):
    """Let a candidate have happened, and no other."""

    exploration: ExplorationId
    number: int


class EndExploration(Struct, frozen=True, tag="end_exploration"):
    """Pick none; the action that waits goes on waiting."""

    exploration: ExplorationId


# -- stored events


class DryRunStarted(Struct, frozen=True, tag="dry_run_started"):
    """Code is about to run in a copy of the kernel, the files kept to be put back."""

    dry_run: DryRunId
    action: ActionId
    """It waits, and goes on waiting."""
    code: str
    sha256: str
    exploration: ExplorationId | None = None
    candidate: int = 0
    network: bool = False
    """The network is not held back."""
    not_undone: tuple[str, ...] = ()
    """What of its doings would stay, as far as that is known before, each in a few words."""


class DryRunFinished(Struct, frozen=True, tag="dry_run_finished"):
    """It has ended, and variables and files are as they were before it."""

    dry_run: DryRunId
    status: DryRunStatus
    seconds: float = 0.0
    variables: tuple[VariableDifference, ...] = ()
    """What it did to them."""
    more_variables: int = 0
    files: tuple[TriedFile, ...] = ()
    more_files: int = 0
    not_undone: tuple[str, ...] = ()
    """What of its doings stays, each in a few words."""
    problem: str = ""
    """Why it can't be committed; empty when it can."""
    check: Literal["", "passed", "failed"] = ""
    check_error: str = ""
    """What the check ended with; text from outside."""


class DryRunSettled(Struct, frozen=True, tag="dry_run_settled"):
    """It was committed, or discarded."""

    dry_run: DryRunId
    outcome: DryRunOutcome


class ExplorationStarted(Struct, frozen=True, tag="exploration_started"):
    """Several ways to take a step are asked for."""

    exploration: ExplorationId
    action: ActionId
    """The first of them."""
    count: int
    check: str = ""
    network: bool = False


class CandidateProposed(Struct, frozen=True, tag="candidate_proposed"):
    """The model has replied once more."""

    exploration: ExplorationId
    candidate: Candidate | None
    """None where the reply held no code, or code that was there already."""
    same_as: int = 0
    """The candidate that it is equal to; 0 for none."""
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    seconds: float = 0.0


class CandidatesReady(Struct, frozen=True, tag="candidates_ready"):
    """All candidates are there, equal ones joined."""

    exploration: ExplorationId
    candidates: tuple[Candidate, ...]
    asks: bool = True
    """They wait for `RunCandidates`."""


class ExplorationEnded(Struct, frozen=True, tag="exploration_ended"):
    """A candidate was picked, or none."""

    exploration: ExplorationId
    picked: int | None = None
    by: Literal["user", "check"] = "user"
    why: str = ""
    """Why none was, in a few words; empty where the user wanted none."""
