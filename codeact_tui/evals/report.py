"""What a run says: a line for each model and mode, every figure with its interval. Pure."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from codeact_tui.evals.base import Arm, Mode, Trial
from codeact_tui.evals.results import Plan
from codeact_tui.evals.statistics import Interval, bootstrap_mean, wilson

__all__ = ["ArmReport", "Report", "Share", "figures", "make_report", "table_rows"]


class Share(Struct, frozen=True):
    """Of a group of tasks, how many trials were solved."""

    right: int
    of: int


class ArmReport(Struct, frozen=True):
    """One model in one mode. Means are over trials; None where nothing is known."""

    model: str
    mode: Mode
    trials: int
    right: int
    mended: int
    """Solved after an action had failed."""
    success: Interval
    turns: Interval | None
    actions: Interval | None
    tokens: Interval | None
    """Read and written."""
    cost_usd: Interval | None
    total_cost_usd: float | None
    seconds: Interval | None
    groups: dict[str, Share]

    @property
    def name(self) -> str:
        """What a line of the table begins with."""
        return f"{self.model} · {self.mode}"


class Report(Struct, frozen=True):
    """All of a run."""

    suite: str
    sha256: str
    tasks: int
    repeats: int
    done: int
    of: int
    arms: tuple[ArmReport, ...]


def make_report(plan: Plan, trials: Iterable[Trial]) -> Report:
    """Sum up what there is, finished or not. Depends on the trials, never on their order."""
    kept = sorted(trials, key=lambda trial: (trial.task, trial.repeat))
    arms = tuple(_arm(arm, [trial for trial in kept if trial.arm == arm]) for arm in plan.arms)
    done = sum(arm.trials for arm in arms)
    return Report(plan.suite, plan.sha256, len(plan.tasks), plan.repeats, done, plan.trials, arms)


def figures(trial: Trial) -> dict[str, float | None]:
    """Give the figures of one trial that means are made of."""
    counts = [count for count in (trial.input_tokens, trial.output_tokens) if count is not None]
    return {
        "turns": trial.turns,
        "actions": trial.actions,
        "tokens": sum(counts) if counts else None,
        "cost_usd": trial.cost_usd,
        "seconds": trial.seconds,
    }


def table_rows(report: Report, *, seconds: bool = True, intervals: bool = True) -> list[list[str]]:
    """Write the table: a row of headings, then one for each model and mode.

    Args:
        report: What is told.
        seconds: With the time that trials took, the one figure that differs when the same is run again.
        intervals: With those of the means; the one of the success is always there.
    """
    heads = [
        "model",
        "mode",
        "success",
        "95 %",
        "turns",
        "actions",
        "tokens",
        "cost",
        *(["seconds"] if seconds else []),
    ]
    return [heads, *(_row(arm, seconds=seconds, intervals=intervals) for arm in report.arms)]


def _row(arm: ArmReport, *, seconds: bool, intervals: bool) -> list[str]:
    success = arm.success
    return [
        arm.model,
        arm.mode,
        f"{100 * success.value:.1f} % ({arm.right}/{arm.trials})",
        f"{100 * success.low:.0f}–{100 * success.high:.0f}",
        _number(arm.turns, ".1f", intervals),
        _number(arm.actions, ".1f", intervals),
        _number(arm.tokens, ",.0f", intervals),
        "unknown" if arm.total_cost_usd is None else f"${arm.total_cost_usd:.4f}",
        *([_number(arm.seconds, ".1f", intervals)] if seconds else []),
    ]


def _number(interval: Interval | None, form: str, intervals: bool) -> str:
    if interval is None:
        return "unknown"
    more = f" ({interval.low:{form}}–{interval.high:{form}})" if intervals else ""
    return f"{interval.value:{form}}{more}"


def _arm(arm: Arm, trials: Sequence[Trial]) -> ArmReport:
    right = sum(trial.right for trial in trials)
    costs = [trial.cost_usd for trial in trials]
    known = [cost for cost in costs if cost is not None]
    return ArmReport(
        arm.model,
        arm.mode,
        len(trials),
        right,
        sum(trial.mended for trial in trials),
        wilson(right, len(trials)),
        _mean(trials, "turns"),
        _mean(trials, "actions"),
        _mean(trials, "tokens"),
        _mean(trials, "cost_usd"),
        sum(known) if known and len(known) == len(costs) else None,
        _mean(trials, "seconds"),
        _groups(trials),
    )


def _mean(trials: Sequence[Trial], figure: str) -> Interval | None:
    """Give a figure's mean; None where one trial does not tell, since a mean of the others would mislead."""
    values = [figures(trial)[figure] for trial in trials]
    known = [float(value) for value in values if value is not None]
    return bootstrap_mean(known) if known and len(known) == len(values) else None


def _groups(trials: Sequence[Trial]) -> dict[str, Share]:
    found: dict[str, Share] = {}
    for trial in sorted(trials, key=lambda trial: trial.task):
        group = trial.task.split("/")[0] if "/" in trial.task else ""
        if group:
            so_far = found.get(group, Share(0, 0))
            found[group] = Share(so_far.right + trial.right, so_far.of + 1)
    return found
