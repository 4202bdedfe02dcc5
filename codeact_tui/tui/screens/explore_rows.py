"""One of several ways to take a step, in lines: how it ended, its code, its output, what it would change. Pure."""

from collections.abc import Sequence

from codeact_tui.protocol.amounts import human_seconds
from codeact_tui.protocol.dry_runs import Candidate
from codeact_tui.session.outputs import ErrorBlock
from codeact_tui.session.tried import DryRunRecord
from codeact_tui.tui.rendering.code import code_lines
from codeact_tui.tui.rendering.lines import Line, Piece, flow, indented
from codeact_tui.tui.rendering.outputs import OutputReader
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line
from codeact_tui.tui.rendering.trial_lines import changes_lines, in_short

__all__ = ["WayBlock", "way_state"]

_CODE_LINES = 60
_OUTPUT_LINES = 12
_WORDS_CHARS = 240


def way_state(run: DryRunRecord | None) -> tuple[str, str, str]:
    """Give sign, colour and words of how a way fares."""
    if run is None:
        return "○", "muted", "not run"
    finished = run.finished
    if finished is None:
        return "▶", "accent", "running"
    took = human_seconds(finished.seconds)
    if finished.check == "failed":
        return "✗", "error", f"check failed, {took}"
    match finished.status:
        case "ok":
            return "✓", "success", f"passed, {took}" if finished.check else took
        case "error":
            return "✗", "error", f"failed, {took}"
        case "died":
            return "†", "error", "Python died"
        case "timeout":
            return "■", "warning", "out of time"
        case "interrupted" | "lost":
            return "■", "warning", "stopped"


class WayBlock:
    """Draws one way.

    Args:
        candidate: The way.
        run: Its dry run, if it has begun.
    """

    def __init__(self, candidate: Candidate, run: DryRunRecord | None) -> None:
        self._candidate = candidate
        self._run = run

    def estimate(self, width: int) -> int:
        """Code, output and changes."""
        del width
        return 10 + self._candidate.code.count("\n")

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        return indented(self._lines(max(1, width - 2), paint), [(" ", paint.text)])

    def _lines(self, room: int, paint: Paint) -> list[Line]:
        lines = [*self._head(room, paint), Line(), *self._code(room, paint)]
        run = self._run
        if run is None:
            return lines
        if outputs := self._outputs(run, room, paint):
            lines += [_label("output", paint), *outputs]
        finished = run.finished
        if finished is None:
            return lines
        lines += [_label(in_short(finished), paint), *changes_lines(finished, room, paint)]
        if finished.check_error:
            lines += flow([("check: ", paint.bad), (one_line(finished.check_error, 300), paint.muted)], room)
        if finished.not_undone:
            lines += flow(
                [("not undone: ", paint.warn), (one_line("; ".join(finished.not_undone), 400), paint.muted)], room
            )
        if finished.problem:
            lines += flow([("can't be picked: ", paint.warn), (one_line(finished.problem, 300), paint.muted)], room)
        return lines

    def _head(self, width: int, paint: Paint) -> list[Line]:
        sign, color, words = way_state(self._run)
        style = {"success": paint.good, "error": paint.bad, "warning": paint.warn, "accent": paint.accent}
        head: list[Piece] = [
            (f" {self._candidate.number} ", paint.badge),
            (f" {sign} {words}", style.get(color, paint.muted)),
        ]
        if self._candidate.times > 1:
            head.append((f"  proposed {self._candidate.times} times", paint.muted))
        lines = flow(head, width)
        if said := one_line(self._candidate.words.strip(), _WORDS_CHARS):
            lines += flow([(said, paint.muted)], width)
        return lines

    def _code(self, width: int, paint: Paint) -> list[Line]:
        rows = code_lines(self._candidate.code, paint)
        lines = [line for row in rows[:_CODE_LINES] for line in flow(row, width)]
        if len(rows) > _CODE_LINES:
            lines.append(Line(((f"… {len(rows) - _CODE_LINES} lines more", paint.muted),)))
        return lines

    @staticmethod
    def _outputs(run: DryRunRecord, width: int, paint: Paint) -> list[Line]:
        lines: list[Line] = []
        for part in OutputReader().parts(run.run.outputs):
            if part.kind != "error":
                shown = min(part.count, _OUTPUT_LINES)
                lines += part.draw(0, shown, width, paint, line_chars_max=2000, rows_max=_OUTPUT_LINES)
        error = next((block for block in run.run.outputs.blocks if isinstance(block, ErrorBlock)), None)
        if error is not None:
            lines = lines[: _OUTPUT_LINES - 1]
            told: list[Piece] = [
                (one_line(error.ename, 80), paint.bad),
                (f": {one_line(error.evalue, 300)}", paint.text),
            ]
            lines += flow(told, width)
        if len(lines) > _OUTPUT_LINES:
            more = len(lines) - _OUTPUT_LINES
            return [*lines[:_OUTPUT_LINES], Line(((f"… {more} rows more", paint.muted),))]
        return lines


def _label(text: str, paint: Paint) -> Line:
    return Line((("── ", paint.faint), (text, paint.muted)), 3 + len(text), "")
