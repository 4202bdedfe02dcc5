"""What a run has come to so far, on disk: one line a trial, appended and synced, so that a killed run goes on.

::

    run.json         the plan: suite, its hash, models, modes
    results.jsonl    one `Trial` a line; a line that was cut short by a kill is taken off before more is written
"""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from codeact_tui.evals.base import Arm, Mode, SuiteError, Trial
from codeact_tui.evals.line_file import LineFile, decode_lines, write_whole

__all__ = ["Plan", "Results", "read_run"]

_PLAN = "run.json"
_LINES = "results.jsonl"


class Plan(Struct, frozen=True):
    """What a run is to do: each task so many times with each arm."""

    suite: str
    sha256: str
    models: tuple[str, ...]
    modes: tuple[Mode, ...]
    tasks: tuple[str, ...]
    repeats: int = 1
    version: str = ""
    """Of codeact."""

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The lines of the table, in order."""
        return tuple(Arm(model, mode) for model in self.models for mode in self.modes)

    @property
    def trials(self) -> int:
        """How many there are in all."""
        return len(self.tasks) * len(self.arms) * self.repeats

    def joined(self, earlier: "Plan") -> "Plan":
        """Take in what an earlier run in the same folder was to do.

        Raises:
            SuiteError: That was another suite, or another state of it.
        """
        if earlier.sha256 != self.sha256:
            raise SuiteError(
                f"The results there are of another state of the suite {earlier.suite}.",
                remedy="Name another folder with --out, or remove that one.",
            )
        return msgspec.structs.replace(
            self,
            models=tuple(dict.fromkeys((*earlier.models, *self.models))),
            modes=tuple(dict.fromkeys((*earlier.modes, *self.modes))),
            tasks=tuple(dict.fromkeys((*earlier.tasks, *self.tasks))),
            repeats=max(earlier.repeats, self.repeats),
        )


class Results:
    """The results of a run, open to be added to. One process at a time holds them.

    Args:
        folder: Made when it is not there.
        plan: What this run is to do.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.asked = plan
        """What this run is to do."""
        self.plan = plan
        """What all runs in this folder were to do, once it is open."""
        self.trials: list[Trial] = []
        self._lines = LineFile(folder / _LINES, Trial)

    def __enter__(self) -> Self:
        """Hold the folder and read what is there.

        Raises:
            SuiteError: Another process holds it, it is another suite's, or it can't be written.
        """
        with ExitStack() as stack:
            lines = stack.enter_context(self._lines)
            if (self.folder / _PLAN).exists():
                self.plan = self.plan.joined(_read_plan(self.folder))
            self.trials = _each_once(lines.had)
            try:
                write_whole(self.folder / _PLAN, msgspec.json.format(msgspec.json.encode(self.plan)))
            except OSError as error:
                raise SuiteError(f"{self.folder} can't be written: {error.strerror}.") from error
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the folder."""
        self._lines.__exit__(kind, error, trace)

    def add(self, trial: Trial) -> None:
        """Keep a trial. Blocks until it is on the disk: a SIGKILL after the return does not lose it.

        Raises:
            SuiteError: The disk is full or gone.
        """
        self._lines.add(trial)
        self.trials.append(trial)


def read_run(folder: Path) -> tuple[Plan, list[Trial]]:
    """Read a run's plan and its trials, whether it has ended or not.

    Raises:
        SuiteError: There is no run.
    """
    plan = _read_plan(folder)
    try:
        data = (folder / _LINES).read_bytes()
    except OSError as error:
        raise SuiteError(f"{folder / _LINES} can't be read: {error.strerror}.") from error
    lines = data[: data.rfind(b"\n") + 1].splitlines()
    return plan, _each_once(decode_lines(lines, Trial, folder / _LINES))


def _read_plan(folder: Path) -> Plan:
    try:
        return msgspec.json.decode((folder / _PLAN).read_bytes(), type=Plan)
    except OSError as error:
        raise SuiteError(f"{folder} holds no run of codeact eval.", remedy="Give the folder of one.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise SuiteError(f"{folder / _PLAN} can't be read: {error}.") from error


def _each_once(trials: Iterable[Trial]) -> list[Trial]:
    """Keep the first of each trial."""
    found: dict[tuple[str, Arm, int], Trial] = {}
    for trial in trials:
        found.setdefault((trial.task, trial.arm, trial.repeat), trial)
    return list(found.values())
