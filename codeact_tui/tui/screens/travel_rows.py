"""The lines of the timeline, and of what going to a point of it would change. Pure."""

from collections.abc import Mapping, Sequence

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.table_changes import table_changes
from codeact_tui.protocol.travel import Grade, RewindPreviewed, VariableDifference
from codeact_tui.protocol.variables import Variable
from codeact_tui.session.points import Point, keeper_of
from codeact_tui.session.transcript import Transcript
from codeact_tui.store.base import SessionSummary
from codeact_tui.tui.rendering.lines import Line, Piece, flow
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line
from codeact_tui.tui.screens.travel_files import SIGNS, file_lines
from codeact_tui.tui.widgets.variable_columns import variable_shape

__all__ = ["ForkBlock", "PreviewBlock", "difference_lines", "point_label", "point_note", "with_forks"]

_GRADES: dict[Grade, str] = {"green": "●", "yellow": "◐", "red": "○"}
"""A sign for each grade, so that colour is not the only one."""
_GRADE_WORDS: dict[Grade, str] = {
    "green": "all variables come back",
    "yellow": "not undone",
    "red": "stops in a copy, so not exact",
}
_VALUE_CHARS = 120
_FILES = "files"


def point_label(point: Point) -> str:
    """Name a point by what came next."""
    match point.kind:
        case "cell":
            number = action_number(point.action) if point.action is not None else 0
            return f"[{number}] {one_line(point.label)}"
        case "prompt":
            return f"› {one_line(point.label)}"
        case "rewind":
            return "↶ before going back"


def point_note(transcript: Transcript, point: Point, sizes: Mapping[str, int], marked: Sequence[str]) -> str:
    """Say whether its variables are kept, how well, and how much that holds."""
    keeper = keeper_of(transcript, point, sizes)
    if keeper is None:
        return ""
    size = sizes[keeper.event.checkpoint]
    kept = "✶ " if keeper.event.checkpoint in marked else ""
    return f"{kept}{human_bytes(size) + ' ' if size else ''}{_GRADES[keeper.event.grade]}"


def with_forks(points: Sequence[Point], forks: Sequence[SessionSummary]) -> list[Point | SessionSummary]:
    """Put forks between the points that they go on from, the newest first."""
    placed: list[tuple[int, int, Point | SessionSummary]] = [(each.sequence, 1, each) for each in points]
    placed += [(each.shared, 0, each) for each in forks]
    return [each for *_, each in sorted(placed, key=lambda row: row[:2], reverse=True)]


class ForkBlock:
    """What there is to say of a fork.

    Args:
        fork: Of this session.
    """

    def __init__(self, fork: SessionSummary) -> None:
        self._fork = fork

    def estimate(self, width: int) -> int:
        """Two lines."""
        del width
        return 2

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        cells = f"{self._fork.cells} cell{'s' * (self._fork.cells != 1)}"
        words = f"A session that goes on from here, of {cells}. Enter opens it; this one is kept."
        return list(flow([(words, paint.muted)], width))


class PreviewBlock:
    """What going to a point would change, line by line.

    Args:
        told: What the session says of it; None while it has not.
        compared: The point is compared with another one, and not with now.
        with_diffs: Show the lines of files that differ, too.
    """

    def __init__(self, told: RewindPreviewed | None, *, compared: bool = False, with_diffs: bool = False) -> None:
        self._told = told
        self._compared = compared
        self._with_diffs = with_diffs

    def estimate(self, width: int) -> int:
        """A line for each variable, and a few."""
        del width
        return 4 if self._told is None else 4 + len(self._told.variables)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        told = self._told
        if told is None:
            return [Line(), *flow([("…", paint.muted)], width)]
        lines = list(flow([(self._head(told), paint.text)], width))
        for difference in told.variables:
            lines += difference_lines(difference, width, paint)
        if not told.variables and not told.problem:
            lines += flow([("No variable changes, as far as is known.", paint.muted)], width)
        if told.problem:
            lines += flow([(f"{told.problem}: you are asked what becomes of them.", paint.warn)], width)
        if told.reasons:
            lines += flow([(f"{_GRADE_WORDS[told.grade]}: {', '.join(told.reasons)}", paint.warn)], width)
        if told.files is not None:
            found = file_lines(told.files, width, paint, with_diffs=self._with_diffs)
            lines += [Line(), Line(((_FILES, paint.muted),)), *found] if found else []
        return lines

    def _head(self, told: RewindPreviewed) -> str:
        if self._compared:
            return "From the marked point to this one:"
        if not told.cells:
            return "No cell is taken back."
        return f"Takes {told.cells} cell{'s' * (told.cells != 1)} back."


def difference_lines(difference: VariableDifference, width: int, paint: Paint) -> list[Line]:
    """Say how a variable differs."""
    sign = SIGNS[difference.kind]
    style = {"appears": paint.good, "changes": paint.accent, "disappears": paint.bad}[difference.kind]
    words: list[Piece] = [(one_line(difference.name, 60), paint.text), ("  ", paint.text)]
    match difference.before, difference.after:
        case Variable() as before, Variable() as after if changes := table_changes(before, after):
            words.append((one_line(" · ".join(changes)), paint.text))
        case Variable() as before, Variable() as after:
            was, now = _told_apart(before, after)
            words += [(was, paint.bad), (" → ", paint.muted), (now, paint.good)]
        case before, after:
            words.append((_in_words(after or before), paint.muted))
    return flow(words, width, [(f"{sign} ", style)])


def _told_apart(before: Variable, after: Variable) -> tuple[str, str]:
    """Say in what two values differ, where that is told in a few words."""
    if before.type_name != after.type_name:
        return _in_words(before), _in_words(after)
    was, now = variable_shape(before), variable_shape(after)
    if was != now and was and now:
        return f"{before.type_name} {was}", f"{after.type_name} {now}"
    if before.summary != after.summary:
        return one_line(before.summary, _VALUE_CHARS), one_line(after.summary, _VALUE_CHARS)
    return "as it is", "another object"


def _in_words(variable: Variable | None) -> str:
    if variable is None:
        return ""
    parts = [variable.type_name, variable_shape(variable), one_line(variable.summary, _VALUE_CHARS)]
    return one_line(" ".join(part for part in parts if part))
