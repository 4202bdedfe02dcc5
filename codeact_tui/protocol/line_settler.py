"""Text that a terminal would have moved its cursor in, as lines: pure, linear, incremental.

Source: ECMA-48, sections 8.3.12 to 8.3.22 (CHA, CNL, CPL, CUD, CUU).
"""

import re
from dataclasses import dataclass, field

from codeact_tui.protocol.sgr_styles import PLAIN, Style, next_style, sgr

__all__ = ["WINDOW_LINES", "LineSettler"]

WINDOW_LINES = 50
"""How many lines above the last the cursor can go back to."""

_KEPT_LINES = 8 * WINDOW_LINES
"""At how many lines those above the window are let go."""

_SGR = re.compile(r"\x1b\[([0-9;:]{0,64})m")
_BACK = re.compile(r"[\r\b]")
_MOVES = re.compile(r"[\r\b]|\x1b\[(?:[0-9]{1,3}G|[02]?K)")
_VERTICAL = re.compile(r"\x1b\[[0-9]{1,2}[ABEF]")
_STEP = re.compile(r"\r?\n|\x1b\[([0-9]{1,2})([ABEF])")
_CUT = re.compile(r"\x1b(?:\[[0-9;:]{0,64})?\Z")
_CUT_CHARS = 66
_CELL_TOKEN = re.compile(
    r"\x1b\[([0-9;:]{0,64})m|\x1b\[([02]?)K|([\r\b\t])|\x1b\[([0-9]{1,3})G|[^\x1b\r\b\t]+|\x1b",
)


@dataclass
class _Row:
    """A line that the cursor can still come to.

    Its colours go on from the row above: it begins with `start`, and ends with what the next one begins with.
    """

    text: str
    start: Style
    cells: list[str] | None = None
    """Its characters, once something was written into it; `text` is out of date then."""
    styles: list[Style] = field(default_factory=list[Style])


class LineSettler:
    r"""Turns a stream of text into lines, movements of the cursor obeyed, the same however the stream is cut.

    Takes text that `ControlStripper` has cleaned; other control characters would count as visible ones. The cursor
    can go back to one of the last `WINDOW_LINES` lines: the finished lines from there on are taken back, and are
    given again. It goes no farther up, and not below the last line but by `\n`.
    """

    def __init__(self) -> None:
        self.taken_back = 0
        """How many of the lines that were given by earlier calls the last `feed` has taken back."""
        self._pieces: list[str] = []
        """The current line, as long as nothing was overwritten in it."""
        self._cells: list[str] | None = None
        self._styles: list[Style] = []
        self._cursor = 0
        self._style = PLAIN
        self._line_style = PLAIN
        self._held = ""
        self._window: list[tuple[str, Style]] = []
        """The last finished lines, each with what was set before it."""
        self._rows: list[_Row] = []
        """The lines from the topmost that was gone back to, to the last; empty while the cursor is in a new one."""
        self._at = 0

    @property
    def current(self) -> str:
        r"""What is not finished yet, as it looks now; more than one line, `\n` between, once the cursor went up."""
        if self._rows:
            return "\n".join(self._drawn_rows())
        return (
            "".join(self._pieces)
            if self._cells is None
            else _drawn(self._cells, self._styles, self._line_style, self._style)
        )

    @property
    def overwritten(self) -> tuple[str, int]:
        """The line that is not finished yet, blanks at its end included, and how far before its end the cursor is."""
        if self._cells is None:
            line = "".join(self._pieces)
            return line, len(line) if self._held else 0
        line = "".join(self._cells)
        return line, len(line) - (0 if self._held else self._cursor)

    def feed(self, text: str) -> list[str]:
        """Take more text and give the lines that it finished, without their newlines.

        `taken_back` says how many lines given before are to be removed first.
        """
        self.taken_back = 0
        if self._held:
            text, self._held = self._held + text, ""
        if text.endswith("\r"):
            text, self._held = text[:-1], "\r"
        escapes = "\x1b" in text
        if escapes and (cut := _CUT.search(text, max(0, len(text) - _CUT_CHARS))):
            text, self._held = text[: cut.start()], cut[0] + self._held
        lines: list[str] = []
        if self._rows or (escapes and _VERTICAL.search(text)):
            self._feed_steps(text, lines)
        else:
            self._feed_lines(text, lines)
        return lines

    def _feed_lines(self, text: str, lines: list[str]) -> None:
        """Take text in which the cursor does not go up."""
        *whole, rest = text.split("\n")
        bulk = len(whole) - 1 if len(whole) > WINDOW_LINES and "\x1b" not in text else 0
        for part in whole[: len(whole) - bulk]:
            start = self._line_style
            line = self._finish(part)
            lines.append(line)
            self._window.append((line, start))
        if bulk:
            lines += [self._finish(part) for part in whole[-bulk:]]
            self._window += [(line, self._line_style) for line in lines[-WINDOW_LINES:]]
        if len(self._window) > _KEPT_LINES:
            del self._window[:-WINDOW_LINES]
        if rest:
            self._write(rest)

    def _feed_steps(self, text: str, lines: list[str]) -> None:
        """Take text in which the cursor goes up and down."""
        position = 0
        while position < len(text):
            if not self._rows:
                position = self._feed_to_step_up(text, position, lines)
                continue
            step = _STEP.search(text, position)
            part = text[position : step.start() if step else len(text)]
            if part:
                self._write_cells(self._touched(), part)
            if step:
                self._step(step[1], step[2], lines)
            position = step.end() if step else len(text)

    def _feed_to_step_up(self, text: str, position: int, lines: list[str]) -> int:
        """Take text up to where the cursor leaves its line; give where that is."""
        step = _VERTICAL.search(text, position)
        end = step.start() if step else len(text)
        self._feed_lines(text[position:end], lines)
        if step:
            self._open()
        return end

    def _open(self) -> None:
        """Make the current line a row."""
        if self._cells is None:
            self._to_cells()
        self._rows = [_Row("", self._line_style, self._cells, self._styles)]
        self._at = 0

    def _step(self, count: str | None, final: str | None, lines: list[str]) -> None:
        """Move the cursor to another row."""
        if final is None or final in "EF":
            self._cursor = 0
        if count is None:
            self._at += 1
        else:
            self._at += int(count) if final in {"B", "E"} else -int(count)
        if self._at < 0:
            self._take_back(-self._at, lines)
        if self._at >= len(self._rows):
            if count is None:
                self._close(lines)
            else:
                self._at = len(self._rows) - 1

    def _take_back(self, count: int, lines: list[str]) -> None:
        """Make the last finished lines rows again, as far as they are known."""
        room = WINDOW_LINES + 1 - len(self._rows)
        again = self._window[-min(count, room) :] if room > 0 else []
        del self._window[len(self._window) - len(again) :]
        self._rows[:0] = [_Row(text, start) for text, start in again]
        self._at = 0
        here = min(len(again), len(lines))
        del lines[len(lines) - here :]
        self.taken_back += len(again) - here

    def _close(self, lines: list[str]) -> None:
        """Finish all rows and begin a new line."""
        drawn = self._drawn_rows()
        lines += drawn
        self._window += [(line, row.start) for line, row in zip(drawn, self._rows, strict=True)]
        del self._window[:-WINDOW_LINES]
        self._rows, self._at = [], 0
        self._begin_line()

    def _touched(self) -> list[str]:
        """Give the cells of the row with the cursor, to be written to."""
        row = self._rows[self._at]
        if row.cells is None:
            style, cursor = self._style, self._cursor
            row.cells = []
            self._style, self._cursor, self._styles = row.start, 0, row.styles
            self._write_cells(row.cells, row.text)
            self._style, self._cursor = style, cursor
        self._styles = row.styles
        return row.cells

    def _drawn_rows(self) -> list[str]:
        ends = [*(row.start for row in self._rows[1:]), self._style]
        return [
            row.text if row.cells is None else _drawn(row.cells, row.styles, row.start, end)
            for row, end in zip(self._rows, ends, strict=True)
        ]

    def _finish(self, part: str) -> str:
        part = part.removesuffix("\r")
        if self._cells is None and not self._pieces and "\x1b" not in part and not _BACK.search(part):
            return part
        self._write(part)
        line = self.current
        if self._cells is None and "\x1b" in line:
            for colour in _SGR.finditer(line):
                self._style = next_style(self._style, colour[1])
        self._begin_line()
        return line

    def _begin_line(self) -> None:
        self._pieces, self._cells, self._styles, self._cursor = [], None, [], 0
        self._line_style = self._style

    def _write(self, part: str) -> None:
        if self._cells is None:
            if not _MOVES.search(part):
                self._pieces.append(part)
                return
            self._to_cells()
        assert self._cells is not None
        self._write_cells(self._cells, part)

    def _to_cells(self) -> None:
        self._cells = []
        self._write_cells(self._cells, "".join(self._pieces))
        self._pieces = []

    def _write_cells(self, cells: list[str], part: str) -> None:
        for token in _CELL_TOKEN.finditer(part):
            parameters, erase, move, column = token.groups()
            if parameters is not None:
                self._style = next_style(self._style, parameters)
            elif erase is not None:
                start = 0 if erase == "2" else self._cursor
                del cells[start:], self._styles[start:]
            elif move is not None:
                self._move(cells, move)
            elif column is not None:
                self._cursor = max(0, int(column) - 1)
            else:
                self._overwrite(cells, token[0])

    def _move(self, cells: list[str], move: str) -> None:
        match move:
            case "\r":
                self._cursor = 0
            case "\b":
                self._cursor = max(0, self._cursor - 1)
            case _:
                self._cursor += 8 - self._cursor % 8
                self._pad(cells)

    def _overwrite(self, cells: list[str], run: str) -> None:
        self._pad(cells)
        end = self._cursor + len(run)
        cells[self._cursor : end] = run
        self._styles[self._cursor : end] = [self._style] * len(run)
        self._cursor = end

    def _pad(self, cells: list[str]) -> None:
        missing = self._cursor - len(cells)
        if missing > 0:
            cells.extend(" " * missing)
            self._styles.extend([PLAIN] * missing)


def _drawn(cells: list[str], styles: list[Style], start_style: Style, end_style: Style) -> str:
    """Write a line with its colours, blanks at its end left out."""
    end = len(cells)
    while end and cells[end - 1] == " " and styles[end - 1] == PLAIN:
        end -= 1
    out: list[str] = []
    style, start = start_style, 0
    for index in range(end + 1):
        wanted = styles[index] if index < end else end_style
        if wanted != style:
            out += [*cells[start:index], sgr(wanted)]
            style, start = wanted, index
    return "".join([*out, *cells[start:end]])
