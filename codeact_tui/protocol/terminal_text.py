"""Terminal text from outside, made harmless and drawn as a terminal would: pure, linear, incremental.

`ControlStripper` takes what a program wrote and leaves colours (`ESC [ … m`), newline, tab, carriage return and
backspace; where it is to be settled, also small movements of the cursor. `LineSettler` takes that and applies the
movements, so that a progress bar is one line.

Source: ECMA-48, sections 5.3 to 5.6; xterm control sequences.
"""

import re

from codeact_tui.protocol.line_settler import WINDOW_LINES, LineSettler

__all__ = [
    "ControlStripper",
    "LineSettler",
    "collapse",
    "moves_vertically",
    "plain_text",
    "settle",
    "strip_controls",
]

_SEQUENCE_CHARS = 256
"""The longest escape sequence that is read as one."""
_STRING_CHARS = 1 << 20
"""The longest OSC, DCS, … that is read as one."""
_ERASED_CHARS = 500
"""The longest rest of a line that an erase is drawn over with blanks."""

_COLUMNS_MAX = 500
"""The farthest column that the cursor is sent to."""

_SUSPECT = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CSI_BODY = re.compile(r"[\x30-\x3f]*[\x20-\x2f]*")
_SGR_PARAMETERS = re.compile(r"[0-9;:]{0,64}")
_COUNT = re.compile(r"[0-9]{0,9}")
_VERTICAL = re.compile(r"\x1b(?:\[[0-9]*)?(?:[ABEF]|\Z)")
_ESCAPE_BODY = re.compile(r"[\x20-\x2f]*")
_OSC_END = re.compile(r"[\x07\x18\x1a\x1b\x9c\n]")
_STRING_END = re.compile(r"[\x18\x1a\x1b\x9c]")
_MOVES = re.compile(r"[\r\b]")
_SGR = re.compile(r"\x1b\[[0-9;:]{0,64}m")


def strip_controls(text: str, *, moves: bool = False) -> str:
    r"""Leave of a whole text what may be drawn: colours, `\n`, `\t`, `\r` and `\b` are kept, and `moves` if asked."""
    return ControlStripper(moves=moves).feed(text)


class ControlStripper:
    """Drops control and escape sequences from a stream of text, the same however the stream is cut.

    A sequence that is cut off at a piece's end is held back until the next. An erase within the line is drawn with
    blanks, so that what follows a carriage return does not mix with what stood there.

    Args:
        moves: The text is going to be settled: `ESC [ n A`, `B`, `E`, `F` and `G` are kept with small numbers, and
            so is an erase in a line that the cursor has come back to, whose width is not known here.
    """

    def __init__(self, *, moves: bool = False) -> None:
        self._moves = moves
        self._rows_below = 0
        """At least as many lines as there are below the cursor's."""
        self._returned = False
        """The cursor has come back to a line that may hold other text than is known."""
        self._held = ""
        self._string_end: re.Pattern[str] | None = None
        self._string_chars = 0
        self._column = 0
        self._width = 0
        self._out: list[str] = []

    def feed(self, text: str) -> str:
        """Take more text and give what of it may be drawn."""
        if self._held:
            text, self._held = self._held + text, ""
        if self._string_end is None and not _SUSPECT.search(text):
            self._advance(text)
            return text
        self._out = []
        position = 0
        while position < len(text):
            position = self._skip_string(text, position) if self._string_end else self._step(text, position)
        return "".join(self._out)

    def _step(self, text: str, position: int) -> int:
        """Take the text up to the next control character, and that."""
        found = _SUSPECT.search(text, position)
        start = found.start() if found else len(text)
        if start > position:
            self._put(text[position:start])
        if not found:
            return start
        match text[start]:
            case "\x1b":
                return self._escape(text, start)
            case "\x9b":
                return self._csi(text, start, start + 1)
            case "\x9d":
                return self._open_string(_OSC_END, start + 1)
            case "\x90" | "\x98" | "\x9e" | "\x9f":
                return self._open_string(_STRING_END, start + 1)
            case _:
                return start + 1

    def _escape(self, text: str, start: int) -> int:
        kind = text[start + 1 : start + 2]
        match kind:
            case "[":
                return self._csi(text, start, start + 2)
            case "]":
                return self._open_string(_OSC_END, start + 2)
            case "P" | "X" | "^" | "_":
                return self._open_string(_STRING_END, start + 2)
            case _:
                body = _ESCAPE_BODY.match(text, start + 1, start + _SEQUENCE_CHARS)
                return self._end_sequence(text, start, body.end() if body else start + 1, "\x30", "\x7e")

    def _csi(self, text: str, start: int, body_start: int) -> int:
        body = _CSI_BODY.match(text, body_start, start + _SEQUENCE_CHARS)
        end = body.end() if body else body_start
        parameters, final = text[body_start:end], text[end : end + 1]
        after = self._end_sequence(text, start, end, "\x40", "\x7e")
        if final == "m" and _SGR_PARAMETERS.fullmatch(parameters):
            self._out.append(f"\x1b[{parameters}m")
        elif final == "K" and parameters in {"", "0", "2"}:
            if self._returned:
                self._out.append(f"\x1b[{parameters}K")
            else:
                self._erase(whole=parameters == "2")
        elif self._moves and final and final in "ABEFG" and _COUNT.fullmatch(parameters):
            self._move(final, max(1, int(parameters or "1")))
        return after

    def _move(self, final: str, count: int) -> None:
        count = min(count, _COLUMNS_MAX if final == "G" else WINDOW_LINES)
        self._out.append(f"\x1b[{count}{final}")
        if final == "G":
            self._column = count - 1
            return
        self._returned = True
        step = count if final in "AF" else -count
        self._rows_below = min(max(0, self._rows_below + step), WINDOW_LINES)

    def _end_sequence(self, text: str, start: int, end: int, lowest: str, highest: str) -> int:
        """Say where reading goes on behind a sequence whose final character would stand at `end`."""
        if end - start >= _SEQUENCE_CHARS:
            return end
        if end == len(text):
            self._held = text[start:]
            return end
        return end + 1 if lowest <= text[end] <= highest else end

    def _open_string(self, end: re.Pattern[str], position: int) -> int:
        self._string_end, self._string_chars = end, 0
        return position

    def _skip_string(self, text: str, position: int) -> int:
        assert self._string_end is not None
        limit = min(len(text), position + _STRING_CHARS - self._string_chars)
        found = self._string_end.search(text, position, limit)
        if not found:
            self._string_chars += limit - position
            if self._string_chars >= _STRING_CHARS:
                self._string_end = None
            return limit
        self._string_end = None
        return found.start() if found[0] in "\x1b\n" else found.end()

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._advance(text)

    def _advance(self, text: str) -> None:
        """Follow the cursor within its line."""
        newline = text.rfind("\n")
        if newline >= 0:
            self._column = self._width = 0
            if self._returned:
                self._descend(text.count("\n"))
        position = newline + 1
        for move in _MOVES.finditer(text, position):
            self._column += move.start() - position
            self._width = max(self._width, self._column)
            self._column = 0 if move[0] == "\r" else max(0, self._column - 1)
            position = move.end()
        self._column += len(text) - position
        self._width = max(self._width, self._column)

    def _descend(self, lines: int) -> None:
        """Follow the cursor down to lines that are known again once they are new."""
        self._returned = lines <= self._rows_below
        self._rows_below = max(0, self._rows_below - lines)

    def _erase(self, *, whole: bool) -> None:
        rest = max(0, self._width - self._column)
        if whole and self._width <= _ERASED_CHARS:
            self._out.append("\r" + " " * max(self._width, self._column) + "\b" * rest)
            self._width = 0
        elif not whole and rest <= _ERASED_CHARS:
            self._out.append(" " * rest + "\b" * rest)
            self._width = self._column


def settle(text: str) -> str:
    r"""Give a whole text as a terminal would show it in the end, all movements obeyed, colours kept."""
    settler = LineSettler()
    lines = settler.feed(text)
    return "\n".join([*lines, settler.current])


def plain_text(text: str) -> str:
    """Give a text as a terminal would show it in the end, without colours."""
    return _SGR.sub("", settle(strip_controls(text, moves=True)))


def collapse(text: str) -> str:
    r"""Leave out of a piece of a stream what it overwrites itself; what is shown in the end stays the same.

    Lines with colours, and pieces that move up or down, are left as they are. What stood on the piece's first line
    before is not known, so only what follows its first `\r` is touched.
    """
    if not _MOVES.search(text) or moves_vertically(text):
        return text
    lines = text.split("\n")
    before, carriage_return, after = lines[0].partition("\r")
    first = before + carriage_return + _collapsed(after, blanks=True, cursor=len(lines) == 1)
    middle = [_collapsed(line, blanks=False, cursor=False) for line in lines[1:-1]]
    last = [_collapsed(line, blanks=True, cursor=True) for line in lines[1:][-1:]]
    return "\n".join([first, *middle, *last])


def moves_vertically(text: str) -> bool:
    """Say whether the cursor leaves its line upwards or downwards in it, or may at its end, where a sequence is cut."""
    return _VERTICAL.search(text) is not None


def _collapsed(line: str, *, blanks: bool, cursor: bool) -> str:
    if "\x1b" in line or not _MOVES.search(line):
        return line
    settler = LineSettler()
    settler.feed(line)
    drawn, behind = settler.overwritten
    return (drawn if blanks else drawn.rstrip(" ")) + ("\b" * behind if cursor else "")
