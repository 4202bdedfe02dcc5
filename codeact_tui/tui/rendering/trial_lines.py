"""What a dry run showed, in lines: how it ended, what it did to variables and files, and what of that stays."""

from collections.abc import Sequence

from codeact_tui.protocol.amounts import human_bytes, human_seconds
from codeact_tui.protocol.dry_run_words import ended_words, file_words, network_words
from codeact_tui.protocol.dry_runs import DryRunFinished, TriedFile
from codeact_tui.session.tried import DryRunRecord
from codeact_tui.tui.rendering.code import diff_lines
from codeact_tui.tui.rendering.lines import Line, Piece, chop, flow, indented
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line
from codeact_tui.tui.screens.travel_rows import difference_lines

__all__ = ["TrialBlock", "changes_lines", "in_short"]

_SIGNS = {"created": ("+", "good"), "changed": ("~", "accent"), "deleted": ("−", "bad")}
_ENDS = {"ok": ("✓", "good"), "error": ("✗", "bad")}


class TrialBlock:
    """What a dry run of the cell that waits shows.

    Args:
        record: The dry run.
    """

    def __init__(self, record: DryRunRecord) -> None:
        self._record = record

    def estimate(self, width: int) -> int:
        """A line for each difference, and a few."""
        del width
        finished = self._record.finished
        return 3 if finished is None else 4 + len(finished.variables) + len(finished.files)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        record, room = self._record, max(1, width - 3)
        finished = record.finished
        lines = [*flow(self._head(paint), room), *flow([(self._state(), paint.muted)], room)]
        stays = record.started.not_undone if finished is None else finished.not_undone
        if finished is not None:
            lines += changes_lines(finished, room, paint)
        if stays:
            lines += flow([("not undone: ", paint.warn), (one_line("; ".join(stays), 800), paint.muted)], room)
        if finished is not None and finished.problem:
            lines += flow([("can't be committed: ", paint.warn), (one_line(finished.problem, 400), paint.muted)], room)
        return indented(lines, [(" ", paint.text)])

    def _head(self, paint: Paint) -> list[Piece]:
        finished = self._record.finished
        head: list[Piece] = [(" DRY RUN ", paint.badge), (" ", paint.text)]
        if finished is None:
            return [*head, ("running in a copy", paint.accent)]
        sign, style = _ENDS.get(finished.status, ("■", "warn"))
        took = (f" {human_seconds(finished.seconds)}", paint.muted)
        return [*head, (f"{sign} {ended_words(finished)}", getattr(paint, style)), took]

    def _state(self) -> str:
        record = self._record
        state = "discarded: nothing has happened" if record.outcome == "discarded" else "nothing has happened yet"
        return f"{state} · {network_words(record.started)}"


def changes_lines(finished: DryRunFinished, width: int, paint: Paint) -> list[Line]:
    """Say what it did to variables and files."""
    lines: list[Line] = []
    for variable in finished.variables:
        lines += difference_lines(variable, width, paint)
    lines += _more(finished.more_variables, "variable", width, paint)
    for file in finished.files:
        lines += _file_lines(file, width, paint)
    lines += _more(finished.more_files, "file", width, paint)
    if not lines:
        lines += flow([("no variable and no file changes", paint.muted)], width)
    return lines


def in_short(finished: DryRunFinished) -> str:
    """Say in a few words what it did."""
    variables, files = len(finished.variables) + finished.more_variables, len(finished.files) + finished.more_files
    parts = [
        f"{count} {what}{'s' * (count != 1)}" for count, what in ((variables, "variable"), (files, "file")) if count
    ]
    return ", ".join(parts) or "nothing changes"


def _file_lines(each: TriedFile, width: int, paint: Paint) -> list[Line]:
    sign, style = _SIGNS[each.kind]
    words: list[Piece] = [(one_line(each.path, 200), paint.text), ("  ", paint.text)]
    counted = file_words(each)
    words.append((counted or human_bytes(each.size_bytes), paint.muted))
    lines = flow(words, width, [(f"{sign} ", getattr(paint, style))])
    if each.diff:
        for row in diff_lines(each.diff, paint):
            lines += indented(chop(row, max(1, width - 4)), [("  │ ", paint.faint)])
    return lines


def _more(count: int, what: str, width: int, paint: Paint) -> list[Line]:
    return flow([(f"… and {count:,} {what}{'s' * (count != 1)} more", paint.muted)], width) if count else []
