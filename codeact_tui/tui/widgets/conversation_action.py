"""An action in the conversation: one line that unfolds into its code and its output."""

import time
from collections.abc import Callable, Sequence

from rich.style import Style

from codeact_tui.protocol.amounts import human_seconds
from codeact_tui.protocol.dry_run_words import ended_words
from codeact_tui.records.words import words_for
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.outputs import ErrorBlock
from codeact_tui.session.reaching import network_lines
from codeact_tui.session.refusing import said_to_user
from codeact_tui.session.staleness import stale_words
from codeact_tui.tui.rendering.code import code_lines, diff_lines
from codeact_tui.tui.rendering.lines import Line, Piece, chop, fit, flow, indented, width_of
from codeact_tui.tui.rendering.output_part import OutputPart
from codeact_tui.tui.rendering.outputs import OutputReader, outputs_text
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean, count_lines, first_line, one_line
from codeact_tui.tui.rendering.trial_lines import TrialBlock, in_short

__all__ = ["ActionBlock"]

_HEAD_LINES = 16
_TAIL_LINES = 6
_BODY_ROWS = 14
"""How high a picture or a table is drawn."""
_FOLDED_REFUSALS = 3
_MAX_CODE_LINES = 200
_MAX_CODE_CHARS = 32 * 1024
_MAX_LINE_CHARS = 8 * 1024
_BODY = "   │ "

_Look = tuple[str, str, str]
"""Sign, name of its style, words for the right."""


class ActionBlock:
    """An action's line, and its inside when it is unfolded."""

    def __init__(self, record: ActionRecord, *, spaced: bool, now: Callable[[], float] = time.time) -> None:
        self.record = record
        self.unfolded = False
        self.selected = False
        self._spaced = spaced
        self._now = now
        self._reader = OutputReader()
        self._drawn_key: object = None

    @property
    def stale(self) -> bool:
        """It would look otherwise than when it was drawn last; elapsed time aside."""
        return self._key() != self._drawn_key

    @property
    def title_row(self) -> int:
        """Which of its lines is the title."""
        return int(self._spaced)

    def find_text(self) -> str:
        """Give code, output and reason, as far as the session's record holds them."""
        return "\n".join(filter(None, (self.record.code, outputs_text(self.record.outputs), self.record.reason)))

    def estimate(self, width: int) -> int:
        """Give the height, roughly where it is unfolded."""
        height = (
            self._spaced
            + 1
            + bool(self._detail(Paint()))
            + bool(self._happened(Paint()))
            + bool(self._tried(Paint()))
            + 2 * len(self.record.refusals[:_FOLDED_REFUSALS])
        )
        if self.unfolded:
            height += 20 + self.record.code.count("\n") + width // 1000
        return height

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        self._drawn_key = self._key()
        lines = [self._title(width, paint)]
        if self.unfolded:
            lines += indented(self._inside(max(1, width - len(_BODY)), paint), [(_BODY, paint.faint)])
        else:
            if detail := self._detail(paint):
                lines += flow(fit(detail, max(1, 2 * (width - 7))), width, [("       ", paint.text)])
                lines += self._refused(width, paint, "       ", most=_FOLDED_REFUSALS)
            if tried := self._tried(paint):
                lines += flow(fit(tried, max(1, 2 * (width - 7))), width, [("       ", paint.text)])
            if happened := self._happened(paint):
                lines.append(Line((("       ", paint.text), *fit(happened, max(1, width - 8)))))
        return [Line(), *lines] if self._spaced else lines

    def _key(self) -> object:
        record = self.record
        return (
            record.state,
            record.status,
            record.revision,
            record.reason,
            record.asking,
            len(record.inputs),
            record.refusals,
            record.reached,
            record.happened,
            record.stale,
            record.tried and (record.tried.finished, record.tried.outcome),
            self.unfolded,
            self.selected,
            record.outputs.version if self.unfolded or record.status is not None else 0,
        )

    # -- the line

    def _title(self, width: int, paint: Paint) -> Line:
        sign, style_name, words = self._look()
        style: Style = getattr(paint, style_name)
        left: list[Piece] = [
            ("▌" if self.selected else " ", paint.accent),
            (f"{sign} ", style),
            (f"[{self.record.number}] ", paint.muted),
            *self._marks(paint),
        ]
        right = f" {words} " if width >= 36 and words else ""
        room = width - width_of(left) - len(right)
        code, more = first_line(self.record.code)
        pieces = code_lines(one_line(code, 300), paint)[0]
        ending: list[Piece] = [(" …", paint.muted)] if more else []
        left += fit(pieces, room - 2) + ending if more else fit(pieces, room)
        gap = " " * max(0, width - width_of(left) - len(right))
        calm = paint.muted if self.record.status == "ok" and not self.record.stale else style
        fill = paint.cursor if self.selected else None
        return Line((*left, (gap, paint.text), (right, calm)), 1, "\n", fill)

    def _look(self) -> _Look:
        record = self.record
        match record.state:
            case "proposed":
                return "●", "muted", ""
            case "waiting":
                return "●", "warn", "waits for you"
            case "approved":
                return "●", "accent", "approved"
            case "running":
                elapsed = max(0.0, self._now() - (record.started_at or self._now()))
                if record.asking:
                    return "▶", "warn", "asks you"
                return "▶", "accent", f"{elapsed:.0f} s" if elapsed < 60 else human_seconds(elapsed)
            case "rejected":
                return ("■", "warn", "stopped") if record.rejected_by == "interrupt" else ("⊘", "warn", "rejected")
            case "finished":
                return self._ended_look()

    def _ended_look(self) -> _Look:
        took = human_seconds(self.record.seconds)
        match self.record.status:
            case "ok" if self.record.stale:
                return "≈", "warn", f"stale, {took}"
            case "ok":
                return "✓", "good", took
            case "error":
                return "✗", "bad", took
            case "timeout":
                return "✗", "bad", f"timed out, {took}"
            case "interrupted":
                return "■", "warn", f"interrupted, {took}"
            case "died":
                return "†", "bad", "kernel died"
            case "lost":
                return "†", "bad", "lost"
            case "aborted" | None:
                return "⊘", "muted", "not run"

    def _marks(self, paint: Paint) -> list[Piece]:
        """Say where the code comes from, if not from the model as it is."""
        marks: list[Piece] = []
        if self.record.origin == "user":
            marks.append(("! ", paint.accent))
        if self.record.rerun_of is not None:
            marks.append((f"↻{self.record.rerun_of[1:]} ", paint.accent))
        if self.record.edited or self.record.revisions[0].diff:
            marks.append(("✎ ", paint.accent))
        return marks

    def _refused(self, width: int, paint: Paint, lead: str = "", most: int | None = None) -> list[Line]:
        """Say what the sandbox did not let the cell do, and what would allow it."""
        said = [one_line(said_to_user(refusal)) for refusal in self.record.refusals[:most]]
        return [line for text in said for line in flow([(text, paint.muted)], width, [(lead, paint.text)])]

    def _detail(self, paint: Paint) -> list[Piece]:
        """Give what must be seen without unfolding: an error, a reason, a question."""
        record = self.record
        if record.asking is not None:
            return [("? ", paint.warn), (one_line(record.asking.prompt) or "it waits for a line of text", paint.text)]
        if record.state == "rejected" and record.reason:
            return [(one_line(record.reason), paint.muted)]
        error = next((block for block in reversed(record.outputs.blocks) if isinstance(block, ErrorBlock)), None)
        if record.status == "error" and error is not None:
            return [(f"{one_line(error.ename)}: ", paint.bad), (one_line(error.evalue), paint.muted)]
        if record.stale:
            return [(one_line(stale_words(record.stale)), paint.muted)]
        return []

    # -- the inside

    def _inside(self, width: int, paint: Paint) -> list[Line]:
        lines = _code(self.record.code, width, paint)
        diff = next((revision.diff for revision in reversed(self.record.revisions) if revision.diff), "")
        if diff:
            changed = "changed by you before it ran" if self.record.edited else "changed since it ran before"
            lines.append(_label(changed, paint))
            lines += [
                line for row in diff_lines(diff[:_MAX_CODE_CHARS], paint)[:_MAX_CODE_LINES] for line in chop(row, width)
            ]
        outputs = _head_and_tail(self._reader.parts(self.record.outputs), width, paint)
        asked = self._questions(width, paint)
        if outputs or asked:
            lines.append(_label("output", paint))
        if self.record.reason:
            lines += flow(
                [("rejected: ", paint.warn), (clean(self.record.reason[:_MAX_LINE_CHARS]), paint.text)], width
            )
        return [
            *lines,
            *asked,
            *outputs,
            *self._trial(width, paint),
            *self._did(width, paint),
            *self._network(width, paint),
            *self._refused(width, paint),
        ]

    def _happened(self, paint: Paint, *, whole: bool = False) -> list[Piece]:
        """Say what the cell did to files and which programs it started; what the card did not say stands out."""
        pieces: list[Piece] = []
        for part in words_for(self.record.happened, whole=whole):
            pieces += [(" · ", paint.faint)] if pieces else []
            pieces.append((one_line(part.text, 1000), paint.warn if part.unforetold else paint.muted))
        return pieces

    def _tried(self, paint: Paint) -> list[Piece]:
        """Say what its dry run showed, unless that has happened."""
        tried = self.record.tried
        if tried is None or tried.outcome == "committed":
            return []
        if tried.finished is None:
            return [("◇ dry run", paint.accent)]
        words = f"dry run: {ended_words(tried.finished)}, {in_short(tried.finished)}"
        return [("◇ ", paint.accent), (words, paint.muted), (f" · {tried.outcome or 'yours to decide'}", paint.muted)]

    def _did(self, width: int, paint: Paint) -> list[Line]:
        pieces = self._happened(paint, whole=True)
        return [_label("done", paint), *flow(pieces, width)] if pieces else []

    def _network(self, width: int, paint: Paint) -> list[Line]:
        """Say which hosts the cell has reached, and which were refused it."""
        said = network_lines(self.record)
        lines = [line for each in said for line in flow([(one_line(each), paint.muted)], width)]
        return [_label("network", paint), *lines] if lines else []

    def _trial(self, width: int, paint: Paint) -> list[Line]:
        """Draw what its dry run showed."""
        tried = self.record.tried
        if tried is None or tried.finished is None or tried.outcome == "committed":
            return []
        return [_label("dry run", paint), *TrialBlock(tried).render(width, paint)]

    def _questions(self, width: int, paint: Paint) -> list[Line]:
        lines: list[Line] = []
        for question, answer in self.record.inputs:
            shown = "•••" if answer is None else one_line(answer)
            lines += flow([(f"{one_line(question)} ", paint.muted), (shown, paint.accent)], width)
        return lines


def _label(text: str, paint: Paint) -> Line:
    return Line((("── ", paint.faint), (text, paint.muted)), 3 + len(text), "")


def _code(code: str, width: int, paint: Paint) -> list[Line]:
    rows = code_lines(code[:_MAX_CODE_CHARS], paint)
    lines = [line for row in rows[:_MAX_CODE_LINES] for line in chop(row, width)]
    if len(rows) > _MAX_CODE_LINES or len(code) > _MAX_CODE_CHARS:
        count = count_lines(code)
        lines.append(Line(((f"… it has {count:,} line{'s' * (count != 1)}, the cell's pane shows all", paint.muted),)))
    return lines


def _head_and_tail(parts: Sequence[OutputPart], width: int, paint: Paint) -> list[Line]:
    """Draw the beginning and the end of the output, and between them how much is left out."""
    total = sum(part.count for part in parts)
    if total <= _HEAD_LINES + _TAIL_LINES + 1:
        return _bounded(_range(parts, 0, total, width, paint), paint)
    more = f"… {total - _HEAD_LINES - _TAIL_LINES:,} lines more, o opens the whole"
    return [
        *_bounded(_range(parts, 0, _HEAD_LINES, width, paint), paint),
        Line(((more, paint.muted),)),
        *_bounded(_range(parts, total - _TAIL_LINES, total, width, paint), paint),
    ]


def _range(parts: Sequence[OutputPart], first: int, last: int, width: int, paint: Paint) -> list[Line]:
    lines: list[Line] = []
    top = 0
    for part in parts:
        low, high = max(0, first - top), min(part.count, last - top)
        if low < high:
            lines += part.draw(low, high, width, paint, line_chars_max=_MAX_LINE_CHARS, rows_max=_BODY_ROWS)
        top += part.count
    return lines


def _bounded(lines: list[Line], paint: Paint) -> list[Line]:
    """Cut what few but very long lines have become."""
    most = _HEAD_LINES * 2
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], Line(((f"… {len(lines) - most + 1:,} rows more, o opens the whole", paint.muted),))]
