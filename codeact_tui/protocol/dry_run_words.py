"""What the user is told of dry runs and of ways that were compared, in any front end. Pure."""

from codeact_tui.protocol.dry_runs import (
    DryRunFinished,
    DryRunStarted,
    DryRunStatus,
    ExplorationEnded,
    TriedFile,
)
from codeact_tui.protocol.travel import VariableDifference

__all__ = [
    "ended_words",
    "explored_words",
    "file_words",
    "finished_sentences",
    "network_words",
    "stays_words",
    "tokens_words",
]

_NAMES = 12
_ENDS: dict[DryRunStatus, str] = {
    "ok": "it would end well",
    "error": "it would fail",
    "interrupted": "stopped",
    "timeout": "stopped, it ran longer than a cell may",
    "died": "the kernel would die of it",
    "lost": "codeact ended meanwhile",
}


def ended_words(event: DryRunFinished) -> str:
    """Say in a few words how it ended."""
    return _ENDS[event.status]


def network_words(event: DryRunStarted) -> str:
    """Say whether it reaches the network."""
    return "the network is on" if "what it sends" in event.not_undone else "the network is off"


def stays_words(not_undone: tuple[str, ...]) -> str:
    """Say what of its doings stays; nothing where nothing does."""
    return f"Not undone: {'; '.join(not_undone)}." if not_undone else ""


def file_words(each: TriedFile) -> str:
    """Say how many lines of a file changed; nothing where that is not known."""
    if not each.whole:
        return ""
    parts = [f"+{each.added}"] if each.added else []
    parts += [f"−{each.removed}"] if each.removed else []
    return " ".join(parts)


def finished_sentences(event: DryRunFinished) -> list[str]:
    """Say what a dry run showed, a line for each kind of thing."""
    said = [f"Dry run: {ended_words(event)}. Nothing has happened yet."]
    variables = [_variable(each) for each in event.variables[:_NAMES]]
    said += _listed("Variables", variables, len(event.variables) + event.more_variables)
    files = [_file(each) for each in event.files[:_NAMES]]
    said += _listed("Files", files, len(event.files) + event.more_files)
    if not event.variables and not event.files:
        said.append("No variable and no file would change.")
    if event.check:
        said.append("The check passed." if event.check == "passed" else f"The check failed: {event.check_error}.")
    if stays := stays_words(event.not_undone):
        said.append(stays)
    if event.problem:
        said.append(f"It can't be committed: {event.problem}.")
    return said


def explored_words(event: ExplorationEnded) -> tuple[str, str]:
    """Say what came of comparing several ways: two halves of a line."""
    if event.picked is not None:
        by = "the first that passed the check" if event.by == "check" else "by you"
        return "several ways were compared", f"way {event.picked} was taken, {by}"
    return "several ways were compared", f"none was taken{f', because {event.why}' if event.why else ''}"


def tokens_words(input_tokens: int, output_tokens: int, cost_usd: float | None) -> str:
    """Say what asking for other ways took."""
    cost = "" if cost_usd is None else f", ${cost_usd:.4f}" if cost_usd < 0.1 else f", ${cost_usd:.2f}"
    return f"{input_tokens + output_tokens:,} tokens{cost}" if input_tokens or output_tokens else ""


def _listed(what: str, names: list[str], total: int) -> list[str]:
    if not names:
        return []
    more = f" and {total - len(names)} more" if total > len(names) else ""
    return [f"{what}: {', '.join(names)}{more}."]


def _variable(each: VariableDifference) -> str:
    return f"{each.name} {'new' if each.kind == 'appears' else 'changed' if each.kind == 'changes' else 'gone'}"


def _file(each: TriedFile) -> str:
    how = {"created": "made", "changed": "changed", "deleted": "deleted"}[each.kind]
    lines = file_words(each)
    return f"{each.path} {how}{f' ({lines})' if lines else ''}"
