"""The questions about what was tried in a copy: commit a dry run, let ways run, pick one. And the commands for it."""

from collections.abc import Callable

from codeact_tui.errors import OpRefused
from codeact_tui.line.base import Ask, Surface
from codeact_tui.line.words import plural
from codeact_tui.protocol.events import DryRunStarted, Event, ExplorationStarted, Failed, TurnFinished
from codeact_tui.protocol.explore_words import parse_explore
from codeact_tui.protocol.ops import (
    CommitDryRun,
    DiscardDryRun,
    DryRun,
    EndExploration,
    Explore,
    Op,
    PickCandidate,
    RunCandidates,
)
from codeact_tui.session.transcript import Transcript
from codeact_tui.session.tried import DryRunRecord, ExplorationRecord

__all__ = ["TrialQuestions", "dry_run_wish", "explore_wish"]


class TrialQuestions:
    """Knows what is asked about what was tried, and answers it.

    Args:
        surface: Where words go.
        transcript: The fold of the events.
        send: Sends an Op.
    """

    def __init__(self, surface: Surface, transcript: Transcript, send: Callable[[Op], None]) -> None:
        self._surface, self._transcript, self._send = surface, transcript, send
        self._answered: object = None
        """The question that was answered last."""
        self._wished = False
        """Something was asked to be tried, and has not begun."""

    def sent(self, op: Op) -> None:
        """Take in what was asked of the session."""
        self._wished = self._wished or isinstance(op, DryRun | Explore)

    def note(self, event: Event) -> None:
        """Take in what happened."""
        if isinstance(event, DryRunStarted | ExplorationStarted | Failed | TurnFinished):
            self._wished = False

    @property
    def busy(self) -> bool:
        """Something is being tried: the action that it is about is not asked about meanwhile."""
        tried, question = self._transcript.tried, self._question()
        answered = question is not None and question.topic == self._answered
        return self._wished or answered or tried.going_on is not None or tried.exploration is not None

    def ask(self) -> Ask | None:
        """Give the question that is open; None when none is."""
        question = self._question()
        return None if question is None or question.topic == self._answered else question

    def reopen(self) -> None:
        """Ask again after an answer was refused."""
        self._answered = None

    def take(self, line: str) -> bool:
        """Answer by a line; False when it is not for the question."""
        question = self._question()
        op = self._read(line.strip().lower())
        if op is None:
            return not line.strip()
        self._answered = question.topic if question is not None else None
        self._send(op)
        return True

    def _question(self) -> Ask | None:
        exploration, open_run = self._transcript.tried.exploration, self._open_run()
        if exploration is not None and exploration.to_run:
            name, count = exploration.started.exploration, len(exploration.candidates)
            label = f"Try {plural(count, 'way')}, each in a copy? y try · n none"
            return Ask("approval", label, keys=frozenset("yn"), enter_key="y", topic=f"run {name}")
        if exploration is not None and exploration.to_pick:
            keys = [str(each.number) for each in exploration.candidates]
            label = f"Which way shall have happened? {' '.join(keys)} · n none"
            return Ask("approval", label, keys=frozenset([*keys, "n"]), topic=f"pick {exploration.started.exploration}")
        if open_run is not None:
            number = self._transcript.actions[open_run.started.action].number
            problem = open_run.finished is not None and open_run.finished.problem
            label = f"Commit the dry run of [{number}]? {'' if problem else 'y commit · '}n discard"
            keys = frozenset("n" if problem else "yn")
            return Ask("approval", label, keys=keys, topic=f"commit {open_run.started.dry_run}")
        return None

    def _read(self, word: str) -> Op | None:
        exploration, open_run = self._transcript.tried.exploration, self._open_run()
        yes, no = word in {"y", "yes", "commit"}, word in {"n", "no", "none", "discard"}
        if exploration is not None:
            return _about_ways(exploration, word, yes=yes, no=no)
        if open_run is None or not (yes or no):
            return None
        name = open_run.started.dry_run
        return CommitDryRun(name) if yes else DiscardDryRun(name)

    def _open_run(self) -> DryRunRecord | None:
        waiting = [record for record in self._transcript.unfinished() if record.state == "waiting"]
        tried = waiting[-1].tried if waiting else None
        return tried if tried is not None and tried.open else None


def _about_ways(exploration: ExplorationRecord, word: str, *, yes: bool, no: bool) -> Op | None:
    name = exploration.started.exploration
    if no:
        return EndExploration(name)
    if exploration.to_run:
        return RunCandidates(name, tuple(each.sha256 for each in exploration.candidates)) if yes else None
    numbers = {str(each.number): each.number for each in exploration.candidates}
    return PickCandidate(name, numbers[word]) if word in numbers else None


def dry_run_wish(transcript: Transcript, words: str) -> DryRun:
    """Read `/dry-run [network]`.

    Raises:
        OpRefused: No cell waits, or the words can't be read.
    """
    waiting = [record for record in transcript.unfinished() if record.state == "waiting"]
    if not waiting:
        raise OpRefused("No cell waits for your answer.")
    if words not in {"", "network"}:
        raise OpRefused("Say /dry-run, or /dry-run network.")
    record = waiting[-1]
    return DryRun(record.action, record.revision, record.sha256, words == "network")


def explore_wish(words: str) -> Explore:
    """Read `/explore [number] [--check "code"] [--network] [prompt]`.

    Raises:
        OpRefused: It can't be read.
    """
    wish = parse_explore(words)
    if isinstance(wish, str):
        raise OpRefused(f"{wish}.")
    return wish
