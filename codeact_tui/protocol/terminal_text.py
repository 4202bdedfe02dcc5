"""Terminal text from outside, made harmless and drawn as a terminal would: pure, linear, incremental.

`ControlStripper` takes what a program wrote and leaves colours (`ESC [ … m`), newline, tab, carriage return and
backspace. `LineSettler` takes that and applies carriage returns and backspaces, so that a progress bar is one line.

Source: ECMA-48, sections 5.3 to 5.6; xterm control sequences.
"""

import re
from functools import lru_cache

__all__ = ["ControlStripper", "LineSettler", "collapse", "plain_text", "settle", "strip_controls"]

_SEQUENCE_CHARS = 256
"""The longest escape sequence that is read as one."""
_STRING_CHARS = 1 << 20
"""The longest OSC, DCS, … that is read as one."""
_ERASED_CHARS = 500
"""The longest rest of a line that an erase is drawn over with blanks."""

_SUSPECT = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CSI_BODY = re.compile(r"[\x30-\x3f]*[\x20-\x2f]*")
_SGR_PARAMETERS = re.compile(r"[0-9;:]{0,64}")
_ESCAPE_BODY = re.compile(r"[\x20-\x2f]*")
_OSC_END = re.compile(r"[\x07\x18\x1a\x1b\x9c\n]")
_STRING_END = re.compile(r"[\x18\x1a\x1b\x9c]")
_MOVES = re.compile(r"[\r\b]")


def strip_controls(text: str) -> str:
    r"""Leave of a whole text what may be drawn: colours, `\n`, `\t`, `\r` and `\b` are kept."""
    return ControlStripper().feed(text)


class ControlStripper:
    """Drops control and escape sequences from a stream of text, the same however the stream is cut.

    A sequence that is cut off at a piece's end is held back until the next. An erase within the line is drawn with
    blanks, so that what follows a carriage return does not mix with what stood there.
    """

    def __init__(self) -> None:
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
            self._erase(whole=parameters == "2")
        return after

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
        position = newline + 1
        for move in _MOVES.finditer(text, position):
            self._column += move.start() - position
            self._width = max(self._width, self._column)
            self._column = 0 if move[0] == "\r" else max(0, self._column - 1)
            position = move.end()
        self._column += len(text) - position
        self._width = max(self._width, self._column)

    def _erase(self, *, whole: bool) -> None:
        rest = max(0, self._width - self._column)
        if whole and self._width <= _ERASED_CHARS:
            self._out.append("\r" + " " * max(self._width, self._column) + "\b" * rest)
            self._width = 0
        elif not whole and rest <= _ERASED_CHARS:
            self._out.append(" " * rest + "\b" * rest)
            self._width = self._column


def settle(text: str) -> str:
    r"""Give a whole text as a terminal would show it in the end, `\r` and `\b` obeyed, colours kept."""
    settler = LineSettler()
    lines = settler.feed(text)
    return "\n".join([*lines, settler.current])


def plain_text(text: str) -> str:
    """Give a text as a terminal would show it in the end, without colours."""
    return _SGR.sub("", settle(strip_controls(text)))


def collapse(text: str) -> str:
    r"""Leave out of a piece of a stream what it overwrites itself; what is shown in the end stays the same.

    Lines with colours are left as they are. What stood on the piece's first line before is not known, so only what
    follows its first `\r` is touched.
    """
    if not _MOVES.search(text):
        return text
    lines = text.split("\n")
    before, carriage_return, after = lines[0].partition("\r")
    first = before + carriage_return + _collapsed(after, blanks=True, cursor=len(lines) == 1)
    middle = [_collapsed(line, blanks=False, cursor=False) for line in lines[1:-1]]
    last = [_collapsed(line, blanks=True, cursor=True) for line in lines[1:][-1:]]
    return "\n".join([first, *middle, *last])


def _collapsed(line: str, *, blanks: bool, cursor: bool) -> str:
    if "\x1b" in line or not _MOVES.search(line):
        return line
    settler = LineSettler()
    settler.feed(line)
    drawn, behind = settler.overwritten
    return (drawn if blanks else drawn.rstrip(" ")) + ("\b" * behind if cursor else "")


_SGR = re.compile(r"\x1b\[[0-9;:]{0,64}m")
_CELL_TOKEN = re.compile(r"\x1b\[([0-9;:]{0,64})m|\x1b\[([02]?)K|([\r\b\t])|[^\x1b\r\b\t]+|\x1b")

_Style = tuple[tuple[str, str], ...]
_PLAIN: _Style = ()


class LineSettler:
    r"""Turns a stream of text into lines, `\r` and `\b` obeyed, the same however the stream is cut.

    Takes text that `ControlStripper` has cleaned; other control characters would count as visible ones.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        """The current line, as long as nothing was overwritten in it."""
        self._cells: list[str] | None = None
        self._styles: list[_Style] = []
        self._cursor = 0
        self._style = _PLAIN
        self._line_style = _PLAIN
        self._held = ""

    @property
    def current(self) -> str:
        """The line that is not finished yet, as it looks now."""
        return "".join(self._pieces) if self._cells is None else self._drawn()

    @property
    def overwritten(self) -> tuple[str, int]:
        """The line that is not finished yet, blanks at its end included, and how far before its end the cursor is."""
        if self._cells is None:
            line = "".join(self._pieces)
            return line, len(line) if self._held else 0
        line = "".join(self._cells)
        return line, len(line) - (0 if self._held else self._cursor)

    def feed(self, text: str) -> list[str]:
        """Take more text and give the lines that it finished, without their newlines."""
        if self._held:
            text, self._held = self._held + text, ""
        *whole, rest = text.split("\n")
        lines = [self._finish(part) for part in whole]
        if rest.endswith("\r"):
            rest, self._held = rest[:-1], "\r"
        if rest:
            self._write(rest)
        return lines

    def _finish(self, part: str) -> str:
        part = part.removesuffix("\r")
        if self._cells is None and not self._pieces and "\x1b" not in part and not _MOVES.search(part):
            return part
        self._write(part)
        line = self.current
        if self._cells is None and "\x1b" in line:
            for token in _CELL_TOKEN.finditer(line):
                self._style = self._style if token[1] is None else _next_style(self._style, token[1])
        self._pieces, self._cells, self._styles, self._cursor = [], None, [], 0
        self._line_style = self._style
        return line

    def _write(self, part: str) -> None:
        if self._cells is None:
            if not _MOVES.search(part):
                self._pieces.append(part)
                return
            self._cells = []
            self._write_cells(self._cells, "".join(self._pieces))
            self._pieces = []
        self._write_cells(self._cells, part)

    def _write_cells(self, cells: list[str], part: str) -> None:
        for token in _CELL_TOKEN.finditer(part):
            parameters, erase, move = token.groups()
            if parameters is not None:
                self._style = _next_style(self._style, parameters)
            elif erase is not None:
                start = 0 if erase == "2" else self._cursor
                del cells[start:], self._styles[start:]
            elif move is not None:
                self._move(cells, move)
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
            self._styles.extend([_PLAIN] * missing)

    def _drawn(self) -> str:
        cells = self._cells or []
        end = len(cells)
        while end and cells[end - 1] == " " and self._styles[end - 1] == _PLAIN:
            end -= 1
        out: list[str] = []
        style, start = self._line_style, 0
        for index in range(end + 1):
            wanted = self._styles[index] if index < end else self._style
            if wanted != style:
                out += [*cells[start:index], _sgr(wanted)]
                style, start = wanted, index
        return "".join([*out, *cells[start:end]])


_FLAGS_OFF = {
    **{"22": ("1", "2"), "23": ("3",), "24": ("4",), "25": ("5",), "27": ("7",), "28": ("8",), "29": ("9",)},
    **{"39": ("fg",), "49": ("bg",), "55": ("53",), "59": ("58",)},
}
_FLAGS_ON = {**{code: code for code in ("1", "2", "3", "4", "5", "7", "8", "9", "53")}, "21": "4", "6": "5"}
_COLOURS = {
    **{str(code): "fg" for code in (*range(30, 38), *range(90, 98))},
    **{str(code): "bg" for code in (*range(40, 48), *range(100, 108))},
}
_EXTENDED = {"38": "fg", "48": "bg", "58": "58"}


@lru_cache(maxsize=512)
def _next_style(style: _Style, parameters: str) -> _Style:
    """Apply one SGR sequence's parameters."""
    state = dict(style)
    codes = parameters.split(";")
    while codes:
        code = codes.pop(0).lstrip("0")
        head = code.split(":", 1)[0]
        if not code:
            state.clear()
        elif head in _EXTENDED:
            count = {"5": 2, "2": 4}.get(codes[0] if codes else "", 0) if head == code else 0
            arguments, codes = codes[:count], codes[count:]
            if head != code or len(arguments) == count > 0:
                state[_EXTENDED[head]] = ";".join([code, *arguments])
        elif head in _COLOURS:
            state[_COLOURS[head]] = code
        elif head in _FLAGS_ON:
            state[_FLAGS_ON[head]] = code
        else:
            for flag in _FLAGS_OFF.get(head, ()):
                state.pop(flag, None)
    return tuple(sorted(state.items()))


def _sgr(style: _Style) -> str:
    return "\x1b[" + ";".join(["0", *(code for _, code in style)]) + "m"
