"""Whether two ways of doing the same tasks differ, in figures and in a plain sentence. Pure.

Success by McNemar's exact test over the tasks that one of the two solved alone; turns, tokens, cost and seconds by
paired bootstrap and permutation. A task that was tried several times counts as solved by half of them or more.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from codeact_tui.evals.base import Arm, SuiteError, Trial
from codeact_tui.evals.report import figures
from codeact_tui.evals.results import Plan
from codeact_tui.evals.statistics import Paired, bootstrap_mean, mcnemar, paired_means

__all__ = ["Comparison", "choose_arms", "compare"]

_SURE = 0.05
_UNITS = {"turns": "turns", "tokens": "tokens", "cost_usd": "dollars", "seconds": "seconds"}


class Comparison(Struct, frozen=True):
    """Two ways over the tasks that both have done."""

    first: str
    second: str
    tasks: int
    both: int
    first_only: int
    second_only: int
    neither: int
    success: Paired
    p: float
    """Of the success, by McNemar's exact test."""
    figures: dict[str, Paired]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it comes to: first the success, then each figure that differs for sure."""
        return (self._success(), *(_figure(self, name, paired) for name, paired in self.figures.items()))

    def _success(self) -> str:
        alone = f"{self.first_only} tasks were solved by the first alone, {self.second_only} by the second alone"
        if self.first_only == self.second_only:
            return f"There is no difference in success: of {self.tasks} tasks, {alone}."
        better = "second" if self.second_only > self.first_only else "first"
        points = abs(100 * self.success.difference.value)
        low, high = sorted(abs(100 * end) for end in (self.success.difference.low, self.success.difference.high))
        if self.p < _SURE:
            return (
                f"The {better} is better, and that is no chance: it solves {points:.1f} percentage points more of the "
                f"{self.tasks} tasks ({low:.1f} to {high:.1f}; p = {_p(self.p)}); {alone}."
            )
        return (
            f"The {better} solves {points:.1f} percentage points more of the {self.tasks} tasks, which may well be "
            f"chance (p = {_p(self.p)}): {alone}."
        )


def compare(first: Sequence[Trial], second: Sequence[Trial], names: tuple[str, str]) -> Comparison:
    """Compare two ways, task by task.

    Args:
        first: The trials of one.
        second: The trials of the other.
        names: What the two are called.

    Raises:
        SuiteError: They have no task in common.
    """
    ours, theirs = _by_task(first), _by_task(second)
    tasks = sorted(set(ours) & set(theirs))
    if not tasks:
        raise SuiteError("The two runs have no task in common.", remedy="Compare runs of one suite.")
    one = [float(_solved(ours[task])) for task in tasks]
    other = [float(_solved(theirs[task])) for task in tasks]
    pairs = list(zip(one, other, strict=True))
    first_only, second_only = pairs.count((1.0, 0.0)), pairs.count((0.0, 1.0))
    p = mcnemar(first_only, second_only)
    difference = bootstrap_mean([b - a for a, b in pairs])
    assert difference is not None
    return Comparison(
        *names,
        len(tasks),
        pairs.count((1.0, 1.0)),
        first_only,
        second_only,
        pairs.count((0.0, 0.0)),
        Paired(difference, p, len(tasks)),
        p,
        _figures([ours[task] for task in tasks], [theirs[task] for task in tasks]),
    )


def choose_arms(plan: Plan, wanted: str) -> list[Arm]:
    """Find the arms of a run that a text names: a model, a mode, or both with `#` between; all for an empty text.

    Raises:
        SuiteError: None is so named.
    """
    parts = [part for part in wanted.split("#") if part]
    found = [arm for arm in plan.arms if all(part in {arm.model, arm.mode} for part in parts)]
    if not found:
        have = ", ".join(f"{arm.model}#{arm.mode}" for arm in plan.arms)
        raise SuiteError(f'The run has nothing that is "{wanted}".', remedy=f"It has {have}.")
    return found


def _by_task(trials: Sequence[Trial]) -> Mapping[str, list[Trial]]:
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.task, []).append(trial)
    return found


def _solved(trials: Sequence[Trial]) -> bool:
    return 2 * sum(trial.right for trial in trials) >= len(trials)


def _figures(first: Sequence[Sequence[Trial]], second: Sequence[Sequence[Trial]]) -> dict[str, Paired]:
    found: dict[str, Paired] = {}
    for name in _UNITS:
        pairs = [(_mean(one, name), _mean(other, name)) for one, other in zip(first, second, strict=True)]
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        paired = paired_means([a for a, _ in known], [b for _, b in known]) if len(known) == len(pairs) else None
        if paired is not None:
            found[name] = paired
    return found


def _mean(trials: Sequence[Trial], figure: str) -> float | None:
    values = [figures(trial)[figure] for trial in trials]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _figure(comparison: Comparison, name: str, paired: Paired) -> str:
    difference, unit = paired.difference, _UNITS[name]
    form = "{:,.4f}" if name == "cost_usd" else "{:,.1f}"
    size = form.format(abs(difference.value))
    if paired.p >= _SURE:
        return f"No difference in {unit} is sure (p = {_p(paired.p)})."
    low, high = (form.format(end) for end in sorted((abs(difference.low), abs(difference.high))))
    more = "more" if difference.value > 0 else "fewer"
    return f"The second takes {size} {more} {unit} a task ({low} to {high}; p = {_p(paired.p)})."


def _p(p: float) -> str:
    return "less than 0.001" if p < 0.001 else f"{p:.3f}"
